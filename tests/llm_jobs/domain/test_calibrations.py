import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from attributes.models import AuditEvent, Corpus, Item
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from llm_jobs.domain import calibrations, machines
from llm_jobs.models import Annotation, Calibration
from raters.domain import sets
from raters.models import RatingItem, RatingSet
from raters.stats.calibration_report import calibration_report
from raters.stats.level_calibration import LevelCalibrator
from tests.labelhub import builders
from tests.personas import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def rated(corpus: Corpus) -> RatingSet:
    made = builders.rated_set(corpus)
    builders.annotate(made, "good")
    return made


def fitted(rating_set: RatingSet, name: str = "good") -> Calibration | None:
    machine = machines.named(rating_set.definition, name)
    sample = calibrations.sample(rating_set, machine)
    found, _ = calibration_report(sample.judged, draws=0)
    inputs = calibrations.inputs_of(rating_set, machine, sample)
    return calibrations.store(rating_set=rating_set, machine=machine, found=found, inputs=inputs, user=None)


def test_dev_gold_and_its_stored_folds_are_the_sample(rated: RatingSet) -> None:
    sample = calibrations.sample(rated, machines.named(rated.definition, "good"))
    dev = RatingItem.objects.filter(pk__in=sample.rating_items)
    assert (sample.n, set(dev.values_list("split", flat=True))) == (30, {"dev"})
    assert sample.judged.fold.tolist() == list(dev.order_by("pk").values_list("fold", flat=True))
    assert (sample.judged.label.sum(), sample.judged.answer.sum()) == (15, 15)
    assert sum(sample.left_out.values()) == 0


def test_what_is_left_out_is_counted_by_reason(rated: RatingSet) -> None:
    dev = Item.objects.filter(rating_items__rating_set=rated, rating_items__split="dev").order_by("pk")
    Annotation.objects.filter(item__in=dev[:4]).update(level=None, p=None, failure_code="refused")
    sets.unseal(rating_set=rated, actor=User.objects.first())
    sample = calibrations.sample(RatingSet.objects.get(), machines.named(rated.definition, "good"))
    assert (sample.n, sample.left_out["without an answer of the machine"]) == (26, 4)
    assert sample.left_out["of the unsealed test, without a fold"] == 10


def test_the_map_is_kept_once_with_its_event(rated: RatingSet) -> None:
    first, again = fitted(rated), fitted(rated)
    assert first is not None
    assert (first, Calibration.objects.count()) == (again, 1)
    assert (first.method, first.annotator.name, first.metrics["n"]) == ("platt", "good", 30)
    assert AuditEvent.objects.get(verb="calibrated").after_hash == first.hash
    assert LevelCalibrator.from_dict(first.params).scale == "binary"


def test_other_answers_make_another_row_which_serves(rated: RatingSet) -> None:
    first = fitted(rated)
    Annotation.objects.filter(p=[0.2, 0.8]).update(p=[0.4, 0.6])
    second = fitted(rated)
    machine = machines.named(rated.definition, "good")
    assert first != second
    assert calibrations.in_use(rated.definition, machine) == second


def test_the_database_lets_nobody_change_it(rated: RatingSet) -> None:
    kept = fitted(rated)
    assert kept is not None
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Calibration.objects.update(method="beta")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        kept.delete()
    kept.pk, kept.hash, kept.annotator = None, "0" * 64, None
    with pytest.raises(IntegrityError, match="calibration_one_machine"), transaction.atomic():
        kept.save()


@pytest.mark.parametrize("p", [[0.2, float("nan")], [-0.2, 1.2], [0.3, 0.3]])
def test_a_stored_vector_that_is_no_probability_is_named(rated: RatingSet, p: list[float]) -> None:
    wrong = Annotation.objects.filter(item__rating_items__split="dev").order_by("pk").first()
    assert wrong is not None
    Annotation.objects.filter(pk=wrong.pk).update(p=p)
    with pytest.raises(BadInput, match=f"^item {wrong.item.external_id}: .* no probabilities that sum to 1"):
        calibrations.sample(rated, machines.named(rated.definition, "good"))


def test_labels_without_probabilities_count_as_certain_and_are_calibrated_by_what_they_say(rated: RatingSet) -> None:
    Annotation.objects.update(p=None)
    kept = fitted(rated)
    assert kept is not None
    machine = machines.named(rated.definition, "good")
    assert calibrations.sample(rated, machine).certain == 30
    (yes,) = calibrations.calibrated(LevelCalibrator.from_dict(kept.params), [[0.0, 1.0]]) or []
    assert yes[1] == pytest.approx(16 / 17, abs=0.01)


def test_one_class_keeps_no_map(rated: RatingSet) -> None:
    sample = calibrations.sample(rated, machines.named(rated.definition, "good"))
    sample.judged.label[:] = 1
    found, report = calibration_report(sample.judged, draws=0)
    inputs = {"n": sample.n}
    machine = machines.named(rated.definition, "good")
    assert calibrations.store(rating_set=rated, machine=machine, found=found, inputs=inputs, user=None) is None
    assert report["reason"] == "30 items, 0 of them of the rarer label: a calibrator needs 10 of each"


def test_naming_a_machine(rated: RatingSet) -> None:
    definition = rated.definition
    assert machines.named(definition, None).name == "good"
    builders.annotate(rated, "poor", always="no")
    student = builders.student(rated)
    assert machines.named(definition, "student").name == machines.named(definition, str(student)).name == str(student)
    for name, why in ((None, "several machines have labeled"), ("nobody", "no machine 'nobody'")):
        with pytest.raises(BadInput, match=why):
            machines.named(definition, name)


def test_a_student_answers_by_its_stored_scores_of_items_as_they_are(rated: RatingSet) -> None:
    student = builders.student(rated)
    machine = machines.named(rated.definition, str(student))
    items = list(Item.objects.order_by("pk").values_list("pk", flat=True))
    Item.objects.filter(pk=items[0]).update(content_hash="changed")
    found = machines.answers(machine, rated.definition, items)
    assert (len(found.p), items[0] in found.p, found.level[items[2]]) == (39, False, 1)


def test_the_answers_of_a_run_are_raw_until_they_are_calibrated(rated: RatingSet, analyst: User) -> None:
    run = rated.definition.run_definitions.get().run
    client, address = signed_in(analyst), reverse("llm_jobs:run_items_shown", args=["clips", run.uid])
    page = client.post(address).content.decode()
    assert ("raw score, not calibrated" in page, "calibrated, raw 0.80" in page) == (True, False)
    fitted(rated)
    page = client.post(address).content.decode()
    assert ("raw score, not calibrated" in page, "calibrated, raw 0.80" in page) == (False, True)

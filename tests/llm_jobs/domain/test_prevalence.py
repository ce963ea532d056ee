import numpy as np
import pytest

from attributes.models import AuditEvent, Corpus, DefinitionExample, Item
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from llm_jobs.domain import machines, prevalence
from llm_jobs.models import Annotation, Annotator, Run, RunDefinition, RunItem, Score
from raters.domain import sets
from raters.models import Look, RatingItem, RatingSet
from raters.stats.rectified import Labelled, ppi_plus_plus, rogan_gladen
from tests import factories
from tests.labelhub import builders

pytestmark = pytest.mark.django_db
REST = 200


@pytest.fixture
def rated(corpus: Corpus) -> RatingSet:
    """80 dev items and 20 of the sealed test, whose gold `good` gives in all but 10 cases; 200 items more."""
    factories.items(corpus, 100)
    made = builders.rated_set(corpus, dev=80, test=20)
    builders.items_from(corpus, 100, REST)
    run = builders.annotate(made, "good")
    no = made.definition.attribute.levels.get(key="no")
    wrong = Annotation.objects.filter(run_item__run=run, level__key="yes").order_by("pk")[:10]
    Annotation.objects.filter(pk__in=wrong.values("pk")).update(level=no, p=[0.6, 0.4])
    return made


def label_the_rest(rated: RatingSet, purpose: str = "silver") -> Run:
    """`good` says yes to 120 of the other items, and no to 80."""
    items = list(Item.objects.filter(external_id__in=[f"i{i:03}" for i in range(100, 100 + REST)]).order_by("pk"))
    annotator = Annotator.objects.get(name="good")
    run = Run.objects.create(corpus=annotator.corpus, annotator=annotator, purpose=purpose, state=Run.State.DONE)
    RunDefinition.objects.create(run=run, definition=rated.definition)
    rows = RunItem.objects.bulk_create(RunItem(run=run, item=one, content_hash="", state="done") for one in items)
    no, yes = rated.definition.attribute.levels.all()
    Annotation.objects.bulk_create(
        Annotation(
            run_item=row,
            definition=rated.definition,
            item=row.item,
            level=yes if i < 120 else no,
            p=[0.2, 0.8] if i < 120 else [0.9, 0.1],
        )
        for i, row in enumerate(rows)
    )
    return run


def good(rated: RatingSet) -> machines.Machine:
    return machines.named(rated.definition, "good")


def test_gold_alone_speaks_with_dev_and_test(rated: RatingSet) -> None:
    found = prevalence.golden(rated)
    assert (found["n_items"], found["missing"], found["bounds"]) == (100, {}, None)
    assert found["levels"][1]["value"] == pytest.approx(0.5)


def test_the_estimates_are_the_kernels_on_dev_gold(rated: RatingSet) -> None:
    label_the_rest(rated)
    found = prevalence.with_machine(rated, good(rated))
    assert (found["n_golden"], found["n_corpus"], found["caution"], Look.objects.count()) == (80, REST, "", 0)
    dev = RatingItem.objects.filter(rating_set=rated, split="dev").order_by("pk").values_list("item", flat=True)
    gold = np.array([i % 2 == 0 for i in range(80)])
    said = dict(Annotation.objects.filter(item__in=dev).values_list("item", "level__key"))
    machine = np.array([float(said[item] == "yes") for item in dev])
    labelled = Labelled(gold, machine, np.repeat([1.0, 0.0], [120, 80]), np.full(80, 0.5))
    yes = found["levels"][1]
    for key, estimator in (("ppi_plus_plus", ppi_plus_plus), ("rogan_gladen", rogan_gladen)):
        expected = estimator(labelled)
        assert (yes[key]["value"], yes[key]["low"], yes[key]["high"]) == pytest.approx(
            (expected.value, expected.low, expected.high), rel=1e-9
        )
    assert yes["model"]["value"] == pytest.approx((machine.sum() + 120) / 280)
    assert "ppi_plus_plus_probability" in yes
    assert found["levels"][0]["ppi_plus_plus"]["value"] == pytest.approx(1 - yes["ppi_plus_plus"]["value"])


def test_a_run_over_golden_sets_is_no_part_of_the_corpus(rated: RatingSet) -> None:
    label_the_rest(rated, purpose="golden")
    with pytest.raises(BadInput, match="good has labeled nothing but golden items"):
        prevalence.with_machine(rated, good(rated))


def test_imported_labels_carry_a_caution(rated: RatingSet) -> None:
    label_the_rest(rated, purpose="imported")
    Annotation.objects.filter(item__rating_items__rating_set=rated, item__rating_items__split="test").delete()
    assert prevalence.with_machine(rated, good(rated))["caution"] == (
        "imported labels of 200 of 220 other items: it counts only if these are a random part"
    )


def test_imported_labels_of_all_items_are_no_sample(rated: RatingSet) -> None:
    label_the_rest(rated, purpose="imported")
    sets.unseal(rating_set=rated, actor=User.objects.first())
    rated.refresh_from_db()
    assert prevalence.with_machine(rated, good(rated))["caution"] == ""


def test_examples_and_removed_items_are_outside_the_population(rated: RatingSet) -> None:
    label_the_rest(rated)
    first, second = Item.objects.filter(external_id__in=["i100", "i101"])
    Item.objects.filter(pk=first.pk).update(removed_at="2026-01-01T00:00:00Z")
    level = rated.definition.attribute.levels.first()
    DefinitionExample.objects.create(definition=rated.definition, item=second, content_hash="", level=level)
    assert prevalence.with_machine(rated, good(rated))["n_corpus"] == REST - 2


def test_the_sealed_test_costs_one_look_a_machine(rated: RatingSet, analyst: User) -> None:
    label_the_rest(rated)
    for _ in range(2):
        found = prevalence.with_machine(rated, good(rated), split="all", user=analyst)
    assert (found["n_golden"], Look.objects.count()) == (100, 1)
    assert AuditEvent.objects.filter(verb="test_looked_at", actor=analyst).count() == 1


def test_a_student_is_tallied_in_the_database_as_it_would_be_here(rated: RatingSet) -> None:
    student = builders.student(rated)
    rng = np.random.default_rng(0)
    for score in Score.objects.all():
        p = float(rng.random())
        Score.objects.filter(score_set=score.score_set_id, item=score.item_id).update(p=[1 - p, p])
    machine = machines.named(rated.definition, str(student))
    gold = list(RatingItem.objects.filter(rating_set=rated, split="dev").values_list("item", flat=True))
    rest = prevalence.rest_of(machine, rated, gold)
    others = dict(Score.objects.exclude(item__in=gold).values_list("item_id", "p"))
    assert rest.n == len(others) == 220
    assert rest.labels[1] == sum(p[1] > p[0] for p in others.values())
    assert rest.scores is not None
    values, times = rest.scores[1]
    expected = np.bincount([round(prevalence.rounded(p[1]) * 1000) for p in others.values()], minlength=1001)
    assert np.abs(times - expected).sum() <= 2  # a score on the edge of two steps may fall on either side
    assert float(values @ times / rest.n) == pytest.approx(np.mean([p[1] for p in others.values()]), abs=5e-4)
    found = prevalence.with_machine(rated, machine)
    assert (found["labeler"], found["n_corpus"]) == ("student", 220)


def test_unknown_chances_are_unweighted_and_say_so(corpus: Corpus) -> None:
    factories.items(corpus, 100)
    made = builders.rated_set(corpus, dev=80, test=20, known=False)
    builders.items_from(corpus, 100, REST)
    builders.annotate(made, "good")
    label_the_rest(made)
    found = prevalence.with_machine(made, good(made))
    assert found["weighted"] is False
    assert "unweighted" in found["levels"][1]["ppi_plus_plus"]["method"]


def test_few_gold_is_read_alone(corpus: Corpus) -> None:
    factories.items(corpus, 40)
    made = builders.rated_set(corpus, dev=30, test=10)
    builders.items_from(corpus, 100, REST)
    builders.annotate(made, "good")
    label_the_rest(made)
    yes = prevalence.with_machine(made, good(made))["levels"][1]
    assert (yes["recommended"], yes["ppi_plus_plus"]["low"]) == ("golden", None)
    assert "interval refused: 30 golden items" in yes["ppi_plus_plus"]["reason"]

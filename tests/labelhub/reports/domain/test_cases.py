import pytest

from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from labelhub.reports.domain import cases, comparisons
from raters.models import Exposure, RatingItem, RatingSet
from tests.labelhub import builders

pytestmark = pytest.mark.django_db
PEERS, BOTH = cases.PEERS, cases.PEERS_AND_MACHINE


def splits(rating_items: list[int]) -> set[str]:
    return set(RatingItem.objects.filter(pk__in=rating_items).values_list("split", flat=True))


def test_disputed_items_are_of_dev_and_the_most_disputed_comes_first(rated: RatingSet) -> None:
    found = cases.disputed(rated)
    shares = [case.agreement for case in cases.describe(rated, found)]
    assert splits(found) == {"dev"}
    assert shares == sorted(shares)
    assert max(shares) < 1


def test_differing_items_are_those_where_the_machine_leaves_the_majority(compared: RatingSet) -> None:
    evaluation = comparisons.create(rating_set=compared, split="dev", reference="leave_one_out")
    found = cases.differing(evaluation, "poor")
    majority = {
        row.rating_item_id: row.level.key
        for row in compared.rating_items.first()
        .gold_labels.model.objects.filter(rating_item__in=found, superseded_at=None)
        .select_related("level")
    }
    assert splits(found) == {"dev"}
    assert set(majority.values()) == {"yes"}


def test_a_sealed_split_has_no_items_to_show(compared: RatingSet) -> None:
    student = builders.student(compared)
    evaluation = comparisons.create(rating_set=compared, split="test", reference="leave_one_out")
    for name in ("poor", str(student)):
        with pytest.raises(Refused, match="sealed"):
            cases.differing(evaluation, name)


def test_an_unknown_annotator_is_bad_input(compared: RatingSet) -> None:
    evaluation = comparisons.create(rating_set=compared, split="dev", reference="leave_one_out")
    with pytest.raises(BadInput, match="no annotator 'nobody'"):
        cases.differing(evaluation, "nobody")


def test_seeing_is_on_record_for_exactly_these_items(rated: RatingSet, analyst: User) -> None:
    found = cases.disputed(rated)
    assert not cases.has_opened(analyst, rated, found, PEERS)
    cases.open_cases(user=analyst, rating_items=found, kinds=PEERS)
    cases.open_cases(user=analyst, rating_items=found, kinds=PEERS)
    assert cases.has_opened(analyst, rated, found, PEERS)
    assert not cases.has_opened(analyst, rated, found, BOTH)
    assert Exposure.objects.filter(user=analyst, kind="peer").count() == len(found)


def test_a_case_holds_both_sides_reasons(compared: RatingSet) -> None:
    evaluation = comparisons.create(rating_set=compared, split="dev", reference="leave_one_out")
    found = cases.differing(evaluation, "poor")[:1]
    machine = cases.machine_answers(evaluation, "poor", cases.items_of(found))
    (case,) = cases.describe(compared, found, machine)
    assert case.machine is not None
    assert (case.machine.level, case.machine.rationale, case.machine.score) == ("No", "poor says so", 0.8)
    assert case.machine.probability is None
    assert {answer.rationale for answer in case.answers} == {f"because of {case.item.external_id}"}
    assert case.gold is not None
    assert case.gold.level.key == "yes"

import pytest

from labelhub.lib.errors import BadInput, Refused
from labelhub.reports.domain import cells, comparisons
from labelhub.reports.domain.cells import Cell
from llm_jobs.models import Evaluation
from raters.models import RatingItem, RatingSet
from raters.stats.leave_one_out import POOLED

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation(compared: RatingSet) -> Evaluation:
    return comparisons.create(rating_set=compared, split="dev", reference="leave_one_out")


def ids(items: list[int]) -> list[int]:
    return [int(RatingItem.objects.get(pk=pk).item.external_id[1:]) for pk in items]


def test_a_cell_holds_its_items(evaluation: Evaluation) -> None:
    """`poor` says no to everything: even items are yes by every reference, at most one of four raters errs."""
    missed = ids(cells.behind(evaluation, Cell("poor", reference="yes", given="no")))
    assert missed == list(range(0, 30, 2))
    assert cells.behind(evaluation, Cell("poor", reference="no", given="yes")) == []
    hits = ids(cells.behind(evaluation, Cell("good", reference="yes", given="yes")))
    assert hits == missed


def test_a_matrix_is_the_sum_of_its_cells(evaluation: Evaluation) -> None:
    """Without ties every pair of a machine is one rater's: items times four."""
    matrix = evaluation.result["confusion"]["good"]
    levels = evaluation.result["levels"]
    for reference, row in zip(levels, matrix, strict=True):
        for given, n in zip(levels, row, strict=True):
            assert 4 * len(cells.behind(evaluation, Cell("good", reference, given))) == pytest.approx(n)


def test_raters_cells_hold_what_a_rater_said_against_the_others(evaluation: Evaluation) -> None:
    wrong = ids(cells.behind(evaluation, Cell(POOLED, reference="yes", given="no")))
    # Rater k errs where (i + k) % 7 == 0.
    assert wrong == [i for i in range(0, 30, 2) if any((i + k) % 7 == 0 for k in range(4))]
    name = evaluation.result["raters"][0]["name"]
    assert set(ids(cells.behind(evaluation, Cell(name, "yes", "no")))) <= set(wrong)


def test_what_one_has_right_and_another_wrong_is_what_mcnemar_counts(evaluation: Evaluation) -> None:
    assert ids(cells.behind(evaluation, Cell("good", rival="poor"))) == list(range(0, 30, 2))
    assert cells.behind(evaluation, Cell("poor", rival="good")) == []
    for rater in evaluation.result["raters"]:
        for row in rater["annotators"]:
            test = row["mcnemar"]
            assert len(cells.behind(evaluation, Cell(row["name"], rival=rater["name"]))) == test["b"]
            assert len(cells.behind(evaluation, Cell(rater["name"], rival=row["name"]))) == test["c"]


def test_bad_names_and_sealed_items(evaluation: Evaluation, compared: RatingSet) -> None:
    with pytest.raises(BadInput, match="no annotator 'nobody'"):
        cells.behind(evaluation, Cell("nobody", "yes", "no"))
    with pytest.raises(BadInput, match="no level 'maybe'"):
        cells.behind(evaluation, Cell("good", "maybe", "no"))
    sealed = comparisons.create(rating_set=compared, split="test", reference="leave_one_out")
    with pytest.raises(Refused, match="sealed test"):
        cells.behind(sealed, Cell("good", "yes", "no"))

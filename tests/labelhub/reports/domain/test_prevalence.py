import pytest

from attributes.models import Corpus
from labelhub.lib.errors import BadInput
from labelhub.reports.domain import prevalence
from labelhub.reports.domain.snapshots import is_current
from raters.models import GoldLabel, RatingSet
from tests import factories
from tests.labelhub import builders

pytestmark = pytest.mark.django_db


def test_the_golden_share_counts_dev_and_test_and_leaves_out_ties(rated: RatingSet) -> None:
    golden = prevalence.compute(attribute=rated.definition.attribute).payload["golden"]
    labels = GoldLabel.objects.filter(rating_item__rating_set=rated, superseded_at=None)
    decided = labels.filter(level__isnull=False).count()
    yes = labels.filter(level__key="yes").count()
    assert golden["levels"][1]["value"] == pytest.approx(yes / decided)
    assert (golden["n_items"], sum(golden["missing"].values())) == (40, 40 - decided)


def test_unknown_inclusion_probabilities_are_said(rated: RatingSet) -> None:
    other = builders.rated_set(rated.definition.attribute.corpus, name="Imported", known=False)
    golden = prevalence.compute(attribute=other.definition.attribute).payload["golden"]
    assert golden["weighted"] is False
    assert "unweighted" in golden["levels"][1]["method"]


def test_the_student_counts_every_scored_item(rated: RatingSet) -> None:
    builders.student(rated)
    corpus = prevalence.compute(attribute=rated.definition.attribute).payload["corpus"]
    assert (corpus["n"], corpus["levels"]) == (40, [20, 20])
    assert sum(corpus["histogram"]) == 40
    assert (corpus["histogram"][18], corpus["histogram"][2]) == (20, 20)


def test_months_are_counted_where_the_time_is_known(rated: RatingSet) -> None:
    corpus = rated.definition.attribute.corpus
    corpus.items.filter(external_id="i000").update(published_at="2026-03-05T00:00:00Z")
    builders.student(rated)
    found = prevalence.compute(attribute=rated.definition.attribute).payload["corpus"]
    assert found["months"] == [["2026-03", 1, 1]]


def test_extremes_leave_out_golden_items(rated: RatingSet) -> None:
    corpus = rated.definition.attribute.corpus
    builders.items_from(corpus, 40, 4)
    builders.student(rated)
    publication = prevalence.publication_of(rated.definition.attribute)
    assert publication is not None
    top, bottom = prevalence.extremes(publication)
    assert [(row.item.external_id, round(row.score, 3)) for row in top] == [
        ("i040", 0.9), ("i042", 0.9), ("i041", 0.1), ("i043", 0.1),
    ]  # fmt: skip
    assert [row.item.external_id for row in bottom] == ["i041", "i043", "i040", "i042"]


def test_a_new_publication_makes_the_figures_old(rated: RatingSet) -> None:
    what = rated.definition.attribute
    stored = prevalence.compute(attribute=what)
    builders.student(rated)
    now = prevalence.inputs_of(what, prevalence.publication_of(what), prevalence.golden_set(what))
    assert not is_current(stored, now)


def test_nothing_to_count_is_bad_input(corpus: Corpus) -> None:
    with pytest.raises(BadInput, match="neither"):
        prevalence.compute(attribute=factories.definition(corpus).attribute)

import numpy as np
import pytest

from attributes.models import Corpus
from labelhub.lib.errors import BadInput
from labelhub.reports.domain import agreement
from labelhub.reports.domain.snapshots import is_current
from labelhub.reports.models import ReportSnapshot
from raters.domain import agreement as raters_agreement
from raters.models import RatingSet
from raters.stats.types import Ratings
from tests import factories
from tests.labelhub import builders

pytestmark = pytest.mark.django_db


def test_figures_are_those_of_the_raters_domain(rated: RatingSet) -> None:
    stored = agreement.compute(rating_set=rated, split="dev")
    assert stored.payload["figures"] == raters_agreement.agreement(rated, "dev")


def test_the_same_ratings_give_the_same_row(rated: RatingSet) -> None:
    first = agreement.compute(rating_set=rated, split="dev")
    assert agreement.compute(rating_set=rated, split="dev") == first
    assert agreement.compute(rating_set=rated, split="test") != first
    assert ReportSnapshot.objects.count() == 2


def test_raters_are_listed_with_their_use_of_the_scale(rated: RatingSet) -> None:
    rows = agreement.compute(rating_set=rated, split="dev").payload["raters"]
    assert [row["n_labels"] for row in rows] == [30, 30, 30, 30]
    assert all(sum(row["use"]) == row["n_labels"] for row in rows)


def test_a_new_rating_makes_the_figures_old(corpus: Corpus) -> None:
    factories.items(corpus, 12)
    what = factories.definition(corpus)
    one, two = (factories.member(corpus, "rater") for _ in range(2))
    open_set = factories.rating_set(what, size=12)
    for person in (one, two):
        factories.rate(person, open_set, "yes")
    stored = agreement.compute(rating_set=open_set, split="dev")
    assert is_current(stored, agreement.inputs_of(open_set, "dev"))
    factories.rate(one, open_set, "no")
    assert not is_current(stored, agreement.inputs_of(open_set, "dev"))


def test_a_split_without_items_is_refused(corpus: Corpus) -> None:
    with pytest.raises(BadInput, match="no items in split test"):
        agreement.compute(rating_set=builders.rated_set(corpus, test=0), split="test")


def test_undefined_figures_keep_their_reason(corpus: Corpus) -> None:
    stored = agreement.compute(rating_set=builders.rated_set(corpus, raters=1), split="dev")
    alpha = stored.payload["figures"]["krippendorff_alpha"]
    assert (alpha["value"], alpha["reason"]) == (None, "a single rater: agreement needs two")


def test_item_agreement_is_the_share_of_agreeing_pairs() -> None:
    shares = agreement.item_agreement(Ratings.from_matrix([[0, 0, 1], [1, 1, 1], [0, np.nan, np.nan]], q=2))
    assert shares[:2].tolist() == [pytest.approx(1 / 3), 1.0]
    assert np.isnan(shares[2])

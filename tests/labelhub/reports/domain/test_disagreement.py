import numpy as np
import pytest

from attributes.models import Corpus
from labelhub.reports.domain import cases, disagreement
from labelhub.reports.domain.disagreement import Wanted, item_disagreement, level_pairs
from raters.domain import agreement, consensus
from raters.models import GoldLabel, RatingItem, RatingSet, SetRater
from raters.stats.types import Ratings
from tests import factories
from tests.labelhub import builders


def test_disagreement_of_an_item_is_the_share_of_pairs_that_differ() -> None:
    shares = item_disagreement(Ratings.from_matrix([[0, 0, 1], [1, 1, 1], [0, np.nan, np.nan]], q=2), "nominal")
    assert shares[:2].tolist() == [pytest.approx(2 / 3), 0.0]
    assert np.isnan(shares[2])


def test_on_a_scale_far_answers_disagree_more() -> None:
    near, far, spread = item_disagreement(Ratings.from_matrix([[0, 1], [0, 3], [0, 3]], q=4), "ordinal")
    assert (near, far, spread) == (1.0, 9.0, 9.0)


def test_level_pairs_count_pairs_and_items() -> None:
    pairs, items = level_pairs(Ratings.from_matrix([[0, 0, 1], [1, 1, 1], [0, 2, np.nan]], q=3))
    assert pairs.tolist() == [[1, 2, 1], [2, 3, 0], [1, 0, 0]]
    assert items[0].tolist() == [2, 1, 1]
    assert np.tril(pairs).sum() == 3 + 3 + 1


def external(rating_items: list[int]) -> set[str]:
    return set(RatingItem.objects.filter(pk__in=rating_items).values_list("item__external_id", flat=True))


def expected(*shifts: int, n: int = 30) -> set[str]:
    """Items of `builders.rated_set` on which a rater of these numbers errs."""
    return {f"i{i:03}" for i in range(n) if any((i + k) % 7 == 0 for k in shifts)}


@pytest.mark.django_db
class TestItems:
    def test_all_of_them_the_most_disputed_first(self, rated: RatingSet) -> None:
        assert external(disagreement.items(rated, "dev", Wanted())) == expected(0, 1, 2, 3)

    def test_of_a_rater_who_is_alone(self, rated: RatingSet) -> None:
        uids = agreement.load(rated, "dev").uids
        assert external(disagreement.items(rated, "dev", Wanted(rater=uids[2]))) == expected(2)

    def test_of_two_who_differ(self, rated: RatingSet) -> None:
        uids = agreement.load(rated, "dev").uids
        assert external(disagreement.items(rated, "dev", Wanted(rater=uids[0], other=uids[3]))) == expected(0, 3)

    @pytest.mark.parametrize("wanted", [Wanted(rater="nobody"), Wanted(cohort="none"), Wanted(stratum="none"),
                                        Wanted(levels="no~such"), Wanted(reason="ambiguous")])  # fmt: skip
    def test_what_is_not_there_has_no_items(self, wanted: Wanted, rated: RatingSet) -> None:
        assert disagreement.items(rated, "dev", wanted) == []

    def test_of_two_levels(self, rated: RatingSet) -> None:
        assert external(disagreement.items(rated, "dev", Wanted(levels="no~yes"))) == expected(0, 1, 2, 3)

    def test_of_a_reason_and_of_a_cohort(self, corpus: Corpus) -> None:
        rated = builders.rated_set(corpus, frozen=False)
        chosen = rated.rating_items.get(item__external_id="i007")
        GoldLabel.objects.filter(rating_item=chosen).update(source="adjudicated", reason_tag="ambiguous")
        assert external(disagreement.items(rated, "dev", Wanted(reason="ambiguous"))) == {"i007"}
        loaded = agreement.load(rated, "dev")
        for k, rater in enumerate(loaded.raters):
            SetRater.objects.create(rating_set=rated, user_id=rater, order_seed=0, cohort="new" if k < 2 else "old")
        assert external(disagreement.items(rated, "dev", Wanted(cohort="new"))) == expected(0, 1)

    def test_where_the_majority_and_the_model_differ(self, corpus: Corpus) -> None:
        rated = builders.rated_set(corpus, raters=5, errs=lambda i, k: k > 1 and (i * (k + 3)) % 5 < 2)
        fitted = consensus.fit(rated)
        apart = {pk for pk, differs in zip(fitted.loaded.rating_items, fitted.differs, strict=True) if differs}
        found = disagreement.items(rated, "dev", Wanted(model="differs"))
        dev = set(rated.rating_items.filter(split="dev").values_list("pk", flat=True))
        assert set(found) == apart & dev != set()
        case = cases.with_posteriors(rated, cases.describe(rated, found[:1]))[0]
        assert case.posterior is not None
        assert sum(weight for _, weight in case.posterior) == pytest.approx(1)

    def test_parts_are_large_strata_groups_and_cohorts(self, corpus: Corpus) -> None:
        rated = builders.rated_set(corpus, frozen=False)
        rows = list(rated.rating_items.order_by("pk"))
        for k, row in enumerate(rows):
            RatingItem.objects.filter(pk=row.pk).update(stratum="even" if k % 2 == 0 else "odd" if k < 29 else "rest")
        loaded = agreement.load(rated, "dev")
        for rater in loaded.raters[:2]:
            SetRater.objects.create(rating_set=rated, user_id=rater, order_seed=0, cohort="new")
        found = disagreement.parts(rated, "dev", loaded, 0)
        assert {(part["kind"], part["key"], part["n_items"]) for part in found} == {
            ("cohort", "new", 30), ("stratum", "even", 15), ("stratum", "odd", 14)
        }  # fmt: skip
        cohort = next(part for part in found if part["kind"] == "cohort")
        assert (cohort["n_labels"], cohort["cannot_tell"], cohort["n_disputed"]) == (60, 0, len(expected(0, 1)))

    def test_cannot_tell_is_counted_in_its_part(self, corpus: Corpus) -> None:
        votes = {f"i{i:03}": "y?" if i < 4 else "yn" for i in range(30)}
        closed = factories.closed_set(corpus, votes)
        loaded = agreement.load(closed, "all")
        assert (loaded.cannot_tell, loaded.unsure, sum(loaded.unsure_of)) == (4, [0, 4], 4)

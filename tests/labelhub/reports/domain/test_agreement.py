import pytest

from attributes.models import Corpus
from labelhub.lib.errors import BadInput
from labelhub.reports.domain import agreement
from labelhub.reports.domain.snapshots import is_current
from labelhub.reports.models import ReportSnapshot
from raters.domain import agreement as raters_agreement
from raters.models import RatingItem, RatingSet
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


def test_pairs_parts_and_versions_stand_in_the_payload(rated: RatingSet) -> None:
    payload = agreement.compute(rating_set=rated, split="dev").payload
    assert len(payload["pairs"]["cells"]) == 6
    assert {cell["agreement"]["n"] for cell in payload["pairs"]["cells"]} == {30}
    assert payload["parts"] == []
    assert [(row["version"], row["here"], row["common"]) for row in payload["versions"]] == [(1, True, None)]
    assert payload["cannot_tell"]["n"] == 120


def test_another_version_is_compared_on_the_items_of_both(rated: RatingSet) -> None:
    revised = factories.definition(rated.definition.attribute.corpus, question="Would this video calm you?")
    later = builders.rated_set(rated.definition.attribute.corpus, of=revised, raters=2, name="Later")
    first, second = agreement.compute(rating_set=later, split="dev").payload["versions"]
    assert (first["version"], first["here"], second["here"]) == (1, False, True)
    assert first["common"]["n"] == 30
    assert first["common"]["there"]["value"] == first["figures"]["krippendorff_alpha"]["value"]
    assert first["common"]["here"]["value"] == second["figures"]["krippendorff_alpha"]["value"]


def test_versions_on_other_items_are_not_comparable(corpus: Corpus) -> None:
    builders.rated_set(corpus)
    revised = factories.definition(corpus, question="Would this video calm you?")
    elsewhere = builders.rated_set(corpus, of=revised, name="Elsewhere", dev=5, test=0, frozen=False)
    for row, item in zip(elsewhere.rating_items.order_by("pk"), builders.items_from(corpus, 100, 5), strict=True):
        RatingItem.objects.filter(pk=row.pk).update(item=item)
    (other,) = [
        row for row in agreement.compute(rating_set=elsewhere, split="dev").payload["versions"] if not row["here"]
    ]
    assert other["common"] == {"n": 0, "reason": "not comparable: no item in common"}


def test_figures_of_an_earlier_report_have_what_the_page_needs(rated: RatingSet) -> None:
    stored = agreement.compute(rating_set=rated, split="dev")
    stored.payload = {key: stored.payload[key] for key in ("figures", "levels", "raters", "n_items_in_split")}
    assert agreement.payload_of(stored)["pairs"]["cells"] == []
    assert agreement.payload_of(stored)["cannot_tell"]["n"] == 120


def test_who_stands_apart_is_named_with_alpha_without_them(corpus: Corpus) -> None:
    rated = builders.rated_set(corpus, errs=lambda i, k: i % 5 < 3 if k == 0 else (i + k) % 15 == 0)
    payload = agreement.compute(rating_set=rated, split="dev").payload
    (apart,) = payload["apart"]
    least = min(payload["raters"], key=lambda row: row["accuracy"]["value"])
    assert (apart["uid"], apart["accuracy"]) == (least["uid"], least["accuracy"])
    assert apart["alpha_without"]["value"] > payload["figures"]["krippendorff_alpha"]["value"] + 0.3


def test_where_raters_are_alike_nobody_stands_apart(rated: RatingSet) -> None:
    assert agreement.compute(rating_set=rated, split="dev").payload["apart"] == []

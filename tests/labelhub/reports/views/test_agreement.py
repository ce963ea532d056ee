import csv
import uuid

import pytest
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.reports.domain import agreement
from labelhub.reports.models import ReportSnapshot
from raters.models import RatingSet
from tests.labelhub import builders
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db


def url(rating_set: RatingSet, name: str = "agreement", *more: object) -> str:
    return reverse(f"reports:{name}", args=["clips", rating_set.uid, *more])


def test_who_may_read(rated: RatingSet, analyst: User, rater: User, stranger: User) -> None:
    found = statuses(url(rated), analyst=analyst, rater=rater, stranger=stranger)
    assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}


@pytest.mark.parametrize(("name", "method"), [("agreement", "post"), ("agreement_compute", "get")])
def test_wrong_methods(name: str, method: str, rated: RatingSet, analyst: User) -> None:
    assert getattr(signed_in(analyst), method)(url(rated, name)).status_code == 405


def test_a_set_of_another_corpus_is_not_found(rated: RatingSet, stranger: User) -> None:
    there = reverse("reports:agreement", args=["elsewhere", rated.uid])
    assert signed_in(stranger).get(there).status_code == 404


def test_without_figures_the_page_has_them_computed(rated: RatingSet, analyst: User) -> None:
    client = signed_in(analyst)
    assert 'hx-trigger="load, submit"' in client.get(url(rated)).content.decode()
    assert ReportSnapshot.objects.count() == 0
    response = client.post(url(rated, "agreement_compute"), headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"] == f"{url(rated)}?split=dev"
    assert ReportSnapshot.objects.count() == 1


def test_every_coefficient_is_shown_with_its_number(rated: RatingSet, analyst: User) -> None:
    figures = agreement.compute(rating_set=rated, split="dev").payload["figures"]
    page = signed_in(analyst).get(url(rated)).content.decode()
    for name in ("percent_agreement", "krippendorff_alpha", "gwet_ac1", "fleiss_kappa", "brennan_prediger"):
        assert f"{figures[name]['value']:.3f}" in page


def test_an_undefined_figure_is_shown_with_its_reason(corpus: Corpus, analyst: User) -> None:
    single = builders.rated_set(corpus, raters=1)
    agreement.compute(rating_set=single, split="dev")
    page = signed_in(analyst).get(url(single)).content.decode()
    assert "a single rater: agreement needs two" in page
    assert "0.000" not in page


def test_the_sealed_test_shows_figures_and_no_item(rated: RatingSet, analyst: User) -> None:
    agreement.compute(rating_set=rated, split="test")
    page = signed_in(analyst).get(f"{url(rated)}?split=test").content.decode()
    assert "no item is shown" in page
    assert "Where they disagree" not in page
    assert "Title 3" not in page


def test_an_unknown_split_is_not_found(rated: RatingSet, analyst: User) -> None:
    assert signed_in(analyst).get(f"{url(rated)}?split=shots").status_code == 404


def test_a_stored_report_stays_under_its_link(rated: RatingSet, analyst: User) -> None:
    stored = agreement.compute(rating_set=rated, split="dev")
    client = signed_in(analyst)
    assert client.get(url(rated, "agreement_snapshot", stored.uid)).status_code == 200
    assert client.get(url(rated, "agreement_snapshot", uuid.uuid4())).status_code == 404


def test_the_csv_holds_the_charts_numbers(rated: RatingSet, analyst: User) -> None:
    stored = agreement.compute(rating_set=rated, split="dev")
    client = signed_in(analyst)
    response = client.get(url(rated, "agreement_csv", stored.uid, "coefficients"))
    rows = {row["name"]: row for row in csv.DictReader(response.content.decode().splitlines())}
    alpha = stored.payload["figures"]["krippendorff_alpha"]
    assert float(rows["Krippendorff's alpha"]["agreement"]) == alpha["value"]
    assert client.get(url(rated, "agreement_csv", stored.uid, "nothing")).status_code == 404


def test_simulated_raters_are_said(rated: RatingSet, analyst: User) -> None:
    agreement.compute(rating_set=rated, split="dev")
    client = signed_in(analyst)
    assert "Simulated raters" not in client.get(url(rated)).content.decode()
    User.objects.filter(ratings__rating_item__rating_set=rated).update(is_simulated=True)
    assert "Simulated raters" in client.get(url(rated)).content.decode()


def test_a_second_look_takes_few_queries(rated: RatingSet, analyst: User, django_assert_max_num_queries) -> None:
    agreement.compute(rating_set=rated, split="dev")
    client = signed_in(analyst)
    with django_assert_max_num_queries(11):
        client.get(url(rated))


def test_every_rater_pair_and_level_leads_to_its_items(rated: RatingSet, analyst: User) -> None:
    stored = agreement.compute(rating_set=rated, split="dev")
    page = signed_in(analyst).get(url(rated)).content.decode()
    items = url(rated, "disputed")
    a, b = (rater["uid"] for rater in stored.payload["pairs"]["raters"][:2])
    assert f'href="{items}?rater={a}"' in page
    assert f'href="{items}?rater={a}&amp;other={b}"' in page
    assert "precision, recall and F1 are those of “Yes”" in page


def test_the_sealed_test_leads_nowhere(rated: RatingSet, analyst: User) -> None:
    agreement.compute(rating_set=rated, split="test")
    page = signed_in(analyst).get(f"{url(rated)}?split=test").content.decode()
    assert url(rated, "disputed") not in page


@pytest.mark.parametrize("chart", ["coefficients", "pairs", "raters", "parts"])
def test_every_table_has_a_csv(chart: str, rated: RatingSet, analyst: User) -> None:
    stored = agreement.compute(rating_set=rated, split="dev")
    assert signed_in(analyst).get(url(rated, "agreement_csv", stored.uid, chart)).status_code == 200


def test_without_a_test_split_none_is_offered(corpus: Corpus, analyst: User) -> None:
    rated = builders.rated_set(corpus, test=0)
    agreement.compute(rating_set=rated, split="dev")
    assert "test, sealed" not in signed_in(analyst).get(url(rated)).content.decode()

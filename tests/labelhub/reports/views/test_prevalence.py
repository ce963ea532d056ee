import pytest
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.reports.domain import prevalence
from labelhub.reports.models import ReportSnapshot
from raters.models import Exposure, Look, RatingSet
from tests import factories
from tests.labelhub import builders
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db
URL = reverse("reports:prevalence", args=["clips", "calming"])
COMPUTE = reverse("reports:prevalence_compute", args=["clips", "calming"])


def test_who_may_read(rated: RatingSet, analyst: User, rater: User, stranger: User) -> None:
    found = statuses(URL, analyst=analyst, rater=rater, stranger=stranger)
    assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}


def test_wrong_methods(rated: RatingSet, analyst: User) -> None:
    assert signed_in(analyst).post(URL).status_code == 405
    assert signed_in(analyst).get(COMPUTE).status_code == 405


def test_an_unknown_attribute_is_not_found(corpus: Corpus, analyst: User) -> None:
    assert signed_in(analyst).get(URL).status_code == 404


def test_nothing_to_count_says_what_to_do(corpus: Corpus, analyst: User) -> None:
    factories.definition(corpus)
    assert "Nothing to count yet" in signed_in(analyst).get(URL).content.decode()


def test_computing_is_a_post(rated: RatingSet, analyst: User) -> None:
    client = signed_in(analyst)
    client.get(URL)
    assert ReportSnapshot.objects.count() == 0
    assert client.post(COMPUTE).url == URL
    assert ReportSnapshot.objects.count() == 1


def test_the_numbers_are_the_domains_and_the_bias_is_said(rated: RatingSet, analyst: User) -> None:
    builders.student(rated)
    payload = prevalence.compute(attribute=rated.definition.attribute).payload
    page = signed_in(analyst).get(URL).content.decode()
    assert f"{payload['golden']['levels'][1]['value']:.3f}" in page
    assert "0.500" in page
    assert "A machine's own count is narrow and wrong" in page
    assert "no interval: the model&#x27;s own errors are in it" in page


def test_without_scores_only_the_raters_estimate_stands(rated: RatingSet, analyst: User) -> None:
    prevalence.compute(attribute=rated.definition.attribute)
    page = signed_in(analyst).get(URL).content.decode()
    assert "gold alone, 40 items." in page
    assert "PPI++" not in page.partition("<table")[2]


def test_csv(rated: RatingSet, analyst: User) -> None:
    builders.student(rated)
    stored = prevalence.compute(attribute=rated.definition.attribute)
    there = reverse("reports:prevalence_csv", args=["clips", "calming", stored.uid, "histogram"])
    lines = signed_in(analyst).get(there).content.decode().splitlines()
    assert lines[0] == "raw score,items"
    assert sum(int(line.rpartition(",")[2]) for line in lines[1:]) == 40


def test_the_surest_items_are_shown_by_a_recorded_act(rated: RatingSet, corpus: Corpus, analyst: User) -> None:
    builders.items_from(corpus, 100, 60)
    builders.student(rated)
    prevalence.compute(attribute=rated.definition.attribute)
    client, url = signed_in(analyst), reverse("reports:prevalence_extremes", args=["clips", "calming"])
    page = client.get(URL).content.decode()
    assert (url in page, "Surest that it is" in page, Exposure.objects.count()) == (True, False, 0)
    response = client.post(url)
    assert "Surest that it is not" in response.content.decode()
    shown = {row.item.pk for row in (*response.context["top"], *response.context["bottom"])}
    seen = Exposure.objects.filter(user=analyst, kind="machine")
    assert set(seen.values_list("item", flat=True)) == shown != set()


def test_who_may_see_the_surest_items(rated: RatingSet, analyst: User, rater: User, stranger: User) -> None:
    builders.student(rated)
    url = reverse("reports:prevalence_extremes", args=["clips", "calming"])
    found = statuses(url, "post", analyst=analyst, rater=rater, stranger=stranger)
    assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}
    assert signed_in(analyst).get(url).status_code == 405


def test_the_sealed_test_is_looked_at_only_when_asked_for_and_counted(
    compared: RatingSet, corpus: Corpus, analyst: User
) -> None:
    builders.items_from(corpus, 100, 60)
    builders.student(compared)
    client = signed_in(analyst)
    client.post(COMPUTE)
    machine = client.get(URL).context["machines"][0]
    assert (machine["split"], machine["n_golden"], machine["n_corpus"], Look.objects.count()) == ("dev", 30, 70, 0)
    response = client.post(COMPUTE, {"split": "all"})
    assert response.url == f"{URL}?split=all"
    page = client.get(response.url)
    assert page.context["machines"][0]["n_golden"] == 40
    assert (Look.objects.count(), page.context["looks"]) == (1, 1)
    client.post(COMPUTE, {"split": "all"})
    assert Look.objects.count() == 1
    assert client.get(URL, {"split": "shots"}).status_code == 404


def test_items_without_gold_are_bounds(rated: RatingSet, analyst: User) -> None:
    what = rated.definition.attribute
    made = builders.rated_set(what.corpus, dev=30, raters=2, name="Ties", of=rated.definition)
    stored = prevalence.compute(attribute=what).payload["golden"]
    assert stored["name"] == made.name
    missing = sum(stored["missing"].values())
    assert missing > 0
    page = signed_in(analyst).get(URL).content.decode()
    assert f"{missing} of 40 drawn items have no gold ({missing} tied, not decided yet)" in page

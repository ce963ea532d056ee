import csv

import pytest
from django.urls import reverse

from labelhub.accounts.models import User
from labelhub.reports.domain import alt_tests
from labelhub.reports.models import ReportSnapshot
from llm_jobs.domain.alt_tests import Options
from raters.models import RatingSet
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db


@pytest.fixture
def played(compared: RatingSet) -> ReportSnapshot:
    return alt_tests.play(rating_set=compared, split="dev", machine="good", options=Options())


def new(rating_set: RatingSet) -> str:
    return reverse("reports:alt_test_new", args=["clips", rating_set.uid])


def page(snapshot: ReportSnapshot, name: str = "alt_test", *more: str) -> str:
    return reverse(f"reports:{name}", args=["clips", snapshot.uid, *more])


def asked(**changes: str) -> dict[str, str]:
    wanted = {
        "machine": "poor",
        "split": "dev",
        "epsilon": "0.2",
        "score": "accuracy",
    }
    return wanted | changes


def test_who_may_read(played: ReportSnapshot, compared: RatingSet, analyst: User, rater: User, stranger: User) -> None:
    for url in (page(played), page(played, "alt_test_csv", "curve"), new(compared)):
        found = statuses(url, analyst=analyst, rater=rater, stranger=stranger)
        assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}
    there = reverse("reports:alt_test", args=["elsewhere", played.uid])
    assert signed_in(stranger).get(there).status_code == 404


def test_asking_plays_the_test_and_shows_its_verdict(compared: RatingSet, analyst: User) -> None:
    response = signed_in(analyst).post(new(compared), asked(), follow=True)
    shown = response.content.decode()
    snapshot = ReportSnapshot.objects.get(kind="alt_test")
    assert response.redirect_chain == [(page(snapshot), 302)]
    assert snapshot.payload["verdict"]["sentence"] in shown
    assert snapshot.inputs_hash in shown
    assert "Winning rate over epsilon" in shown


def test_the_form_knows_the_machine_and_its_split(compared: RatingSet, analyst: User) -> None:
    shown = signed_in(analyst).get(new(compared), {"machine": "poor"}).content.decode()
    assert '<option value="poor" selected>' in shown


@pytest.mark.parametrize("change", [{"machine": "nobody"}, {"epsilon": "7"}, {"split": "all"}, {"score": "luck"}])
def test_nonsense_is_refused(change: dict[str, str], compared: RatingSet, analyst: User) -> None:
    assert signed_in(analyst).post(new(compared), asked(**change)).status_code == 422
    assert not ReportSnapshot.objects.exists()


def test_csv(played: ReportSnapshot, analyst: User) -> None:
    client = signed_in(analyst)
    rows = list(csv.DictReader(client.get(page(played, "alt_test_csv", "raters")).content.decode().splitlines()))
    assert [float(row["rho_f"]) for row in rows] == [row["rho_f"] for row in played.payload["raters"]]
    curve = list(csv.DictReader(client.get(page(played, "alt_test_csv", "curve")).content.decode().splitlines()))
    assert [float(row["winning rate"]) for row in curve] == [one["winning_rate"] for one in played.payload["curve"]]


def test_the_sealed_test_shows_figures_only(compared: RatingSet, analyst: User) -> None:
    shown = signed_in(analyst).post(new(compared), asked(split="test"), follow=True).content.decode()
    assert "Looks at the sealed test so far: 1" in shown
    assert "Not enough data" in shown
    assert "Title" not in shown

import pytest
from django.urls import reverse

from labelhub.accounts.models import User
from labelhub.reports.domain import comparisons
from llm_jobs.models import Evaluation
from raters.models import Exposure, RatingSet
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db
MISSED = {"who": "poor", "reference": "yes", "given": "no"}


@pytest.fixture
def evaluation(compared: RatingSet) -> Evaluation:
    return comparisons.create(rating_set=compared, split="dev", reference="leave_one_out")


def url(evaluation: Evaluation, name: str = "cell") -> str:
    return reverse(f"reports:{name}", args=["clips", evaluation.uid])


def test_who_may_read(evaluation: Evaluation, analyst: User, rater: User, stranger: User) -> None:
    page = url(evaluation) + "?who=poor&reference=yes&given=no"
    found = statuses(page, analyst=analyst, rater=rater, stranger=stranger)
    assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}
    assert signed_in(analyst).get(url(evaluation, "cell_open")).status_code == 405


def test_the_items_are_shown_after_their_seeing_is_recorded(evaluation: Evaluation, analyst: User) -> None:
    client = signed_in(analyst)
    before = client.get(url(evaluation), MISSED).content.decode()
    assert "Seeing these answers is recorded" in before
    assert "because of" not in before
    page = client.post(url(evaluation, "cell_open"), MISSED, follow=True).content.decode()
    assert "because of" in page
    assert "poor says so" in page
    assert set(Exposure.objects.values_list("kind", flat=True)) >= {"peer", "machine"}


def test_of_two_machines_both_reasons_are_shown(evaluation: Evaluation, analyst: User) -> None:
    asked = {"who": "good", "rival": "poor"}
    page = signed_in(analyst).post(url(evaluation, "cell_open"), asked, follow=True).content.decode()
    assert "good says so" in page
    assert "poor says so" in page


def test_raters_alone_are_no_machines_answer(evaluation: Evaluation, analyst: User) -> None:
    asked = {"who": "pooled raters", "reference": "yes", "given": "no"}
    signed_in(analyst).post(url(evaluation, "cell_open"), asked)
    assert not Exposure.objects.filter(kind="machine").exists()


def test_a_sealed_test_shows_nothing(compared: RatingSet, analyst: User) -> None:
    sealed = comparisons.create(rating_set=compared, split="test", reference="leave_one_out")
    response = signed_in(analyst).get(url(sealed), MISSED)
    assert response.status_code == 403
    signed_in(analyst).post(url(sealed, "cell_open"), MISSED)
    assert not Exposure.objects.exists()


def test_nonsense_leads_back(evaluation: Evaluation, analyst: User) -> None:
    response = signed_in(analyst).get(url(evaluation), {"who": "nobody", "reference": "yes", "given": "no"})
    assert response.url == reverse("reports:evaluation", args=["clips", evaluation.uid])

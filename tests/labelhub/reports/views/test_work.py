"""Figures computed in the background, from the press to the page that shows them."""

import pytest
from django.urls import reverse

from attributes.domain import jobs
from attributes.models import Corpus, Job
from labelhub.accounts.models import User
from labelhub.reports.domain import agreement, work
from labelhub.reports.models import ReportSnapshot
from llm_jobs.models import Evaluation, Score
from raters.models import RatingSet
from tests.labelhub import builders
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db
REFRESH = reverse("reports:refresh", args=["clips"])
INDEX = reverse("reports:index", args=["clips"])


def url(job: Job) -> str:
    return reverse("reports:work", args=["clips", job.uid])


def test_bringing_up_to_date_asks_for_one_job_and_computes_nothing(compared: RatingSet, analyst: User) -> None:
    client = signed_in(analyst)
    for _ in range(2):
        assert client.post(REFRESH).url == INDEX
    job = Job.objects.get()
    assert (job.kind, job.state, Evaluation.objects.count()) == ("refresh_reports", "queued", 0)
    page = client.get(INDEX).content.decode()
    assert "waiting for a worker" in page
    assert url(job) in page


@pytest.mark.django_db(transaction=True)  # work over a second renews its lease from a connection of its own
def test_the_figures_are_there_when_it_is_done(compared: RatingSet, analyst: User) -> None:
    client = signed_in(analyst)
    client.post(REFRESH)
    job = Job.objects.get()
    assert "HX-Redirect" not in client.get(url(job), headers={"HX-Request": "true"})
    assert jobs.run(job.pk, work.run)
    assert client.get(url(job), headers={"HX-Request": "true"})["HX-Redirect"] == INDEX
    assert Evaluation.objects.count() == 1
    job.refresh_from_db()
    assert (job.done, job.total, job.result) == (1, 1, {"problems": []})
    assert ReportSnapshot.objects.filter(kind="calibration").count() == 2


def test_what_could_not_be_done_is_said(corpus: Corpus, analyst: User) -> None:
    Job.objects.create(
        corpus=corpus, kind="refresh_reports", params={"what": "all"}, dedupe_key="x", state="done",
        result={"problems": ["Calming: nobody has rated"]},
    )  # fmt: skip
    page = signed_in(analyst).get(INDEX).content.decode()
    assert "Calming: nobody has rated" in page


def test_a_student_without_stored_scores_is_evaluated_by_a_worker(compared: RatingSet, analyst: User) -> None:
    student = builders.student(compared)
    Score.objects.filter(score_set__student=student).delete()
    client = signed_in(analyst)
    asked = {"rating_set": str(compared.uid), "split": "dev", "reference": "leave_one_out"}
    for address, fields in (
        (reverse("reports:evaluate", args=["clips"]), asked),
        (reverse("reports:student_evaluate", args=["clips", student.uid]), {}),
    ):
        response = client.post(address, fields)
        assert response.url == url(Job.objects.latest("pk"))
        assert "waiting for a worker" in client.get(response.url).content.decode()


def test_an_evaluation_made_by_a_worker_is_shown(compared: RatingSet, analyst: User) -> None:
    job = work.ask_for_evaluation(rating_set=compared, split="dev", reference="leave_one_out", user=analyst)
    assert jobs.run(job.pk, work.run)
    expected = reverse("reports:evaluation", args=["clips", Evaluation.objects.get().uid])
    assert signed_in(analyst).get(url(job)).url == expected


def test_a_failure_is_shown(compared: RatingSet, analyst: User) -> None:
    job = work.ask_for_evaluation(rating_set=compared, split="dev", reference="adjudicated", user=analyst)
    assert jobs.run(job.pk, work.run)
    assert "use the leave-one-out reference" in signed_in(analyst).get(url(job)).content.decode()


def test_who_may_follow_it(corpus: Corpus, analyst: User, rater: User, stranger: User) -> None:
    job = work.ask_for_all(corpus=corpus, user=analyst)
    found = statuses(url(job), analyst=analyst, rater=rater, stranger=stranger)
    assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}


def test_work_of_another_kind_is_not_shown_here(corpus: Corpus, analyst: User) -> None:
    job = jobs.enqueue(corpus=corpus, kind=Job.Kind.EMBED, params={}, dedupe="")
    assert signed_in(analyst).get(url(job)).status_code == 404


def test_the_agreement_of_many_ratings_is_computed_by_a_worker(
    rated: RatingSet, analyst: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "MANY", 100)
    client = signed_in(analyst)
    there = reverse("reports:agreement_compute", args=["clips", rated.uid])
    asked = client.post(there, {"split": "dev"}, headers={"HX-Request": "true"})
    job = Job.objects.get()
    assert asked["HX-Redirect"] == url(job)
    assert "This takes longer than a page should." in client.get(url(job)).content.decode()
    assert jobs.run(job.pk, work.run)
    snapshot = ReportSnapshot.objects.get()
    assert client.get(url(job)).url == reverse("reports:agreement_snapshot", args=["clips", rated.uid, snapshot.uid])
    job.refresh_from_db()
    assert (job.done, job.total) == (4, 5)

import pytest
from django.urls import reverse

from attributes.domain import jobs
from attributes.models import Corpus, Job
from labelhub.accounts.models import User
from labelhub.lib import leases
from tests.personas import signed_in

LIST = "/c/clips/jobs/"


@pytest.fixture
def job(corpus: Corpus, editor: User) -> Job:
    return jobs.enqueue(
        corpus=corpus, kind=Job.Kind.IMPORT_CORPUS, params={"file": "films.csv"}, dedupe="x", created_by=editor
    )


def page(job: Job) -> str:
    return f"{LIST}{job.uid}/"


def test_a_waiting_job_asks_for_itself_again(analyst: User, job: Job) -> None:
    text = signed_in(analyst).get(page(job)).content.decode()
    assert f'hx-get="{page(job)}" hx-trigger="every 1s"' in text
    assert "films.csv. Waits for a worker; you may leave this page." in text
    assert "Cancel" not in text


def test_polling_gets_the_changing_part_alone(analyst: User, job: Job) -> None:
    leases.claim(Job.objects.all(), seconds=60)
    Job.objects.update(done=1200, total=4000)
    text = signed_in(analyst).get(page(job), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert "1,200 of 4,000" in text
    assert "Running" in text


def test_a_job_of_unknown_length_counts_on(analyst: User, job: Job) -> None:
    leases.claim(Job.objects.all(), seconds=60)
    Job.objects.update(done=1200)
    text = signed_in(analyst).get(page(job)).content.decode()
    assert "Rows read" in text
    assert "1,200" in text


def test_a_done_job_shows_its_result_and_stops_asking(analyst: User, job: Job) -> None:
    jobs.run(job.pk, lambda job, progress: {"created": 1234, "ignored_columns": ["label"], "f1": None, "none": []})
    response = signed_in(analyst).get(page(job))
    facts = [("Columns not read", "label"), ("Created", "1,234"), ("F1", "n/a"), ("None", "none")]
    assert sorted(response.context["facts"]) == facts
    assert "hx-trigger" not in response.content.decode()


def test_a_failed_job_says_why(analyst: User, job: Job) -> None:
    Job.objects.update(state="failed", error="films.csv: row 4, column 'id': the id is empty")
    text = signed_in(analyst).get(page(job)).content.decode()
    assert "films.csv: row 4, column &#x27;id&#x27;: the id is empty" in text
    assert "Nothing was imported." in text
    Job.objects.update(error="", failure_code="worker_lost", kind="embed")
    assert "Its worker was lost at every attempt" in signed_in(analyst).get(page(job)).content.decode()


def test_cancelling(editor: User, job: Job) -> None:
    client = signed_in(editor)
    assert client.post(f"{page(job)}cancel/")["Location"] == page(job)
    client.post(f"{page(job)}cancel/")
    response = client.get(page(job))
    assert [str(m) for m in response.context["messages"]] == ["The job is cancelled.", "This job has ended already."]
    assert "Cancelled; nothing was imported" in response.content.decode()


def test_asking_for_embeddings_twice_is_one_job(editor: User, corpus: Corpus) -> None:
    client = signed_in(editor)
    first = client.post(reverse("attributes:embed", args=["clips"]))["Location"]
    assert client.post(reverse("attributes:embed", args=["clips"]))["Location"] == first
    assert Job.objects.get().created_by == editor


@pytest.mark.parametrize("n", [1, 3])
def test_the_list(corpus: Corpus, analyst: User, n: int, django_assert_num_queries: object) -> None:
    for i in range(n):
        jobs.enqueue(corpus=corpus, kind=Job.Kind.EMBED, params={}, dedupe=str(i), created_by=analyst)
    client = signed_in(analyst)
    with django_assert_num_queries(5):  # type: ignore[operator]
        response = client.get(LIST)
    assert len(response.context["rows"]) == n


def test_no_jobs_yet(analyst: User) -> None:
    assert "No jobs yet" in signed_in(analyst).get(LIST).content.decode()

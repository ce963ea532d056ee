import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attributes.domain import jobs
from attributes.models import Job
from labelhub.accounts.models import User
from labelhub.reports.domain import calibration, work
from labelhub.reports.models import ReportSnapshot
from llm_jobs.domain import machines
from llm_jobs.models import Calibration
from raters.models import Exposure, RatingSet
from tests.labelhub import builders
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db


def at(rating_set: RatingSet, name: str = "calibration", *more: object) -> str:
    return reverse(f"reports:{name}", args=["clips", rating_set.uid, *more])


@pytest.fixture
def stored(compared: RatingSet, analyst: User) -> ReportSnapshot:
    machine = machines.named(compared.definition, "good")
    return calibration.compute(rating_set=compared, machine=machine, user=analyst)


def test_who_may_read(compared: RatingSet, analyst: User, rater: User, stranger: User) -> None:
    found = statuses(at(compared), analyst=analyst, rater=rater, stranger=stranger)
    assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}


def test_wrong_methods(compared: RatingSet, analyst: User) -> None:
    client = signed_in(analyst)
    assert client.post(at(compared)).status_code == 405
    assert client.get(at(compared, "calibration_compute")).status_code == 405
    assert client.get(at(compared, "surely_wrong_open")).status_code == 405


def test_an_unknown_machine_is_not_found(compared: RatingSet, analyst: User) -> None:
    client = signed_in(analyst)
    assert client.get(at(compared), {"machine": "nobody"}).status_code == 404
    assert client.post(at(compared, "calibration_compute"), {"machine": "nobody"}).status_code == 404


def test_without_a_machine_the_page_says_what_to_do(rated: RatingSet, analyst: User) -> None:
    assert "Nothing to calibrate yet" in signed_in(analyst).get(at(rated)).content.decode()


def test_computing_is_a_post_and_keeps_a_map(compared: RatingSet, analyst: User) -> None:
    client = signed_in(analyst)
    assert "no figures are stored yet" in client.get(at(compared), {"machine": "good"}).content.decode()
    assert Calibration.objects.count() == 0
    response = client.post(at(compared, "calibration_compute"), {"machine": "good"})
    assert response.url.startswith(at(compared))
    assert Calibration.objects.get().annotator.name == "good"
    page = client.get(response.url).content.decode()
    assert "are the probabilities of good chances?" in page
    assert "30 items carry only Platt." in page


def test_the_permanent_link_and_every_csv(compared: RatingSet, stored: ReportSnapshot, analyst: User) -> None:
    client = signed_in(analyst)
    page = client.get(at(compared, "calibration_snapshot", stored.uid))
    assert page.status_code == 200
    keys = [chart["id"] for chart in page.context["charts"]] + ["methods", "routing", "sets", "thresholds"]
    for key in keys:
        lines = client.get(at(compared, "calibration_csv", stored.uid, key)).content.decode().splitlines()
        assert len({len(line.split(",")) for line in lines if '"' not in line}) == 1
        assert len(lines) > 1
    assert client.get(at(compared, "calibration_csv", stored.uid, "nothing")).status_code == 404


def test_another_sets_report_is_not_found(compared: RatingSet, stored: ReportSnapshot, analyst: User) -> None:
    other = builders.rated_set(compared.definition.attribute.corpus, name="Another", of=compared.definition)
    assert signed_in(analyst).get(at(other, "calibration_snapshot", stored.uid)).status_code == 404


def test_a_machine_that_says_one_thing_only_has_no_calibrator_and_no_probability(
    compared: RatingSet, analyst: User
) -> None:
    """`poor` gives every item the same score: Platt leaves the base rate, and says so."""
    client = signed_in(analyst)
    client.post(at(compared, "calibration_compute"), {"machine": "poor"})
    page = client.get(at(compared), {"machine": "poor"}).content.decode()
    assert "every score is the same: the probability is the base rate" in page


def test_too_few_items_are_refused_in_words(corpus, analyst: User) -> None:
    few = builders.rated_set(corpus, dev=12, test=0)
    builders.annotate(few, "good")
    client = signed_in(analyst)
    client.post(at(few, "calibration_compute"), {"machine": "good"})
    page = client.get(at(few)).content.decode()
    assert "No calibrator, no probability." in page
    assert "a calibrator needs 10 of each" in page
    assert Calibration.objects.count() == 0


def test_newer_answers_make_it_old(compared: RatingSet, stored: ReportSnapshot, analyst: User) -> None:
    client = signed_in(analyst)
    assert "Not the latest." not in client.get(at(compared), {"machine": "good"}).content.decode()
    run = compared.definition.run_definitions.get(run__annotator__name="good").run
    run.run_items.first().annotations.update(p=[0.6, 0.4])
    assert "Not the latest." in client.get(at(compared), {"machine": "good"}).content.decode()


def test_the_items_behind_it_are_opened_by_a_recorded_act(
    compared: RatingSet, stored: ReportSnapshot, analyst: User
) -> None:
    client, there = signed_in(analyst), at(compared, "surely_wrong")
    assert "Seeing these answers is recorded" in client.get(there, {"machine": "poor"}).content.decode()
    assert Exposure.objects.count() == 0
    opened = client.post(at(compared, "surely_wrong_open"), {"machine": "poor"}, follow=True)
    rows = opened.context["cases"]
    assert len(rows) == 15
    assert {case.rating_item.split for case in rows} == {"dev"}
    assert {case.machine.who for case in rows} == {"poor"}
    assert Exposure.objects.filter(user=analyst, kind="machine").count() == 15


def test_a_student_stands_there_too(compared: RatingSet, analyst: User) -> None:
    student = builders.student(compared)
    client = signed_in(analyst)
    client.post(at(compared, "calibration_compute"), {"machine": str(student)})
    kept = Calibration.objects.get()
    assert (kept.annotator, kept.student_head.student) == (None, student)
    assert (
        f"are the probabilities of {student} chances?"
        in client.get(at(compared), {"machine": str(student)}).content.decode()
    )


@pytest.mark.django_db(transaction=True)  # work over a second renews its lease from a connection of its own
def test_many_items_are_judged_by_a_worker(compared: RatingSet, analyst: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "SLOW", 0)
    client = signed_in(analyst)
    waiting = client.post(at(compared, "calibration_compute"), {"machine": "good"}).url
    assert "Computing figures" in client.get(waiting).content.decode()
    assert jobs.run(Job.objects.get().pk, work.run)
    stored = ReportSnapshot.objects.get(kind="calibration")
    assert client.get(waiting).url == at(compared, "calibration_snapshot", stored.uid)


def test_the_page_takes_as_many_queries_for_four_machines_as_for_two(
    compared: RatingSet, stored: ReportSnapshot, analyst: User
) -> None:
    client, counts = signed_in(analyst), []
    for more in ((), ("third", "fourth")):
        for name in more:
            builders.annotate(compared, name)
        with CaptureQueriesContext(connection) as queries:
            client.get(at(compared), {"machine": "good"})
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30

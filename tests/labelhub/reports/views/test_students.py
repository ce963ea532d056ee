import pytest
from django.urls import reverse

from labelhub.accounts.models import User
from llm_jobs.models import Evaluation, Student
from raters.models import RatingSet
from tests.labelhub import builders
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db


def url(student: Student, name: str = "student", *more: object) -> str:
    return reverse(f"reports:{name}", args=["clips", student.uid, *more])


def test_who_may_read(compared: RatingSet, analyst: User, rater: User, stranger: User) -> None:
    found = statuses(url(builders.student(compared)), analyst=analyst, rater=rater, stranger=stranger)
    assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}


def test_wrong_methods(compared: RatingSet, analyst: User) -> None:
    student = builders.student(compared)
    assert signed_in(analyst).post(url(student)).status_code == 405
    assert signed_in(analyst).get(url(student, "student_evaluate")).status_code == 405


def test_before_a_comparison_the_page_says_so(compared: RatingSet, analyst: User) -> None:
    page = signed_in(analyst).get(url(builders.student(compared))).content.decode()
    assert "Trained, and not held against raters yet." in page
    assert "Not compared yet" in page


def test_it_stands_beside_its_teacher_and_the_raters(compared: RatingSet, analyst: User) -> None:
    student = builders.student(compared)
    client = signed_in(analyst)
    page = client.post(url(student, "student_evaluate"), follow=True).content.decode()
    result = Evaluation.objects.get().result
    own = next(row for row in result["annotators"] if row["name"] == str(student))
    assert f"{own['f1']['value']:.3f}" in page
    assert f"{result['pooled_raters']['f1']['value']:.3f}" in page
    assert "Cannot tell yet (30 items)" in page  # the same answers as its teacher: no resample tells them apart


def test_csv(compared: RatingSet, analyst: User) -> None:
    student = builders.student(compared)
    lines = signed_in(analyst).get(url(student, "student_csv", "curve")).content.decode().splitlines()
    assert lines == ["epoch,training,validation", "0,,0.7", "1,0.6,0.6"]

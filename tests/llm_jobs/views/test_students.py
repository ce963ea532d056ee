"""The pages of students: training is asked for, its result read, its scores published and taken back."""

from __future__ import annotations

import numpy as np
import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from attributes.models import Corpus, Definition, Encoder, Job
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from llm_jobs import tasks
from llm_jobs.domain import evaluations, jobs, students
from llm_jobs.domain.machine_labels import MachineLabels
from llm_jobs.models import Annotator, Evaluation, Publication, ScoreSet, Student
from llm_jobs.queries import annotations
from llm_jobs.views import words
from raters.domain import agreement
from raters.models import RatingSet
from tests import factories
from tests.llm_jobs import builders
from tests.personas import signed_in, statuses


@pytest.fixture
def definition(corpus: Corpus) -> Definition:
    factories.items(corpus, 40)
    return factories.definition(corpus)


@pytest.fixture
def encoder(corpus: Corpus, definition: Definition) -> Encoder:
    return factories.random_vectors(list(corpus.items.order_by("pk")))


@pytest.fixture
def student(definition: Definition, encoder: Encoder) -> Student:
    return builders.student([definition], encoder)


def at(name: str, student: Student | None = None) -> str:
    own = {"uid": student.uid} if student else {}
    return reverse(f"llm_jobs:{name}", kwargs={"corpus": "clips", **own})


def alternate(n: int = 40) -> dict[str, str | None]:
    return {f"i{i:03}": "yes" if i % 3 else "no" for i in range(n)}


def compared(student: Student, rating_set: RatingSet) -> Evaluation:
    """An evaluation of labels that stand for the student's, without running it."""
    n = len(agreement.load(rating_set, "dev").items)
    codes = np.ones(n, dtype=np.int64)
    said = MachineLabels(str(student), students.fingerprint(student), codes, (), 0, 0)
    return evaluations.evaluate(rating_set=rating_set, extra=(said,))


@pytest.mark.parametrize("name", ["students", "student_jobs", "student", "unscored"])
def test_who_may_read(student: Student, name: str, owner: User, analyst: User, rater: User, stranger: User) -> None:
    url = at(name, student if name == "student" else None)
    answer = statuses(url, owner=owner, analyst=analyst, rater=rater, stranger=stranger)
    assert answer == {"owner": 200, "analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}
    assert signed_in(owner).post(url).status_code == 405


@pytest.mark.parametrize("name", ["student_score", "student_compare", "student_publish"])
def test_who_may_act(student: Student, name: str, owner: User, analyst: User, rater: User, stranger: User) -> None:
    answer = statuses(at(name, student), "post", owner=owner, analyst=analyst, rater=rater, stranger=stranger)
    assert answer == {"owner": 302, "analyst": 403, "rater": 403, "stranger": 404, "anonymous": 302}
    assert signed_in(owner).get(at(name, student)).status_code == 405


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_takes_as_many_queries_for_three_as_for_one(
    definition: Definition, encoder: Encoder, owner: User, n: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for seed in range(n):
        builders.student([definition], encoder, seed=seed)
    client = signed_in(owner)
    with django_assert_num_queries(11):
        page = client.get(at("students"))
    assert len(page.context["page"].rows) == n


def test_f1_stands_beside_its_teacher_and_the_raters(student: Student, corpus: Corpus, owner: User) -> None:
    closed = factories.closed_set(
        corpus, {f"i{i:03}": "yny" for i in range(40)}, size=40, of=student.heads.get().definition
    )
    client = signed_in(owner)
    assert "Not compared yet" in client.get(at("student", student)).content.decode()
    factories.labels(closed.definition, alternate())
    evaluation = compared(student, closed)
    (head,) = client.get(at("student", student)).context["heads"]
    assert head["evaluation"] == evaluation
    assert [labeler["name"] for labeler in head["labelers"]] == ["This student", "model, its teacher", "Pooled raters"]
    assert {labeler["row"]["n_pairs"] for labeler in head["labelers"]} == {head["labelers"][0]["row"]["n_pairs"]}
    (row,) = client.get(at("students")).context["page"].rows[0].rows
    assert row["f1"] == head["labelers"][0]["row"]["f1"]


def test_training_is_asked_for_and_shown(definition: Definition, owner: User) -> None:
    client = signed_in(owner)
    assert "No annotator has labeled anything yet" in client.get(at("student_new")).content.decode()
    factories.labels(definition, alternate(), "one")
    factories.labels(definition, alternate(), "two")
    form = client.get(at("student_new")).context["form"]
    left_out, *named = form.fields["teacher_calming"].choices
    assert left_out == ("", "Leave out")
    assert [name for name, _ in named] == ["two", "one"]
    assert named[0][1].startswith("two · 40 labels · last run ")
    refused = client.post(at("student_new"), {"seed": 3})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["__all__"])
    assert client.post(at("student_new"), {"teacher_calming": "three", "seed": 3}).status_code == 422
    for _ in range(2):  # the same work asked for twice is one job
        client.post(at("student_new"), {"teacher_calming": "two", "seed": 3})
    job = Job.objects.get()
    assert job.params == {"heads": [{"definition": definition.pk, "teacher": "two"}], "seed": 3}
    page = client.get(at("student_jobs"))
    assert "waiting for a worker" in page.content.decode()
    assert "HX-Refresh" not in page.headers
    Job.objects.update(state="leased", done=3, total=100)
    assert "3 of 100" in client.get(at("student_jobs")).content.decode()
    Job.objects.update(state="failed", error="student: nothing to learn")
    page = client.get(at("student_jobs"))
    assert "student: nothing to learn" in page.content.decode()
    assert page.headers["HX-Refresh"] == "true"


def test_a_job_that_cannot_succeed_ends_with_its_reason(definition: Definition, owner: User) -> None:
    factories.labels(definition, alternate(10))
    job = jobs.ask_for_student(corpus=definition.attribute.corpus, teachers={definition: None}, seed=0, actor=owner)
    tasks.train_student(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert job.error.endswith("a student needs at least 20")
    assert not Student.objects.exists()
    with pytest.raises(BadInput, match="at least one attribute"):
        jobs.ask_for_student(corpus=definition.attribute.corpus, teachers={}, seed=0)


def test_the_way_back_to_earlier_scores(student: Student, definition: Definition, owner: User, stranger: User) -> None:
    head = student.heads.get()
    first, second = (
        ScoreSet.objects.create(student=student, corpus=student.corpus, state="complete", n_items=40) for _ in "12"
    )
    old = Publication.objects.create(
        definition=definition, student_head=head, score_set=first, retired_at="2026-01-01T00:00Z"
    )
    Publication.objects.create(definition=definition, student_head=head, score_set=second)
    client = signed_in(owner)
    page = client.get(at("student", student)).content.decode()
    assert page.count(f'data-dialog-open="again-{old.pk}"') == page.count('data-dialog-open="again-') == 1
    assert "Served now</dt>" in page
    way_back = {"score_set": first.uid, "definitions": [definition.uid], "note": "back"}
    client.post(at("student_publish", student), way_back)
    now = Publication.objects.get(retired_at=None)
    assert (now.score_set, now.by, now.note) == (first, owner, "back")
    assert client.post(at("student_publish", student), {**way_back, "score_set": student.uid}).status_code == 404
    again = client.post(at("student_publish", student), way_back, follow=True)
    assert "already" in str([*again.context["messages"]][-1])


def test_scoring_is_asked_for_once(student: Student, owner: User, definition: Definition) -> None:
    client = signed_in(owner)
    for _ in range(2):
        client.post(at("student_score", student), {"then": "publish", "definitions": [definition.uid]})
    job = Job.objects.get()
    assert job.params == {"student": student.pk, "definitions": [definition.pk]}
    said = client.post(at("student_score", student), {"then": "keep"}, follow=True).context["messages"]
    assert "already" in str([*said][-1])


@pytest.mark.parametrize("sent", [{"then": "publish"}, {}, {"then": "publish", "definitions": ["x"]}])
def test_publishing_nothing_in_particular_scores_nothing(student: Student, owner: User, sent: dict[str, str]) -> None:
    said = signed_in(owner).post(at("student_score", student), sent, follow=True).context["messages"]
    assert "Nothing was scored" in str(*said)
    assert not Job.objects.exists()


def test_scores_are_kept_without_serving(student: Student, owner: User, definition: Definition) -> None:
    signed_in(owner).post(at("student_score", student), {"then": "keep", "definitions": [definition.uid]})
    assert Job.objects.get().params["definitions"] == []


def test_scores_made_before_are_published_without_scoring_again(
    student: Student, owner: User, definition: Definition
) -> None:
    client = signed_in(owner)
    assert "Publish its scores" not in client.get(at("student", student)).content.decode()
    made = ScoreSet.objects.create(student=student, corpus=student.corpus, state="complete", n_items=40)
    page = client.get(at("student", student)).content.decode()
    assert "Publish its scores" in page
    assert "Nobody knows whether it agrees with people: it was not compared with people yet." in page
    client.post(at("student_publish", student), {"score_set": made.uid, "definitions": [definition.uid]})
    assert Publication.objects.get().score_set == made
    assert "Publish its scores" not in client.get(at("student", student)).content.decode()


@pytest.mark.parametrize(
    ("own", "teacher", "warning"),
    [
        (None, None, "Nobody knows whether it agrees with people: it was not compared with people yet."),
        ((None, "too few"), 0.8, "Nobody knows whether it agrees with people: too few."),
        ((0.0, None), None, "F1 against people is 0: it finds nothing of what people find."),
        ((0.6, None), 0.7, "F1 against people is 0.60, more than 5 % below its teacher's 0.70."),
        ((0.68, None), 0.7, ""),
        ((0.6, None), None, ""),
    ],
)
def test_what_speaks_against_publishing(own: tuple[float, str] | None, teacher: float | None, warning: str) -> None:
    figure = {"value": own[0], "reason": own[1]} if own else None
    assert words.publish_warning(figure, {"value": teacher} if teacher else None) == warning


def test_comparing_without_ratings_says_why(student: Student, owner: User) -> None:
    reply = signed_in(owner).post(at("student_compare", student), follow=True)
    assert [str(message) for message in reply.context["messages"]] == [
        "calming: no golden set of this definition has ratings."
    ]


def test_teachers_of_one_family_are_told_apart(definition: Definition) -> None:
    for name, temperature in (("local", 0.05), ("local 5e4888", 0.02)):
        factories.labels(definition, alternate(), name)
        Annotator.objects.filter(name=name).update(backend="local", config={"version": "1", "temperature": temperature})
    newest, older = annotations.teachers(definition)
    assert newest.label.startswith("local 5e4888 · version 1, temperature 0.02 · 40 labels")
    assert (newest.superseded, older.superseded) == (False, True)
    assert older.label.endswith("superseded by a newer configuration")

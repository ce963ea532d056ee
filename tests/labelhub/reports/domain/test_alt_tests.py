import pytest

from attributes.models import AuditEvent
from labelhub.lib.errors import BadInput
from labelhub.reports.domain import alt_tests
from llm_jobs.domain.alt_tests import Options
from raters.models import Look, RatingSet
from tests.labelhub import builders

pytestmark = pytest.mark.django_db


def test_a_test_is_played_once_and_kept(compared: RatingSet) -> None:
    first, second = (
        alt_tests.play(rating_set=compared, split="dev", machine="good", options=Options()) for _ in range(2)
    )
    assert first == second
    assert (first.payload["winning_rate"], first.payload["n_raters"], first.payload["n_items"]) == (1.0, 4, 30)
    assert first.payload["curve"][0].keys() == {"epsilon", "winning_rate", "passed", "power"}
    assert AuditEvent.objects.filter(verb="alt_test_played").count() == 1
    other = alt_tests.play(rating_set=compared, split="dev", machine="good", options=Options(epsilon=0.1))
    assert other != first
    assert alt_tests.siblings(first) == {0.2: first, 0.1: other}


def test_the_sealed_test_is_a_look_counted_once(compared: RatingSet) -> None:
    for epsilon in (0.1, 0.2):
        alt_tests.play(rating_set=compared, split="test", machine="good", options=Options(epsilon=epsilon))
    assert Look.objects.count() == 1


def test_too_few_items_give_no_figure_but_a_plan(compared: RatingSet) -> None:
    found = alt_tests.play(rating_set=compared, split="test", machine="good", options=Options()).payload
    assert (found["winning_rate"], found["curve"]) == (None, [])
    assert found["verdict"]["more_items"] == 20


def test_students_are_machines_too(compared: RatingSet) -> None:
    student = builders.student(compared)
    assert alt_tests.names(compared) == ["good", "poor", str(student)]
    found = alt_tests.play(rating_set=compared, split="dev", machine=str(student), options=Options())
    assert found.payload["passed"]


def test_a_stranger_is_refused(compared: RatingSet) -> None:
    with pytest.raises(BadInput, match="'nobody' has no labels of these items"):
        alt_tests.play(rating_set=compared, split="dev", machine="nobody", options=Options())

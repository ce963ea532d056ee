import pytest

from attributes.models import Attribute, Corpus
from labelhub.reports.domain import agreement, comparisons, versions
from labelhub.workbench.domain import loop
from raters.models import RatingSet
from tests import factories
from tests.labelhub import builders

pytestmark = pytest.mark.django_db


def at(attribute: Attribute) -> loop.Standing:
    return loop.standing(attribute, versions.of_attribute(attribute))


def states(standing: loop.Standing) -> list[str]:
    return [step.state for step in loop.steps(standing)]


def test_a_published_definition_wants_a_golden_set(corpus: Corpus) -> None:
    standing = at(factories.definition(corpus).attribute)
    assert states(standing) == ["done", "now", *["todo"] * 5]
    assert loop.next_step(standing).label == "Sample items"


def test_an_open_set_wants_ratings(corpus: Corpus) -> None:
    factories.items(corpus, 5)
    what = factories.definition(corpus)
    factories.rating_set(what, size=5)
    standing = at(what.attribute)
    assert states(standing)[:3] == ["done", "now", "todo"]
    assert loop.next_step(standing).title == "Next: finish rating."


def test_a_frozen_set_wants_a_machine(rated: RatingSet) -> None:
    standing = at(rated.definition.attribute)
    assert states(standing)[:4] == ["done", "done", "done", "now"]
    assert loop.next_step(standing).label == "Compare"


def test_a_machine_under_the_goal_blocks_and_is_named(rated: RatingSet) -> None:
    builders.annotate(rated, "poor", always="no")
    builders.annotate(rated, "weak", always="yes")
    comparisons.create(rating_set=rated, split="dev", reference="leave_one_out")
    standing = at(rated.definition.attribute)
    assert states(standing)[3] == "blocked"
    assert loop.next_step(standing).title == "Next: sharpen the definition."
    assert "“weak” reaches F1" in " ".join(loop.below_raters(standing))


def test_a_machine_that_passes_wants_a_student(compared: RatingSet) -> None:
    comparisons.create(rating_set=compared, split="dev", reference="leave_one_out")
    standing = at(compared.definition.attribute)
    assert states(standing)[:5] == ["done", "done", "done", "done", "now"]
    assert loop.next_step(standing).label == "Train a student"


def test_versions_carry_their_own_figures(compared: RatingSet) -> None:
    agreement.compute(rating_set=compared, split="dev")
    what = compared.definition.attribute
    factories.definition(what.corpus, statement="Something else entirely.")
    found = versions.of_attribute(what)
    entries = loop.timeline(loop.standing(what, found), found)
    assert [(entry["label"], len(entry["figures"]), entry["current"]) for entry in entries] == [
        ("v2", 0, True),
        ("v1", 1, False),
    ]

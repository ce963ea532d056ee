"""What a new set may ask of the work in it."""

from __future__ import annotations

from typing import Any

import pytest

from attributes.models import Corpus, Definition
from labelhub.lib.errors import BadInput
from raters.domain import controls, populations, qualifications, sets
from raters.domain.controls import Controls
from raters.domain.keyed import Source
from raters.models import RatingSet
from tests import factories


@pytest.fixture
def published(corpus: Corpus) -> Definition:
    factories.items(corpus, 10)
    return factories.definition(corpus)


@pytest.fixture
def lesson(published: Definition) -> RatingSet:
    return qualifications.create(definition=published, name="Lesson", source=Source(lines="i000, yes"), pass_mark=1)


def sample(published: Definition, **asked: Any) -> RatingSet:
    design = sets.Design(size=3, overlap=1, seed=7)
    return sets.sample(definition=published, name="Set", design=design, controls=Controls(**asked))


def test_a_set_with_everything(corpus: Corpus, published: Definition, lesson: RatingSet) -> None:
    factories.items_more(corpus, ("x1",))
    drawn = sets.sample(definition=published, name="Other", design=sets.Design(size=9, overlap=1, seed=7))
    unused = corpus.items.exclude(rating_items__rating_set=drawn).exclude(external_id="i000").get()
    drawn = sets.sample(
        definition=published,
        name="Set",
        design=sets.Design(size=9, overlap=1, seed=7),
        controls=Controls(
            qualification=lesson, checks=Source(lines=f"{unused.external_id}, no"), check_rate=0.1, repeat_rate=0.05,
            repeat_after_days=7, rushed_below_ms=1500,
        ),
    )  # fmt: skip
    stored = RatingSet.objects.get(pk=drawn.pk)
    assert (stored.qualification, stored.check_rate, stored.repeat_rate) == (lesson, 0.1, 0.05)
    assert (stored.repeat_after_days, stored.rushed_below_ms, stored.design["check"]) == (7, 1500, 1)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"check_rate": 0.1}, "check_rate: say which items the hidden checks are"),
        ({"checks": Source(lines="i000, yes")}, "check_rate: say how often a hidden check is shown"),
        ({"check_rate": 0.6, "checks": Source(lines="i000, yes")}, "check_rate: 0 to 50%"),
        ({"repeat_rate": -0.1}, "repeat_rate: 0 to 50%"),
        ({"check_rate": 0.1, "checks": Source(lines="i999, yes")}, "lines: line 1"),
    ],
)
def test_what_cannot_be_asked_leaves_no_set(published: Definition, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        sample(published, **asked)
    assert not RatingSet.objects.exists()


def test_only_a_qualification_of_the_attribute(corpus: Corpus, published: Definition, lesson: RatingSet) -> None:
    other = factories.definition(corpus, factories.ENERGETIC)
    golden = factories.rating_set(published, size=2, name="golden", opened=False)
    for definition, asked in ((other, lesson), (published, golden)):
        with pytest.raises(BadInput, match="qualification: choose a qualification of the same attribute"):
            sample(definition, qualification=asked)


def test_lessons_are_left_out_of_the_population(published: Definition, lesson: RatingSet) -> None:
    assert populations.population_of(published.attribute).count() == 9
    drawn = sets.sample(definition=published, name="All", design=sets.Design(size=9, overlap=1))
    assert drawn.design["population_n"] == 9
    assert not drawn.rating_items.filter(item__external_id="i000").exists()


def test_without_controls_nothing_is_asked(published: Definition) -> None:
    drawn = sample(published)
    assert (drawn.qualification, drawn.check_rate, drawn.repeat_rate) == (None, 0, 0)
    assert controls.Controls().rushed_below_ms == drawn.rushed_below_ms

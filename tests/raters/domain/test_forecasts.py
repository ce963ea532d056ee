"""What a draw will give is what it gives."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from attributes.models import Corpus, Definition, Item
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from raters.domain import forecasts, pace, sets
from raters.domain.designs import Design, Method, Sizes
from raters.domain.frames import Frame
from raters.models import Rating
from raters.stats.planning import effective_share
from tests import factories


@pytest.fixture
def published(corpus: Corpus) -> Definition:
    factories.items(corpus, 30)
    Item.objects.filter(external_id__lt="i006").update(language="sv")
    return factories.definition(corpus)


def sized(corpus: Corpus) -> Sizes:
    return Sizes(
        "x", dict(zip(corpus.items.order_by("pk").values_list("pk", flat=True), np.linspace(0, 1, 30), strict=True))
    )


@pytest.mark.parametrize(
    "design",
    [
        {},
        {"method": Method.STRATIFIED, "stratify_by": "language"},
        {"method": Method.STRATIFIED, "stratify_by": "language", "allocation": "proportional"},
        {"method": Method.BY_SIZE, "floor": 0.3},
    ],
)
def test_the_chances_foretold_are_those_of_the_draw(
    corpus: Corpus, published: Definition, design: dict[str, Any]
) -> None:
    asked = Design(size=10, seed=1, sizes=sized(corpus), **design)
    foretold = forecasts.forecast(published.attribute, asked)
    drawn = sets.sample(definition=published, name="Set", design=asked).draws.get()
    chance = Frame.unpack(bytes(drawn.frame)).chance
    assert foretold.population_n == 30
    assert (foretold.low, foretold.high) == pytest.approx((chance.min(), chance.max()))
    assert foretold.effective == pytest.approx(effective_share(chance))
    assert [(row.name, row.n, row.drawn) for row in foretold.strata] == [
        (row["name"], row["n"], row["drawn"]) for row in drawn.design.get("strata", [])
    ]


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ({"size": 31}, "size: cannot draw 31 of 30"),
        ({"size": 31, "method": Method.BY_SIZE}, "size: cannot draw 31 of 30"),
        ({"size": 1, "method": Method.STRATIFIED, "stratify_by": "language"}, "size: cannot draw 1 of 30 items in 2"),
        ({"method": Method.DIVERSE}, "method: no item of the corpus has an embedding"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before(
    corpus: Corpus, published: Definition, design: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        forecasts.forecast(published.attribute, Design(**{"size": 10, "sizes": sized(corpus), **design}))


def test_a_diverse_draw_tells_its_chances_only_when_drawn(corpus: Corpus, published: Definition) -> None:
    factories.random_vectors(list(corpus.items.all()))
    found = forecasts.forecast(published.attribute, Design(size=10, method=Method.DIVERSE))
    assert (found.population_n, found.low, found.effective) == (30, None, None)


def test_uneven_weights_cost_items() -> None:
    wide, narrow = (forecasts.expected(0.3, Design(size=100), effective)[0] for effective in (0.5, 1.0))
    assert wide.n == narrow.n == 90
    assert wide.width > narrow.width


def test_the_effective_share_is_that_of_the_weights_drawn() -> None:
    """Kish's n_eff of samples drawn, on average."""
    rng = np.random.default_rng(0)
    chance = rng.uniform(0.05, 0.6, 2000)
    kish = []
    for _ in range(300):
        weight = 1 / chance[rng.random(2000) < chance]
        kish.append(weight.sum() ** 2 / (weight**2).sum() / len(weight))
    assert effective_share(chance) == pytest.approx(np.mean(kish), rel=0.02)


def test_a_pace_is_assumed_until_people_have_rated(corpus: Corpus, rater: User) -> None:
    factories.items(corpus, 25)
    drawn = factories.rating_set(factories.definition(corpus), size=25, overlap=1)
    now = timezone.now()
    assert pace.measured(drawn.definition.attribute, now) == pace.RatingPace(15.0)
    for given in factories.rate_all(rater, drawn):
        assert given.source == Rating.Source.BROWSER
    found = pace.measured(drawn.definition.attribute, now + dt.timedelta(minutes=1))
    assert (found.answers, found.of) in ((25, "Calming"), (0, ""))  # in one transaction all answers have one time

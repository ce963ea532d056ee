"""What a draw as it stands in the form will give and cost, and how many items would do."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from functools import lru_cache

from attributes.models import Attribute
from raters.domain import forecasts, pace
from raters.domain.designs import Design
from raters.domain.forecasts import Expected, Forecast
from raters.domain.pace import RatingPace
from raters.stats.planning import Plan, plan_for_power, plan_for_width

from . import leads
from .leads import Guess

planned_for_power = lru_cache(maxsize=128)(plan_for_power)  # half a second of simulation, asked for at every keystroke


@dataclass(frozen=True)
class Wish:
    """A width of the interval or a power of the test, one of both; what is None is taken from what is known."""

    width: float | None = None
    power: float | None = None
    epsilon: float = 0.2
    prevalence: float | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Needed:
    """Items to draw so that as many come into a part as the plan asks for."""

    part: str
    draw: int
    ratings: int
    hours: float


@dataclass(frozen=True)
class Outlook:
    """`plan` and `needed` are None and empty where no wish was said, or `impossible` says why."""

    forecast: Forecast
    guess: Guess
    pace: RatingPace
    ratings: int
    hours: float
    expected: list[Expected]
    plan: Plan | None
    needed: list[Needed]
    impossible: str = ""


def outlook(attribute: Attribute, design: Design, wish: Wish, now: dt.datetime) -> Outlook:
    """`BadInput` names the part of the design that cannot be drawn."""
    forecast = forecasts.forecast(attribute, design)
    guess = Guess(wish.prevalence, "as you say") if wish.prevalence is not None else leads.guess(attribute)
    rating = RatingPace(wish.seconds, 0, "") if wish.seconds else pace.measured(attribute, now)
    effective = forecast.effective or 1.0
    ratings = design.size * design.overlap
    plan, impossible = _plan(design, wish, guess.share, rating.seconds)
    return Outlook(
        forecast=forecast,
        guess=guess,
        pace=rating,
        ratings=ratings,
        hours=ratings * rating.seconds / 3600,
        expected=forecasts.expected(guess.share, design, effective),
        plan=plan,
        needed=_needed(plan, design, effective, rating.seconds) if plan else [],
        impossible=impossible,
    )


def _plan(design: Design, wish: Wish, share: float, seconds: float) -> tuple[Plan | None, str]:
    try:
        if wish.width is not None:
            return plan_for_width(share, wish.width, raters=design.overlap, seconds=seconds), ""
        if wish.power is not None:
            plan = planned_for_power(wish.power, design.overlap, epsilon=wish.epsilon, seconds=seconds)
            return plan, plan.reason or ""
    except ValueError as error:
        return None, str(error)
    return None, ""


def _needed(plan: Plan, design: Design, effective: float, seconds: float) -> list[Needed]:
    """Uneven chances cost items where a share is estimated; the test of annotators does not weigh."""
    if plan.items is None:
        return []
    shares = design.shares
    parts = {"dev and test": shares.dev + shares.test, "the test alone": shares.test}
    found = []
    for part, share in parts.items():
        if share:
            draw = math.ceil(plan.items / share / effective)
            ratings = draw * design.overlap
            found.append(Needed(part, draw, ratings, ratings * seconds / 3600))
    return found

"""The laws of shares: their estimators, their intervals, and plans for them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from raters.stats.intervals import Interval, logit_t, normal, root_t, student_t, wilson, wilson_effective
from raters.stats.laws import Kernel, Values
from raters.stats.planning import plan_for_power, plan_for_width
from raters.stats.prevalence import share
from raters.stats.rectified import Labelled, ppi, ppi_plus_plus, rogan_gladen
from raters.stats.types import finite


def _value(function: Callable[[Labelled], Any]) -> Callable[[Labelled], Values]:
    return lambda labelled: [function(labelled).value]


def _golden(labelled: Labelled) -> Values:
    return [share(labelled.gold, labelled.probability).value]


def _width(wish: tuple[float, float]) -> Values:
    ease, seconds = wish
    plan = plan_for_width(0.2, 0.02 + 0.3 * ease, seconds=seconds)
    return [plan.items, plan.hours]


def _power(wish: tuple[float, float]) -> Values:
    ease, seconds = wish
    plan = plan_for_power(0.95 - 0.5 * ease, 3, seconds=seconds)
    return [plan.items, plan.hours]


def _bounds(interval: Callable[[float, float, int], Interval]) -> Callable[[tuple[int, int]], Values]:
    """Of a share of positives, with the textbook's standard error."""

    def values(sample: tuple[int, int]) -> Values:
        positives, n = sample
        p = positives / n
        return [finite(bound) for bound in interval(p, math.sqrt(p * (1 - p) / n), n)]

    return values


BY_ITEM = {"item_order": "means over the items"}
MIRRORED = {"complement": "linear in the labels, which all turn round together"}
PROPORTIONS = {"scaled_probability": "weights are divided by their sum"}
TWICE = {"duplication": "means over the items"}
PERFECT = {"perfect_model": "the correction is 0"}
SEES = {"machine_blind": "the model's labels are its data"}

SYMMETRIC = {"complement": "as far to either side"}
CENTRED = {"holds_the_value": "it reaches to both sides of it", "more_items": "the error goes with 1 / sqrt(n)"}
UNBOUNDED = {"inside_0_1": "value and error say nothing of a range; who uses it cuts it off"}

PREVALENCE: tuple[Kernel, ...] = (
    Kernel(
        "golden",
        "prevalence",
        share,
        _golden,
        BY_ITEM | MIRRORED | PROPORTIONS | TWICE | {"machine_blind": "it does not look at the model"},
        {"perfect_model": "it does not look at the model"},
    ),
    Kernel("ppi", "prevalence", ppi, _value(ppi), BY_ITEM | MIRRORED | PROPORTIONS | TWICE | PERFECT, SEES),
    Kernel(
        "ppi_plus_plus",
        "prevalence",
        ppi_plus_plus,
        _value(ppi_plus_plus),
        BY_ITEM | MIRRORED | PROPORTIONS,
        SEES
        | {
            "perfect_model": "lam is below 1 even for a perfect model",
            "duplication": "its pooled variance divides by one less than the items",
        },
    ),
    Kernel(
        "rogan_gladen",
        "prevalence",
        rogan_gladen,
        _value(rogan_gladen),
        BY_ITEM
        | MIRRORED
        | PROPORTIONS
        | TWICE
        | {"complement": "sensitivity and specificity change places", "perfect_model": "both are 1"},
        SEES,
    ),
    Kernel(
        "plan_for_width",
        "plan",
        plan_for_width,
        _width,
        {"harder": "the width falls with the items", "seconds": "a plan counts items first"},
        {},
    ),
    Kernel(
        "plan_for_power",
        "plan",
        plan_for_power,
        _power,
        {"harder": "the same draws serve every number of items", "seconds": "a plan counts items first"},
        {},
    ),
    Kernel(
        "wilson",
        "interval",
        wilson,
        _bounds(lambda p, se, n: wilson(p * n, n)),
        CENTRED | {"complement": "the score test is the same for either", "inside_0_1": "it asks which shares fit"},
        {},
    ),
    Kernel(
        "wilson_effective",
        "interval",
        wilson_effective,
        _bounds(lambda p, se, n: wilson_effective(p, se, otherwise=n)),
        CENTRED | {"complement": "as Wilson's", "inside_0_1": "as Wilson's"},
        {},
    ),
    Kernel(
        "logit_t",
        "interval",
        logit_t,
        _bounds(lambda p, se, n: logit_t(p, se, n - 1)),
        CENTRED | {"complement": "log odds only change their sign", "inside_0_1": "log odds have no bounds"},
        {},
    ),
    Kernel(
        "root_t",
        "interval",
        root_t,
        _bounds(lambda p, se, n: root_t(p, se, n - 1)),
        CENTRED,
        {"complement": "only 1 is a bound to it", "inside_0_1": "agreement has no lower bound of 0"},
    ),
    Kernel(
        "student_t",
        "interval",
        student_t,
        _bounds(lambda p, se, n: student_t(p, se, n - 1)),
        CENTRED | SYMMETRIC,
        UNBOUNDED,
    ),
    Kernel("normal", "interval", normal, _bounds(lambda p, se, n: normal(p, se)), CENTRED | SYMMETRIC, UNBOUNDED),
)

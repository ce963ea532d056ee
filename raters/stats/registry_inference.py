"""The list of tests, prevalence estimators and plans, and the laws each obeys; `registry` is the one of agreement.

Kernels of a family take the same sample, so that a law is one property test. A public function of these modules that
is missing here fails the tests, as does a law that is declared and broken, or left out and never broken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from raters.stats.alt_test import alt_test
from raters.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, holm
from raters.stats.paired import mcnemar, permutation
from raters.stats.planning import plan_for_power, plan_for_width
from raters.stats.prevalence import share
from raters.stats.rectified import Labelled, ppi, ppi_plus_plus, rogan_gladen
from raters.stats.resampling import Patterns
from raters.stats.types import BoolArray, FloatArray, IntArray, Ratings

Family = Literal["alt_test", "paired", "p_values", "prevalence", "plan"]
Values = Sequence[float | None]

LAWS: dict[Family, frozenset[str]] = {
    "alt_test": frozenset(
        {
            "item_order",
            "rater_order",
            "singletons",  # items with one rating change nothing
            "unlabelled",  # items without a label of the model change nothing
            "unused_level",
            "level_reversal",
            "affine_values",  # x -> a + b x, b > 0, on the levels' values
            "level_renaming",  # the levels may be permuted
            "epsilon",  # a larger epsilon never lowers the winning rate
        }
    ),
    "paired": frozenset(
        {
            "item_order",
            "exchange",  # the labelers may change places
            "concordant",  # items both have right, or both wrong, change no p-value
        }
    ),
    "p_values": frozenset(
        {
            "order",
            "not_below_raw",
            "keeps_ranks",
            "single_test",  # one test alone is not adjusted
            "duplication",  # every p-value twice
        }
    ),
    "prevalence": frozenset(
        {
            "item_order",
            "complement",  # the share of the opposite is what is left of 1
            "scaled_probability",  # only the proportions of the inclusion probabilities count
            "duplication",  # every item twice
            "perfect_model",  # where the model has all golden items right, its share of the rest stands
            "machine_blind",  # the model's labels do not count
        }
    ),
    "plan": frozenset(
        {
            "harder",  # a narrower interval or a higher power never takes fewer items
            "seconds",  # hours go with the seconds a rating, the items do not
        }
    ),
}


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel as sample -> figures, its laws, and why it lacks those of its family that it lacks."""

    name: str
    family: Family
    function: Callable[..., Any]
    values: Callable[[Any], Values]
    laws: frozenset[str]
    why_not: str = ""


def _alternative(score: Literal["accuracy", "neg_rmse"]) -> Callable[[tuple[Ratings, IntArray, float]], Values]:
    def values(sample: tuple[Ratings, IntArray, float]) -> Values:
        ratings, model, epsilon = sample
        test = alt_test(ratings, model, score=score, epsilon=epsilon)
        return [test.winning_rate, test.advantage.value]

    return values


def _mcnemar(right: BoolArray) -> Values:
    first, second = right.T
    return [mcnemar(int((first & ~second).sum()), int((~first & second).sum()), len(right)).p]


def _permutation(right: BoolArray) -> Values:
    kinds = Patterns.of(right.astype(np.int64))
    rows = kinds.rows.astype(np.float64)
    return [permutation(rows[:, :1], rows[:, 1:], kinds.multiplicity, _first, permutations=500).p]


def _first(sums: FloatArray) -> FloatArray:
    return np.asarray(sums[..., 0])


def _golden(labelled: Labelled) -> Values:
    return [share(labelled.gold, labelled.probability, replicates=0).value]


def _adjusted(adjust: Callable[[FloatArray], FloatArray]) -> Callable[[FloatArray], Values]:
    return lambda p: adjust(p).tolist()


def _width(wish: tuple[float, float]) -> Values:
    ease, seconds = wish
    plan = plan_for_width(0.2, 0.02 + 0.3 * ease, seconds=seconds)
    return [plan.items, plan.hours]


def _power(wish: tuple[float, float]) -> Values:
    ease, seconds = wish
    plan = plan_for_power(0.95 - 0.5 * ease, 3, seconds=seconds)
    return [plan.items, plan.hours]


def _prevalence(function: Callable[[Labelled], Any]) -> Callable[[Labelled], Values]:
    return lambda labelled: [function(labelled).value]


_ALT, _P, _SHARE = LAWS["alt_test"], LAWS["p_values"], LAWS["prevalence"] - {"machine_blind"}

KERNELS: tuple[Kernel, ...] = (
    Kernel("alt_test_accuracy", "alt_test", alt_test, _alternative("accuracy"), _ALT),
    Kernel(
        "alt_test_neg_rmse",
        "alt_test",
        alt_test,
        _alternative("neg_rmse"),
        _ALT - {"level_renaming"},
        "distances belong to the order of the levels",
    ),
    Kernel("mcnemar", "paired", mcnemar, _mcnemar, LAWS["paired"]),
    Kernel(
        "permutation",
        "paired",
        permutation,
        _permutation,
        LAWS["paired"] - {"concordant", "exchange"},
        "kinds of items in another order take other random draws, within the error of the simulation",
    ),
    Kernel("holm", "p_values", holm, _adjusted(holm), _P - {"duplication"}, "it counts the tests"),
    Kernel("benjamini_hochberg", "p_values", benjamini_hochberg, _adjusted(benjamini_hochberg), _P),
    Kernel(
        "benjamini_yekutieli",
        "p_values",
        benjamini_yekutieli,
        _adjusted(benjamini_yekutieli),
        _P - {"duplication"},
        "H_m grows with the tests",
    ),
    Kernel(
        "golden", "prevalence", share, _golden, LAWS["prevalence"] - {"perfect_model"}, "it does not look at the model"
    ),
    Kernel("ppi", "prevalence", ppi, _prevalence(ppi), _SHARE, "the model's labels are its data"),
    Kernel(
        "ppi_plus_plus",
        "prevalence",
        ppi_plus_plus,
        _prevalence(ppi_plus_plus),
        _SHARE - {"perfect_model", "duplication"},
        "lam is below 1 even for a perfect model, and its pooled variance divides by one less than the items",
    ),
    Kernel("rogan_gladen", "prevalence", rogan_gladen, _prevalence(rogan_gladen), _SHARE, "as ppi"),
    Kernel("plan_for_width", "plan", plan_for_width, _width, LAWS["plan"]),
    Kernel("plan_for_power", "plan", plan_for_power, _power, LAWS["plan"]),
)

"""The one list of agreement metrics and the laws each obeys.

A new metric stands here with its laws, else the tests fail: they collect every function of the agreement modules that
returns an `Estimate`, hold each to the laws it declares, and look for a counterexample to those it does not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from raters.stats.alpha import krippendorff_alpha
from raters.stats.cohen import cohen_kappa
from raters.stats.conger import conger_kappa
from raters.stats.gwet import brennan_prediger, fleiss_kappa, gwet_ac1, gwet_ac2, percent_agreement, scott_pi
from raters.stats.types import Estimate, Measurement, Ratings

Law = Literal[
    "item_order",  # the items may come in any order
    "rater_order",  # the raters may be numbered in any order
    "rater_identity",  # who gave which of an item's ratings does not matter
    "level_renaming",  # the levels may be permuted
    "level_reversal",  # the scale may be read from the other end
    "affine_values",  # x -> a + b x, b > 0, on the levels' values
    "scaled_values",  # x -> b x, b > 0, on the levels' values
    "monotone_values",  # any increasing map of the levels' values
    "unused_level",  # a further declared level that nobody uses
    "singletons",  # items with one rating change nothing
    "duplication",  # every item twice
    "perfect_agreement",  # 1 when all raters always agree and two levels occur
]
LAWS: frozenset[Law] = frozenset(get_args(Law))
ORDERS: frozenset[Law] = frozenset({"item_order", "rater_order", "perfect_agreement"})
EXCHANGEABLE: frozenset[Law] = ORDERS | {"rater_identity"}
NO_VALUES: frozenset[Law] = frozenset({"affine_values", "scaled_values", "monotone_values"})
NOMINAL: frozenset[Law] = NO_VALUES | {"level_renaming", "level_reversal"}


@dataclass(frozen=True, slots=True)
class AgreementMetric:
    """A metric as (ratings) -> Estimate without bootstrap, the laws it obeys, and how many raters it needs at most."""

    name: str
    function: Callable[..., Estimate]
    value: Callable[[Ratings], Estimate]
    laws: frozenset[Law]
    two_raters: bool = False


def _alpha(level: Measurement, laws: frozenset[Law]) -> AgreementMetric:
    value = functools.partial(krippendorff_alpha, level=level, replicates=0)
    return AgreementMetric(f"krippendorff_alpha_{level}", krippendorff_alpha, value, laws)


def _metric(
    name: str, function: Callable[..., Estimate], laws: frozenset[Law], *, two_raters: bool = False, **options: object
) -> AgreementMetric:
    return AgreementMetric(name, function, functools.partial(function, **options), laws, two_raters)


_ALPHA: frozenset[Law] = EXCHANGEABLE | {"unused_level", "singletons"}

_SHARES: frozenset[Law] = EXCHANGEABLE | {"duplication"}
_WEIGHTED_COHEN: frozenset[Law] = LAWS - {"rater_identity", "level_renaming", "monotone_values"}

REGISTRY: tuple[AgreementMetric, ...] = (
    _metric("percent_agreement", percent_agreement, LAWS, replicates=0),
    _alpha("nominal", _ALPHA | NOMINAL),
    _alpha("ordinal", _ALPHA | NO_VALUES | {"level_reversal"}),
    _alpha("interval", _ALPHA | {"affine_values", "scaled_values", "level_reversal"}),
    _alpha("ratio", _ALPHA | {"scaled_values"}),
    _metric("fleiss_kappa", fleiss_kappa, _SHARES | NOMINAL | {"unused_level"}, replicates=0),
    _metric("gwet_ac1", gwet_ac1, _SHARES | NOMINAL, replicates=0),
    _metric("gwet_ac2", gwet_ac2, _SHARES | {"affine_values", "scaled_values", "level_reversal"}, replicates=0),
    _metric("brennan_prediger", brennan_prediger, _SHARES | NOMINAL | {"singletons"}, replicates=0),
    _metric("scott_pi", scott_pi, LAWS, replicates=0),
    _metric("conger_kappa", conger_kappa, ORDERS | NOMINAL | {"unused_level", "duplication"}),
    _metric("cohen_kappa", cohen_kappa, LAWS - {"rater_identity"}, two_raters=True),
    _metric("cohen_kappa_linear", cohen_kappa, _WEIGHTED_COHEN, two_raters=True, weighting="linear"),
    _metric("cohen_kappa_quadratic", cohen_kappa, _WEIGHTED_COHEN, two_raters=True, weighting="quadratic"),
)

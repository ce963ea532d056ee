"""The laws of the coefficients of agreement."""

from __future__ import annotations

from collections.abc import Callable

from raters.stats.alpha import krippendorff_alpha
from raters.stats.cohen import cohen_kappa
from raters.stats.conger import conger_kappa
from raters.stats.gwet import brennan_prediger, fleiss_kappa, gwet_ac1, gwet_ac2, percent_agreement, scott_pi
from raters.stats.laws import Family, Kernel, Values
from raters.stats.types import Estimate, Measurement, Ratings

Laws = dict[str, str]

SUMS = {
    "item_order": "sums over the items",
    "rater_order": "every rater is treated alike",
    "perfect_agreement": "nothing observed disagrees",
}
COUNTS = SUMS | {"rater_identity": "an item enters by its counts of each level"}
NO_VALUES = dict.fromkeys(("affine_values", "scaled_values", "monotone_values"), "the values are never looked at")
NOMINAL = NO_VALUES | dict.fromkeys(
    ("level_renaming", "level_reversal"), "levels are equal or not, whatever their order"
)
INTERVALS = {
    "affine_values": "distances relative to the range",
    "scaled_values": "distances relative to the range",
    "level_reversal": "distances have no direction",
}
UNUSED = {"unused_level": "a level without labels has no share in chance"}
NO_SINGLETONS = {"singletons": "items with one rating are left out throughout"}
TWICE = {"duplication": "means over the items"}

ONLY_PAIRS = {"duplication": "it takes n - 1 of the n labels: chance draws without putting back"}
BY_MARGINS = {"singletons": "the shares of the levels are those of all rated items"}
BY_LEVELS = {"unused_level": "chance counts the declared levels"}
IN_ORDER = {
    "level_renaming": "distances belong to the order of the levels",
    "monotone_values": "distances are those of the values",
}


def _kernel(
    name: str, function: Callable[..., Estimate], obeys: Laws, breaks: Laws | None = None, **options: object
) -> Kernel:
    def values(ratings: Ratings) -> Values:
        return [function(ratings, **options).value]

    family: Family = "pair" if function is cohen_kappa else "agreement"
    return Kernel(name, family, function, values, obeys, breaks or {})


def _alpha(level: Measurement, obeys: Laws, breaks: Laws | None = None) -> Kernel:
    return _kernel(
        f"krippendorff_alpha_{level}",
        krippendorff_alpha,
        COUNTS | UNUSED | NO_SINGLETONS | obeys,
        ONLY_PAIRS | (breaks or {}),
        level=level,
        replicates=0,
    )


_FREE = COUNTS | NOMINAL | UNUSED | NO_SINGLETONS | TWICE
_WHO = {"rater_identity": "each rater has margins of their own"}
_COHEN = SUMS | UNUSED | NO_SINGLETONS | TWICE
_WEIGHTED = _COHEN | INTERVALS | {"unused_level": "a weighted kappa is a ratio of mean distances: their unit cancels"}

AGREEMENT: tuple[Kernel, ...] = (
    _kernel(
        "percent_agreement",
        percent_agreement,
        _FREE | {"unused_level": "there is no chance in it"},
        replicates=0,
    ),
    _alpha("nominal", NOMINAL),
    _alpha(
        "ordinal",
        NO_VALUES | {"level_reversal": "ranks counted from the other end are as far apart"},
        {"level_renaming": "distances belong to the order of the levels"},
    ),
    _alpha("interval", INTERVALS, IN_ORDER),
    _alpha(
        "ratio",
        {"scaled_values": "(c - k) / (c + k) has no unit"},
        IN_ORDER
        | {
            "affine_values": "a ratio scale has a fixed zero",
            "level_reversal": "a ratio scale has a fixed zero",
        },
    ),
    _kernel("fleiss_kappa", fleiss_kappa, COUNTS | NOMINAL | UNUSED | TWICE, BY_MARGINS, replicates=0),
    _kernel("gwet_ac1", gwet_ac1, COUNTS | NOMINAL | TWICE, BY_MARGINS | BY_LEVELS, replicates=0),
    _kernel(
        "gwet_ac2",
        gwet_ac2,
        COUNTS | INTERVALS | TWICE,
        BY_MARGINS | BY_LEVELS | IN_ORDER,
        replicates=0,
    ),
    _kernel("brennan_prediger", brennan_prediger, COUNTS | NOMINAL | NO_SINGLETONS | TWICE, BY_LEVELS, replicates=0),
    _kernel("scott_pi", scott_pi, _FREE, replicates=0),
    _kernel("conger_kappa", conger_kappa, SUMS | NOMINAL | UNUSED | TWICE, _WHO | BY_MARGINS),
    _kernel("cohen_kappa", cohen_kappa, _COHEN | NOMINAL, _WHO),
    _kernel("cohen_kappa_linear", cohen_kappa, _WEIGHTED, _WHO | IN_ORDER, weighting="linear"),
    _kernel("cohen_kappa_quadratic", cohen_kappa, _WEIGHTED, _WHO | IN_ORDER, weighting="quadratic"),
)

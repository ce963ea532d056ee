"""The list of scores of probabilities and of calibrators, and the laws each obeys; `registry` is the one of agreement.

A public score or calibrator that is missing here fails the tests, as does a law that is declared and broken, or left
out and never broken.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from raters.stats.calibration_error import CalibrationError, brier, expected_calibration_error, log_loss
from raters.stats.calibrators import Calibrator, base_rate, beta, isotonic, platt, shrunk_platt, venn_abers
from raters.stats.types import Estimate, FloatArray, IntArray

Law = Literal[
    "item_order",  # the items may come in any order
    "duplication",  # every item twice
    "class_swap",  # what is right for one label is right for the other
    "monotone_scores",  # scores may be mapped by an increasing function
]


@dataclass(frozen=True, slots=True)
class ProbabilityScore:
    """A score of (p, y) without its null band or interval."""

    name: str
    function: Callable[..., Estimate | CalibrationError]
    value: Callable[[FloatArray, IntArray], Estimate | CalibrationError]
    laws: frozenset[Law]


@dataclass(frozen=True, slots=True)
class CalibrationMethod:
    """A fit of (scores, labels)."""

    name: str
    fit: Callable[[FloatArray, IntArray], Calibrator]
    laws: frozenset[Law]


_MEANS: frozenset[Law] = frozenset({"item_order", "duplication"})
_ECE = functools.partial(expected_calibration_error, draws=0)

SCORES = (
    ProbabilityScore("brier", brier, brier, _MEANS | {"class_swap"}),
    ProbabilityScore("log_loss", log_loss, log_loss, _MEANS | {"class_swap"}),
    # Bins are open below: turned round, a value on an edge changes its company.
    ProbabilityScore(
        "ece_equal_width", expected_calibration_error, functools.partial(_ECE, scheme="equal_width"), _MEANS
    ),
    ProbabilityScore(
        "ece_equal_mass", expected_calibration_error, functools.partial(_ECE, scheme="equal_mass"), _MEANS
    ),
    ProbabilityScore(
        "ece_by_value", expected_calibration_error, functools.partial(_ECE, scheme="by_value"), _MEANS | {"class_swap"}
    ),
)

_FITS: frozenset[Law] = frozenset({"item_order", "class_swap"})

# Smoothed targets, and Venn-Abers' own label, weigh less among more items; parametric maps need the scores' values.
CALIBRATORS = (
    CalibrationMethod("platt", platt, _FITS),
    CalibrationMethod("shrunk_platt", shrunk_platt, _FITS),
    CalibrationMethod("base_rate", base_rate, _FITS | {"monotone_scores"}),
    CalibrationMethod("beta", beta, _FITS),
    CalibrationMethod("isotonic", isotonic, _FITS | {"duplication", "monotone_scores"}),
    CalibrationMethod("venn_abers", venn_abers, _FITS | {"monotone_scores"}),
)

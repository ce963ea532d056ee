"""Which calibrator to use for the scores of one attribute, judged on items it was not fitted on.

Every method is fitted on all folds but one and applied to that one; repeated foldings are averaged. Few labels carry
few parameters. Measured on a verbalized confidence (Luo, Card and Jurafsky 2020) and on a paraphrase corpus:

    n < 100      Platt only
    100 to 999   Platt or Venn-Abers; beta too, unless most scores are tied, where it grows worse with n
    from 1,000   isotonic too: below, its steps to 0 and 1 make infinite losses

Of the methods that n allows, the one with the least cross-fitted log loss is chosen. With fewer than 10 items of either
label none is, and then no number may be shown as a probability. With fewer than 30 the fit is uncertain: a warning says
so, or, where `shrink` asks for it, Platt's slope is drawn towards the base rate and no other method is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from raters.stats.calibration_error import (
    FEW_VALUES,
    NULL_DRAWS,
    CalibrationError,
    Scheme,
    checked,
    expected_calibration_error,
    log_losses,
    mean_loss,
)
from raters.stats.calibrators import METHODS, Calibrator, MethodName, rounded, shrunk_platt
from raters.stats.types import Estimate, FloatArray, IntArray

Fit = Callable[[FloatArray, IntArray], Calibrator]
RAW = "raw"
MIN_CLASS = 10
MIN_OWN = 30
FROM = {"platt": 0, "venn_abers": 100, "beta": 100, "isotonic": 1000}
FOLDS, REPEATS = 5, 5
ONE_FOLDING = 5000
"""From so many items on, one folding says as much as five."""


@dataclass(frozen=True, slots=True, eq=False)
class MethodReport:
    """Cross-fitted figures of one method; `why_not` says why it cannot be chosen, None where it can.

    probability  shape (n,): mean over the foldings of what the method gave an item that it was not fitted on.
    """

    name: str
    log_loss: Estimate
    brier: Estimate
    ece_equal_width: CalibrationError
    ece_equal_mass: CalibrationError
    why_not: str | None
    probability: FloatArray

    def as_dict(self) -> dict[str, object]:
        return {
            "log_loss": self.log_loss.as_dict(),
            "brier": self.brier.as_dict(),
            "ece_equal_width": self.ece_equal_width.as_dict(),
            "ece_equal_mass": self.ece_equal_mass.as_dict(),
            "why_not": self.why_not,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """All methods, the one chosen with its fit to every item, or None and the `reason`; `warnings` to show beside."""

    methods: tuple[MethodReport, ...]
    chosen: MethodName | None
    calibrator: Calibrator | None
    reason: str | None
    warnings: tuple[str, ...]
    n: int
    n_positive: int

    def as_dict(self) -> dict[str, object]:
        return {
            "n": self.n,
            "n_positive": self.n_positive,
            "methods": {method.name: method.as_dict() for method in self.methods},
            "chosen": self.chosen,
            "reason": self.reason,
            "warnings": list(self.warnings),
        }


def stratified_folds(label: IntArray, *, folds: int = FOLDS, repeats: int = REPEATS, seed: int = 0) -> IntArray:
    """Fold of each item (repeats, n), each label spread over the folds as evenly as it goes.

    Items that belong together (of one video or author) must share a fold: number their folds by the group instead.
    """
    rng = np.random.default_rng(seed)
    out = np.empty((repeats, len(label)), dtype=np.int64)
    for row in out:
        order = rng.permutation(len(label))
        row[order[np.argsort(label[order], kind="stable")]] = np.arange(len(label)) % folds
    return out


def cross_fitted(fit: Fit, score: FloatArray, label: IntArray, fold: IntArray) -> FloatArray:
    """Probability of each item (n,) from a fit to the items of the other folds; fold (n,)."""
    out = np.empty(len(score))
    for k in np.unique(fold):
        inside = fold == k
        out[inside] = fit(score[~inside], label[~inside])(score[inside])
    return out


def fits_for(label: IntArray) -> Mapping[MethodName, Fit]:
    """The methods, with Platt's slope shrunk where fewer than 30 items have one of the labels."""
    rarer = min(int(label.sum()), len(label) - int(label.sum()))
    return {**METHODS, "platt": shrunk_platt} if rarer < MIN_OWN else METHODS


def calibrate(
    score: FloatArray,
    label: IntArray,
    folds: IntArray | None = None,
    *,
    shrink: bool = False,
    seed: int = 0,
    draws: int = NULL_DRAWS,
) -> Calibration:
    """Judge every method on scores (n,) and labels (n,) by given folds (repeats, n), and fit the chosen one.

    Without folds: 5 stratified ones, 5 times, or once from 5,000 items. Raises ValueError for scores outside [0, 1] or
    NaN, labels other than 0 and 1, and folds of another shape or with fewer than two.
    """
    checked(score, label)
    n, positives = len(label), int(label.sum())
    fits = fits_for(label) if shrink else METHODS
    shrunk = fits is not METHODS
    if min(positives, n - positives) < MIN_CLASS:
        reason = f"no calibrator: {positives} positive and {n - positives} negative items, it needs {MIN_CLASS} of each"
        return Calibration((), None, None, reason, (), n, positives)
    repeats = REPEATS if n < ONE_FOLDING else 1
    folds = stratified_folds(label, repeats=repeats, seed=seed) if folds is None else np.atleast_2d(folds)
    _check_folds(folds, n)
    reports = [_judged(RAW, score[None, :], label, "not a calibrator", seed, draws)]
    allowed = {name: _why_not(name, score, label, shrunk) for name in METHODS}
    for name, why_not in allowed.items():
        p = np.stack([cross_fitted(fits[name], score, label, fold) for fold in folds])
        reports.append(_judged(name, p, label, why_not, seed, draws))
    losses = {report.name: report.log_loss.value for report in reports}
    # Platt is always allowed, and its probabilities are never 0 or 1.
    chosen = min((name for name in METHODS if not allowed[name]), key=lambda name: _or_infinite(losses[name]))
    calibrator = fits[chosen](score, label)
    warnings = _warnings(positives, n, calibrator, score, shrunk)
    return Calibration(tuple(reports), chosen, calibrator, None, warnings, n, positives)


def _check_folds(folds: IntArray, n: int) -> None:
    if folds.ndim != 2 or folds.shape[1] != n or not len(folds):
        raise ValueError(f"folds must have shape (repeats, {n}), not {folds.shape}")
    if any(len(np.unique(fold)) < 2 for fold in folds):
        raise ValueError("cross-fitting needs at least two folds")


def _why_not(name: MethodName, score: FloatArray, label: IntArray, shrunk: bool) -> str | None:
    """Why so many items (or such scores) do not carry the method, or None."""
    if shrunk and name != "platt":
        return f"needs {MIN_OWN} items of each label"
    if len(label) < FROM[name]:
        return f"needs {FROM[name]} items"
    if name == "beta" and len(np.unique(rounded(score))) < FEW_VALUES:
        return f"needs {FEW_VALUES} distinct scores"
    return None


def _judged(name: str, p: FloatArray, label: IntArray, why_not: str | None, seed: int, draws: int) -> MethodReport:
    """Figures of probabilities (repeats, n): an item's loss and the ECE are means over the repeats."""
    losses = np.mean([log_losses(row, label) for row in p], axis=0)
    return MethodReport(
        name=name,
        log_loss=mean_loss(losses, "log loss"),
        brier=mean_loss(np.mean((p - label) ** 2, axis=0), "Brier score"),
        ece_equal_width=_mean_ece(p, label, "equal_width", seed, draws),
        ece_equal_mass=_mean_ece(p, label, "equal_mass", seed, draws),
        why_not=why_not,
        probability=p.mean(axis=0),
    )


def _mean_ece(p: FloatArray, label: IntArray, scheme: Scheme, seed: int, draws: int) -> CalibrationError:
    errors = [expected_calibration_error(row, label, scheme=scheme, seed=seed, draws=0) for row in p]
    band = expected_calibration_error(p[0], label, scheme=scheme, seed=seed, draws=draws)
    value = float(np.mean([error.value for error in errors]))
    return CalibrationError(
        value, band.null_mean, band.null_low, band.null_high, band.bins, scheme, band.n, band.reason
    )


def _or_infinite(loss: float | None) -> float:
    return np.inf if loss is None else loss


def _warnings(positives: int, n: int, calibrator: Calibrator, score: FloatArray, shrunk: bool) -> tuple[str, ...]:
    found = []
    if shrunk:
        found.append(f"fewer than {MIN_OWN} items of one label: the slope is shrunk towards the base rate")
    elif min(positives, n - positives) < MIN_OWN:
        found.append(f"fewer than {MIN_OWN} items of one label: prefer a calibrator pooled over attributes")
    if len(np.unique(rounded(score))) == 1:
        found.append("every score is the same: the probability is the base rate")
    elif _falls(calibrator, score):
        found.append("a higher score goes with a lower chance: are the scores P(positive)?")
    return tuple(found)


def _falls(calibrator: Calibrator, score: FloatArray) -> bool:
    low, high = calibrator(np.array([score.min(), score.max()]))
    return bool(high < low - 1e-9)

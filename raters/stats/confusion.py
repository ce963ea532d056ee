"""Precision, recall, F1, accuracy and distances on the scale from weighted confusion matrices [reference, predicted].

Undefined is NaN, never 0. Figures of stacked matrices (..., q, q) have shape (...), so a bootstrap is one call.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raters.stats.types import BoolArray, FloatArray, IntArray, Scale


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Figures in [0, 1] (kappa in [-1, 1]), NaN where undefined.

    Binary scale: precision, recall and F1 of the positive level. Otherwise macro averages: precision over the levels
    that were predicted, recall over those in the reference, F1 over those in either. `quadratic_kappa`, `mae` (mean
    distance in levels, >= 0) and `within_one` (share at most one level apart) are None unless the scale is ordinal.
    """

    precision: FloatArray
    recall: FloatArray
    f1: FloatArray
    accuracy: FloatArray
    quadratic_kappa: FloatArray | None
    mae: FloatArray | None
    within_one: FloatArray | None


def confusion_matrix(
    reference: IntArray, predicted: IntArray, *, q: int, weights: FloatArray | None = None
) -> FloatArray:
    """Weighted counts (q, q) of pairs of levels of equal shape (n,); weights 1 when left out."""
    if reference.shape != predicted.shape:
        raise ValueError(f"{len(reference)} references for {len(predicted)} predictions")
    cells = np.bincount(reference * q + predicted, weights=weights, minlength=q * q)
    return cells.astype(np.float64).reshape(q, q)


def scores(confusion: FloatArray, *, scale: Scale, positive: int | None = None) -> Scores:
    """Scores of confusion matrices (..., q, q).

    A level's precision is undefined when it is never predicted, its recall when the reference never has it, its F1
    when neither does. Raises ValueError for a binary scale without a positive level.

    >>> float(scores(np.array([[5.0, 1.0], [2.0, 2.0]]), scale="binary", positive=1).f1.round(4))
    0.5714
    """
    precision, recall, f1 = (_of_scale(figure, scale, positive) for figure in level_scores(confusion))
    accuracy = _ratio(np.einsum("...ii->...", confusion), np.einsum("...ij->...", confusion))
    if scale != "ordinal":
        return Scores(precision, recall, f1, accuracy, None, None, None)
    distance = _apart(confusion.shape[-1])
    mae, within_one = _mean(confusion, distance), _mean(confusion, distance <= 1)
    return Scores(precision, recall, f1, accuracy, quadratic_kappa(confusion), mae, within_one)


def _apart(q: int) -> FloatArray:
    """How many levels lie between two, (q, q)."""
    index = np.arange(q, dtype=np.float64)
    return np.abs(index[:, None] - index[None, :])


def _mean(confusion: FloatArray, cost: FloatArray | BoolArray) -> FloatArray:
    """Mean of a cost (q, q) over the pairs of confusions (..., q, q); NaN without pairs."""
    total = np.einsum("...ij,ij->...", confusion, cost.astype(np.float64))
    return _ratio(total, np.einsum("...ij->...", confusion))


def margins(confusion: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How much of each level the reference and the predictions hold, each (..., q)."""
    # Over many small matrices einsum is five times as fast as sum.
    return np.einsum("...ij->...i", confusion), np.einsum("...ij->...j", confusion)


def f1_score(confusion: FloatArray, *, scale: Scale, positive: int | None = None) -> FloatArray:
    """The F1 of `scores` alone, (..., q, q) -> (...)."""
    reference, predicted = margins(confusion)
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    return _of_scale(_ratio(2 * hits, predicted + reference), scale, positive)


def level_scores(confusion: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Precision, recall and F1 of each level, each (..., q), NaN where undefined."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    reference, predicted = margins(confusion)
    return _ratio(hits, predicted), _ratio(hits, reference), _ratio(2 * hits, predicted + reference)


def present_levels(confusion: FloatArray) -> BoolArray:
    """Levels in the reference or the predictions: those a macro F1 averages over, shape (..., q)."""
    reference, predicted = margins(confusion)
    return np.asarray(reference + predicted > 0)


def quadratic_kappa(confusion: FloatArray) -> FloatArray:
    """1 - sum d_ij o_ij / sum d_ij e_ij with d = (i - j)^2, e from the margins; NaN when both use one same level."""
    d = _apart(confusion.shape[-1]) ** 2
    reference, predicted = margins(confusion)
    total = np.einsum("...i->...", reference)
    observed = total * np.einsum("...ij,ij->...", confusion, d)
    return 1 - _ratio(observed, np.einsum("...i,...i->...", reference @ d, predicted))


def _ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    out = np.full(np.shape(denominator), np.nan)
    return np.asarray(np.divide(numerator, denominator, out=out, where=np.asarray(denominator) > 0))


def _of_scale(figures: FloatArray, scale: Scale, positive: int | None) -> FloatArray:
    """Figures by level (..., q) -> the positive level's, or the macro average."""
    if scale != "binary":
        return _mean_of_defined(figures)
    if positive is None or not 0 <= positive < figures.shape[-1]:
        raise ValueError(f"a binary scale needs its positive level, got {positive}")
    return np.asarray(figures[..., positive])


def _mean_of_defined(figures: FloatArray) -> FloatArray:
    """Mean over the last axis of what is not NaN, NaN where nothing is."""
    defined = np.isfinite(figures)
    total = np.einsum("...i->...", np.where(defined, figures, 0))
    return _ratio(total, np.einsum("...i->...", defined.astype(np.float64)))

"""How closely one matrix of probabilities follows another: a student its teacher, a model the human distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import rel_entr

from raters.stats.bootstrap import REPLICATES
from raters.stats.intervals import percentile
from raters.stats.resampling import MIN_ITEMS, resampled_sums, spread, unusable
from raters.stats.types import Estimate, FloatArray


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Means over items.

    top1_agreement       share of items with the same likeliest level, [0, 1]; several likeliest levels share the item.
    kl_divergence        KL(teacher || student) in nats, [0, inf).
    jensen_shannon       Jensen-Shannon distance, the root of the divergence in bits, [0, 1].
    total_variation      half the summed absolute difference, [0, 1].
    """

    top1_agreement: Estimate
    kl_divergence: Estimate
    jensen_shannon: Estimate
    total_variation: Estimate

    def as_dict(self) -> dict[str, dict[str, float | int | str | None]]:
        return {name: getattr(self, name).as_dict() for name in self.__slots__}


def soft_label_fidelity(
    teacher: FloatArray, student: FloatArray, *, seed: int = 0, replicates: int = REPLICATES
) -> Fidelity:
    """Fidelity of student to teacher probabilities, both (n, q), with percentile item bootstrap intervals.

    KL is undefined when the student gives probability 0 to a level the teacher does not. Raises ValueError for
    unequal shapes and for rows that are no probabilities (negative, or a sum off 1 by more than 1e-4).
    """
    if teacher.shape != student.shape:
        raise ValueError(f"teacher {teacher.shape} and student {student.shape} differ in shape")
    for name, p in (("teacher", teacher), ("student", student)):
        if not ((p >= 0).all() and (np.abs(p.sum(axis=1) - 1) < 1e-4).all()):
            raise ValueError(f"{name}: every row must be probabilities that sum to 1")
    by_item = np.column_stack([top1_agreement(teacher, student), *divergences(teacher, student)])
    # Infinite KL would turn into NaN in the weighted sums of the other columns' product.
    safe = np.where(np.isfinite(by_item), by_item, 0)
    ones = np.ones(len(by_item), dtype=np.int64)
    sums = resampled_sums(safe, ones, replicates, np.random.default_rng(seed))
    return Fidelity(*(_mean(by_item[:, k], sums[:, k]) for k in range(by_item.shape[1])))


def top1_agreement(p: FloatArray, q: FloatArray) -> FloatArray:
    """Chance, per item, that a likeliest level drawn from p equals one drawn from q: (n, k) x 2 -> (n,)."""
    top_p, top_q = (x == x.max(axis=1, keepdims=True) for x in (p, q))
    return np.asarray((top_p & top_q).sum(axis=1) / (top_p.sum(axis=1) * top_q.sum(axis=1)))


def divergences(p: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """KL(p || q) in nats, Jensen-Shannon distance (base 2) and total variation of each row, each (n,)."""
    middle = (p + q) / 2
    js = (rel_entr(p, middle) + rel_entr(q, middle)).sum(axis=1) / (2 * math.log(2))
    return (
        np.asarray(rel_entr(p, q).sum(axis=1)),
        # Rounding takes the divergence of equal rows below 0.
        np.sqrt(np.maximum(js, 0)),
        np.asarray(np.abs(p - q).sum(axis=1) / 2),
    )


def _mean(by_item: FloatArray, sums: FloatArray) -> Estimate:
    n = len(by_item)
    if not n:
        return Estimate.undefined("no items")
    if not np.isfinite(by_item).all():
        zeros = int((~np.isfinite(by_item)).sum())
        return Estimate.undefined(f"infinite: probability 0 for a level the teacher gives some, in {zeros} items", n)
    value, means = float(by_item.mean()), sums / n
    se = spread(means) if len(means) > 1 else None
    if n < MIN_ITEMS:
        return Estimate(value, se, None, None, None, n, f"interval refused: fewer than {MIN_ITEMS} items")
    if reason := unusable(means):
        return Estimate(value, se, None, None, None, n, reason)
    low, high = percentile(means)
    return Estimate(value, se, low, high, f"percentile item bootstrap, {len(means)} replicates", n, None)

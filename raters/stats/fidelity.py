"""How closely one matrix of probabilities follows another: a student its teacher, a model the human distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax, rel_entr, softmax

from raters.stats.bootstrap import REPLICATES
from raters.stats.intervals import bootstrap, studentised
from raters.stats.resampling import MIN_ITEMS, resampled_sums, spread, unusable
from raters.stats.types import Estimate, FloatArray

KL = 1  # the place of KL among the figures


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
    """Fidelity of student to teacher probabilities, both (n, q). Item bootstrap intervals: BCa, for KL studentised.

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
    sums = resampled_sums(np.hstack([safe, safe**2]), ones, replicates, np.random.default_rng(seed))
    k = by_item.shape[1]
    return Fidelity(*(_mean(by_item[:, j], sums[:, j], sums[:, k + j], shares=j != KL) for j in range(k)))


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


@dataclass(frozen=True, slots=True)
class Distillation:
    """The loss of one item in nats, and its parts: total = alpha soft + (1 - alpha) hard.

    kl     KL of the softened teacher to the softened student, [0, inf).
    soft   T^2 kl: so scaled, its gradient keeps its size at every temperature.
    hard   cross-entropy of the student at T = 1 to the true label, None without one.
    total  None where a label is missing that alpha < 1 asks for.
    """

    kl: float
    soft: float
    hard: float | None
    total: float | None


def distillation_loss(
    teacher: FloatArray, student: FloatArray, *, temperature: float = 1.0, alpha: float = 1.0, label: int | None = None
) -> Distillation:
    """Loss of Hinton, Vinyals and Dean (2015) of logits (q,): what a student is trained on, in numbers to check it by.

    At T = 1 and alpha = 1 it differs from the soft cross-entropy of training by the teacher's entropy, a constant.
    Raises ValueError for unequal shapes, T <= 0 and alpha outside [0, 1].
    """
    if teacher.shape != student.shape or temperature <= 0 or not 0 <= alpha <= 1:
        raise ValueError("logits of one shape, a temperature above 0 and alpha in 0..1 are needed")
    p, q = softmax(teacher / temperature), softmax(student / temperature)
    kl = float(rel_entr(p, q).sum())
    soft = temperature**2 * kl
    hard = None if label is None else -float(log_softmax(student)[label])
    total = soft if alpha == 1 else None if hard is None else alpha * soft + (1 - alpha) * hard
    return Distillation(kl, soft, hard, total)


def _mean(by_item: FloatArray, sums: FloatArray, squares: FloatArray, *, shares: bool) -> Estimate:
    """Of values (n,), from their sums and sums of squares in resamples, (R,) each; `shares` lie in [0, 1]."""
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
    if not shares:
        errors = np.sqrt(np.maximum(squares / n - means**2, 0) / (n - 1))
        low, high = studentised(value, float(by_item.std(ddof=1)) / math.sqrt(n), means, errors)
        return Estimate(value, se, max(low, 0.0), high, f"studentised item bootstrap, {len(means)} replicates", n, None)
    left_out = (by_item.sum() - by_item) / (n - 1)
    (low, high), method = bootstrap(value, means, left_out, np.ones(n, dtype=np.int64))
    return Estimate(value, se, low, high, method, n, None)

"""Two labelers on the same items: is one better, or is it chance?

The items on which both are right, or both wrong, say nothing about the difference. Items are independent; rows that
share an item (several raters, several attributes) must be brought together first.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import bdtr, ndtr

from raters.stats.types import BoolArray, FloatArray, IntArray

EXACT_BELOW = 25
PERMUTATIONS = 10_000
CHUNK_CELLS = 4_000_000  # swapped numbers held at a time: 32 MB
Statistic = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, slots=True)
class McNemar:
    """b items only the first labeler has right, c only the second, of n.

    p       two-sided: exact where b + c < 25, else mid-p (Fagerland, Lydersen and Laake 2013); `method` says which.
    chi2, chi2_corrected   the asymptotic statistics with one degree of freedom, without and with Edwards' correction.
    All four are None where no item is discordant, and `reason` says so.
    """

    b: int
    c: int
    n: int
    difference: float | None
    p: float | None
    p_exact: float | None
    p_mid: float | None
    chi2: float | None
    chi2_corrected: float | None
    method: str | None
    reason: str | None

    def as_dict(self) -> dict[str, float | int | str | None]:
        return asdict(self)


def mcnemar(b: int, c: int, n: int) -> McNemar:
    """McNemar's test (1947) of equal accuracy: given b + c, b is binomial with probability 1/2.

    p_exact = min(1, 2 P(X <= min(b, c))), p_mid = p_exact - P(X = min(b, c)); range (0, 1]. `difference` is
    (b - c) / n, the first's accuracy minus the second's, undefined for n = 0. The test is undefined for b + c = 0.

    >>> round(mcnemar(1, 9, 50).p, 5)
    0.02148
    """
    if min(b, c) < 0 or b + c > n:
        raise ValueError(f"b and c must be counts of some of the n items, got {b} and {c} of {n}")
    difference = (b - c) / n if n else None
    if not b + c:
        why = "no item that only one of the two has right" if n else "no items"
        return McNemar(b, c, n, difference, None, None, None, None, None, None, why)
    low, total = min(b, c), b + c
    at_most, below = float(bdtr(low, total, 0.5)), float(bdtr(low - 1, total, 0.5)) if low else 0.0
    exact, mid = min(1.0, 2 * at_most), min(1.0, at_most + below)
    small = total < EXACT_BELOW
    corrected = max(abs(b - c) - 1, 0) ** 2 / total
    return McNemar(
        b=b,
        c=c,
        n=n,
        difference=difference,
        p=exact if small else mid,
        p_exact=exact,
        p_mid=mid,
        chi2=(b - c) ** 2 / total,
        chi2_corrected=corrected,
        method="exact McNemar" if small else "mid-p McNemar",
        reason=None,
    )


def chi2_p(chi2: float) -> float:
    """Upper tail of chi-square with one degree of freedom."""
    return float(2 * ndtr(-math.sqrt(chi2)))


@dataclass(frozen=True, slots=True)
class Permutation:
    """The first labeler's figure minus the second's, and the two-sided p of the swap test; None where undefined."""

    difference: float | None
    p: float | None
    n: int
    method: str | None
    reason: str | None

    def as_dict(self) -> dict[str, float | int | str | None]:
        return asdict(self)


def permutation(
    first: FloatArray,
    second: FloatArray,
    multiplicity: IntArray,
    statistic: Statistic,
    *,
    seed: int = 0,
    permutations: int = PERMUTATIONS,
    moves: BoolArray | None = None,
) -> Permutation:
    """Paired permutation test of a figure that depends on the items through sums, such as F1 or kappa.

    first, second   (P, f): what an item of each of P kinds adds to either labeler's sums, e.g. a flat confusion matrix.
    multiplicity    (P,): how many items are of each kind.
    statistic       (..., f) sums -> (...), NaN where undefined.
    moves           (P,): kinds on which the labelers differ at all; the others are not drawn for, they change nothing.

    If the labelers were exchangeable, swapping their labels on any item would change nothing: each permutation swaps
    every item with probability 1/2 (of a kind with k items, Binomial(k, 1/2) of them). p is the share of differences
    at least as large as the observed one, itself counted in: (1 + hits) / (1 + permutations), in (0, 1] (Phipson and
    Smyth 2010). Permutations in which either figure is undefined count as hits, so p is never too small for them.
    Undefined without items, or where either figure is.
    """
    n = int(multiplicity.sum())
    observed = float(statistic(multiplicity @ first) - statistic(multiplicity @ second)) if n else math.nan
    if not math.isfinite(observed):
        return Permutation(None, None, n, None, "no items" if not n else "one of the two figures is undefined")
    drawn = np.ones(len(multiplicity), dtype=np.bool_) if moves is None else moves
    change, times = (second - first)[drawn], multiplicity[drawn]
    rng = np.random.default_rng(seed)
    size = max(CHUNK_CELLS // max(len(times), 1), 1)
    hits = 0
    for start in range(0, permutations, size):
        moved = rng.binomial(times, 0.5, size=(min(size, permutations - start), len(times))) @ change
        differences = statistic(multiplicity @ first + moved) - statistic(multiplicity @ second - moved)
        smaller = np.abs(differences) < abs(observed) - 1e-12
        hits += int(np.count_nonzero(~smaller))
    p = (1 + hits) / (1 + permutations)
    return Permutation(observed, p, n, f"paired permutation of items, {permutations} permutations", None)

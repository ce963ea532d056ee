"""Resampling items by drawing how often each *kind* of item occurs.

Items with the same labels contribute the same numbers, so a bootstrap sample of items is a multinomial draw over
the distinct count patterns. A statistic that depends on the items through sums then costs one matrix product.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from raters.stats.types import FloatArray, IntArray

MIN_ITEMS = 10
"""Fewer items than this carry no bootstrap interval."""
MAX_UNDEFINED = 0.05
"""A larger share of replicates in which the statistic is undefined refuses the interval."""
MIN_MINORITY = 10
"""Fewer labels than this outside the commonest level carry no interval for a coefficient that lives on variation. In
simulations of alpha with three raters, 10 % of the ratings missing, the nominal 95 % BCa interval covered .78 at 7
expected such labels (50 items, prevalence .05) and .90 to .94 at 14 (100 items at .05, 50 at .10)."""
DENSE = 8  # codes below so many times their number are counted, not sorted
CHUNK_CELLS = 4_000_000  # weights held at a time: 32 MB


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """The distinct rows of a table of items.

    rows          shape (P, k), in lexicographic order, so that the order of the items does not matter.
    multiplicity  shape (P,): how many items show each row.
    of_item       shape (n,): the row of each item.
    """

    rows: IntArray
    multiplicity: IntArray
    of_item: IntArray

    @classmethod
    def of(cls, table: IntArray) -> Patterns:
        """Group the rows of an integer table of shape (n, k) with entries >= 0."""
        code = np.zeros(len(table), dtype=np.int64)
        for column in table.T:
            # Renumbering after each column keeps the code below n * (largest entry + 1): it cannot overflow.
            base = int(column.max(initial=0)) + 1
            code = _renumbered(code * base + column)
        multiplicity = np.bincount(code)
        first = np.empty(len(multiplicity), dtype=np.int64)
        first[code[::-1]] = np.arange(len(code))[::-1]
        return cls(rows=table[first], multiplicity=multiplicity.astype(np.int64), of_item=code)


def _renumbered(code: IntArray) -> IntArray:
    """Codes (n,) >= 0 as 0, 1, 2, ... in the same order, without a sort where they are dense."""
    top = int(code.max(initial=-1)) + 1
    if top > DENSE * len(code):
        return np.asarray(np.unique(code, return_inverse=True)[1], dtype=np.int64)
    return np.asarray((np.cumsum(np.bincount(code, minlength=top) > 0) - 1)[code], dtype=np.int64)


def resample_weights(multiplicity: IntArray, replicates: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Multinomial weights of P kinds of items, in chunks of shape (r, P) whose r add up to `replicates`.

    Each row sums to the number of items. Drawn item by item where there are few items, kind by kind where there are
    few kinds: the distribution is the same.
    """
    n, kinds = int(multiplicity.sum()), len(multiplicity)
    by_kind = n > 4 * kinds
    kind_of_item = np.repeat(np.arange(kinds), multiplicity)
    size = max(1, CHUNK_CELLS // max(kinds if by_kind else n, 1))
    for start in range(0, replicates, size):
        r = min(size, replicates - start)
        if by_kind:
            yield rng.multinomial(n, multiplicity / n, size=r).astype(np.float64)
        else:
            cells = kind_of_item[rng.integers(0, max(n, 1), size=(r, n))] + kinds * np.arange(r)[:, None]
            yield np.bincount(cells.ravel(), minlength=r * kinds).reshape(r, kinds).astype(np.float64)


def resampled_sums(
    features: FloatArray, multiplicity: IntArray, replicates: int, rng: np.random.Generator
) -> FloatArray:
    """Sums over the items of `replicates` bootstrap samples.

    features  shape (P, f): what one item of each kind contributes.
    Returns shape (replicates, f). Without items every sum is 0.
    """
    if not len(multiplicity):
        return np.zeros((replicates, features.shape[1]))
    chunks = [weights @ features for weights in resample_weights(multiplicity, replicates, rng)]
    return np.concatenate(chunks) if chunks else np.zeros((0, features.shape[1]))


def spread(replicates: FloatArray) -> float:
    """Standard deviation of replicates without NaN; NaN for fewer than two."""
    return float(np.std(replicates, ddof=1)) if len(replicates) > 1 else math.nan


def unusable(replicates: FloatArray) -> str | None:
    """Why replicates of shape (R,) with NaN where undefined give no interval, or None."""
    if not len(replicates):
        return "no interval asked for"
    if np.mean(~np.isfinite(replicates)) > MAX_UNDEFINED:
        return f"interval refused: undefined in more than {MAX_UNDEFINED:.0%} of the resamples"
    if not spread(replicates[np.isfinite(replicates)]) > 1e-12:
        return "interval refused: every resample gives the same value"
    return None


def few_of_the_rare(labels: IntArray, *, at_least: int = MIN_MINORITY) -> str | None:
    """Why a coefficient that lives on variation carries no interval on labels (q,) counted by level, or None."""
    minority = int(labels.sum() - labels.max())
    if minority >= at_least:
        return None
    return f"interval refused: only {minority} labels differ from the commonest level"

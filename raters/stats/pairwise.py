"""How often a machine agrees with a rater, beside how often two raters agree: no consensus is needed.

On every item with two or more ratings and a label of the machine, a_i is the share of the item's raters who gave the
machine's level, b_i the share of its pairs of raters who gave one level. Agreements are their means over items; chance
agreement is taken from the levels' mean shares pi (raters) and mu (machine):

    kappa_machine = (a - pi' W mu) / (1 - pi' W mu),    kappa_raters = (b - pi' W pi) / (1 - pi' W pi)

with W the identity, or 1 - (k - l)^2 / (q - 1)^2 on an ordinal scale, where a and b inside kappa are weighted by W too.
Both kappas are Cohen's, pooled over pairs as Fleiss pools them (1971); the machine stands in for no rater.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from raters.stats.figures import Figure
from raters.stats.linearised import MANY_ITEMS, standard_errors
from raters.stats.resampling import Patterns, resampled_sums
from raters.stats.scorecard import Marking, figure, linearised_figure
from raters.stats.types import FloatArray, IntArray, Ratings

FIGURES = ("machine", "raters", "difference", "kappa_machine", "kappa_raters", "kappa_difference")
MANY_KINDS = 1_000  # of items: means over so many are as good as normal, and slow to resample
WHY = "undefined: no item has two ratings and a label of the machine"
WHY_KAPPA = "undefined: everybody gives one and the same level throughout"


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Agreement of machine and rater, of rater and rater, and the first minus the second, on the same items.

    n_items, n_pairs   items compared, and (machine, rater) pairs on them.
    """

    n_items: int
    n_pairs: int
    machine: Figure
    raters: Figure
    difference: Figure
    kappa_machine: Figure
    kappa_raters: Figure
    kappa_difference: Figure

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def pairwise_agreement(ratings: Ratings, machine: IntArray, marking: Marking) -> Pairwise:
    """Agreement in [0, 1] and kappa in [-1, 1] with intervals over items; `machine` (n_items,), -1 without a label.

    Kappa is undefined where everybody always gives the same level. Raises ValueError for labels of another length or
    outside the scale.
    """
    if machine.shape != (ratings.n_items,) or (len(machine) and not -1 <= machine.min() <= machine.max() < ratings.q):
        raise ValueError(f"the machine needs one label in -1..{ratings.q - 1} for each of {ratings.n_items} items")
    counts = ratings.counts()
    used = (counts.sum(axis=1) >= 2) & (machine >= 0)
    groups = Patterns.of(np.column_stack([counts[used], machine[used]]))
    weights = _weights(ratings.q, marking)
    features = _features(groups.rows[:, :-1], groups.rows[:, -1], weights)
    n_items = int(groups.multiplicity.sum())
    total = groups.multiplicity @ features

    def of_sums(sums: FloatArray) -> FloatArray:
        return _figures(sums, weights)

    points = of_sums(total)
    if marking.replicates and (n_items > MANY_ITEMS or len(groups.rows) > MANY_KINDS):
        errors = standard_errors(of_sums, features, groups.multiplicity)
        found = [linearised_figure(points[k], float(errors[k]), n_items, _why(name)) for k, name in enumerate(FIGURES)]
    else:
        rng = np.random.default_rng([marking.seed, 0])
        drawn = of_sums(resampled_sums(features, groups.multiplicity, marking.replicates, rng))
        found = [figure(points[k], drawn[:, k], n_items, _why(name)) for k, name in enumerate(FIGURES)]
    return Pairwise(n_items, int(groups.multiplicity @ groups.rows[:, :-1].sum(axis=1)), *found)


def _why(name: str) -> str:
    return WHY_KAPPA if name.startswith("kappa") else WHY


def _weights(q: int, marking: Marking) -> FloatArray:
    if marking.scale != "ordinal" or q < 2:
        return np.eye(q)
    index = np.arange(q)
    return np.asarray(1 - (index[:, None] - index[None, :]) ** 2 / (q - 1) ** 2)


def _features(counts: IntArray, label: IntArray, weights: FloatArray) -> FloatArray:
    """What an item of each kind adds, (P, 5 + 2q): a, b, weighted a, weighted b, the raters' shares, the machine's
    level, and itself."""
    n = counts.sum(axis=1)
    shares = counts / n[:, None]
    given = np.eye(counts.shape[1])[label]
    own = n * (n - 1)
    pairs = (counts * (counts - 1)).sum(axis=1) / own
    weighted = ((counts @ weights * counts).sum(axis=1) - n) / own  # the diagonal of the weights is 1
    columns = [(shares * given).sum(axis=1), pairs, (shares @ weights * given).sum(axis=1), weighted]
    return np.column_stack([*columns, shares, given, np.ones(len(counts))])


def _figures(sums: FloatArray, weights: FloatArray) -> FloatArray:
    """Sums (..., 5 + 2q) -> (..., 6) in the order of `FIGURES`; NaN where undefined."""
    q = len(weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums / sums[..., -1:]
        pi, mu = means[..., 4 : 4 + q], means[..., 4 + q : 4 + 2 * q]
        kappa_machine = _beyond_chance(means[..., 2], np.einsum("...i,ij,...j->...", pi, weights, mu))
        kappa_raters = _beyond_chance(means[..., 3], np.einsum("...i,ij,...j->...", pi, weights, pi))
    machine, raters = means[..., 0], means[..., 1]
    columns = [machine, raters, machine - raters, kappa_machine, kappa_raters, kappa_machine - kappa_raters]
    return np.stack(columns, axis=-1)


def _beyond_chance(agreement: FloatArray, chance: FloatArray) -> FloatArray:
    room = 1 - chance
    return np.asarray(np.where(room > 1e-12, (agreement - chance) / room, np.nan))

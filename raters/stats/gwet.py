"""The coefficients (p_a - p_e) / (1 - p_e) that share one observed agreement and differ in what chance gives.

Observed agreement p_a: the mean over items with r_i >= 2 ratings of sum_k r_ik ((W r_i)_k - 1) / (r_i (r_i - 1)), the
(weighted) share of agreeing pairs. Weights W have 1 on the diagonal. Chance agreement p_e, with pi_k the mean over all
rated items of r_ik / r_i:

    percent agreement   0
    Brennan-Prediger    sum(W) / q^2
    Gwet AC1 / AC2      sum(W) / (q (q - 1)) sum_k pi_k (1 - pi_k)
    Fleiss' kappa       pi' W pi
    Scott's pi          p' W p, with p_k the share of level k among the ratings of items with two or more

Scott's pi is defined for two raters; with more it is generalised by pooling their margins. That is Fleiss' kappa when
every item has as many ratings, and differs from it when not: a rating, not an item, has equal weight in p.

Ranges: percent agreement [0, 1], the others up to 1. Fleiss and Scott are undefined when all labels are equal; the
others are 1 then. Standard errors are Gwet's linearised ones, those of R irrCAC; Scott's is the bootstrap's.

Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th ed., ch. 2-5. Brennan and Prediger (1981). Fleiss (1971).
Scott (1955).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np

from raters.stats.bootstrap import REPLICATES, Coefficient, estimates
from raters.stats.types import Estimate, FloatArray, IntArray, Ratings
from raters.stats.weights import Weighting, agreement_weights, positions

Chance = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
"""(a, b, W) -> p_e as a bilinear form: at a = b = pi chance agreement, at a = one item's shares what it adds to it."""


def no_chance(a: FloatArray, b: FloatArray, w: FloatArray) -> FloatArray:
    return np.zeros(np.broadcast_shapes(a.shape, b.shape)[:-1])


def brennan_prediger_chance(a: FloatArray, b: FloatArray, w: FloatArray) -> FloatArray:
    return np.full(np.broadcast_shapes(a.shape, b.shape)[:-1], w.mean())


def gwet_chance(a: FloatArray, b: FloatArray, w: FloatArray) -> FloatArray:
    q = len(w)
    scale = w.sum() / (q * (q - 1)) if q > 1 else math.nan
    return np.asarray(scale * (a * (1 - b)).sum(axis=-1))


def fleiss_chance(a: FloatArray, b: FloatArray, w: FloatArray) -> FloatArray:
    return np.asarray(((a @ w) * b).sum(axis=-1))


def agreement_by_item(counts: IntArray, w: FloatArray) -> FloatArray:
    """Share of agreeing pairs of each item: counts (P, q) -> (P,), 0 where an item has fewer than two ratings."""
    size = counts.sum(axis=1)
    agreeing = (counts * (counts @ w - 1)).sum(axis=1)
    return np.asarray(agreeing / np.maximum(size * (size - 1), 1))


def shares(counts: FloatArray | IntArray) -> FloatArray:
    """Counts (..., q) -> shares (..., q), 0 where nothing was counted."""
    return np.asarray(counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1))


def chance_corrected(observed: FloatArray, chance: FloatArray) -> FloatArray:
    """(p_a - p_e) / (1 - p_e), NaN where chance agreement is 1."""
    room = 1 - chance
    coefficient = np.full(np.shape(room), np.nan)
    # Chance agreement is a sum of squares of shares: 1 comes out as 1 - 2e-16.
    np.divide(observed - chance, room, out=coefficient, where=room > 1e-12)
    return coefficient


def linearised_se(counts: IntArray, multiplicity: IntArray, w: FloatArray, chance: Chance) -> float:
    """Gwet's standard error of one of the coefficients from P count patterns and how many items show each.

    With n rated items, n' of them pairable: the variance of the mean of
    k_i = (n / n') [r_i >= 2] (pa_i - p_e) / (1 - p_e) - 2 (1 - kappa) (pe_i - p_e) / (1 - p_e). NaN for n < 2.
    """
    n = int(multiplicity.sum())
    paired = counts.sum(axis=1) >= 2
    n_paired = int(multiplicity[paired].sum())
    share = shares(counts)
    pi = multiplicity @ share / n
    pe, pe_i = float(chance(pi, pi, w)), chance(share, pi, w)
    pa_i = agreement_by_item(counts, w)
    if n < 2 or not 1 - pe > 1e-12:
        return math.nan
    kappa = (multiplicity @ pa_i / n_paired - pe) / (1 - pe)
    k = n / n_paired * paired * (pa_i - pe) / (1 - pe) - 2 * (1 - kappa) * (pe_i - pe) / (1 - pe)
    # Percent agreement and Brennan-Prediger: pe_i - p_e is 0 and only the first term stays.
    return math.sqrt(float(multiplicity @ (k - kappa) ** 2) / (n * (n - 1)))


def gwet_coefficient(
    name: str, ratings: Ratings, chance: Chance, *, weighting: Weighting, needs_variation: bool
) -> Coefficient:
    """A coefficient whose chance agreement looks at the mean shares pi of the rated items, or at nothing."""
    w = agreement_weights(weighting, positions(ratings))
    uses_shares = chance in (gwet_chance, fleiss_chance)

    def per_item(counts: IntArray) -> FloatArray:
        size = counts.sum(axis=1)
        columns = [size >= 2, agreement_by_item(counts, w)]
        if uses_shares:
            columns += [size >= 1, *shares(counts).T]
        return np.column_stack(columns).astype(np.float64)

    def value(sums: FloatArray) -> FloatArray:
        pi = sums[..., 3:] / sums[..., 2:3] if uses_shares else np.zeros((*sums.shape[:-1], len(w)))
        return chance_corrected(sums[..., 1] / sums[..., 0], chance(pi, pi, w))

    return Coefficient(
        name=name,
        per_item=per_item,
        value=value,
        needs_variation=needs_variation,
        se=functools.partial(linearised_se, w=w, chance=chance),
        se_method="linearised (Gwet)",
    )


def percent_agreement_coefficient(ratings: Ratings) -> Coefficient:
    return gwet_coefficient("percent_agreement", ratings, no_chance, weighting="unweighted", needs_variation=False)


def fleiss_kappa_coefficient(ratings: Ratings, weighting: Weighting = "unweighted") -> Coefficient:
    return gwet_coefficient("fleiss_kappa", ratings, fleiss_chance, weighting=weighting, needs_variation=True)


def gwet_ac1_coefficient(ratings: Ratings) -> Coefficient:
    return gwet_coefficient("gwet_ac1", ratings, gwet_chance, weighting="unweighted", needs_variation=False)


def gwet_ac2_coefficient(ratings: Ratings, weighting: Weighting = "quadratic") -> Coefficient:
    return gwet_coefficient("gwet_ac2", ratings, gwet_chance, weighting=weighting, needs_variation=False)


def brennan_prediger_coefficient(ratings: Ratings, weighting: Weighting = "unweighted") -> Coefficient:
    return gwet_coefficient(
        "brennan_prediger", ratings, brennan_prediger_chance, weighting=weighting, needs_variation=False
    )


def scott_pi_coefficient(ratings: Ratings) -> Coefficient:
    w = np.eye(ratings.q)

    def per_item(counts: IntArray) -> FloatArray:
        paired = counts.sum(axis=1) >= 2
        return np.column_stack([paired, agreement_by_item(counts, w), counts * paired[:, None]]).astype(np.float64)

    def value(sums: FloatArray) -> FloatArray:
        p = shares(sums[..., 2:])
        return chance_corrected(sums[..., 1] / sums[..., 0], fleiss_chance(p, p, w))

    return Coefficient(name="scott_pi", per_item=per_item, value=value, needs_variation=True)


def _single(coefficient: Coefficient, ratings: Ratings, seed: int, replicates: int) -> Estimate:
    return estimates([coefficient], ratings, seed=seed, replicates=replicates)[coefficient.name]


def percent_agreement(ratings: Ratings, *, seed: int = 0, replicates: int = REPLICATES) -> Estimate:
    """Mean over items of the share of agreeing pairs of raters."""
    return _single(percent_agreement_coefficient(ratings), ratings, seed, replicates)


def fleiss_kappa(
    ratings: Ratings, *, weighting: Weighting = "unweighted", seed: int = 0, replicates: int = REPLICATES
) -> Estimate:
    """Fleiss' kappa; items may have unequal numbers of ratings."""
    return _single(fleiss_kappa_coefficient(ratings, weighting), ratings, seed, replicates)


def gwet_ac1(ratings: Ratings, *, seed: int = 0, replicates: int = REPLICATES) -> Estimate:
    """Gwet's AC1, steady where one level is rare."""
    return _single(gwet_ac1_coefficient(ratings), ratings, seed, replicates)


def gwet_ac2(
    ratings: Ratings, *, weighting: Weighting = "quadratic", seed: int = 0, replicates: int = REPLICATES
) -> Estimate:
    """Gwet's AC2: AC1 with weights on the declared scale."""
    return _single(gwet_ac2_coefficient(ratings, weighting), ratings, seed, replicates)


def brennan_prediger(
    ratings: Ratings, *, weighting: Weighting = "unweighted", seed: int = 0, replicates: int = REPLICATES
) -> Estimate:
    """Brennan and Prediger's coefficient: chance takes every declared level as equally likely."""
    return _single(brennan_prediger_coefficient(ratings, weighting), ratings, seed, replicates)


def scott_pi(ratings: Ratings, *, seed: int = 0, replicates: int = REPLICATES) -> Estimate:
    """Scott's pi, generalised to more than two raters by pooled margins."""
    return _single(scott_pi_coefficient(ratings), ratings, seed, replicates)

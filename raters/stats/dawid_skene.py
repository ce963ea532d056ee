"""Consensus by a model of the raters (Dawid and Skene 1979): each has a confusion matrix, each item one true level.

With prior pi (q,) and confusion theta_r[true, given] of rater r, ratings are independent given the true level:

    P(true of item i = k | its ratings) ~ pi_k prod_(r, l) theta_r[k, l]

Prior and confusions maximise the likelihood, found by expectation-maximisation from the shares of each item's ratings.
A rater may rate an item more than once; every rating counts.

It is an option, not the rule. With three raters of sensitivity .6 and specificity .9 and a true prevalence of .055 it
found a share of .021 where the majority found .054; and its probabilities are too sure where raters err together.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from raters.stats.consensus import majority
from raters.stats.types import BoolArray, FloatArray, IntArray, Ratings

MAX_ITERATIONS = 2000
TOLERANCE = 1e-10
MAX_SHIFT = 0.25
MIN_PER_ITEM, MIN_PER_RATER, MIN_OF_LEVEL = 5, 50, 20
TIE = 1e-9
Z = 1.96


@dataclass(frozen=True, slots=True, eq=False)
class DawidSkene:
    """The fitted model.

    level           shape (n_items,): likeliest level, -1 where two are equally likely or the item has no rating.
    is_tie          shape (n_items,): two levels are equally likely.
    probability     shape (n_items, q): of each true level; a row of NaN for an unrated item.
    prior           shape (q,).
    confusion       shape (n_raters, q, q), [rater, true, given]; a row of NaN where the rater met no such item.
    log_likelihood  of the ratings, at the last iteration.
    converged       the likelihood stood still before the iterations ran out.
    warnings        what speaks against using it here, in words; empty where nothing does.
    """

    level: IntArray
    is_tie: BoolArray
    probability: FloatArray
    prior: FloatArray
    confusion: FloatArray
    log_likelihood: float
    iterations: int
    converged: bool
    warnings: tuple[str, ...]


def dawid_skene(ratings: Ratings, *, max_iterations: int = MAX_ITERATIONS, tolerance: float = TOLERANCE) -> DawidSkene:
    """Fit by maximum likelihood without smoothing, until a step gains less than `tolerance` of the log-likelihood.

    Raises ValueError without ratings.
    """
    if not len(ratings):
        raise ValueError("Dawid-Skene needs ratings")
    counts = ratings.counts()
    size = counts.sum(axis=1)
    rated = size > 0
    given = _ratings_matrix(ratings)[rated]
    posterior = counts[rated] / size[rated, None]
    back = csr_array(given.T)
    previous, likelihood, converged, step = -math.inf, -math.inf, False, 0
    while step < max_iterations and not converged:
        step += 1
        prior = posterior.mean(axis=0)
        theta = _confusions(back @ posterior, ratings)
        posterior, likelihood = _expectation(given, prior, theta)
        converged = likelihood - previous <= tolerance * abs(likelihood)
        previous = likelihood
    probability = np.full(counts.shape, np.nan)
    probability[rated] = posterior
    level, is_tie = _likeliest(probability, rated)
    met = theta.sum(axis=2, keepdims=True) > 0
    return DawidSkene(
        level=level,
        is_tie=is_tie,
        probability=probability,
        prior=prior,
        confusion=np.where(met, theta, np.nan),
        log_likelihood=likelihood,
        iterations=step,
        converged=converged,
        warnings=_warnings(counts, ratings, probability, converged=converged),
    )


def _ratings_matrix(ratings: Ratings) -> csr_array:
    """How often each item got each (rater, level), sparse (n_items, n_raters * q)."""
    cell = ratings.rater * ratings.q + ratings.level
    shape = (ratings.n_items, ratings.n_raters * ratings.q)
    return csr_array((np.ones(len(ratings)), (ratings.item, cell)), shape=shape)


def _confusions(expected: FloatArray, ratings: Ratings) -> FloatArray:
    """Expected counts (n_raters * q, q), [(rater, given), true] -> (n_raters, q, q), whose rows sum to 1 or 0."""
    table = np.swapaxes(expected.reshape(ratings.n_raters, ratings.q, ratings.q), 1, 2)
    size = table.sum(axis=2, keepdims=True)
    return np.asarray(np.divide(table, size, out=np.zeros_like(table), where=size > 0))


def _expectation(given: csr_array, prior: FloatArray, theta: FloatArray) -> tuple[FloatArray, float]:
    """Probability of each true level of each item (n, q), and the log-likelihood of the ratings."""
    q = len(prior)
    # A probability of 0 stays impossible, and finite, so that 0 times its logarithm is 0.
    log_theta = np.log(np.maximum(theta, 1e-300)).swapaxes(1, 2).reshape(-1, q)
    joint = given @ log_theta + np.log(np.maximum(prior, 1e-300))
    # Column by column: a reduction along so short a row takes four times as long as all the rest.
    highest = functools.reduce(np.maximum, joint.T)[:, None]
    weight = np.exp(joint - highest)
    total = np.einsum("ij->i", weight)[:, None]
    return weight / total, float((highest + np.log(total)).sum())


def _likeliest(probability: FloatArray, rated: BoolArray) -> tuple[IntArray, BoolArray]:
    table = np.where(rated[:, None], probability, 0)
    close = table >= table.max(axis=1, keepdims=True) - TIE
    is_tie = (close.sum(axis=1) > 1) & rated
    return np.where(rated & ~is_tie, table.argmax(axis=1), -1).astype(np.int64), is_tie


def _warnings(counts: IntArray, ratings: Ratings, probability: FloatArray, *, converged: bool) -> tuple[str, ...]:
    rated = counts.sum(axis=1) > 0
    found = [] if converged else ["it has not converged"]
    found += too_few(counts[rated], ratings, probability[rated])
    found += _against_majority(counts[rated], probability[rated])
    found += _between_halves(probability[rated])
    return tuple(found)


def too_few(counts: IntArray, ratings: Ratings, probability: FloatArray) -> list[str]:
    """Why the ratings are too few for this model, in words; empty where they are not.

    It wants at least 5 ratings an item, or else 50 a rater and 20 items of the rarest level. Of rated items only:
    counts (n, q) and the model's probabilities (n, q).
    """
    per_item = float(np.median(counts.sum(axis=1)))
    if per_item >= MIN_PER_ITEM:
        return []
    by_rater = np.bincount(ratings.rater, minlength=ratings.n_raters)
    per_rater, rarest = int(by_rater[by_rater > 0].min()), float(probability.sum(axis=0).min())
    if per_rater >= MIN_PER_RATER and rarest >= MIN_OF_LEVEL:
        return []
    wanted = f"{MIN_PER_ITEM} an item, or {MIN_PER_RATER} a rater and {MIN_OF_LEVEL} of each level"
    return [
        f"few ratings: a median of {per_item:g} an item, {per_rater} by the least busy rater, about {rarest:.0f} items "
        f"of the rarest level; it wants {wanted}"
    ]


def _against_majority(counts: IntArray, probability: FloatArray) -> list[str]:
    """Levels whose share moves by more than a quarter of what the majority finds, ties shared."""
    top = majority(counts).top
    plain = (top / top.sum(axis=1, keepdims=True)).mean(axis=0)
    return [
        f"level {k}: a share of {model:.3f} where the majority finds {share:.3f}"
        for k, (model, share) in enumerate(zip(probability.mean(axis=0), plain, strict=True))
        if abs(model - share) > MAX_SHIFT * share
    ]


def _between_halves(probability: FloatArray) -> list[str]:
    """Levels whose share differs between the first and the second half of the items, which share one prior here."""
    middle = len(probability) // 2
    if middle < MIN_OF_LEVEL:
        return []
    first, second = probability[:middle], probability[middle:]
    one, other = first.mean(axis=0), second.mean(axis=0)
    se = np.sqrt(first.var(axis=0) / len(first) + second.var(axis=0) / len(second))
    shifted = (np.abs(one - other) > MAX_SHIFT * np.maximum(one, other)) & (np.abs(one - other) > Z * se)
    return [
        f"level {k}: a share of {one[k]:.3f} in the first half of the items and {other[k]:.3f} in the second"
        for k in np.flatnonzero(shifted)
    ]

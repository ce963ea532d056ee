"""Conger's kappa: Cohen's kappa for any number of raters, each with margins of their own.

    p_e = mean over pairs of raters g != h of p_g' W p_h,   p_g the shares of rater g's ratings

Observed agreement as in `gwet`. Two raters on complete data: Cohen's kappa. Range up to 1. Undefined when chance
agreement is 1. Standard error by linearisation, interval by Student's t with n - 1 degrees of freedom, n the rated
items; for these raters, not for others like them.

Conger (1980). Gwet (2014), ch. 2 and 5.
"""

from __future__ import annotations

import math

import numpy as np

from raters.stats.gwet import agreement_by_item, chance_corrected
from raters.stats.intervals import root_t
from raters.stats.resampling import few_of_the_rare
from raters.stats.types import Estimate, FloatArray, IntArray, Ratings
from raters.stats.weights import Weighting, agreement_weights, positions

MIN_MINORITY = 20
"""Fewer labels outside the commonest level carry no interval: at 16 expected (100 items, prevalence .05) it held the
truth in .92 of samples, where resampling, which this coefficient does without, does better."""


def conger_kappa(ratings: Ratings, *, weighting: Weighting = "unweighted") -> Estimate:
    """Conger's kappa with its linearised standard error."""
    counts = ratings.counts()
    size = counts.sum(axis=1)
    n_paired = int((size >= 2).sum())
    margins = rater_margins(ratings)
    if len(margins) < 2:
        return Estimate.undefined("fewer than two raters", n_paired)
    if not n_paired:
        return Estimate.undefined("no item has two ratings")
    w = agreement_weights(weighting, positions(ratings))
    pa_i = agreement_by_item(counts, w)
    pe, pe_i = conger_chance(ratings, margins, w)
    kappa = float(chance_corrected(np.asarray(pa_i.sum() / n_paired), np.asarray(pe)))
    if not math.isfinite(kappa):
        return Estimate.undefined("no variation: chance agreement is 1", n_paired)
    n = int((size >= 1).sum())
    k = n / n_paired * (size >= 2) * (pa_i - pe) / (1 - pe) - 2 * (1 - kappa) * pe_i / (1 - pe)
    if n < 2:
        return Estimate(kappa, None, None, None, None, n_paired, "interval refused: a single item")
    se = math.sqrt(float(((k - kappa)[size >= 1] ** 2).sum()) / (n * (n - 1)))
    # Items with one rating have a part in the error even where nobody disagrees.
    if se < 1e-12 or kappa > 1 - 1e-12:
        reason = "interval refused: the items show no spread"
        return Estimate(kappa, se, None, None, "SE: linearised (Gwet)", n_paired, reason)
    if few := few_of_the_rare(counts[size >= 2].sum(axis=0), at_least=MIN_MINORITY):
        return Estimate(kappa, se, None, None, "SE: linearised (Gwet)", n_paired, few)
    low, high = root_t(kappa, se, n - 1)
    return Estimate(
        kappa, se, max(low, -1.0), high, f"linearised (Gwet), t with {n - 1} df on the root", n_paired, None
    )


def rater_margins(ratings: Ratings) -> IntArray:
    """How often each rater with a rating gave each level, shape (r, q)."""
    cells = np.bincount(ratings.rater * ratings.q + ratings.level, minlength=ratings.n_raters * ratings.q)
    margins = cells.reshape(ratings.n_raters, ratings.q)
    return np.asarray(margins[margins.sum(axis=1) > 0], dtype=np.int64)


def conger_chance(ratings: Ratings, margins: IntArray, w: FloatArray) -> tuple[float, FloatArray]:
    """Chance agreement and what each item adds to it beyond the mean, shape (n_items,)."""
    r = len(margins)
    n = np.count_nonzero(np.bincount(ratings.item))
    n_g = margins.sum(axis=1)
    p = margins / n_g[:, None]
    others = (p.sum(axis=0) - p) @ w
    by_rater = (p * others).sum(axis=1)
    pe = float(by_rater.sum()) / (r * (r - 1))
    influence = n / n_g[:, None] * (others - by_rater[:, None])
    # The rows of `margins` are those raters who gave a rating.
    row = np.cumsum(np.bincount(ratings.rater, minlength=ratings.n_raters) > 0) - 1
    of_rating = influence.ravel()[row[ratings.rater] * ratings.q + ratings.level]
    return pe, np.bincount(ratings.item, weights=of_rating, minlength=ratings.n_items) / (r * (r - 1))

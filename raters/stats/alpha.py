"""Krippendorff's alpha.

    alpha = 1 - D_o / D_e = 1 - (n - 1) sum_ck o_ck d_ck / sum_ck n_c n_k d_ck

with the coincidences o_ck = sum over items of (n_uc n_uk - [c = k] n_uc) / (m_u - 1), their margins n_c, n = sum n_c,
and a distance d that goes with the level of measurement. Items with fewer than two ratings take no part. Range
(-1, 1]: 1 is perfect agreement, 0 what chance gives. Undefined when every pairable label is the same (D_e = 0).

The shown value comes from the `krippendorff` package, the bootstrap from the kernel here; the tests hold them equal.
The package lays out items x levels x levels: above `PACKAGE_CELLS` of those the value is the kernel's, too.

Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability.
"""

from __future__ import annotations

import functools

import krippendorff
import numpy as np

from raters.stats.bootstrap import REPLICATES, Coefficient, estimates
from raters.stats.types import Estimate, FloatArray, IntArray, Measurement, Ratings
from raters.stats.weights import positions

PACKAGE_CELLS = 1_000_000


def coincidences(counts: IntArray) -> FloatArray:
    """What each item adds to the coincidence matrix: counts (P, q) -> (P, q, q), zero for items with one rating."""
    size = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(counts.shape[1])
    return np.asarray(pairs / np.maximum(size - 1, 1)[:, None, None])


def coincidences_of_all(counts: IntArray) -> FloatArray:
    """The coincidence matrix (q, q) of counts (n, q), without one for each item."""
    size = counts.sum(axis=1)
    weighted = counts / np.maximum(size - 1, 1)[:, None]
    return np.asarray(weighted.T @ counts - np.diag(weighted.sum(axis=0)))


def alpha_from_coincidences(o: FloatArray, level: Measurement, values: FloatArray) -> FloatArray:
    """Coincidence matrices (..., q, q) and level values (q,) -> alpha (...), NaN where undefined."""
    n_c = o.sum(axis=-1)
    n = n_c.sum(axis=-1)
    d = distances(n_c, level, values)
    observed = (o * d).sum(axis=(-2, -1))
    expected = (n_c[..., :, None] * n_c[..., None, :] * d).sum(axis=(-2, -1))
    alpha = np.full(n.shape, np.nan)
    np.divide((n - 1) * observed, expected, out=alpha, where=expected > 0)
    return np.asarray(1 - alpha)


def distances(n_c: FloatArray, level: Measurement, values: FloatArray) -> FloatArray:
    """Squared distances of the levels: margins (..., q) and values (q,) -> broadcastable to (..., q, q).

    nominal [c != k]; interval (c - k)^2; ratio ((c - k) / (c + k))^2; ordinal the squared difference of the mid-ranks,
    which is Krippendorff's (sum_{g=c..k} n_g - (n_c + n_k) / 2)^2.
    """
    if level == "nominal":
        return 1 - np.eye(len(values))
    if level == "ordinal":
        place = np.cumsum(n_c, axis=-1) - n_c / 2
    elif level in ("interval", "ratio"):
        place = values
    else:
        raise ValueError(f"level must be nominal, ordinal, interval or ratio, not {level!r}")
    difference = place[..., :, None] - place[..., None, :]
    if level == "ratio":
        total = place[:, None] + place[None, :]
        difference = np.divide(difference, total, out=np.zeros_like(difference), where=total != 0)
    return np.asarray(difference**2)


def alpha_coefficient(ratings: Ratings, level: Measurement) -> Coefficient:
    """Raises ValueError where the level needs numbers that the ratings do not carry."""
    if level in ("interval", "ratio") and ratings.values is None:
        raise ValueError(f"{level} level needs the levels as numbers")
    values = positions(ratings)
    if level == "ratio" and values[0] < 0:
        raise ValueError(f"ratio level needs values >= 0, found {values[0]}")
    q = ratings.q

    def per_item(counts: IntArray) -> FloatArray:
        return coincidences(counts).reshape(len(counts), q * q)

    def value(sums: FloatArray) -> FloatArray:
        return alpha_from_coincidences(sums.reshape(*sums.shape[:-1], q, q), level, values)

    return Coefficient(
        name="krippendorff_alpha",
        per_item=per_item,
        value=value,
        needs_variation=True,
        point=functools.partial(_package_alpha, level=level, values=values),
    )


def _package_alpha(pairable: IntArray, *, level: Measurement, values: FloatArray) -> float:
    if pairable.size * len(values) > PACKAGE_CELLS:
        return float(alpha_from_coincidences(coincidences_of_all(pairable), level, values))
    return float(krippendorff.alpha(value_counts=pairable, value_domain=values, level_of_measurement=level))


def krippendorff_alpha(
    ratings: Ratings, *, level: Measurement, seed: int = 0, replicates: int = REPLICATES
) -> Estimate:
    """Alpha at a level of measurement, with a BCa item bootstrap interval and the bootstrap's standard error.

    >>> ratings = Ratings.from_matrix([[0, 1], [1, 1], [0, 1], [0, 0], [0, 0], [0, 1], [0, 0], [0, 0], [1, 0], [0, 0]],
    ...                               q=2)
    >>> round(krippendorff_alpha(ratings, level="nominal").value, 3)
    0.095
    """
    coefficient = alpha_coefficient(ratings, level)
    return estimates([coefficient], ratings, seed=seed, replicates=replicates)[coefficient.name]

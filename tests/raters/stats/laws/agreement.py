"""The laws of agreement: `Ratings` of several raters, or of two."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from raters.stats.laws import Kernel
from raters.stats.types import Ratings
from tests.raters.stats.laws.shape import Change, Checks, Rng, Samples, unchanged


def several(rng: Rng) -> Ratings:
    return drawn(rng, raters=int(rng.integers(2, 5)))


def two(rng: Rng) -> Ratings:
    return drawn(rng, raters=2)


def drawn(rng: Rng, *, raters: int) -> Ratings:
    """Few items and many gaps, so that what is undefined comes up too."""
    q, n = int(rng.integers(2, 5)), int(rng.integers(2, 13))
    matrix = rng.integers(0, q, (n, raters))
    matrix[rng.random((n, raters)) < rng.choice([0, 0.2, 0.5])] = -1
    matrix[0, 0] = max(matrix[0, 0], 0)
    return Ratings.from_matrix(matrix, q=q, values=np.cumsum(rng.choice([0.5, 1.0, 2.0], q)).tolist())


def rebuilt(ratings: Ratings, **changes: Any) -> Ratings:
    return dataclasses.replace(ratings, rater_names=(), **changes)


def item_order(ratings: Ratings, rng: Rng) -> Ratings:
    return rebuilt(ratings, item=rng.permutation(ratings.n_items)[ratings.item])


def rater_order(ratings: Ratings, rng: Rng) -> Ratings:
    return rebuilt(ratings, rater=rng.permutation(ratings.n_raters)[ratings.rater])


def rater_identity(ratings: Ratings, rng: Rng) -> Ratings:
    shuffled = rng.permutation(len(ratings))
    level = np.empty_like(ratings.level)
    level[np.argsort(ratings.item, kind="stable")] = ratings.level[
        shuffled[np.argsort(ratings.item[shuffled], kind="stable")]
    ]
    return rebuilt(ratings, level=level)


def level_renaming(ratings: Ratings, rng: Rng) -> Ratings:
    return rebuilt(ratings, level=rng.permutation(ratings.q)[ratings.level])


def level_reversal(ratings: Ratings, rng: Rng) -> Ratings:
    values = ratings.values[0] + ratings.values[-1] - ratings.values[::-1]
    return rebuilt(ratings, level=ratings.q - 1 - ratings.level, values=values)


def unused_level(ratings: Ratings, rng: Rng) -> Ratings:
    return rebuilt(ratings, q=ratings.q + 1, values=np.append(ratings.values, ratings.values[-1] + 1))


def singletons(ratings: Ratings, rng: Rng, new: int = 5) -> Ratings:
    return rebuilt(
        ratings,
        item=np.append(ratings.item, ratings.n_items + np.arange(new)),
        rater=np.append(ratings.rater, rng.choice(ratings.rater, new)),
        level=np.append(ratings.level, rng.integers(0, ratings.q, new)),
        n_items=ratings.n_items + new,
    )


def duplication(ratings: Ratings, rng: Rng) -> Ratings:
    return rebuilt(
        ratings,
        item=np.append(ratings.item, ratings.item + ratings.n_items),
        rater=np.tile(ratings.rater, 2),
        level=np.tile(ratings.level, 2),
        n_items=2 * ratings.n_items,
    )


def perfect_agreement(kernel: Kernel, ratings: Ratings, rng: Rng) -> bool:
    levels = np.append(rng.integers(0, ratings.q, 8), [0, 1])
    agreed = Ratings.from_matrix(np.tile(levels[:, None], (1, ratings.n_raters)), q=ratings.q, values=ratings.values)
    return bool(kernel.values(agreed)[0] == pytest.approx(1, abs=1e-12))


CHANGES: dict[str, Change] = {
    "item_order": item_order,
    "rater_order": rater_order,
    "rater_identity": rater_identity,
    "level_renaming": level_renaming,
    "level_reversal": level_reversal,
    "affine_values": lambda ratings, rng: rebuilt(ratings, values=2.5 + 3.0 * ratings.values),
    "scaled_values": lambda ratings, rng: rebuilt(ratings, values=3.0 * ratings.values),
    "monotone_values": lambda ratings, rng: rebuilt(ratings, values=ratings.values**3),
    "unused_level": unused_level,
    "singletons": singletons,
    "duplication": duplication,
}
SAMPLES: Samples = {"agreement": several, "pair": two}
CHECKS: Checks = {(family, law): unchanged(change) for family in SAMPLES for law, change in CHANGES.items()}
CHECKS |= {(family, "perfect_agreement"): perfect_agreement for family in SAMPLES}

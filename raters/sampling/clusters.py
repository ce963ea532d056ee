"""Groups of items that are alike, by their embeddings: strata for a diverse sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEARNT_FROM = 5_000  # vectors: enough for a few dozen centres, whatever the population
ROUNDS = 50


def clusters(vectors: NDArray[np.float32], k: int, *, seed: int) -> NDArray[np.int64]:
    """The cluster of each vector (N, d), 0..k-1 by k-means (Lloyd 1982, k-means++ start), the largest first.

    The centres are learnt from 5,000 vectors at random where there are more. Fewer than k clusters where vectors
    coincide. Raises ValueError for k outside 2..N.
    """
    from sklearn.cluster import KMeans  # a second to load, and only a draw needs it

    if not 2 <= k <= len(vectors):
        raise ValueError(f"cannot form {k} groups of {len(vectors)} items")
    rng = np.random.default_rng(seed)
    some = rng.choice(len(vectors), LEARNT_FROM, replace=False) if len(vectors) > LEARNT_FROM else slice(None)
    found = np.unique(vectors[some], axis=0) if len(vectors) <= LEARNT_FROM else vectors[some]
    model = KMeans(n_clusters=min(k, len(found)), n_init=1, max_iter=ROUNDS, random_state=seed).fit(found)
    label = model.predict(vectors).astype(np.int64)
    there = np.bincount(label)
    rank = np.empty(len(there), dtype=np.int64)
    rank[np.argsort(-there, kind="stable")] = np.arange(len(there))
    return np.asarray(rank[label])

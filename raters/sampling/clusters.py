"""Groups of items that are alike, by their embeddings: strata for a diverse sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ENOUGH = 5_000  # vectors to learn a few dozen centres from, whatever the population
ROUNDS = 50


def centres(vectors: NDArray[np.float32], k: int, *, seed: int) -> NDArray[np.float32]:
    """The centres (k, d) of k groups of the vectors (n, d), by k-means (Lloyd 1982, k-means++ start).

    Fewer than k where vectors coincide. Raises ValueError for k outside 2..n.
    """
    from sklearn.cluster import KMeans  # a second to load, and only a draw needs it
    from threadpoolctl import threadpool_limits

    if not 2 <= k <= len(vectors):
        raise ValueError(f"cannot form {k} groups of {len(vectors)} items")
    different = np.unique(vectors, axis=0)
    with threadpool_limits(1):  # among other workers threads wait for each other longer than they gain
        model = KMeans(n_clusters=min(k, len(different)), n_init=1, max_iter=ROUNDS, random_state=seed).fit(vectors)
    return np.asarray(model.cluster_centers_, dtype=np.float32)

"""Which levels are taken for which: the confusion matrices behind an evaluation's figures."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from raters.stats.leave_one_out import POOLED
from raters.stats.references import Reference


def matrices(reference: Reference, labels: Mapping[str, NDArray[np.int64]]) -> dict[str, list[list[float]]]:
    """Weighted pairs [reference level][given level] of the pooled raters and of every annotator, shape (q, q).

    labels  name -> level index (n_items,), -1 where there is none. A tie of the reference counts in parts.
    """
    items = np.flatnonzero(reference.kind >= 0)
    kind = reference.kind[items]
    found = {POOLED: reference.pooled[kind].sum(axis=0)}
    q = reference.for_machine.shape[1]
    for name, codes in labels.items():
        given = codes[items]
        predicted = np.vstack([np.eye(q), np.zeros(q)])[given]
        found[name] = reference.for_machine[kind].T @ predicted
    return {name: matrix.tolist() for name, matrix in found.items()}

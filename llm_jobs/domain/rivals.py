"""What an evaluation says beyond the raters: the best constant answer, and every machine beside every other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from attributes.schema import Level
from raters.stats import contrasts
from raters.stats.references import Reference
from raters.stats.rivals import best_constant, duel
from raters.stats.scorecard import Marking

from .machine_labels import Codes


def figures(
    reference: Reference,
    codes: Mapping[str, Codes],
    students: Collection[str],
    levels: Sequence[Level],
    marking: Marking,
) -> dict[str, Any]:
    """`baseline`: the best constant answer (`level`, `label`), with its F1 and interval; None without a reference.
    `vs_baseline`: each labeler against it. `duels`: every two machines, students before annotators, with McNemar's test
    of their accuracies and the swap test of their F1. All paired on common items.
    """
    ordered = sorted(codes, key=lambda name: name not in students)
    duels = [
        {
            **duel(reference, (name, codes[name]), (rival, codes[rival]), marking).as_dict(),
            "mcnemar": contrasts.machines_mcnemar(reference, codes[name], codes[rival]).as_dict(),
            "permutation": contrasts.machines_f1(reference, codes[name], codes[rival], marking).as_dict(),
        }
        for name, rival in combinations(ordered, 2)
    ]
    level = best_constant(reference, marking)
    if level is None:
        return {"baseline": None, "vs_baseline": {}, "duels": duels}
    constant = (f"always “{levels[level].label}”", np.full(len(reference.kind), level, dtype=np.int64))
    against = {name: duel(reference, (name, labels), constant, marking).as_dict() for name, labels in codes.items()}
    row = duel(reference, constant, constant, marking).rival.as_dict()
    return {
        "baseline": {**row, "level": levels[level].key, "label": levels[level].label},
        "vs_baseline": against,
        "duels": duels,
    }

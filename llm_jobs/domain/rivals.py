"""What an evaluation says beyond the raters: the best constant answer, and every student beside every annotator."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attributes.schema import Level
from raters.stats.references import Reference
from raters.stats.rivals import best_constant, duel
from raters.stats.scorecard import Marking

Codes = NDArray[np.int64]


def figures(
    reference: Reference,
    codes: Mapping[str, Codes],
    students: Collection[str],
    levels: Sequence[Level],
    marking: Marking,
) -> dict[str, Any]:
    """`baseline`: the best constant answer (`level`, `label`), with its F1 and interval; None without a reference.
    `vs_baseline`: each labeler against it. `duels`: each student against each annotator. All paired on common items.
    """
    duels = [
        duel(reference, (student, codes[student]), (name, labels), marking).as_dict()
        for student in students
        for name, labels in codes.items()
        if name not in students
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

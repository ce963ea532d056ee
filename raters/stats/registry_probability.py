"""The laws of probabilities: their scores, their calibrators, thresholds on them, and fidelity to them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from raters.stats.calibration_error import brier, expected_calibration_error, log_loss
from raters.stats.calibrators import Calibrator, base_rate, beta, isotonic, platt, shrunk_platt, venn_abers
from raters.stats.fidelity import soft_label_fidelity
from raters.stats.laws import Kernel, Values
from raters.stats.selective import aurc, threshold_for_precision, threshold_for_recall
from raters.stats.types import FloatArray, IntArray

Scored = tuple[FloatArray, IntArray]


def _score(function: Callable[..., Any]) -> Callable[[Scored], Values]:
    return lambda sample: [function(*sample).value]


def _fit(fit: Callable[[FloatArray, IntArray], Calibrator]) -> Callable[[Scored], Values]:
    """What the fitted map makes of the scores it was fitted on, in their order."""
    return lambda sample: np.asarray(fit(*sample)(sample[0])).tolist()


def _taken(function: Callable[..., Any]) -> Callable[[Scored], Values]:
    """Share of the items taken: a threshold moves with its scores."""
    return lambda sample: [function(*sample, 0.7).coverage]


def _fidelity(name: str) -> Callable[[tuple[FloatArray, FloatArray]], Values]:
    return lambda sample: [getattr(soft_label_fidelity(*sample, replicates=0), name).value]


MEANS = {"item_order": "means over the items", "duplication": "means over the items"}
TURNED = {"class_swap": "p and 1 - p, y and 1 - y enter alike"}
SIZED = {"monotone_scores": "a probability is held against outcomes by its size"}
EDGES = {"class_swap": "bins are open below: turned round, a value on an edge changes its company"}
BY_MASS = {"class_swap": "equal numbers are counted from below, and what is left over falls to the other end"}

FITTED = {"item_order": "sums over the items", "class_swap": "the two labels play the same part"}
VALUES = {"monotone_scores": "the map has a form of its own in the scores' values"}
RANKS = {"monotone_scores": "only the order of the scores enters"}
SMOOTHED = {"duplication": "smoothed targets weigh less among more items"}

_ECE = functools.partial(expected_calibration_error, draws=0)
SORTS = {"item_order": "it sorts the scores", "monotone_scores": "only the order of the scores enters"}
EVIDENCE = {"duplication": "twice the items certify more"}

ROWS = {
    "item_order": "means over the items",
    "duplication": "means over the items",
    "level_renaming": "sums over the levels",
}
SAME = {"identity": "nothing differs in any row"}

PROBABILITY: tuple[Kernel, ...] = (
    Kernel("brier", "score", brier, _score(brier), MEANS | TURNED, SIZED),
    Kernel("log_loss", "score", log_loss, _score(log_loss), MEANS | TURNED, SIZED),
    *(
        Kernel(
            f"ece_{scheme}",
            "score",
            expected_calibration_error,
            _score(functools.partial(_ECE, scheme=scheme)),
            MEANS | kept,
            SIZED | broken,
        )
        for scheme, kept, broken in (
            ("equal_width", {}, EDGES),
            ("equal_mass", {}, BY_MASS),
            ("by_value", {"class_swap": "equal values stay together from either side"}, {}),
        )
    ),
    Kernel("platt", "calibrator", platt, _fit(platt), FITTED, VALUES | SMOOTHED),
    Kernel("shrunk_platt", "calibrator", shrunk_platt, _fit(shrunk_platt), FITTED, VALUES | SMOOTHED),
    Kernel(
        "base_rate",
        "calibrator",
        base_rate,
        _fit(base_rate),
        FITTED | {"monotone_scores": "the scores are never looked at"},
        {"duplication": "Laplace's two further items weigh less among more"},
    ),
    Kernel(
        "beta",
        "calibrator",
        beta,
        _fit(beta),
        FITTED,
        VALUES | {"duplication": "smoothed targets weigh less among more items"},
    ),
    Kernel(
        "isotonic",
        "calibrator",
        isotonic,
        _fit(isotonic),
        FITTED | RANKS | {"duplication": "means of blocks of items"},
        {},
    ),
    Kernel(
        "venn_abers",
        "calibrator",
        venn_abers,
        _fit(venn_abers),
        FITTED | RANKS,
        {"duplication": "the item's own label weighs less among more items"},
    ),
    Kernel(
        "threshold_for_precision",
        "threshold",
        threshold_for_precision,
        _taken(threshold_for_precision),
        SORTS,
        EVIDENCE,
    ),
    Kernel("threshold_for_recall", "threshold", threshold_for_recall, _taken(threshold_for_recall), SORTS, EVIDENCE),
    Kernel(
        "aurc",
        "threshold",
        aurc,
        lambda sample: [aurc(*sample)],
        SORTS,
        {"duplication": "the area starts at one item, which is less of twice the items"},
    ),
    *(
        Kernel(
            name,
            "fidelity",
            soft_label_fidelity,
            _fidelity(name),
            ROWS | SAME | {"exchange": "a distance goes both ways"},
            {},
        )
        for name in ("top1_agreement", "jensen_shannon", "total_variation")
    ),
    Kernel(
        "kl_divergence",
        "fidelity",
        soft_label_fidelity,
        _fidelity("kl_divergence"),
        ROWS | SAME,
        {"exchange": "it weighs the levels by the teacher"},
    ),
)

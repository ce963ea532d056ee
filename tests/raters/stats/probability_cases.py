"""How the reference cases of probabilities and of models of raters are computed; `test_reference_cases` runs them."""

import csv
from pathlib import Path
from typing import Any

import numpy as np

from raters.stats.calibration_error import brier, expected_calibration_error
from raters.stats.calibrators import isotonic
from raters.stats.conformal import conformal_quantile
from raters.stats.dawid_skene import dawid_skene
from raters.stats.types import Ratings

SHARED = Path(__file__).parents[3] / "../shared"


def confidence_error(p: np.ndarray, truth: np.ndarray, bins: int = 10) -> float | None:
    """ECE of the likeliest level's probability, p (n, q), truth (n,)."""
    right = (p.argmax(axis=1) == truth).astype(int)
    return expected_calibration_error(p.max(axis=1), right, bins=bins, draws=0).value


def ece(given: dict[str, Any]) -> dict[str, float | None]:
    data, bins = given["input"], given["params"]["bins"]
    if "probs" in data:
        return {"ece": confidence_error(np.array(data["probs"]), np.array(data["labels"]), bins)}
    confidence, correct = np.array(data["conf"]), np.array(data["correct"])
    return {"ece": expected_calibration_error(confidence, correct, bins=bins, draws=0).value}


def brier_score(given: dict[str, Any]) -> float | None:
    return brier(np.array(given["input"]["p"]), np.array(given["input"]["y"])).value


def isotonic_values(given: dict[str, Any]) -> list[float]:
    score = np.array(given["input"]["x"], dtype=float)
    return isotonic(score, np.array(given["input"]["y"]))(score).tolist()


def priors(given: dict[str, Any]) -> dict[str, Any]:
    items, raters, labels = zip(*given["input"], strict=True)
    levels = sorted(set(labels))
    model = dawid_skene(Ratings.from_labels(items, raters, labels, levels=levels, allow_repeats=True))
    return {"priors": {str(level): share for level, share in zip(levels, model.prior.tolist(), strict=True)}}


def consensus_accuracy(given: dict[str, Any]) -> dict[str, float]:
    with (SHARED / given["input"]["file"]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    levels = sorted({row["label"] for row in rows})
    items, raters, labels = ([row[column] for row in rows] for column in ("item_id", "rater_id", "label"))
    gold = {row["item_id"]: levels.index(row[given["input"]["gold"]]) for row in rows if row["gold"]}
    found = dawid_skene(Ratings.from_labels(items, raters, labels, levels=levels)).level
    order = list(dict.fromkeys(items))
    return {"dawid_skene": float(np.mean([level == gold[item] for item, level in zip(order, found, strict=True)]))}


def quantile(given: dict[str, Any]) -> dict[str, float | None]:
    found = conformal_quantile(np.array(given["input"]["scores"]), given["input"]["alpha"])
    return {"k": found.k, "q": found.q}


COMPUTE = {
    "conformal_quantile": quantile,
    "ece": ece,
    "brier": brier_score,
    "isotonic": isotonic_values,
    "dawid_skene": priors,
    "consensus_accuracy": consensus_accuracy,
}

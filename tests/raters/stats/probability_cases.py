"""How the reference cases of probabilities and of models of raters are computed; `test_reference_cases` runs them."""

from typing import Any

import numpy as np

from raters.stats.calibration_error import brier, expected_calibration_error
from raters.stats.calibrators import isotonic


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


COMPUTE = {
    "ece": ece,
    "brier": brier_score,
    "isotonic": isotonic_values,
}

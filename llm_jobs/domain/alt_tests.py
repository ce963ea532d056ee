"""May a machine stand in for a rater? The alternative annotator test on a rating set's ratings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from attributes.schema import DefinitionSpec, digest
from labelhub.lib.errors import BadInput
from labelhub.lib.sheets import numbers
from labelhub.lib.version import CODE_VERSION
from raters.domain import agreement
from raters.domain.gold import content_hash
from raters.models import RatingSet
from raters.stats.alt_test import EPSILON, MIN_ITEMS_PER_RATER, AltTest, Correction, Q, alt_tests
from raters.stats.alt_test_power import Design, power, verdict
from raters.stats.contests import Score, contests
from raters.stats.types import FloatArray, Ratings

from .machine_labels import MachineLabels

RATER_KINDS = (("experts", 0.2), ("skilled raters", 0.15), ("crowd workers", 0.1))
"""What a human label is worth, by the authors' rule of thumb: the dearer the human, the more a machine may lose."""


@dataclass(frozen=True)
class Options:
    """How the test is played; see `raters.stats.alt_test`. Raises `BadInput` for a value out of range."""

    score: Score = "accuracy"
    epsilon: float = EPSILON
    q: float = Q
    min_items: int = MIN_ITEMS_PER_RATER
    correction: Correction = "by"
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.epsilon <= 1:
            raise BadInput(f"--epsilon lies in 0..1, not {self.epsilon}")
        if not 0 < self.q < 1:
            raise BadInput(f"--q lies between 0 and 1, not {self.q}")
        if self.min_items < 2:
            raise BadInput(f"--min-items: at least 2, not {self.min_items}")
        if self.seed < 0:
            raise BadInput("--seed: at least 0")


def score_for(spec: DefinitionSpec) -> Score:
    """Distances count on an ordinal scale, equality elsewhere."""
    return "neg_rmse" if spec.scale == "ordinal" else "accuracy"


def values_of(spec: DefinitionSpec) -> FloatArray:
    """The levels as numbers: their keys where these are rising numbers, else their places on the scale."""
    found = numbers(spec.level_keys)
    if found is None or any(low >= high for low, high in pairwise(found)):
        found = [float(place) for place in range(len(spec.levels))]
    return np.array(found)


def inputs_of(rating_set: RatingSet, split: str, machine: MachineLabels, options: Options) -> dict[str, Any]:
    """Everything the figures depend on, and so their permanent name."""
    return {
        "rating_set": str(rating_set.uid),
        "content_hash": rating_set.content_hash or content_hash(rating_set),
        "definition": rating_set.definition.hash,
        "version": rating_set.definition.version,
        "split": split,
        "unsealed": rating_set.unsealed_at is not None,
        "annotator": {
            "name": machine.name,
            "fingerprint": machine.fingerprint,
            "runs": list(machine.runs),
            "labels": digest(machine.codes.tolist()),
        },
        "options": asdict(options),
        "code_version": CODE_VERSION,
    }


def of_set(
    loaded: agreement.SetRatings, spec: DefinitionSpec, machine: MachineLabels, options: Options
) -> dict[str, Any]:
    """The test of one machine on a set's loaded ratings; see `report`."""
    ratings = dataclasses.replace(loaded.ratings, values=values_of(spec))
    test = report({"": (ratings, machine)}, options)[""]
    return {**test, "n_items_without_llm": int((machine.codes < 0).sum()), "levels": list(spec.level_keys)}


def report(attributes: Mapping[str, tuple[Ratings, MachineLabels]], options: Options) -> dict[str, dict[str, Any]]:
    """A test for each attribute, adjusted over all attributes and raters together, with its verdict in words.

    Each point of the curve also has the `power`: the chance that a model as good as the raters passes there with these
    items and raters, None where nobody is tested.
    """
    pairs = {name: (ratings, machine.codes) for name, (ratings, machine) in attributes.items()}
    tests = alt_tests(
        pairs,
        score=options.score,
        epsilon=options.epsilon,
        q=options.q,
        min_items=options.min_items,
        correction=options.correction,
    )
    return {name: _described(test, *attributes[name], options) for name, test in tests.items()}


def _described(test: AltTest, ratings: Ratings, machine: MachineLabels, options: Options) -> dict[str, Any]:
    found = contests(ratings, machine.codes, score=options.score)
    described = test.as_dict()
    if test.raters:
        design = Design.of(found, np.array(test.tested, dtype=np.int64))
        described["curve"] = [
            {
                "epsilon": e,
                "winning_rate": rate,
                "passed": passed,
                "power": power(design, epsilon=e, q=test.q, seed=options.seed),
            }
            for e, rate, passed in test.curve
        ]
    return {
        **described,
        "correction": options.correction,
        "seed": options.seed,
        "verdict": verdict(test, found, seed=options.seed).as_dict(),
    }

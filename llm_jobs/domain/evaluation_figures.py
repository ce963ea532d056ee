"""What an evaluation holds: every labeler against one reference, and whether their differences are chance."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attributes.schema import Level
from raters.stats import contrasts
from raters.stats.leave_one_out import against_reference, leave_one_out
from raters.stats.pairwise import pairwise_agreement
from raters.stats.references import Reference, adjudicated_reference, leave_one_out_reference
from raters.stats.scorecard import Marking
from raters.stats.types import Ratings

from . import confusions, rivals
from .machine_labels import Codes


def compute(
    *,
    ratings: Ratings,
    codes: Mapping[str, Codes],
    gold: Codes | None,
    levels: Sequence[Level],
    marking: Marking,
    students: Collection[str] = (),
) -> dict[str, Any]:
    """Figures of machines (name -> level index (n_items,), -1 without a label) and raters, as strict JSON.

    gold   levels (n_items,) that no compared rater voted on, -1 where there is none; without it, leave-one-out.
    """
    options: dict[str, Any] = {
        "scale": marking.scale,
        "positive": marking.positive,
        "seed": marking.seed,
        "replicates": marking.replicates,
    }
    if gold is None:
        reference = leave_one_out_reference(ratings)
        result = leave_one_out(ratings, codes, **options).as_dict()
    else:
        reference = adjudicated_reference(gold, ratings.counts())
        result = against_reference(gold, codes, ratings, **options).as_dict()
    _add_tests(result, reference, ratings, codes, marking)
    return {
        **result,
        "pairwise": {name: pairwise_agreement(ratings, labels, marking).as_dict() for name, labels in codes.items()},
        "confusion": confusions.matrices(reference, codes),
        **rivals.figures(reference, codes, students, levels, marking),
    }


def _add_tests(
    result: dict[str, Any], reference: Reference, ratings: Ratings, codes: Mapping[str, Codes], marking: Marking
) -> None:
    """The swap test against the pooled raters, and McNemar's beside each rater, to the rows they belong to."""
    for row in result["annotators"]:
        row["permutation"] = contrasts.pooled_f1(reference, codes[row["name"]], marking).as_dict()
    number = {name: k for k, name in enumerate(ratings.rater_names)}
    mcnemar = contrasts.raters_mcnemar(reference, ratings, codes)
    for rater in result["raters"]:
        for row in rater["annotators"]:
            row["mcnemar"] = mcnemar[row["name"]][number[rater["name"]]].as_dict()

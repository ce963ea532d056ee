"""Laws: what must not change a figure, or must change it in one known way. Every kernel declares which it obeys.

A kernel stands in `registry` with a reason for every law of its family, kept or broken. The tests hold it to those it
declares, look for a counterexample to the others, and fail where a public kernel is not listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Values = Sequence[float | None]
Family = Literal[
    "agreement",  # Ratings of several raters
    "pair",  # Ratings of two raters
    "labels",  # (reference, predicted, q)
    "contest",  # (Ratings, a model's labels, epsilon)
    "attributes",  # what each attribute adds, several
    "consensus",  # Ratings
    "paired",  # whether either of two labelers is right, (n, 2)
    "p_values",
    "prevalence",  # Labelled
    "plan",  # (ease of the wish in 0..1, seconds a rating)
    "interval",  # (positives, items)
    "score",  # (probabilities, labels)
    "calibrator",  # (scores, labels)
    "threshold",  # (scores, labels)
    "fidelity",  # (teacher's probabilities, student's)
]

_AGREEMENT = {
    "item_order": "the items may come in any order",
    "rater_order": "the raters may be numbered in any order",
    "rater_identity": "who gave which of an item's ratings does not matter",
    "level_renaming": "the levels may be permuted",
    "level_reversal": "the scale may be read from the other end",
    "affine_values": "x -> a + b x, b > 0, on the levels' values",
    "scaled_values": "x -> b x, b > 0, on the levels' values",
    "monotone_values": "any increasing map of the levels' values",
    "unused_level": "a further declared level that nobody uses changes nothing",
    "singletons": "items with one rating change nothing",
    "duplication": "every item twice changes nothing",
    "perfect_agreement": "1 when all raters always agree and two levels occur",
}

LAWS: dict[Family, dict[str, str]] = {
    "agreement": _AGREEMENT,
    "pair": _AGREEMENT,
    "labels": {
        "item_order": "the items may come in any order",
        "duplication": "every item twice changes nothing",
        "level_renaming": "the levels may be permuted",
        "level_reversal": "the scale may be read from the other end",
        "unused_level": "a further declared level that nobody uses changes nothing",
        "exchange": "reference and prediction may change places",
        "perfect_labels": "1 when every label is right",
    },
    "contest": {
        "item_order": "the items may come in any order",
        "rater_order": "the raters may be numbered in any order",
        "singletons": "items with one rating change nothing",
        "unlabelled": "items without a label of the model change nothing",
        "unused_level": "a further declared level that nobody uses changes nothing",
        "level_renaming": "the levels may be permuted",
        "level_reversal": "the scale may be read from the other end",
        "affine_values": "x -> a + b x, b > 0, on the levels' values",
        "epsilon": "a larger epsilon never lowers the winning rate",
    },
    "attributes": {
        "attribute_order": "the attributes may come in any order",
        "item_order": "the items may come in any order",
        "duplication": "every item twice changes nothing",
        "undefined_attribute": "an attribute without an F1 changes nothing",
        "attribute_twice": "every attribute twice changes nothing",
    },
    "consensus": {
        "item_order": "the labels follow the items into any order",
        "rater_order": "the raters may be numbered in any order",
        "level_renaming": "the labels follow the levels into any order",
        "duplication": "every item twice changes no label",
        "rater_identity": "who gave which of an item's ratings does not matter",
        "unanimous": "what all raters of an item say is its label",
        "other_items": "the label of an item does not look at other items",
    },
    "paired": {
        "item_order": "the items may come in any order",
        "exchange": "the labelers may change places",
        "concordant": "items both have right, or both wrong, change no p-value",
    },
    "p_values": {
        "order": "the p-values may come in any order",
        "not_below_raw": "no adjusted p-value is below its own, or above 1",
        "keeps_ranks": "a smaller p-value stays one",
        "single_test": "one test alone is not adjusted",
        "duplication": "every p-value twice changes none",
    },
    "prevalence": {
        "item_order": "the items may come in any order",
        "complement": "the share of the opposite is what is left of 1",
        "scaled_probability": "only the proportions of the inclusion probabilities count",
        "duplication": "every item twice changes nothing",
        "perfect_model": "where the model has all golden items right, its share of the rest stands",
        "machine_blind": "the model's labels do not count",
    },
    "plan": {
        "harder": "a narrower interval or a higher power never takes fewer items",
        "seconds": "hours go with the seconds a rating, the items do not",
    },
    "interval": {
        "holds_the_value": "the figure lies inside",
        "more_items": "the same share of ten times the items has a narrower interval",
        "complement": "the interval of the opposite is its mirror image",
        "inside_0_1": "it never leaves the range of a share",
    },
    "score": {
        "item_order": "the items may come in any order",
        "duplication": "every item twice changes nothing",
        "class_swap": "what is right for one label is right for the other",
        "monotone_scores": "scores may be mapped by an increasing function",
    },
    "calibrator": {
        "item_order": "the items may come in any order",
        "duplication": "every item twice changes nothing",
        "class_swap": "what is right for one label is right for the other",
        "monotone_scores": "scores may be mapped by an increasing function",
    },
    "threshold": {
        "item_order": "the items may come in any order",
        "monotone_scores": "scores may be mapped by an increasing function",
        "duplication": "every item twice changes nothing",
    },
    "fidelity": {
        "item_order": "the items may come in any order",
        "duplication": "every item twice changes nothing",
        "level_renaming": "the levels may be permuted",
        "identity": "a student that is its teacher has full agreement and no distance",
        "exchange": "teacher and student may change places",
    },
}


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel, the laws it obeys and those it breaks.

    function   the public function that the kernel is, for finding those left out.
    values     a sample of the family -> its figures, without resampling.
    obeys, breaks   law -> why. Together they name every law of the family, each once.
    """

    name: str
    family: Family
    function: Callable[..., Any]
    values: Callable[[Any], Values]
    obeys: Mapping[str, str]
    breaks: Mapping[str, str]

    def __post_init__(self) -> None:
        known, declared = LAWS[self.family].keys(), [*self.obeys, *self.breaks]
        if sorted(declared) != sorted(known):
            raise ValueError(f"{self.name} must declare each law of {self.family} once: {set(declared) ^ known}")
        if not all([*self.obeys.values(), *self.breaks.values()]):
            raise ValueError(f"{self.name}: a law without a reason")

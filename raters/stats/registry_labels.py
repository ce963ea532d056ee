"""The laws of labelers held against each other: figures of labels, contests, consensus, tests and their p-values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from raters.stats.across import FIGURES as OVER_ATTRIBUTES
from raters.stats.across import Attribute, across
from raters.stats.alt_test import alt_test
from raters.stats.confusion import confusion_matrix, f1_score, quadratic_kappa, scores
from raters.stats.consensus import majority
from raters.stats.dawid_skene import dawid_skene
from raters.stats.laws import Kernel, Values
from raters.stats.leave_one_out import leave_one_out
from raters.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, holm
from raters.stats.paired import mcnemar, permutation
from raters.stats.pairwise import FIGURES as OF_PAIRS
from raters.stats.pairwise import pairwise_agreement
from raters.stats.resampling import Patterns
from raters.stats.scorecard import Marking
from raters.stats.types import BoolArray, FloatArray, IntArray, Ratings, Scale, finite

Labels = tuple[IntArray, IntArray, int]
Contest = tuple[Ratings, IntArray, float]


def _of_confusion(name: str) -> Callable[[Labels], Values]:
    def values(sample: Labels) -> Values:
        reference, predicted, q = sample
        table = confusion_matrix(reference, predicted, q=q)
        if name == "quadratic_kappa":
            return [finite(float(quadratic_kappa(table)))]
        return [finite(float(getattr(scores(table, scale="nominal"), name)))]

    return values


def _alternative(score: Literal["accuracy", "neg_rmse"]) -> Callable[[Contest], Values]:
    def values(sample: Contest) -> Values:
        ratings, model, epsilon = sample
        test = alt_test(ratings, model, score=score, epsilon=epsilon)
        return [test.winning_rate, test.advantage.value]

    return values


def _machine(sample: Contest) -> Values:
    ratings, model, _ = sample
    row = leave_one_out(ratings, {"": model}, scale="nominal", replicates=0).annotators[0]
    return [figure.value for figure in (row.f1, row.precision, row.recall, row.accuracy)]


def _pairwise(scale: Scale) -> Callable[[Contest], Values]:
    def values(sample: Contest) -> Values:
        ratings, model, _ = sample
        found = pairwise_agreement(ratings, model, Marking(scale, None, replicates=0))
        return [getattr(found, name).value for name in OF_PAIRS]

    return values


def _across(attributes: Sequence[Attribute]) -> Values:
    found = across(attributes, replicates=0)
    return [getattr(found, name).value for name in OVER_ATTRIBUTES]


def _mcnemar(right: BoolArray) -> Values:
    first, second = right.T
    return [mcnemar(int((first & ~second).sum()), int((~first & second).sum()), len(right)).p]


def _permutation(right: BoolArray) -> Values:
    kinds = Patterns.of(right.astype(np.int64))
    rows = kinds.rows.astype(np.float64)
    return [permutation(rows[:, :1], rows[:, 1:], kinds.multiplicity, _first, permutations=500).p]


def _first(sums: FloatArray) -> FloatArray:
    return np.asarray(sums[..., 0])


def _adjusted(adjust: Callable[[FloatArray], FloatArray]) -> Callable[[FloatArray], Values]:
    return lambda p: adjust(p).tolist()


CELLS = {
    "item_order": "counts of pairs of labels",
    "duplication": "shares of those counts",
    "unused_level": "a level in neither is left out",
    "perfect_labels": "nothing stands off the diagonal",
}
UNORDERED = dict.fromkeys(("level_renaming", "level_reversal"), "every level counts alike")
TRANSPOSED = {"exchange": "it reads the table the same way from either side"}
ONE_SIDED = {"exchange": "with the roles changed precision is recall"}

CONTESTS = {
    "item_order": "means over items",
    "rater_order": "each rater is tested alone, their p-values adjusted in order of size",
    "singletons": "nobody else's rating to be held against",
    "unlabelled": "the model takes no part there",
    "unused_level": "nobody can differ by it",
    "level_reversal": "distances have no direction",
    "affine_values": "only which of two distances is larger counts",
}
EPSILON = {"epsilon": "it moves every test the same way"}

PAIRS = {
    "item_order": "means over items",
    "rater_order": "raters are counted, not named",
    "singletons": "no pair of raters there",
    "unlabelled": "the model takes no part there",
    "level_reversal": "distances have no direction",
    "affine_values": "the values are never looked at, places on the scale are",
    "epsilon": "it has none",
}

SORTED = {
    "order": "it sorts them first",
    "not_below_raw": "factors of at least 1, cut off at 1",
    "keeps_ranks": "running extremes",
    "single_test": "the factor of one test is 1",
}
ITEMS = {"item_order": "counts of the items"}
SAME_DRAWS = "kinds of items in another order take other random draws, within the error of the simulation"
ONE_BY_ONE = {
    "item_order": "each item by itself",
    "rater_order": "votes are counted, not named",
    "level_renaming": "no level comes before another, a tie stays a tie",
    "duplication": "each item by itself",
    "rater_identity": "votes are counted, not named",
    "unanimous": "the only level with votes",
    "other_items": "each item by itself",
}
MODELLED = {
    "item_order": "the likelihood is a product over the items",
    "rater_order": "each rater has a confusion of their own",
    "level_renaming": "no level comes before another",
    "duplication": "prior and confusions are shares",
}

LABELS: tuple[Kernel, ...] = (
    *(
        Kernel(name, "labels", scores, _of_confusion(name), CELLS | UNORDERED, ONE_SIDED)
        for name in ("precision", "recall")
    ),
    Kernel("f1", "labels", f1_score, _of_confusion("f1"), CELLS | UNORDERED | TRANSPOSED, {}),
    Kernel("accuracy", "labels", scores, _of_confusion("accuracy"), CELLS | UNORDERED | TRANSPOSED, {}),
    Kernel(
        "quadratic_kappa",
        "labels",
        quadratic_kappa,
        _of_confusion("quadratic_kappa"),
        CELLS | TRANSPOSED | {"level_reversal": "distances have no direction"},
        {"level_renaming": "distances belong to the order of the levels"},
    ),
    Kernel(
        "alt_test_accuracy",
        "contest",
        alt_test,
        _alternative("accuracy"),
        CONTESTS | EPSILON | {"level_renaming": "levels are equal or not"},
        {},
    ),
    Kernel(
        "alt_test_neg_rmse",
        "contest",
        alt_test,
        _alternative("neg_rmse"),
        CONTESTS | EPSILON,
        {"level_renaming": "distances belong to the order of the levels"},
    ),
    Kernel(
        "leave_one_out",
        "contest",
        leave_one_out,
        _machine,
        CONTESTS
        | {
            "rater_order": "the pairs of all raters are pooled",
            "level_renaming": "every level counts alike",
            "affine_values": "the values are never looked at",
            "epsilon": "it has none",
        },
        {},
    ),
    Kernel(
        "pairwise_nominal",
        "contest",
        pairwise_agreement,
        _pairwise("nominal"),
        PAIRS | {"level_renaming": "levels are equal or not", "unused_level": "nobody can differ by it"},
        {},
    ),
    Kernel(
        "pairwise_ordinal",
        "contest",
        pairwise_agreement,
        _pairwise("ordinal"),
        PAIRS | {"unused_level": "the unit of distance cancels out of kappa"},
        {"level_renaming": "distances belong to the order of the levels"},
    ),
    Kernel(
        "across",
        "attributes",
        across,
        _across,
        {
            "attribute_order": "means and sums over the attributes",
            "item_order": "sums over the items",
            "duplication": "F1 is a ratio of sums over the items",
            "undefined_attribute": "it is left out, and named",
            "attribute_twice": "the mean of the same figures, and a ratio of doubled sums",
        },
        {},
    ),
    Kernel(
        "majority", "consensus", majority, lambda ratings: majority(ratings.counts()).level.tolist(), ONE_BY_ONE, {}
    ),
    Kernel(
        "dawid_skene",
        "consensus",
        dawid_skene,
        lambda ratings: dawid_skene(ratings).level.tolist(),
        MODELLED,
        {
            "rater_identity": "a vote weighs as much as its rater",
            "unanimous": "raters who are often wrong are believed the less, even together",
            "other_items": "how good a rater is shows on the other items",
        },
    ),
    Kernel(
        "mcnemar",
        "paired",
        mcnemar,
        _mcnemar,
        ITEMS | {"exchange": "two-sided", "concordant": "only b and c enter"},
        {},
    ),
    Kernel(
        "permutation",
        "paired",
        permutation,
        _permutation,
        ITEMS,
        dict.fromkeys(("exchange", "concordant"), SAME_DRAWS),
    ),
    Kernel("holm", "p_values", holm, _adjusted(holm), SORTED, {"duplication": "it counts the tests"}),
    Kernel(
        "benjamini_hochberg",
        "p_values",
        benjamini_hochberg,
        _adjusted(benjamini_hochberg),
        SORTED | {"duplication": "rank and number of tests double together"},
        {},
    ),
    Kernel(
        "benjamini_yekutieli",
        "p_values",
        benjamini_yekutieli,
        _adjusted(benjamini_yekutieli),
        SORTED,
        {"duplication": "H_m grows with the tests"},
    ),
)

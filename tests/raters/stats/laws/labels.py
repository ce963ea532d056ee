"""The laws of labelers held against each other."""

import dataclasses

import numpy as np
import pytest

from raters.stats.across import Attribute, of_machine
from raters.stats.laws import Kernel
from raters.stats.references import leave_one_out_reference
from raters.stats.scorecard import Marking
from raters.stats.types import FloatArray, IntArray, Ratings
from tests.raters.stats.laws import agreement
from tests.raters.stats.laws.agreement import rebuilt
from tests.raters.stats.laws.shape import Checks, Rng, Samples, same, unchanged

BINARY = Marking("binary", 1)
Labels = tuple[IntArray, IntArray, int]
Contest = tuple[Ratings, np.ndarray, float]


def labels(rng: Rng) -> Labels:
    q, n = int(rng.integers(2, 5)), int(rng.integers(3, 20))
    return rng.integers(0, q, n), rng.integers(0, q, n), q


def label_order(sample: Labels, rng: Rng) -> Labels:
    to = rng.permutation(len(sample[0]))
    return sample[0][to], sample[1][to], sample[2]


def label_renaming(sample: Labels, rng: Rng) -> Labels:
    to = rng.permutation(sample[2])
    return to[sample[0]], to[sample[1]], sample[2]


def perfect_labels(kernel: Kernel, sample: Labels, rng: Rng) -> bool:
    reference, _, q = sample
    reference = np.append(reference, [0, 1])
    return bool(kernel.values((reference, reference, q))[0] == pytest.approx(1))


def contest(rng: Rng) -> Contest:
    q, raters, n = int(rng.integers(2, 5)), int(rng.integers(2, 5)), int(rng.integers(35, 60))
    truth = rng.integers(0, q, (n, 1))
    given = np.where(rng.random((n, raters + 1)) < 0.6, truth, rng.integers(0, q, (n, raters + 1)))
    matrix = np.where(rng.random((n, raters)) < 0.1, -1, given[:, :raters])
    values = np.cumsum(rng.choice([0.5, 1.0, 2.0], q)).tolist()
    return Ratings.from_matrix(matrix, q=q, values=values), given[:, raters], float(rng.choice([0.05, 0.1, 0.2]))


def contest_items(sample: Contest, rng: Rng) -> Contest:
    ratings, model, epsilon = sample
    to = rng.permutation(ratings.n_items)
    return rebuilt(ratings, item=to[ratings.item]), model[np.argsort(to)], epsilon


def more_items(sample: Contest, rng: Rng, *, raters: int, model_label: int) -> Contest:
    ratings, model, epsilon = sample
    item = ratings.n_items + np.repeat(np.arange(6), raters)
    changed = rebuilt(
        ratings,
        item=np.append(ratings.item, item),
        rater=np.append(ratings.rater, np.tile(np.arange(raters), 6)),
        level=np.append(ratings.level, rng.integers(0, ratings.q, len(item))),
        n_items=ratings.n_items + 6,
    )
    return changed, np.append(model, np.full(6, model_label)), epsilon


def contest_reversal(sample: Contest, rng: Rng) -> Contest:
    ratings, model, epsilon = sample
    return agreement.level_reversal(ratings, rng), ratings.q - 1 - model, epsilon


def contest_renaming(sample: Contest, rng: Rng) -> Contest:
    ratings, model, epsilon = sample
    to = rng.permutation(ratings.q)
    return rebuilt(ratings, level=to[ratings.level]), to[model], epsilon


def of_ratings(change: agreement.Change) -> agreement.Change:
    return lambda sample, rng: (change(sample[0], rng), *sample[1:])


def larger_epsilon(kernel: Kernel, sample: Contest, rng: Rng) -> bool:
    ratings, model, epsilon = sample
    low, high = (kernel.values((ratings, model, each))[0] for each in (epsilon, epsilon + 0.1))
    return (low is None and high is None) or low <= high


def attributes(rng: Rng) -> list[Attribute]:
    """A machine and three raters on two to four binary attributes that share most of their items."""
    made = []
    for k in range(int(rng.integers(2, 5))):
        n = int(rng.integers(20, 40))
        truth = rng.random((n, 1)) < 0.5
        given = np.where(rng.random((n, 4)) < 0.3, ~truth, truth).astype(np.int64)
        given[0] = 1  # a pair of the positive level: the F1 is defined
        reference = leave_one_out_reference(Ratings.from_matrix(given[:, :3], q=2))
        made.append(of_machine(str(k), rng.choice(60, n, replace=False), reference, given[:, 3], BINARY))
    return made


def shuffled(sample: list[Attribute], rng: Rng) -> list[Attribute]:
    orders = [rng.permutation(len(one.item)) for one in sample]
    return [
        dataclasses.replace(one, item=one.item[to], own=one.own[to], rival=one.rival[to])
        for one, to in zip(sample, orders, strict=True)
    ]


def items_twice(sample: list[Attribute], rng: Rng) -> list[Attribute]:
    return [
        dataclasses.replace(
            one, item=np.append(one.item, one.item + 1000), own=np.tile(one.own, (2, 1, 1)),
            rival=np.tile(one.rival, (2, 1, 1)),
        )
        for one in sample
    ]  # fmt: skip


def with_undefined(sample: list[Attribute], rng: Rng) -> list[Attribute]:
    none = np.zeros((3, 2, 2))
    none[:, 0, 0] = 1
    return [*sample, Attribute("never", np.arange(3), none, none, BINARY)]


def rated(rng: Rng) -> Ratings:
    """A few raters of unlike skill, not all of whom rate every item."""
    q, n, raters = int(rng.integers(2, 4)), int(rng.integers(10, 30)), int(rng.integers(3, 6))
    truth = rng.integers(0, q, (n, 1))
    skill = rng.uniform(0.0, 1.0, raters)
    given = np.where(rng.random((n, raters)) < skill, truth, rng.integers(0, q, (n, raters)))
    given[rng.random((n, raters)) < 0.3] = -1
    given[:, 0] = np.where(given.max(axis=1) < 0, 0, given[:, 0])
    return Ratings.from_matrix(given, q=q, values=list(range(q)))


def consensus_items(kernel: Kernel, ratings: Ratings, rng: Rng) -> bool:
    to = rng.permutation(ratings.n_items)
    moved = kernel.values(rebuilt(ratings, item=to[ratings.item]))
    return same([moved[place] for place in to], kernel.values(ratings))


def consensus_levels(kernel: Kernel, ratings: Ratings, rng: Rng) -> bool:
    to = rng.permutation(ratings.q)
    renamed = kernel.values(rebuilt(ratings, level=to[ratings.level]))
    return same(renamed, [-1 if level < 0 else to[int(level)] for level in kernel.values(ratings)])


def consensus_twice(kernel: Kernel, ratings: Ratings, rng: Rng) -> bool:
    return same(kernel.values(agreement.duplication(ratings, rng)), [*kernel.values(ratings)] * 2)


def unanimous(kernel: Kernel, ratings: Ratings, rng: Rng) -> bool:
    counts = ratings.counts()
    agreed = (counts > 0).sum(axis=1) == 1
    return bool((np.array(kernel.values(ratings))[agreed] == counts.argmax(axis=1)[agreed]).all())


def other_items(kernel: Kernel, ratings: Ratings, rng: Rng) -> bool:
    first = ratings.item < ratings.n_items // 2
    level = np.where(first, ratings.level, rng.integers(0, ratings.q, len(ratings)))
    half = ratings.n_items // 2
    return same(kernel.values(rebuilt(ratings, level=level))[:half], kernel.values(ratings)[:half])


def right(rng: Rng) -> np.ndarray:
    return rng.random((int(rng.integers(5, 60)), 2)) < rng.random(2)


def concordant(sample: np.ndarray, rng: Rng) -> np.ndarray:
    both = rng.random(7) < 0.5
    return np.vstack([sample, np.column_stack([both, both])])


def p_values(rng: Rng) -> FloatArray:
    return np.round(rng.random(int(rng.integers(2, 9))) ** 2, 3)


def order(kernel: Kernel, p: FloatArray, rng: Rng) -> bool:
    to = rng.permutation(len(p))
    return same(kernel.values(p[to]), np.array(kernel.values(p))[to])


def not_below_raw(kernel: Kernel, p: FloatArray, rng: Rng) -> bool:
    adjusted = np.array(kernel.values(p))
    return bool((adjusted >= p - 1e-12).all() and (adjusted <= 1).all())


def keeps_ranks(kernel: Kernel, p: FloatArray, rng: Rng) -> bool:
    return bool((np.diff(np.array(kernel.values(p))[np.argsort(p)]) >= -1e-12).all())


SAMPLES: Samples = {
    "labels": labels, "contest": contest, "attributes": attributes, "consensus": rated, "paired": right,
    "p_values": p_values,
}  # fmt: skip
CHECKS: Checks = {
    ("labels", "item_order"): unchanged(label_order),
    ("labels", "duplication"): unchanged(lambda s, rng: (np.tile(s[0], 2), np.tile(s[1], 2), s[2])),
    ("labels", "level_renaming"): unchanged(label_renaming),
    ("labels", "level_reversal"): unchanged(lambda s, rng: (s[2] - 1 - s[0], s[2] - 1 - s[1], s[2])),
    ("labels", "unused_level"): unchanged(lambda s, rng: (s[0], s[1], s[2] + 1)),
    ("labels", "exchange"): unchanged(lambda s, rng: (s[1], s[0], s[2])),
    ("labels", "perfect_labels"): perfect_labels,
    ("contest", "item_order"): unchanged(contest_items),
    ("contest", "rater_order"): unchanged(of_ratings(agreement.rater_order)),
    ("contest", "singletons"): unchanged(lambda s, rng: more_items(s, rng, raters=1, model_label=0)),
    ("contest", "unlabelled"): unchanged(lambda s, rng: more_items(s, rng, raters=2, model_label=-1)),
    ("contest", "unused_level"): unchanged(of_ratings(agreement.unused_level)),
    ("contest", "level_renaming"): unchanged(contest_renaming),
    ("contest", "level_reversal"): unchanged(contest_reversal),
    ("contest", "affine_values"): unchanged(of_ratings(agreement.CHANGES["affine_values"])),
    ("contest", "epsilon"): larger_epsilon,
    ("attributes", "attribute_order"): unchanged(lambda sample, rng: [sample[k] for k in rng.permutation(len(sample))]),
    ("attributes", "item_order"): unchanged(shuffled),
    ("attributes", "duplication"): unchanged(items_twice),
    ("attributes", "undefined_attribute"): unchanged(with_undefined),
    ("attributes", "attribute_twice"): unchanged(lambda sample, rng: [*sample, *sample]),
    ("consensus", "item_order"): consensus_items,
    ("consensus", "rater_order"): unchanged(agreement.rater_order),
    ("consensus", "level_renaming"): consensus_levels,
    ("consensus", "duplication"): consensus_twice,
    ("consensus", "rater_identity"): unchanged(agreement.rater_identity),
    ("consensus", "unanimous"): unanimous,
    ("consensus", "other_items"): other_items,
    ("paired", "item_order"): unchanged(lambda sample, rng: rng.permutation(sample)),
    ("paired", "exchange"): unchanged(lambda sample, rng: sample[:, ::-1]),
    ("paired", "concordant"): unchanged(concordant),
    ("p_values", "order"): order,
    ("p_values", "not_below_raw"): not_below_raw,
    ("p_values", "keeps_ranks"): keeps_ranks,
    ("p_values", "single_test"): lambda kernel, p, rng: same(kernel.values(p[:1]), p[:1]),
    ("p_values", "duplication"): lambda kernel, p, rng: same(
        kernel.values(np.tile(p, 2)), np.tile(kernel.values(p), 2)
    ),
}

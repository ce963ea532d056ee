"""The laws of shares, their intervals and the plans for them."""

import dataclasses

import numpy as np
import pytest

from raters.stats.laws import Kernel
from raters.stats.rectified import Labelled
from tests.raters.stats.laws.shape import Checks, Rng, Samples, same, unchanged

Wish = tuple[float, float]
Counted = tuple[int, int]


def labelled(rng: Rng) -> Labelled:
    n, more = int(rng.integers(20, 60)), int(rng.integers(50, 120))
    y = np.concatenate([[True, False, True, False], rng.random(n) < 0.4])
    f = np.concatenate([[1.0, 0.0, 0.0, 1.0], np.where(rng.random(n) < 0.8, y[4:], ~y[4:]).astype(float)])
    corpus = (rng.random(more) < 0.5).astype(float)
    probability = [None, np.full(n + 4, 0.1), rng.uniform(0.05, 0.3, n + 4)][int(rng.integers(3))]
    return Labelled(y, f, corpus, probability)


def item_order(sample: Labelled, rng: Rng) -> Labelled:
    to = rng.permutation(len(sample.gold))
    pi = None if sample.probability is None else sample.probability[to]
    return Labelled(sample.gold[to], sample.golden_machine[to], rng.permutation(sample.corpus_machine), pi)


def scaled(sample: Labelled, rng: Rng) -> Labelled:
    pi = None if sample.probability is None else sample.probability * 0.37
    return dataclasses.replace(sample, probability=pi)


def twice(sample: Labelled, rng: Rng) -> Labelled:
    pi = None if sample.probability is None else np.tile(sample.probability, 2)
    y, f, corpus = (np.tile(each, 2) for each in (sample.gold, sample.golden_machine, sample.corpus_machine))
    return Labelled(y, f, corpus, pi)


def other_machine(sample: Labelled, rng: Rng) -> Labelled:
    f, corpus = ((rng.random(len(each)) < 0.3).astype(float) for each in (sample.gold, sample.corpus_machine))
    return dataclasses.replace(sample, golden_machine=f, corpus_machine=corpus)


def complement(kernel: Kernel, sample: Labelled, rng: Rng) -> bool:
    opposite = Labelled(~sample.gold, 1 - sample.golden_machine, 1 - sample.corpus_machine, sample.probability)
    here, there = kernel.values(sample)[0], kernel.values(opposite)[0]
    return (here is None and there is None) or here + there == pytest.approx(1)


def perfect_model(kernel: Kernel, sample: Labelled, rng: Rng) -> bool:
    perfect = dataclasses.replace(sample, golden_machine=sample.gold.astype(float))
    return same(kernel.values(perfect), [float(perfect.everywhere.mean)])


def wish(rng: Rng) -> Wish:
    return float(rng.random()), float(rng.uniform(5, 60))


def harder(kernel: Kernel, sample: Wish, rng: Rng) -> bool:
    ease, seconds = sample
    return kernel.values((ease * 0.6, seconds))[0] >= kernel.values(sample)[0]


def seconds(kernel: Kernel, sample: Wish, rng: Rng) -> bool:
    here, double = kernel.values(sample), kernel.values((sample[0], 2 * sample[1]))
    return same(double, [here[0], 2 * here[1]])


def counted(rng: Rng) -> Counted:
    n = int(rng.integers(3, 40))
    return int(rng.integers(1, n)), n


def holds_the_value(kernel: Kernel, sample: Counted, rng: Rng) -> bool:
    low, high = kernel.values(sample)
    return low <= sample[0] / sample[1] <= high


def more_items(kernel: Kernel, sample: Counted, rng: Rng) -> bool:
    (low, high), (narrow_low, narrow_high) = kernel.values(sample), kernel.values((10 * sample[0], 10 * sample[1]))
    return narrow_high - narrow_low < high - low


def mirrored(kernel: Kernel, sample: Counted, rng: Rng) -> bool:
    low, high = kernel.values(sample)
    return same(kernel.values((sample[1] - sample[0], sample[1])), [1 - high, 1 - low])


def inside(kernel: Kernel, sample: Counted, rng: Rng) -> bool:
    low, high = kernel.values(sample)
    return low >= 0 and high <= 1


SAMPLES: Samples = {"prevalence": labelled, "plan": wish, "interval": counted}
CHECKS: Checks = {
    ("prevalence", "item_order"): unchanged(item_order),
    ("prevalence", "complement"): complement,
    ("prevalence", "scaled_probability"): unchanged(scaled),
    ("prevalence", "duplication"): unchanged(twice),
    ("prevalence", "perfect_model"): perfect_model,
    ("prevalence", "machine_blind"): unchanged(other_machine),
    ("plan", "harder"): harder,
    ("plan", "seconds"): seconds,
    ("interval", "holds_the_value"): holds_the_value,
    ("interval", "more_items"): more_items,
    ("interval", "complement"): mirrored,
    ("interval", "inside_0_1"): inside,
}

"""Every test, prevalence estimator and plan obeys the laws it declares, breaks the others, and none is left out."""

import dataclasses
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.stats import multiplicity, planning, prevalence, rectified
from raters.stats.planning import Plan
from raters.stats.rectified import Labelled
from raters.stats.registry_inference import KERNELS, LAWS, Family, Kernel
from raters.stats.types import Estimate, FloatArray, Ratings

Rng = np.random.Generator
Contest = tuple[Ratings, np.ndarray, float]


def alt_sample(rng: Rng) -> Contest:
    q, raters, n = int(rng.integers(2, 5)), int(rng.integers(2, 5)), int(rng.integers(35, 60))
    truth = rng.integers(0, q, (n, 1))
    labels = np.where(rng.random((n, raters + 1)) < 0.6, truth, rng.integers(0, q, (n, raters + 1)))
    matrix = np.where(rng.random((n, raters)) < 0.1, -1, labels[:, :raters])
    values = np.cumsum(rng.choice([0.5, 1.0, 2.0], q)).tolist()
    return Ratings.from_matrix(matrix, q=q, values=values), labels[:, raters], float(rng.choice([0.05, 0.1, 0.2]))


def paired_sample(rng: Rng) -> np.ndarray:
    return rng.random((int(rng.integers(5, 60)), 2)) < rng.random(2)


def p_sample(rng: Rng) -> FloatArray:
    return np.round(rng.random(int(rng.integers(2, 9))) ** 2, 3)


def prevalence_sample(rng: Rng) -> Labelled:
    n, more = int(rng.integers(20, 60)), int(rng.integers(50, 120))
    y = np.concatenate([[True, False, True, False], rng.random(n) < 0.4])
    f = np.concatenate([[1.0, 0.0, 0.0, 1.0], np.where(rng.random(n) < 0.8, y[4:], ~y[4:]).astype(float)])
    corpus = (rng.random(more) < 0.5).astype(float)
    probability = [None, np.full(n + 4, 0.1), rng.uniform(0.05, 0.3, n + 4)][int(rng.integers(3))]
    return Labelled(y, f, corpus, probability)


def plan_sample(rng: Rng) -> tuple[float, float]:
    return float(rng.random()), float(rng.uniform(5, 60))


SAMPLES: dict[Family, Callable[[Rng], Any]] = {
    "alt_test": alt_sample,
    "paired": paired_sample,
    "p_values": p_sample,
    "prevalence": prevalence_sample,
    "plan": plan_sample,
}


def same(one: Any, other: Any) -> bool:
    return len(one) == len(other) and all(
        a is b if a is None or b is None else a == pytest.approx(b, abs=1e-9) for a, b in zip(one, other, strict=True)
    )


def rebuilt(ratings: Ratings, **changes: Any) -> Ratings:
    return dataclasses.replace(ratings, rater_names=(), **changes)


def alt_item_order(sample: Contest, rng: Rng) -> Contest:
    ratings, model, epsilon = sample
    to = rng.permutation(ratings.n_items)
    return rebuilt(ratings, item=to[ratings.item]), model[np.argsort(to)], epsilon


def alt_rater_order(sample: Contest, rng: Rng) -> Contest:
    ratings, model, epsilon = sample
    return rebuilt(ratings, rater=rng.permutation(ratings.n_raters)[ratings.rater]), model, epsilon


def alt_singletons(sample: Contest, rng: Rng, *, raters: int = 1, model_label: int = 0) -> Contest:
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


def alt_unlabelled(sample: Contest, rng: Rng) -> Contest:
    return alt_singletons(sample, rng, raters=2, model_label=-1)


def alt_unused_level(sample: Contest, rng: Rng) -> Contest:
    ratings, model, epsilon = sample
    return rebuilt(ratings, q=ratings.q + 1, values=np.append(ratings.values, ratings.values[-1] + 3)), model, epsilon


def alt_level_reversal(sample: Contest, rng: Rng) -> Contest:
    ratings, model, epsilon = sample
    values = ratings.values[0] + ratings.values[-1] - ratings.values[::-1]
    return rebuilt(ratings, level=ratings.q - 1 - ratings.level, values=values), ratings.q - 1 - model, epsilon


def alt_affine_values(sample: Contest, rng: Rng) -> Contest:
    ratings, model, epsilon = sample
    return rebuilt(ratings, values=2.5 + 3.0 * ratings.values), model, epsilon


def alt_level_renaming(sample: Contest, rng: Rng) -> Contest:
    ratings, model, epsilon = sample
    to = rng.permutation(ratings.q)
    return rebuilt(ratings, level=to[ratings.level]), to[model], epsilon


def paired_concordant(right: np.ndarray, rng: Rng) -> np.ndarray:
    both = rng.random(7) < 0.5
    return np.vstack([right, np.column_stack([both, both])])


def prevalence_item_order(labelled: Labelled, rng: Rng) -> Labelled:
    to = rng.permutation(len(labelled.gold))
    pi = None if labelled.probability is None else labelled.probability[to]
    return Labelled(labelled.gold[to], labelled.golden_machine[to], rng.permutation(labelled.corpus_machine), pi)


def prevalence_scaled(labelled: Labelled, rng: Rng) -> Labelled:
    pi = None if labelled.probability is None else labelled.probability * 0.37
    return dataclasses.replace(labelled, probability=pi)


def prevalence_twice(labelled: Labelled, rng: Rng) -> Labelled:
    pi = None if labelled.probability is None else np.tile(labelled.probability, 2)
    y, f, corpus = (np.tile(each, 2) for each in (labelled.gold, labelled.golden_machine, labelled.corpus_machine))
    return Labelled(y, f, corpus, pi)


def prevalence_other_machine(labelled: Labelled, rng: Rng) -> Labelled:
    f, corpus = ((rng.random(len(each)) < 0.3).astype(float) for each in (labelled.gold, labelled.corpus_machine))
    return dataclasses.replace(labelled, golden_machine=f, corpus_machine=corpus)


CHANGES: dict[tuple[Family, str], Callable[[Any, Rng], Any]] = {
    ("alt_test", "item_order"): alt_item_order,
    ("alt_test", "rater_order"): alt_rater_order,
    ("alt_test", "singletons"): alt_singletons,
    ("alt_test", "unlabelled"): alt_unlabelled,
    ("alt_test", "unused_level"): alt_unused_level,
    ("alt_test", "level_reversal"): alt_level_reversal,
    ("alt_test", "affine_values"): alt_affine_values,
    ("alt_test", "level_renaming"): alt_level_renaming,
    ("paired", "item_order"): lambda right, rng: rng.permutation(right),
    ("paired", "exchange"): lambda right, rng: right[:, ::-1],
    ("paired", "concordant"): paired_concordant,
    ("prevalence", "item_order"): prevalence_item_order,
    ("prevalence", "scaled_probability"): prevalence_scaled,
    ("prevalence", "duplication"): prevalence_twice,
    ("prevalence", "machine_blind"): prevalence_other_machine,
}


def epsilon(kernel: Kernel, sample: Contest, rng: Rng) -> bool:
    ratings, model, small = sample
    low, high = kernel.values((ratings, model, small))[0], kernel.values((ratings, model, small + 0.1))[0]
    return (low is None and high is None) or low <= high


def complement(kernel: Kernel, labelled: Labelled, rng: Rng) -> bool:
    opposite = Labelled(~labelled.gold, 1 - labelled.golden_machine, 1 - labelled.corpus_machine, labelled.probability)
    here, there = kernel.values(labelled)[0], kernel.values(opposite)[0]
    return (here is None and there is None) or here + there == pytest.approx(1)


def perfect_model(kernel: Kernel, labelled: Labelled, rng: Rng) -> bool:
    perfect = dataclasses.replace(labelled, golden_machine=labelled.gold.astype(float))
    return same(kernel.values(perfect), [float(perfect.everywhere.mean)])


def order(kernel: Kernel, p: FloatArray, rng: Rng) -> bool:
    to = rng.permutation(len(p))
    return same(kernel.values(p[to]), np.array(kernel.values(p))[to])


def not_below_raw(kernel: Kernel, p: FloatArray, rng: Rng) -> bool:
    adjusted = np.array(kernel.values(p))
    return bool((adjusted >= p - 1e-12).all() and (adjusted <= 1).all())


def keeps_ranks(kernel: Kernel, p: FloatArray, rng: Rng) -> bool:
    return bool((np.diff(np.array(kernel.values(p))[np.argsort(p)]) >= -1e-12).all())


def harder(kernel: Kernel, wish: tuple[float, float], rng: Rng) -> bool:
    ease, seconds = wish
    return kernel.values((ease * 0.6, seconds))[0] >= kernel.values(wish)[0]


def seconds(kernel: Kernel, wish: tuple[float, float], rng: Rng) -> bool:
    here, double = kernel.values(wish), kernel.values((wish[0], 2 * wish[1]))
    return same(double, [here[0], 2 * here[1]])


CHECKS: dict[tuple[Family, str], Callable[[Kernel, Any, Rng], bool]] = {
    ("alt_test", "epsilon"): epsilon,
    ("prevalence", "complement"): complement,
    ("prevalence", "perfect_model"): perfect_model,
    ("p_values", "order"): order,
    ("p_values", "not_below_raw"): not_below_raw,
    ("p_values", "keeps_ranks"): keeps_ranks,
    ("p_values", "single_test"): lambda kernel, p, rng: same(kernel.values(p[:1]), p[:1]),
    ("p_values", "duplication"): lambda kernel, p, rng: same(
        kernel.values(np.tile(p, 2)), np.tile(kernel.values(p), 2)
    ),
    ("plan", "harder"): harder,
    ("plan", "seconds"): seconds,
}


def holds(kernel: Kernel, law: str, seed: int) -> bool:
    rng = np.random.default_rng(seed)
    sample = SAMPLES[kernel.family](rng)
    if change := CHANGES.get((kernel.family, law)):
        return same(kernel.values(change(sample, rng)), kernel.values(sample))
    return CHECKS[kernel.family, law](kernel, sample, rng)


DECLARED = [(kernel, law) for kernel in KERNELS for law in sorted(kernel.laws)]
MISSING = [(kernel, law) for kernel in KERNELS for law in sorted(LAWS[kernel.family] - kernel.laws)]


def named(part: Any) -> str:
    return str(getattr(part, "name", part))


@pytest.mark.parametrize(("kernel", "law"), DECLARED, ids=named)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_kernel_obeys_its_laws(kernel: Kernel, law: str, seed: int) -> None:
    assert holds(kernel, law, seed)


@pytest.mark.parametrize(("kernel", "law"), MISSING, ids=named)
def test_a_law_that_is_not_declared_has_a_counterexample_and_a_reason(kernel: Kernel, law: str) -> None:
    assert not all(holds(kernel, law, seed) for seed in range(20))
    assert kernel.why_not


@pytest.mark.parametrize("module", [multiplicity, planning, prevalence, rectified], ids=lambda module: module.__name__)
def test_no_kernel_is_left_out(module: ModuleType) -> None:
    returned = {Estimate, Plan, FloatArray}
    public = {
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
        and function.__module__ == module.__name__
        and inspect.signature(function, eval_str=True).return_annotation in returned
    }
    assert public
    assert public - {kernel.function for kernel in KERNELS} == set()


def test_laws_are_known_and_every_one_is_tested() -> None:
    assert len({kernel.name for kernel in KERNELS}) == len(KERNELS)
    assert all(kernel.laws and kernel.laws <= LAWS[kernel.family] for kernel in KERNELS)
    assert CHANGES.keys() | CHECKS.keys() == {(family, law) for family, laws in LAWS.items() for law in laws}

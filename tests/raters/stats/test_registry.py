"""Every agreement metric obeys the laws it declares, breaks the others, and none is left out."""

import inspect
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.stats import alpha, cohen, conger, gwet
from raters.stats.registry import LAWS, REGISTRY, AgreementMetric, Law
from raters.stats.types import Estimate, Ratings

Change = Callable[[Ratings, np.random.Generator], Ratings]


def rebuilt(ratings: Ratings, **changes: object) -> Ratings:
    fields = ("item", "rater", "level", "n_items", "n_raters", "q", "values")
    return Ratings(**({name: getattr(ratings, name) for name in fields} | changes))


def item_order(ratings: Ratings, rng: np.random.Generator) -> Ratings:
    return rebuilt(ratings, item=rng.permutation(ratings.n_items)[ratings.item])


def rater_order(ratings: Ratings, rng: np.random.Generator) -> Ratings:
    return rebuilt(ratings, rater=rng.permutation(ratings.n_raters)[ratings.rater])


def rater_identity(ratings: Ratings, rng: np.random.Generator) -> Ratings:
    shuffled = rng.permutation(len(ratings))
    level = np.empty_like(ratings.level)
    level[np.argsort(ratings.item, kind="stable")] = ratings.level[
        shuffled[np.argsort(ratings.item[shuffled], kind="stable")]
    ]
    return rebuilt(ratings, level=level)


def level_renaming(ratings: Ratings, rng: np.random.Generator) -> Ratings:
    return rebuilt(ratings, level=rng.permutation(ratings.q)[ratings.level])


def level_reversal(ratings: Ratings, rng: np.random.Generator) -> Ratings:
    values = ratings.values[0] + ratings.values[-1] - ratings.values[::-1]
    return rebuilt(ratings, level=ratings.q - 1 - ratings.level, values=values)


def affine_values(ratings: Ratings, rng: np.random.Generator) -> Ratings:
    return rebuilt(ratings, values=2.5 + 3.0 * ratings.values)


def scaled_values(ratings: Ratings, rng: np.random.Generator) -> Ratings:
    return rebuilt(ratings, values=3.0 * ratings.values)


def monotone_values(ratings: Ratings, rng: np.random.Generator) -> Ratings:
    return rebuilt(ratings, values=ratings.values**3)


def unused_level(ratings: Ratings, rng: np.random.Generator) -> Ratings:
    return rebuilt(ratings, q=ratings.q + 1, values=np.append(ratings.values, ratings.values[-1] + 1))


def singletons(ratings: Ratings, rng: np.random.Generator) -> Ratings:
    new = 5
    return rebuilt(
        ratings,
        item=np.append(ratings.item, ratings.n_items + np.arange(new)),
        rater=np.append(ratings.rater, rng.choice(ratings.rater, new)),
        level=np.append(ratings.level, rng.integers(0, ratings.q, new)),
        n_items=ratings.n_items + new,
    )


def duplication(ratings: Ratings, rng: np.random.Generator) -> Ratings:
    return rebuilt(
        ratings,
        item=np.append(ratings.item, ratings.item + ratings.n_items),
        rater=np.tile(ratings.rater, 2),
        level=np.tile(ratings.level, 2),
        n_items=2 * ratings.n_items,
    )


CHANGES: dict[Law, Change] = {
    "item_order": item_order,
    "rater_order": rater_order,
    "rater_identity": rater_identity,
    "level_renaming": level_renaming,
    "level_reversal": level_reversal,
    "affine_values": affine_values,
    "scaled_values": scaled_values,
    "monotone_values": monotone_values,
    "unused_level": unused_level,
    "singletons": singletons,
    "duplication": duplication,
}
BROKEN = [(metric, law) for metric in REGISTRY for law in sorted(LAWS - metric.laws)]


@st.composite
def some_ratings(draw: st.DrawFn, *, two_raters: bool) -> Ratings:
    raters = 2 if two_raters else draw(st.integers(2, 4))
    q = draw(st.integers(2, 4))
    rows = st.lists(st.integers(-1, q - 1), min_size=raters, max_size=raters)
    matrix = draw(st.lists(rows, min_size=2, max_size=10).filter(lambda m: max(map(max, m)) >= 0))
    gaps = draw(st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=q, max_size=q))
    return Ratings.from_matrix(matrix, q=q, values=np.cumsum(gaps).tolist())


def example(seed: int, *, two_raters: bool) -> Ratings:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 3, (12, 2 if two_raters else 4))
    if not two_raters:
        matrix[:6, 2] = -1
    return Ratings.from_matrix(matrix, q=3, values=[1.0, 2.0, 5.0])


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == pytest.approx(other, abs=1e-9)


@pytest.mark.parametrize("metric", REGISTRY, ids=lambda metric: metric.name)
@settings(max_examples=30, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_a_metric_obeys_its_laws(metric: AgreementMetric, data: st.DataObject, seed: int) -> None:
    ratings = data.draw(some_ratings(two_raters=metric.two_raters))
    value = metric.value(ratings).value
    for law in sorted(metric.laws & CHANGES.keys()):
        changed = CHANGES[law](ratings, np.random.default_rng(seed))
        assert same(metric.value(changed).value, value), law


@pytest.mark.parametrize(("metric", "law"), BROKEN, ids=lambda part: getattr(part, "name", part))
def test_a_law_that_is_not_declared_has_a_counterexample(metric: AgreementMetric, law: Law) -> None:
    examples = [example(seed, two_raters=metric.two_raters) for seed in range(5)]
    changed = [CHANGES[law](ratings, np.random.default_rng(seed)) for seed, ratings in enumerate(examples)]
    pairs = zip(examples, changed, strict=True)
    assert not all(same(metric.value(before).value, metric.value(after).value) for before, after in pairs)


@pytest.mark.parametrize("metric", REGISTRY, ids=lambda metric: metric.name)
@settings(max_examples=10, deadline=None)
@given(levels=st.lists(st.integers(0, 2), min_size=2, max_size=12).filter(lambda levels: len(set(levels)) > 1))
def test_perfect_agreement_is_one(metric: AgreementMetric, levels: list[int]) -> None:
    raters = 2 if metric.two_raters else 3
    ratings = Ratings.from_matrix([[level] * raters for level in levels], q=3, values=[1, 2, 4])
    assert "perfect_agreement" in metric.laws
    assert metric.value(ratings).value == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("metric", REGISTRY, ids=lambda metric: metric.name)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_no_metric_exceeds_one(metric: AgreementMetric, data: st.DataObject) -> None:
    estimate = metric.value(data.draw(some_ratings(two_raters=metric.two_raters)))
    assert estimate.reason if estimate.value is None else estimate.value <= 1 + 1e-12


@pytest.mark.parametrize("module", [alpha, gwet, conger, cohen], ids=lambda module: module.__name__)
def test_no_metric_is_left_out(module: ModuleType) -> None:
    registered = {metric.function for metric in REGISTRY}
    public = {
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_")
        and function.__module__ == module.__name__
        and inspect.signature(function, eval_str=True).return_annotation is Estimate
    }
    assert public
    assert public - registered == set()


def test_names_are_unique_and_laws_declared() -> None:
    assert len({metric.name for metric in REGISTRY}) == len(REGISTRY)
    assert all(metric.laws and metric.laws <= LAWS for metric in REGISTRY)
    assert set(CHANGES) == LAWS - {"perfect_agreement"}

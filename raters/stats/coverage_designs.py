"""The populations in which intervals are put to the test, and the intervals of a sample of each.

Raters and machines err independently of each other given an item's true level. Shares, accuracies and numbers of items
are those at which the product is used, down to where it refuses.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from raters.stats.agreement import coefficients
from raters.stats.alt_test import alt_test
from raters.stats.bootstrap import estimates
from raters.stats.calibration_error import brier, log_loss
from raters.stats.cohen import cohen_kappa
from raters.stats.conger import conger_kappa
from raters.stats.coverage import Design, Found, Population
from raters.stats.fidelity import soft_label_fidelity
from raters.stats.figures import Row
from raters.stats.leave_one_out import POOLED, leave_one_out
from raters.stats.prevalence import share
from raters.stats.rectified import Labelled, ppi, ppi_plus_plus, rogan_gladen
from raters.stats.references import adjudicated_reference
from raters.stats.rivals import duel
from raters.stats.scorecard import Marking
from raters.stats.types import FloatArray, IntArray, Measurement, Ratings
from raters.stats.weights import Weighting

Rng = np.random.Generator
FIGURES = ("precision", "recall", "f1", "accuracy", "quadratic_kappa", "difference")
CORPUS = 5000


def labellers(prevalence: Sequence[float], right: Sequence[FloatArray], missing: float = 0.0) -> Population:
    """Items whose true level has shares `prevalence` (q,), each labelled by labelers with confusions `right`, (q, q)
    [true, given] each; a label is missing (-1) with a chance of its own."""
    q = len(prevalence)
    kinds = np.array(list(itertools.product(range(-1, q), repeat=len(right))), dtype=np.int64)
    share = np.zeros(len(kinds))
    for true, weight in enumerate(prevalence):
        given = [np.append(confusion[true] * (1 - missing), missing) for confusion in right]
        share += weight * np.prod([p[kinds[:, k]] for k, p in enumerate(given)], axis=0)
    return Population(kinds[share > 0], share[share > 0] / share.sum())


def binary(sensitivity: float, specificity: float) -> FloatArray:
    return np.array([[specificity, 1 - specificity], [1 - sensitivity, sensitivity]])


def neighbourly(q: int, accuracy: float) -> FloatArray:
    """Errors go to the next level."""
    table = accuracy * np.eye(q)
    for level in range(q):
        near = [k for k in (level - 1, level + 1) if 0 <= k < q]
        table[level, near] += (1 - accuracy) / len(near)
    return table


def agreement(name: str, population: Population, n: int, q: int, level: Measurement) -> Design:
    """Every coefficient of several raters."""

    def intervals(table: IntArray, seed: int, replicates: int) -> Found:
        ratings = Ratings.from_matrix(table, q=q)
        found = estimates(coefficients(ratings, level), ratings, seed=seed, replicates=replicates)
        return {**found, "conger_kappa": conger_kappa(ratings)}

    truth = intervals(population.whole(), 0, 0)
    return Design(name, lambda rng, seed: intervals(population.sample(n, rng), seed, 2000), _values(truth))


def pair(name: str, population: Population, n: int, q: int) -> Design:
    """Cohen's kappa of two raters."""
    weightings: tuple[Weighting, ...] = ("unweighted",) if q == 2 else ("unweighted", "linear", "quadratic")

    def intervals(table: IntArray) -> Found:
        ratings = Ratings.from_matrix(table, q=q)
        return {f"cohen_kappa, {weighting}": cohen_kappa(ratings, weighting=weighting) for weighting in weightings}

    truth = _values(intervals(population.whole()))
    return Design(name, lambda rng, seed: intervals(population.sample(n, rng)), truth)


def contest(name: str, population: Population, n: int, marking: Marking) -> Design:
    """A machine (the last labeler) and raters against the consensus of the other raters."""
    q = int(population.kinds.max()) + 1

    def intervals(table: IntArray, seed: int, replicates: int) -> Found:
        found = leave_one_out(
            Ratings.from_matrix(table[:, :-1], q=q),
            {"machine": table[:, -1]},
            scale=marking.scale,
            positive=marking.positive,
            seed=seed,
            replicates=replicates,
        )
        machine, pooled = _figures("machine", found.annotators[0]), _figures(POOLED, found.pooled_raters)
        return {**machine, **{key: one for key, one in pooled.items() if not key.endswith("difference")}}

    truth = _values(intervals(population.whole(), 0, 0))
    return Design(name, lambda rng, seed: intervals(population.sample(n, rng), seed, 2000), truth)


def rivals(name: str, population: Population, n: int) -> Design:
    """Two machines against gold, columns gold, own, rival: the difference and the ratio of their F1."""

    def intervals(table: IntArray, seed: int, replicates: int) -> Found:
        gold, own, rival = table.T
        reference = adjudicated_reference(gold, np.zeros((len(gold), 2), dtype=np.int64))
        marking = Marking("binary", 1, seed, replicates)
        found = duel(reference, ("own", own), ("rival", rival), marking)
        return {"duel, difference of F1": found.difference, "duel, ratio of F1": found.retention}

    truth = _values(intervals(population.whole(), 0, 0))
    return Design(name, lambda rng, seed: intervals(population.sample(n, rng), seed, 2000), truth)


def substitute(name: str, population: Population, n: int) -> Design:
    """The average advantage probability of the alternative annotator test; the machine is the last labeler."""

    def intervals(table: IntArray) -> Found:
        test = alt_test(Ratings.from_matrix(table[:, :-1], q=2), table[:, -1])
        return {"advantage probability": test.advantage}

    truth = _values(intervals(population.whole()))
    return Design(name, lambda rng, seed: intervals(population.sample(n, rng)), truth)


def frequency(name: str, population: Population, n: int, *, unsure: float = 1.0) -> Design:
    """The share of gold 1 by every estimator; columns gold, machine, unsure (0 or 1).

    unsure   how many times likelier an unsure item is to be drawn into the golden set.
    """
    kinds, weight = population.kinds, population.share
    chance = np.where(kinds[:, 2] == 1, unsure, 1.0)
    inclusion = n / CORPUS * chance / (weight @ chance)
    names = ("golden", "ppi", "ppi_plus_plus", "rogan_gladen")

    def found(rng: Rng, seed: int) -> Found:
        kind = rng.choice(len(kinds), CORPUS, p=weight)
        drawn = rng.random(CORPUS) < inclusion[kind]
        y, f = kinds[kind, 0] == 1, kinds[kind, 1].astype(np.float64)
        labelled = Labelled(y[drawn], f[drawn], f[~drawn], inclusion[kind[drawn]])
        golden = share(labelled.gold, labelled.probability)
        return dict(zip(names, (golden, ppi(labelled), ppi_plus_plus(labelled), rogan_gladen(labelled)), strict=True))

    true = float(weight @ (kinds[:, 0] == 1))
    return Design(name, found, dict.fromkeys(names, true))


def probabilities(name: str, n: int) -> Design:
    """Losses of overconfident scores, and a student's fidelity to its teacher."""
    values = np.array([0.02, 0.1, 0.3, 0.7, 0.9, 0.98])
    actual = np.array([0.06, 0.15, 0.35, 0.6, 0.8, 0.93])
    kinds = np.array(list(itertools.product(range(len(values)), (0, 1), range(len(values)))), dtype=np.int64)
    near = np.exp(-np.abs(kinds[:, 0] - kinds[:, 2]))
    chance = np.where(kinds[:, 1] == 1, actual[kinds[:, 0]], 1 - actual[kinds[:, 0]]) * near
    population = Population(kinds, chance / chance.sum())

    def intervals(table: IntArray, seed: int, replicates: int) -> Found:
        p, y, other = values[table[:, 0]], table[:, 1], values[table[:, 2]]
        both = [np.column_stack([1 - each, each]) for each in (p, other)]
        fidelity = soft_label_fidelity(both[0], both[1], seed=seed, replicates=replicates)
        return {
            "brier": brier(p, y),
            "log_loss": log_loss(p, y),
            "top1_agreement": fidelity.top1_agreement,
            "kl_divergence": fidelity.kl_divergence,
            "jensen_shannon": fidelity.jensen_shannon,
            "total_variation": fidelity.total_variation,
        }

    truth = _values(intervals(population.whole(100_000), 0, 0))
    return Design(name, lambda rng, seed: intervals(population.sample(n, rng), seed, 1000), truth)


def _figures(name: str, row: Row) -> Found:
    found = {figure: getattr(row, figure) for figure in FIGURES}
    return {f"{name}, {figure}": one for figure, one in found.items() if one is not None}


def _values(found: Found) -> Mapping[str, float]:
    return {name: one.value for name, one in found.items() if one.value is not None}


def _binary(prevalence: float) -> tuple[float, float]:
    return 1 - prevalence, prevalence


def _agreement_designs() -> Iterator[functools.partial[Design]]:
    rater = binary(0.9, 0.9)
    strict = binary(0.8, 0.98)
    for prevalence, right, sizes in (
        (0.5, rater, (50, 100, 300)),
        (0.1, strict, (50, 100, 300)),
        (0.05, strict, (50, 100, 300)),
    ):
        for n in sizes:
            population = labellers(_binary(prevalence), [right] * 3, 0.1)
            name = f"3 raters, prevalence {prevalence:g}, n {n}"
            yield functools.partial(agreement, name, population, n, 2, "nominal")
    sure = labellers(_binary(0.3), [binary(0.97, 0.98)] * 3)
    uneven = labellers(_binary(0.3), [binary(0.9, 0.95), binary(0.7, 0.97), binary(0.95, 0.75)], 0.2)
    scale = labellers((0.4, 0.3, 0.2, 0.1), [neighbourly(4, 0.75)] * 3, 0.1)
    for n in (50, 200):
        yield functools.partial(agreement, f"3 raters who nearly always agree, n {n}", sure, n, 2, "nominal")
        yield functools.partial(agreement, f"3 unlike raters, n {n}", uneven, n, 2, "nominal")
        yield functools.partial(agreement, f"3 raters, 4 ordered levels, n {n}", scale, n, 4, "ordinal")


def _pair_designs() -> Iterator[functools.partial[Design]]:
    for prevalence, right in ((0.5, binary(0.9, 0.9)), (0.1, binary(0.8, 0.98)), (0.3, binary(0.97, 0.98))):
        for n in (30, 50, 100, 300):
            population = labellers(_binary(prevalence), [right] * 2)
            accuracy = right[1, 1]
            name = f"2 raters, prevalence {prevalence:g}, sensitivity {accuracy:g}, n {n}"
            yield functools.partial(pair, name, population, n, 2)
    scale = labellers((0.4, 0.3, 0.2, 0.1), [neighbourly(4, 0.75)] * 2)
    for n in (50, 100, 300):
        yield functools.partial(pair, f"2 raters, 4 ordered levels, n {n}", scale, n, 4)


def _contest_designs() -> Iterator[functools.partial[Design]]:
    binary_marking, ordinal = Marking("binary", 1), Marking("ordinal", None)
    for prevalence, rater, machine, sizes in (
        (0.5, binary(0.85, 0.85), binary(0.85, 0.8), (50, 100, 300)),
        (0.1, binary(0.8, 0.97), binary(0.85, 0.95), (100, 300, 1000)),
    ):
        for n in sizes:
            population = labellers(_binary(prevalence), [rater] * 3 + [machine])
            name = f"3 raters and a machine, prevalence {prevalence:g}, n {n}"
            yield functools.partial(contest, name, population, n, binary_marking)
    many = labellers(_binary(0.2), [binary(0.8, 0.95)] * 3 + [binary(0.85, 0.93)])
    yield functools.partial(contest, "3 raters and a machine, linearised, n 10500", many, 10_500, binary_marking)
    scale = labellers((0.4, 0.3, 0.3), [neighbourly(3, 0.75)] * 3 + [neighbourly(3, 0.8)])
    for n in (100, 300):
        yield functools.partial(contest, f"3 raters and a machine, 3 ordered levels, n {n}", scale, n, ordinal)
    for prevalence in (0.5, 0.15):
        gold = labellers(_binary(prevalence), [np.eye(2), binary(0.8, 0.92), binary(0.85, 0.94)])
        for n in (100, 300):
            name = f"gold and two machines, prevalence {prevalence:g}, n {n}"
            yield functools.partial(rivals, name, gold, n)
    for model in (0.7, 0.85):
        population = labellers(_binary(0.5), [binary(0.8, 0.8)] * 3 + [binary(model, model)])
        for n in (50, 100, 300):
            yield functools.partial(substitute, f"3 raters, a model of accuracy {model:g}, n {n}", population, n)


def _prevalence_designs() -> Iterator[functools.partial[Design]]:
    for prevalence, machine in ((0.3, binary(0.85, 0.9)), (0.1, binary(0.85, 0.95))):
        population = labellers(_binary(prevalence), [np.eye(2), machine, binary(0.4, 0.8)])
        for n in (50, 100, 200, 500):
            name = f"prevalence {prevalence:g}, n {n}"
            yield functools.partial(frequency, f"{name}, drawn evenly", population, n)
            yield functools.partial(frequency, f"{name}, unsure items 3:1", population, n, unsure=3.0)
    for n in (30, 100, 300):
        yield functools.partial(probabilities, f"overconfident scores, n {n}", n)


DESIGNS: dict[str, dict[str, functools.partial[Design]]] = {
    topic: {make.args[0]: make for make in makers}
    for topic, makers in (
        ("agreement", _agreement_designs()),
        ("pairs", _pair_designs()),
        ("contests", _contest_designs()),
        ("prevalence", _prevalence_designs()),
    )
}
"""Designs by topic and name, each made when it is called for: its true figures take a while."""

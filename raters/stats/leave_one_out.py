"""Machines against human raters without anyone scored against their own vote.

With the rater's own vote in the majority he is scored against, three raters who toss coins each "agree" with it in
75 % of the items. Held against the consensus of the others they agree in 50 %, and a machine is held against exactly
the same references on exactly the same pairs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from raters.stats.bootstrap import REPLICATES
from raters.stats.figures import Against, Row
from raters.stats.references import Reference, adjudicated_reference, leave_one_out_reference
from raters.stats.resampling import Patterns
from raters.stats.scorecard import Contestant, Marking, rows
from raters.stats.types import FloatArray, IntArray, Ratings, Scale

POOLED = "pooled raters"
SHARED_DRAW = 5000


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Annotators, raters and the pooled raters against one reference."""

    reference: str
    annotators: tuple[Row, ...]
    raters: tuple[Row, ...]
    pooled_raters: Row

    def as_dict(self) -> dict[str, object]:
        return {
            "reference": self.reference,
            "annotators": [row.as_dict() for row in self.annotators],
            "raters": [row.as_dict() for row in self.raters],
            "pooled_raters": self.pooled_raters.as_dict(),
        }


def leave_one_out(
    ratings: Ratings,
    annotators: Mapping[str, IntArray],
    *,
    scale: Scale,
    positive: int | None = None,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> Evaluation:
    """Score raters and annotators against the consensus of the other raters.

    annotators  name -> level index (n_items,), -1 where the annotator failed or has no label.

    For each rater j and item i of theirs that someone else rated, the reference is the majority of the others; m tied
    levels count 1/m each in a weighted confusion. Rater j is scored on these pairs, every annotator on the same. The
    headline rows pool the pairs of all raters. Intervals resample items; the raters are taken as they are.

    Raises ValueError for repeated ratings, labels of another length or outside the scale, and a binary scale without
    a positive level.
    """
    if ratings.allow_repeats:
        raise ValueError("leave-one-out needs one rating per rater and item")
    marking = Marking(scale, positive, seed, replicates)
    return _evaluate(leave_one_out_reference(ratings), ratings, annotators, marking)


def against_reference(
    levels: IntArray,
    annotators: Mapping[str, IntArray],
    ratings: Ratings,
    *,
    scale: Scale,
    positive: int | None = None,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> Evaluation:
    """Score raters and annotators against adjudicated levels (n_items,), -1 where an item has none.

    Meant for levels that no compared rater voted on. An annotator has one pair an item, the pooled raters one a
    rating; `ratings` without rows leaves only the annotators. Raises ValueError as `leave_one_out` does.
    """
    marking = Marking(scale, positive, seed, replicates)
    return _evaluate(adjudicated_reference(levels, ratings.counts()), ratings, annotators, marking)


def _evaluate(
    reference: Reference, ratings: Ratings, annotators: Mapping[str, IntArray], marking: Marking
) -> Evaluation:
    labels = _label_table(annotators, ratings)
    names = list(annotators)
    # Few items: one draw of items serves all annotators. Many: an annotator alone has few kinds of items to draw.
    together = ratings.n_items <= SHARED_DRAW or not names
    batches = [slice(None)] if together else [slice(k, k + 1) for k in range(len(names))]
    headlines = [_headline(reference, names[batch], labels[:, batch], marking) for batch in batches]
    present = np.unique(ratings.rater).tolist()
    if together:
        panels = [_panel(reference, ratings, rater, names, labels, marking) for rater in present]
    else:
        panels = _panels_apart(reference, ratings, present, names, labels, marking)
    raters = [dataclasses.replace(own, annotators=tuple(machines)) for own, *machines in panels]
    machines = tuple(row for headline in headlines for row in headline[1:])
    return Evaluation(reference.name, machines, tuple(raters), headlines[0][0])


def _label_table(annotators: Mapping[str, IntArray], ratings: Ratings) -> IntArray:
    """Labels (n_items, number of annotators), -1 where missing."""
    for name, labels in annotators.items():
        if labels.shape != (ratings.n_items,):
            raise ValueError(f"annotator {name}: {labels.shape} labels for {ratings.n_items} items")
        if len(labels) and (labels.min() < -1 or labels.max() >= ratings.q):
            raise ValueError(f"annotator {name}: labels must lie in -1..{ratings.q - 1}")
    columns = [np.asarray(labels, dtype=np.int64) for labels in annotators.values()]
    return np.column_stack(columns) if columns else np.zeros((ratings.n_items, 0), dtype=np.int64)


def _headline(reference: Reference, names: list[str], labels: IntArray, marking: Marking) -> tuple[Row, ...]:
    """The pooled raters and then every annotator, on the pairs of all raters."""
    items = np.flatnonzero(reference.kind >= 0)
    groups = Patterns.of(np.column_stack([reference.kind[items], labels[items] + 1]))
    kind, label = groups.rows[:, 0], groups.rows[:, 1:] - 1
    pooled = reference.pooled[kind]
    contestants = [Contestant(POOLED, np.asarray(pooled.any(axis=(1, 2))), pooled, None)]
    contestants += [
        _machine(name, reference.for_machine[kind], label[:, column], pooled) for column, name in enumerate(names)
    ]
    return rows(contestants, groups.multiplicity, marking, by_level=True)


def _panel(
    reference: Reference, ratings: Ratings, rater: int, names: list[str], labels: IntArray, marking: Marking
) -> tuple[Row, ...]:
    """A rater on their pairs and then every annotator on the same ones."""
    mine = np.flatnonzero((ratings.rater == rater) & (reference.kind[ratings.item] >= 0))
    item = ratings.item[mine]
    groups = Patterns.of(np.column_stack([reference.kind[item], ratings.level[mine], labels[item] + 1]))
    kind, own, label = groups.rows[:, 0], groups.rows[:, 1], groups.rows[:, 2:] - 1
    truth = reference.for_rater[kind, own]
    confusion = _confusion(truth, own)
    everywhere = np.ones(len(kind), dtype=np.bool_)
    contestants = [Contestant(ratings.rater_names[rater], everywhere, confusion, reference.pooled[kind])]
    contestants += [
        _machine(name, truth, label[:, column], confusion, against="rater") for column, name in enumerate(names)
    ]
    # Stream 0 is the headline's.
    return rows(contestants, groups.multiplicity, marking, stream=rater + 1)


def _panels_apart(
    reference: Reference, ratings: Ratings, raters: list[int], names: list[str], labels: IntArray, marking: Marking
) -> list[tuple[Row, ...]]:
    """The panel of each rater, every annotator drawn for by itself.

    A machine beside a rater depends on an item through three things: which levels the reference ties, the rater's level
    and its own. That is few kinds of items, however many raters made the reference.
    """
    tied = _tied_levels(reference.for_rater)
    panels = []
    for rater in raters:
        mine = np.flatnonzero((ratings.rater == rater) & (reference.kind[ratings.item] >= 0))
        item, own = ratings.item[mine], ratings.level[mine]
        truth = tied.of_item[reference.kind[item] * ratings.q + own]
        panel = list(_panel(reference, ratings, rater, [], labels[:, :0], marking))
        for column, name in enumerate(names):
            groups = Patterns.of(np.column_stack([truth, own, labels[item, column] + 1]))
            weights = tied.rows[groups.rows[:, 0]] / np.maximum(tied.rows[groups.rows[:, 0]].sum(axis=1), 1)[:, None]
            rival = _confusion(weights, groups.rows[:, 1])
            machine = _machine(name, weights, groups.rows[:, 2] - 1, rival, against="rater")
            panel += rows([machine], groups.multiplicity, marking, stream=rater + 1)
        panels.append(tuple(panel))
    return panels


def _tied_levels(for_rater: FloatArray) -> Patterns:
    """The distinct sets of levels (U, q) that references (P, q, q) tie; `of_item` is the set of [kind, own level]."""
    return Patterns.of((for_rater > 0).astype(np.int64).reshape(-1, for_rater.shape[2]))


def _machine(
    name: str, truth: FloatArray, label: IntArray, rival: FloatArray, *, against: Against = "pooled"
) -> Contestant:
    return Contestant(name, label >= 0, _confusion(truth, label), rival, against)


def _confusion(truth: FloatArray, label: IntArray) -> FloatArray:
    """Reference weights (K, q) and labels (K,), -1 for none -> confusion (K, q, q), 0 where there is no label."""
    q = truth.shape[1]
    predicted = np.vstack([np.eye(q), np.zeros(q)])[label]
    return np.asarray(truth[:, :, None] * predicted[:, None, :])

"""One labeler over several attributes: macro (the mean of the attributes' F1) and micro (all their pairs pooled).

An item may be judged under several attributes, and a labeler that errs on it under one is likelier to err under the
next. So items are resampled, each with everything that hangs on it: resampling (item, attribute) cells instead covers
.83 where .95 is stated. An attribute in which neither reference nor labeler ever has the level has no F1; it is left
out of the macro average and named, never counted as 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from raters.stats.confusion import f1_score, margins
from raters.stats.figures import Figure
from raters.stats.linearised import MANY_ITEMS, standard_errors
from raters.stats.references import Reference
from raters.stats.resampling import resampled_sums
from raters.stats.scorecard import Marking, figure, linearised_figure
from raters.stats.types import FloatArray, IntArray

FIGURES = ("macro", "micro", "macro_rival", "micro_rival", "macro_difference", "micro_difference")
WHY = "undefined: no attribute has an F1"
MANY_FEATURES = 20_000_000  # numbers held for the items; above it the errors are linearised, not resampled


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """What one attribute adds: its items, and the confusions of a labeler and of its rival on each.

    item            (n,): number of the item, the same number in every attribute that judges it.
    own, rival      (n, q, q), [reference, given]; 0 where there is no label, in both.
    marking         scale and positive level: its F1 counts on a binary scale, the average over the levels elsewhere.
    """

    name: str
    item: IntArray
    own: FloatArray
    rival: FloatArray
    marking: Marking


@dataclass(frozen=True, slots=True)
class Across:
    """Macro and micro F1 of a labeler, of its rival (the pooled raters on the same items), and the differences.

    n_items     distinct items; n_attributes: those in the macro average.
    left_out    names of attributes without an F1 of the labeler or the rival.
    """

    n_items: int
    n_attributes: int
    left_out: tuple[str, ...]
    macro: Figure
    micro: Figure
    macro_rival: Figure
    micro_rival: Figure
    macro_difference: Figure
    micro_difference: Figure

    def as_dict(self) -> dict[str, object]:
        figures = {name: getattr(self, name).as_dict() for name in FIGURES}
        counts = {"n_items": self.n_items, "n_attributes": self.n_attributes, "left_out": list(self.left_out)}
        return {**counts, **figures}


def of_machine(name: str, item: IntArray, reference: Reference, labels: IntArray, marking: Marking) -> Attribute:
    """A machine (labels (n_items,), -1 without one) beside the pooled raters on the items it has labelled.

    item   the number that stands for each of the reference's items in all attributes.
    """
    used = np.flatnonzero((reference.kind >= 0) & (labels >= 0))
    kind = reference.kind[used]
    given = np.eye(reference.for_machine.shape[1])[labels[used]]
    own = reference.for_machine[kind][:, :, None] * given[:, None, :]
    return Attribute(name, item[used], own, reference.pooled[kind], marking)


def across(attributes: Sequence[Attribute], *, seed: int = 0, replicates: int = 2_000) -> Across:
    """Figures in [0, 1] and differences in [-1, 1] with 95 % intervals over items.

    Micro F1 pools hits and margins: the positive level's of a binary attribute, every level's of the others.
    """
    kept = [one for one in attributes if _has_f1(one.own, one) and _has_f1(one.rival, one)]
    left_out = tuple(one.name for one in attributes if one not in kept)
    numbers = np.unique(np.concatenate([one.item for one in kept])) if kept else np.zeros(0, dtype=np.int64)
    n = len(numbers)
    if not kept:
        return Across(n, 0, left_out, *[Figure(None, None, None, WHY)] * len(FIGURES))
    features = np.hstack([_spread(one, numbers) for one in kept])

    def of_sums(sums: FloatArray) -> FloatArray:
        return _figures(sums, kept)

    once = np.ones(n, dtype=np.int64)
    points = of_sums(once @ features)
    if replicates and (n > MANY_ITEMS or features.size > MANY_FEATURES):
        errors = standard_errors(of_sums, features, once)
        found = [linearised_figure(points[k], float(errors[k]), n, WHY) for k in range(len(FIGURES))]
    else:
        drawn = of_sums(resampled_sums(features, once, replicates, np.random.default_rng(seed)))
        found = [figure(points[k], drawn[:, k], n, WHY) for k in range(len(FIGURES))]
    return Across(n, len(kept), left_out, *found)


def _f1(confusions: FloatArray, of: Attribute) -> FloatArray:
    return f1_score(confusions, scale=of.marking.scale, positive=of.marking.positive)


def _counted(of: Attribute) -> list[int]:
    """The levels whose pairs the micro average pools."""
    if of.marking.scale == "binary" and of.marking.positive is not None:
        return [of.marking.positive]
    return list(range(of.own.shape[-1]))


def _has_f1(confusions: FloatArray, of: Attribute) -> bool:
    return bool(np.isfinite(_f1(confusions.sum(axis=0), of)))


def _spread(one: Attribute, numbers: IntArray) -> FloatArray:
    """Its two confusions laid flat on the rows of all items, (n, 2 q q)."""
    q = one.own.shape[-1]
    table = np.zeros((len(numbers), 2 * q * q))
    table[np.searchsorted(numbers, one.item)] = np.hstack([one.own.reshape(-1, q * q), one.rival.reshape(-1, q * q)])
    return table


def _figures(sums: FloatArray, attributes: Sequence[Attribute]) -> FloatArray:
    """Sums (..., f) -> (..., 6) in the order of `FIGURES`. In a resample the macro average is over what has an F1."""
    f1: list[list[FloatArray]] = [[], []]
    hits: list[FloatArray] = [np.zeros(sums.shape[:-1]), np.zeros(sums.shape[:-1])]
    marks = [np.zeros(sums.shape[:-1]), np.zeros(sums.shape[:-1])]
    start = 0
    for one in attributes:
        q = one.own.shape[-1]
        for k in (0, 1):
            confusions = sums[..., start : start + q * q].reshape(*sums.shape[:-1], q, q)
            start += q * q
            f1[k].append(_f1(confusions, one))
            levels = _counted(one)
            hits[k] = hits[k] + np.diagonal(confusions, axis1=-2, axis2=-1)[..., levels].sum(axis=-1)
            reference, given = margins(confusions)
            marks[k] = marks[k] + (reference + given)[..., levels].sum(axis=-1)
    macro = [_mean(np.stack(values, axis=-1)) for values in f1]
    micro = [
        np.divide(2 * h, m, out=np.full(np.shape(m), np.nan), where=np.asarray(m) > 0)
        for h, m in zip(hits, marks, strict=True)
    ]
    columns = [macro[0], micro[0], macro[1], micro[1], macro[0] - macro[1], micro[0] - micro[1]]
    return np.stack(columns, axis=-1)


def _mean(values: FloatArray) -> FloatArray:
    """Mean over the last axis of what is defined, NaN where nothing is."""
    defined = np.isfinite(values)
    n = defined.sum(axis=-1)
    total = np.where(defined, values, 0).sum(axis=-1)
    return np.asarray(np.divide(total, n, out=np.full(np.shape(total), np.nan), where=np.asarray(n) > 0))

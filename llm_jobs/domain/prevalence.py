"""How frequent an attribute is in the corpus, from gold alone and from gold with a machine's labels.

What an estimate may rest on: gold of role measure, so neither shots nor examples nor lessons; items of silver sets are
never golden. A machine's labels and raw scores are used as they are, without a calibrator or a threshold, so nothing
that was fitted on the golden items enters. On a sealed test a machine's labels are a look, and are recorded as one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from attributes.domain import audit
from attributes.models import Attribute
from attributes.schema import digest
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from raters.domain import populations
from raters.domain.outcomes import Outcomes, outcomes
from raters.models import Look, RatingItem, RatingSet
from raters.stats.prevalence import share
from raters.stats.prevalence_report import prevalence_report
from raters.stats.rectified import Labelled
from raters.stats.types import BoolArray, FloatArray

from ..models import Run
from ..queries import annotations as annotation_queries
from ..queries import scores as score_queries
from . import machines
from .machines import Machine

STEPS = 1000
"""Scores are taken to three digits, on golden items and elsewhere alike: then a corpus is at most 1001 of them."""
NEARLY_ALL = 0.99
ALL, DEV = "all", str(RatingItem.Split.DEV)


@dataclass(frozen=True)
class Rest:
    """What a machine says of the items that are not in the estimate's gold: likeliest level and scores.

    labels  (q,) numbers of items by level.    scores  a level: distinct scores (K,) and their numbers (K,); None where
        the machine gives none.    caution  what the reader must believe about how these items were chosen; or nothing.
    """

    labels: NDArray[np.int64]
    scores: list[tuple[FloatArray, FloatArray]] | None
    caution: str = ""

    @property
    def n(self) -> int:
        return int(self.labels.sum())


def golden(rating_set: RatingSet, *, split: str = ALL, seed: int = 0) -> dict[str, Any]:
    """Each level's share by gold. No machine is looked at, so dev and test may speak together and the seal holds."""
    found = outcomes(rating_set, split)
    chances = None if found.probability is None else found.probability[found.answered]
    decided = found.level[found.answered]
    q = rating_set.definition.attribute.levels.count()
    return {
        "rating_set": str(rating_set.uid),
        "name": rating_set.name,
        "version": rating_set.definition.version,
        "split": split,
        "weighted": chances is not None,
        "n_items": found.n,
        "missing": found.missing,
        "levels": [share(decided == k, chances, seed=seed).as_dict() for k in range(q)],
        "bounds": [found.bounds(k, seed=seed).as_dict() for k in range(q)] if found.missing else None,
    }


def with_machine(
    rating_set: RatingSet, machine: Machine, *, split: str = DEV, seed: int = 0, user: User | None = None
) -> dict[str, Any]:
    """Every estimate for every level. `BadInput` where the machine has labeled nothing but golden items.

    `split` all takes the sealed test in, which is recorded as a look of this machine.
    """
    found = outcomes(rating_set, split)
    gold_items = found.item[found.answered].tolist()
    said = machines.answers(machine, rating_set.definition, gold_items)
    rest = rest_of(machine, rating_set, gold_items)
    if not rest.n:
        raise BadInput(f"{machine.name} has labeled nothing but golden items: annotate a random part of the corpus")
    if split == ALL and rating_set.unsealed_at is None:
        _look(rating_set, machine, sorted(said.level.items()), user)
    q = len(rest.labels)
    return {
        "machine": machine.name,
        "labeler": machine.labeler,
        "fingerprint": machine.fingerprint,
        "split": split,
        "weighted": found.probability is not None,
        "n_golden": sum(item in said.level for item in gold_items),
        "n_corpus": rest.n,
        "caution": rest.caution,
        "levels": [_level(k, found, said, rest, seed) for k in range(q)],
    }


def _level(k: int, found: Outcomes, said: machines.Answers, rest: Rest, seed: int) -> dict[str, Any]:
    """The estimates of one level's share."""
    items, gold = found.item[found.answered].tolist(), found.level[found.answered] == k
    chances = None if found.probability is None else found.probability[found.answered]
    labeled = np.array([item in said.level for item in items], dtype=np.bool_)
    asked = [item for item in items if item in said.level]
    labels = np.array([said.level[item] == k for item in asked], dtype=np.float64)
    scores = np.array([rounded(said.p[item][k]) for item in asked], dtype=np.float64)

    def paired(machine: FloatArray, corpus: FloatArray, times: FloatArray) -> Labelled:
        return Labelled(gold[labeled], machine, corpus[times > 0], _of(chances, labeled), times[times > 0])

    shares = np.array([rest.n - rest.labels[k], rest.labels[k]], dtype=np.float64)
    use_scores = rest.scores is not None and not said.certain
    alone = Labelled(gold[~labeled], np.zeros(int((~labeled).sum())), np.empty(0), _of(chances, ~labeled))
    return prevalence_report(
        paired(labels, np.array([0.0, 1.0]), shares),
        probabilities=paired(scores, *rest.scores[k]) if use_scores and rest.scores else None,
        gold_only=alone if len(alone.gold) else None,
        seed=seed,
    )


def _of(chances: FloatArray | None, chosen: BoolArray) -> FloatArray | None:
    return None if chances is None else chances[chosen]


def rounded(score: float) -> float:
    return math.floor(score * STEPS + 0.5) / STEPS


def rest_of(machine: Machine, rating_set: RatingSet, gold_items: list[int]) -> Rest:
    """Of the population that golden sets are drawn from: no removed item, no example, no lesson."""
    if machine.head is not None:
        return _scored(machine, rating_set, gold_items)
    attribute = rating_set.definition.attribute
    said = annotation_queries.for_definition(rating_set.definition).filter(
        run_item__run__annotator=machine.annotator, level__isnull=False, item__removed_at=None
    )
    # A run over a golden set covers what its design drew, which may be no even part of the corpus.
    said = said.exclude(run_item__run__purpose=Run.Purpose.GOLDEN)
    newest = annotation_queries.newest(said).values_list("item", "level__position", "p", "run_item__run__purpose")
    out = {*gold_items, *populations.told(attribute)}
    rows = [(position, p, purpose) for item, position, p, purpose in newest if item not in out]
    q = attribute.levels.count()
    labels = np.bincount(np.array([position for position, *_ in rows], dtype=np.int64), minlength=q)
    imported = any(purpose == Run.Purpose.IMPORTED for *_, purpose in rows)
    caution = _caution(attribute, len(rows), len(gold_items)) if imported else ""
    return Rest(labels.astype(np.int64), _tallies([p for _, p, _ in rows], q), caution)


def _caution(attribute: Attribute, others: int, gold: int) -> str:
    """Nobody here chose which items imported labels are of; it does not matter where they are of all."""
    everything = populations.population_of(attribute).count()
    if others + gold >= NEARLY_ALL * everything:
        return ""
    part = f"imported labels of {others:,} of {everything - gold:,} other items"
    return f"{part}: it counts only if these are a random part"


def _tallies(vectors: Sequence[list[float] | None], q: int) -> list[tuple[FloatArray, FloatArray]] | None:
    if not vectors or any(p is None for p in vectors):
        return None
    table = np.floor(np.array(vectors, dtype=np.float64) * STEPS + 0.5) / STEPS
    counted = (np.unique(table[:, k], return_counts=True) for k in range(q))
    return [(values, times.astype(np.float64)) for values, times in counted]


def _scored(machine: Machine, rating_set: RatingSet, gold_items: list[int]) -> Rest:
    head = machine.head
    score_set = machines.newest_scores(head) if head else None
    if head is None or score_set is None:
        return Rest(np.zeros(0, dtype=np.int64), None)
    out = {*gold_items, *populations.told(rating_set.definition.attribute)}
    labels = np.zeros(head.p_width, dtype=np.int64)
    scores: list[tuple[FloatArray, FloatArray]] = []
    for k in range(head.p_width):
        rows = score_queries.tally(score_set, head, k, sorted(out), STEPS)
        labels[k] = sum(n for position, _, n in rows if position == k)
        bins = np.bincount([step for _, step, _ in rows], weights=[n for *_, n in rows], minlength=STEPS + 1)
        scores.append((np.arange(STEPS + 1) / STEPS, bins.astype(np.float64)))
    return Rest(labels, scores)


@transaction.atomic
def _look(rating_set: RatingSet, machine: Machine, said: list[tuple[int, int]], user: User | None) -> None:
    subject = digest(["prevalence", machine.fingerprint, said])
    _, is_new = Look.objects.get_or_create(
        rating_set=rating_set, split=RatingItem.Split.TEST, subject_hash=subject, defaults={"user": user}
    )
    if is_new:
        corpus = rating_set.definition.attribute.corpus
        audit.record(actor=user, corpus=corpus, verb="test_looked_at", target=rating_set, machine=machine.name)


def positive(attribute: Attribute) -> int:
    """Index of the level that carries the attribute: the one marked positive, else the last."""
    levels = list(attribute.levels.all())
    return next((k for k, level in enumerate(levels) if level.is_positive), len(levels) - 1)

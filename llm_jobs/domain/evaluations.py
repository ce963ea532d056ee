"""Machines against humans on a rating set, computed once per inputs and kept."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import QuerySet

from attributes.domain import audit
from attributes.schema import digest
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from labelhub.lib.version import CODE_VERSION
from raters.domain import agreement
from raters.domain.gold import content_hash
from raters.models import GoldLabel, RatingItem, RatingSet
from raters.queries import ratings as rating_queries
from raters.stats.references import Reference, adjudicated_reference, leave_one_out_reference
from raters.stats.scorecard import Marking

from ..models import Evaluation, Run
from . import evaluation_figures, looks
from .machine_labels import Codes, MachineLabels, machine_labels

REPLICATES = 2_000
FIGURES = 3  # what an evaluation holds: 3 since it has each level, pairwise agreement and tests of every difference


def evaluate(
    *,
    rating_set: RatingSet,
    split: str = RatingItem.Split.DEV,
    reference: str = Evaluation.Reference.LEAVE_ONE_OUT,
    run: Run | None = None,
    extra: tuple[MachineLabels, ...] = (),
    seed: int = 0,
    user: User | None = None,
) -> Evaluation:
    """The stored comparison for these inputs, computed where it is new. `extra` adds students to the annotators.

    On the test split each new annotator is a look, counted once. Raises `BadInput` when there is nothing to compare.
    """
    loaded = agreement.load(rating_set, split)
    if not len(loaded.ratings.item):
        raise BadInput(f"nobody has rated the {split} split of {rating_set.name} yet")
    machines = [*machine_labels(rating_set, loaded.items, run=run), *extra]
    inputs = _inputs(rating_set, split, reference, machines, loaded, seed)
    inputs_hash = digest(inputs)
    known = Evaluation.objects.filter(inputs_hash=inputs_hash).first()
    if known:
        return known
    students = {machine.name for machine in extra}
    result = _compute(rating_set, split, reference, loaded, machines, students, seed)
    with transaction.atomic():
        looks.record(rating_set=rating_set, split=split, machines=machines, user=user)
        stored, created = Evaluation.objects.get_or_create(
            inputs_hash=inputs_hash,
            defaults={
                "rating_set": rating_set,
                "split": split,
                "reference": reference,
                "seed": seed,
                "code_version": CODE_VERSION,
                "inputs": inputs,
                "result": result,
                "created_by": user,
            },
        )
        if created:
            corpus = rating_set.definition.attribute.corpus
            audit.record(actor=user, corpus=corpus, verb="evaluated", target=stored, split=split, reference=reference)
    return stored


def _inputs(
    rating_set: RatingSet,
    split: str,
    reference: str,
    machines: list[MachineLabels],
    loaded: agreement.SetRatings,
    seed: int,
) -> dict[str, Any]:
    """Everything the figures depend on, and so their permanent name."""
    return {
        "rating_set": str(rating_set.uid),
        "content_hash": rating_set.content_hash or content_hash(rating_set),
        "definition": rating_set.definition.hash,
        "version": rating_set.definition.version,
        "split": split,
        "unsealed": rating_set.unsealed_at is not None,
        "reference": reference,
        "annotators": [
            {
                "name": machine.name,
                "fingerprint": machine.fingerprint,
                "runs": list(machine.runs),
                "labels": digest(machine.codes.tolist()),
                "n_failed": machine.n_failed,
            }
            for machine in machines
        ],
        "n_ratings": len(loaded.ratings.item),
        "seed": seed,
        "replicates": REPLICATES,
        "figures": FIGURES,
        "code_version": CODE_VERSION,
    }


def _compute(
    rating_set: RatingSet,
    split: str,
    reference: str,
    loaded: agreement.SetRatings,
    machines: list[MachineLabels],
    students: set[str],
    seed: int,
) -> dict[str, Any]:
    spec = rating_set.definition.parsed()
    if len({machine.name for machine in machines}) < len(machines):
        raise BadInput("two annotators share a name")
    adjudicated = reference == Evaluation.Reference.ADJUDICATED
    result = evaluation_figures.compute(
        ratings=loaded.ratings,
        codes={machine.name: machine.codes for machine in machines},
        gold=_adjudicated(rating_set, split, loaded) if adjudicated else None,
        levels=spec.levels,
        marking=Marking(spec.scale, spec.positive, seed, REPLICATES),
        students=students,
    )
    named = {machine.name: machine for machine in machines}
    for row in result["annotators"]:
        machine = named[row["name"]]
        row["n_failed"], row["n_missing"] = machine.n_failed, machine.n_missing
        row["failures"] = dict(machine.failures)
    return {
        **result,
        "n_items_in_split": len(loaded.items),
        "cannot_tell": loaded.cannot_tell,
        "levels": list(spec.level_keys),
        "positive": spec.level_keys[spec.positive] if spec.scale == "binary" else None,
    }


def _adjudicated(rating_set: RatingSet, split: str, loaded: agreement.SetRatings) -> Codes:
    """Gold decided by an adjudicator who rated none of the compared items, or imported; -1 elsewhere."""
    levels = {pk: i for i, pk in enumerate(rating_set.definition.attribute.levels.values_list("pk", flat=True))}
    gold = independent_gold(rating_set, split)
    chosen = dict(gold.values_list("rating_item", "level"))
    if not chosen:
        raise BadInput("no item has gold that none of the raters voted on: use the leave-one-out reference")
    return np.array([levels[chosen[pk]] if pk in chosen else -1 for pk in loaded.rating_items], dtype=np.int64)


def independent_gold(rating_set: RatingSet, split: str) -> QuerySet[GoldLabel]:
    """Gold with a level on the split's items, decided by none of its raters."""
    items = rating_queries.measured(rating_set, split)
    gold = GoldLabel.objects.filter(
        rating_item__in=items,
        superseded_at=None,
        level__isnull=False,
        source__in=[GoldLabel.Source.ADJUDICATED, GoldLabel.Source.IMPORTED],
    )
    return gold.exclude(adjudicator__in=rating_queries.counted(items).values("rater"))


def reference_of(evaluation: Evaluation, loaded: agreement.SetRatings) -> Reference:
    """What labelers are held against in the evaluation, for the ratings as they are now."""
    if evaluation.reference == Evaluation.Reference.ADJUDICATED:
        gold = _adjudicated(evaluation.rating_set, evaluation.split, loaded)
        return adjudicated_reference(gold, loaded.ratings.counts())
    return leave_one_out_reference(loaded.ratings)


def is_sealed(rating_set: RatingSet, split: str) -> bool:
    """Whether figures of the split are of a sealed test: its items are never shown."""
    return split != RatingItem.Split.DEV and rating_set.unsealed_at is None


def disagreements(evaluation: Evaluation, annotator: str) -> list[int]:
    """Rating items of dev on which the annotator differs from the raters' majority; test items never appear."""
    rating_set = evaluation.rating_set
    if evaluation.split != RatingItem.Split.DEV:
        raise Refused("the items of a sealed test are not shown: look at the dev split")
    loaded = agreement.load(rating_set, evaluation.split)
    codes = next((m.codes for m in machine_labels(rating_set, loaded.items) if m.name == annotator), None)
    if codes is None:
        raise BadInput(f"no annotator {annotator!r} in this evaluation")
    gold = dict(
        rating_queries.gold(rating_queries.measured(rating_set, evaluation.split))
        .filter(level__isnull=False)
        .values_list("rating_item", "level__position")
    )
    return [pk for pk, code in zip(loaded.rating_items, codes, strict=True) if code >= 0 and gold.get(pk, code) != code]

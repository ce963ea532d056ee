"""Silver sets: which machine labels a student learns from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import F, QuerySet

from attributes.domain import audit
from attributes.models import Corpus, Definition
from attributes.schema import digest
from labelhub.accounts.models import User
from labelhub.lib.copy import copy_in
from labelhub.lib.errors import BadInput, Refused
from raters.models import RatingItem, RatingSet

from ..models import Annotation, Annotator, Run, SilverItem, SilverSet, SilverSource
from ..queries import annotations as queries

MIN_ITEMS = 20
HELD_OUT, VALIDATION = 0.1, 0.1


@dataclass(frozen=True)
class Labelled:
    """A soft label on its way into a silver set."""

    item: int
    p: list[float]
    split: str


def teacher_of(definition: Definition, name: str | None) -> Annotator:
    """The annotator to learn from; `BadInput` lists the choices when it is not named and several fit."""
    fits = list(queries.annotators_of(queries.for_definition(definition).filter(failure_code="")))
    names = ", ".join(annotator.name for annotator in fits)
    if not fits:
        raise BadInput(f"no annotator has labeled {definition}: annotate first")
    if name is None and len(fits) > 1:
        raise BadInput(f"several teachers fit {definition}: name one of {names} with --teacher")
    named = [annotator for annotator in fits if name in (None, annotator.name)]
    if not named:
        raise BadInput(f"no annotator {name!r} has labeled {definition} (there are: {names})")
    return named[0]


@transaction.atomic
def freeze(
    *, corpus: Corpus, teachers: Sequence[tuple[Definition, Annotator]], seed: int = 0, actor: User | None = None
) -> SilverSet:
    """Select and freeze each teacher's newest answers as soft labels; the same selection is the same set.

    Left out: failures, labels of items that changed or were removed since, items measured in a golden set of the
    attribute (and items of the same content).
    A label without probabilities counts as certain. The split goes by group, so that no author is on both sides.
    Refused where a run's labels may not be used for training.
    """
    chosen = {definition: _select(definition, teacher, seed) for definition, teacher in teachers}
    spec = {
        "teachers": [
            {"definition": definition.hash, "annotator": teacher.name, "fingerprint": teacher.fingerprint}
            for definition, teacher in teachers
        ],
        "seed": seed,
        "n": {definition.attribute.slug: len(labels) for definition, labels in chosen.items()},
    }
    content = [[definition.hash, [[row.item, row.p, row.split] for row in rows]] for definition, rows in chosen.items()]
    known = SilverSet.objects.filter(corpus=corpus, hash=digest([spec, content])).first()
    if known:
        return known
    silver = SilverSet.objects.create(corpus=corpus, spec=spec, hash=digest([spec, content]))
    for definition, rows in chosen.items():
        copy_in(
            SilverItem._meta.db_table,
            ("silver_set_id", "definition_id", "item_id", "p", "weight", "split"),
            ((silver.pk, definition.pk, row.item, row.p, 1.0, row.split) for row in rows),
        )
    for definition, teacher in teachers:
        runs = _usable(definition, teacher).values_list("run_item__run", flat=True).distinct()
        SilverSource.objects.bulk_create(
            SilverSource(silver_set=silver, definition=definition, run_id=run) for run in runs
        )
    audit.record(actor=actor, corpus=corpus, verb="silver_frozen", target=silver, after_hash=silver.hash, spec=spec)
    return silver


def _usable(definition: Definition, teacher: Annotator) -> QuerySet[Annotation]:
    found = queries.for_definition(definition).filter(run_item__run__annotator=teacher, failure_code="")
    found = found.filter(run_item__content_hash=F("item__content_hash"), item__removed_at=None)
    if Run.objects.filter(pk__in=found.values("run_item__run"), may_train=False).exists():
        raise Refused(f"the owner does not allow training on the labels of {teacher.name}")
    return found


def _select(definition: Definition, teacher: Annotator, seed: int) -> list[Labelled]:
    golden = RatingItem.objects.filter(
        rating_set__purpose=RatingSet.Purpose.GOLDEN,
        rating_set__definition__attribute=definition.attribute_id,
        role=RatingItem.Role.MEASURE,
    )
    answers = queries.newest(_usable(definition, teacher)).exclude(item__in=golden.values("item"))
    answers = answers.exclude(item__content_hash__in=golden.values("item__content_hash"))
    q = definition.attribute.levels.count()
    rows = []
    fields = ("item", "item__external_id", "item__group_key", "p", "level__position")
    for item, external_id, group, p, position in answers.values_list(*fields):
        soft = [float(k == position) for k in range(q)] if p is None else p
        rows.append(Labelled(item, soft, split_of(group or f"item {external_id}", seed)))
    if len(rows) < MIN_ITEMS:
        raise BadInput(
            f"{teacher.name} has labeled {len(rows)} items of {definition} outside the golden sets: "
            f"a student needs at least {MIN_ITEMS}"
        )
    if len({int(np.argmax(row.p)) for row in rows}) < 2:
        raise BadInput(f"{teacher.name} gave every item of {definition} the same level: nothing can be learnt")
    return sorted(rows, key=lambda row: row.item)


def split_of(group: str, seed: int) -> str:
    """The split of a group: the same in every silver set of a seed, whatever else is in it, and in any installation."""
    place = int(hashlib.sha256(f"{seed}:{group}".encode()).hexdigest()[:12], 16) / 16**12
    if place < HELD_OUT:
        return SilverItem.Split.HELD_OUT
    return SilverItem.Split.VALIDATION if place < HELD_OUT + VALIDATION else SilverItem.Split.TRAIN

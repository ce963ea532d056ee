"""Items whose answer is known: hidden checks in a set of any purpose, and what a qualification teaches with.

They are chosen while the set is a draft, from a frozen golden set or by hand. Their answers are no measure of anything
but the rater: they have no overlap to fill and no probability.
"""

from __future__ import annotations

import csv
import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.db.models import F

from attributes.domain import audit
from attributes.models import DefinitionExample, Item, Level
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import AnswerKey, Exposure, GoldLabel, RatingItem, RatingSet
from ..queries import ratings as queries
from . import clauses, gold
from .entries import MAX_POSITION

MAX_LINES = 1000
SUREST = (GoldLabel.Source.UNANIMOUS, GoldLabel.Source.ADJUDICATED)
Role = RatingItem.Role


@dataclass(frozen=True)
class Source:
    """Where keyed items come from: `n` of the golden set `golden`, or the pasted `lines`."""

    n: int = 0
    golden: RatingSet | None = None
    lines: str = ""

    def __bool__(self) -> bool:
        return self.golden is not None or bool(self.lines.strip())


@dataclass(frozen=True)
class _Key:
    """An item and the answer it must get."""

    item: Item
    level: Level
    clause: str = ""
    note: str = ""


def role_of(rating_set: RatingSet) -> RatingItem.Role:
    """A qualification teaches; any other set checks."""
    return Role.TEACH if rating_set.teaches else Role.CHECK


@transaction.atomic
def add(*, rating_set: RatingSet, source: Source, actor: User | None, seed: int | None = None) -> int:
    """Add items with an answer key to a draft, from either kind of source; returns how many."""
    if source.golden is not None:
        return add_from_golden(rating_set=rating_set, golden=source.golden, n=source.n, actor=actor, seed=seed)
    return add_lines(rating_set=rating_set, lines=source.lines, actor=actor)


@transaction.atomic
def add_from_golden(
    *, rating_set: RatingSet, golden: RatingSet, n: int, actor: User | None, seed: int | None = None
) -> int:
    """Add `n` items of a frozen golden set of the same attribute, as many of each level as there are.

    Only items that may be looked at and still are what was rated: dev, or an unsealed test. Those that raters agreed on
    or an adjudicator decided come before mere majorities.
    """
    draft = _draft(rating_set)
    if golden.definition.attribute_id != draft.definition.attribute_id or golden.state != RatingSet.State.FROZEN:
        raise BadInput("golden: choose a frozen golden set of the same attribute")
    by_level = _candidates(draft, golden)
    levels = list(draft.definition.attribute.levels.all())
    if n < len(levels):
        raise BadInput(f"n: {n} items cannot show all {len(levels)} levels")
    if lacking := [level.label for level in levels if not by_level[level.pk]]:
        raise BadInput(f"golden: {golden.name} has no usable item of level {', '.join(lacking)}")
    if n > (there_are := sum(map(len, by_level.values()))):
        raise BadInput(f"n: {golden.name} has {there_are} usable items, not {n}")
    rng = np.random.default_rng(secrets.randbits(31) if seed is None else seed)
    chosen = _dealt([_by_sureness(by_level[level.pk], rng) for level in levels], n)
    keys = [_Key(one.rating_item.item, level, note=one.note) for one in chosen if (level := one.level)]
    added = _write(draft, keys, actor, golden=golden.name)
    rating_set.refresh_from_db(fields=["design"])
    return len(added)


def _draft(rating_set: RatingSet) -> RatingSet:
    """The set as it stands, locked: items are added to a draft only."""
    found = RatingSet.objects.select_for_update(of=("self",)).select_related("definition__attribute__corpus")
    draft = found.get(pk=rating_set.pk)
    if draft.state != RatingSet.State.DRAFT:
        raise Refused(f"{draft.name} is {draft.get_state_display().lower()}: items are added to a draft only")
    return draft


def _candidates(draft: RatingSet, golden: RatingSet) -> dict[int, list[GoldLabel]]:
    """Level -> labels of the golden set's items that may serve."""
    dev = queries.measured(golden, RatingItem.Split.DEV)
    fit = dev.filter(item__removed_at=None, content_hash=F("item__content_hash")).exclude(item__in=_barred(draft))
    labels = queries.gold(fit).filter(level__isnull=False).select_related("rating_item__item", "level").order_by("pk")
    found: dict[int, list[GoldLabel]] = defaultdict(list)
    for label in labels:
        if label.level_id is not None:
            found[label.level_id].append(label)
    return found


def _barred(draft: RatingSet) -> list[int]:
    """Items that may not be keyed: those of the set, those sealed in any set of the attribute; as checks, examples."""
    attribute = draft.definition.attribute
    own = RatingItem.objects.filter(rating_set=draft).values_list("item", flat=True)
    barred = {*own, *queries.sealed(attribute).values_list("item", flat=True)}
    if not draft.teaches:
        barred |= set(DefinitionExample.objects.filter(definition__attribute=attribute).values_list("item", flat=True))
    return sorted(barred)


def _by_sureness(labels: list[GoldLabel], rng: np.random.Generator) -> list[GoldLabel]:
    shuffled = [labels[i] for i in rng.permutation(len(labels))]
    return sorted(shuffled, key=lambda label: label.source not in SUREST)


def _dealt(piles: list[list[GoldLabel]], n: int) -> list[GoldLabel]:
    """The first n when each pile gives one in turn; an empty one gives none."""
    longest = max(map(len, piles))
    in_turn = [pile[i] for i in range(longest) for pile in piles if i < len(pile)]
    return in_turn[:n]


@transaction.atomic
def add_lines(*, rating_set: RatingSet, lines: str, actor: User | None) -> int:
    """Add the items of `external_id, level[, clause path][, note]` lines. `BadInput` names the first line at fault."""
    draft = _draft(rating_set)
    rows = [(number, _cells(line)) for number, line in enumerate(lines.splitlines(), 1) if line.strip()]
    if not rows:
        raise BadInput("lines: there are none")
    if len(rows) > MAX_LINES:
        raise BadInput(f"lines: {len(rows):,} are too many, at most {MAX_LINES:,}")
    reader = _Reader(draft, [cells[0] for _, cells in rows])
    added = _write(draft, [reader.read(number, cells) for number, cells in rows], actor)
    if actor:  # who writes the answers down knows them
        gold.expose(user=actor, rating_items=added, kind=Exposure.Kind.GOLD)
    rating_set.refresh_from_db(fields=["design"])
    return len(added)


def _cells(line: str) -> list[str]:
    """External id, level and what else the line has; commas may stand in quotes."""
    cells = [cell.strip() for cell in next(csv.reader([line], skipinitialspace=True))]
    return cells if len(cells) > 1 else [*cells, ""]


class _Reader:
    """Reads the lines of one paste, each into a key; remembers which items it has seen."""

    def __init__(self, draft: RatingSet, external_ids: Sequence[str]) -> None:
        attribute = draft.definition.attribute
        found = Item.objects.filter(corpus=attribute.corpus_id, external_id__in=external_ids)
        self.items = {item.external_id: item for item in found}
        self.levels = {level.key: level for level in attribute.levels.all()}
        self.spec = draft.definition.parsed()
        self.draft = draft
        self.own = set(RatingItem.objects.filter(rating_set=draft).values_list("item", flat=True))
        self.barred = set(_barred(draft))
        self.seen: dict[str, int] = {}

    def read(self, number: int, cells: list[str]) -> _Key:
        external_id, level, *rest = cells
        clause = rest.pop(0) if rest and (not rest[0] or clauses.LOOKS_LIKE_ONE.fullmatch(rest[0])) else ""
        if problem := self._problem(external_id, level, clause):
            raise BadInput(f"lines: line {number}: {problem}")
        self.seen[external_id] = number
        return _Key(self.items[external_id], self.levels[level], clause, ", ".join(rest))

    def _problem(self, external_id: str, level: str, clause: str) -> str:
        item = self.items.get(external_id)
        if item is None or item.removed_at:
            return f"no item {external_id!r} in this corpus"
        if external_id in self.seen:
            return f"item {external_id} stands in line {self.seen[external_id]} already"
        if item.pk in self.own:
            return f"item {external_id} is in the set already"
        if item.pk in self.barred:
            return f"item {external_id} is an example of a definition, or sealed in a test"
        if level not in self.levels:
            return f"{level!r} is not a level ({', '.join(self.levels)})"
        if clause and clauses.find(self.spec, clause) is None:
            return f"the definition has no clause {clause!r} (such as includes.0, excludes.1, edge_cases.2, levels.KEY)"
        return ""


def _write(draft: RatingSet, keys: list[_Key], actor: User | None, **said: str) -> list[RatingItem]:
    """Store the items with their keys, in a random order, and how many the set has now."""
    role = role_of(draft)
    rng = np.random.default_rng(secrets.randbits(31))
    positions = rng.integers(0, MAX_POSITION, len(keys), endpoint=True)
    created = RatingItem.objects.bulk_create(
        RatingItem(
            rating_set=draft,
            item=key.item,
            content_hash=key.item.content_hash,
            role=role,
            split=RatingItem.Split.SHOTS,  # never a measure, and never shown to machines as one
            position=int(position),
            overlap=0,
        )
        for key, position in zip(keys, positions, strict=True)
    )
    AnswerKey.objects.bulk_create(
        AnswerKey(rating_item=row, level=key.level, clause=key.clause, note=key.note)
        for row, key in zip(created, keys, strict=True)
    )
    n = RatingItem.objects.filter(rating_set=draft, role=role).count()
    RatingSet.objects.filter(pk=draft.pk).update(design={**draft.design, role.value: n})
    verb = "teach_items_added" if draft.teaches else "check_items_added"
    audit.record(actor=actor, corpus=draft.definition.attribute.corpus, verb=verb, target=draft, n=len(keys), **said)
    return created

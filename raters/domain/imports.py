"""Ratings made elsewhere, brought in as a closed golden set."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from django.db import transaction

from attributes.domain import audit
from attributes.domain.definitions import latest_published, lock_levels
from attributes.domain.imports import content_hash
from attributes.models import Attribute, Item
from labelhub.accounts.models import User
from labelhub.lib import tables
from labelhub.lib.copy import copy_in, execute
from labelhub.lib.errors import BadInput

from ..models import Rating, RatingItem, RatingSet, SetRater
from ..sampling import FOLDS
from . import gold

NO_LOGIN = "!"  # Django's mark of an unusable password
MAX_ID = 200
RATING_COLUMNS = (
    "rating_item_id", "rater_id", "occasion", "answer", "level_id", "reason", "rationale", "evidence_ms",
    "submission_key", "counted", "source", "shown",
)  # fmt: skip


@dataclass(frozen=True)
class RatingColumns:
    """Where a long file holds its ratings, and which of its rows are meant."""

    item: str = "item_id"
    rater: str = "rater_id"
    label: str = "label"
    pi: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    cannot_tell: str | None = None
    item_suffix: str = ""  # only ids that end so; the ending is cut off (`MOVIE__TAG` files)


@dataclass(frozen=True)
class ImportedRatings:
    rating_set: RatingSet
    n_items: int
    n_raters: int
    n_ratings: int
    missing: int


@dataclass
class _Read:
    """The file's rows, by item in order of first appearance."""

    answers: dict[str, dict[str, tuple[str | None, int]]] = field(default_factory=dict)  # item -> rater -> (label, row)
    first_row: dict[str, int] = field(default_factory=dict)
    pi: dict[str, float] = field(default_factory=dict)
    missing: int = 0


def import_ratings(
    *,
    attribute: Attribute,
    path: Path,
    columns: RatingColumns | None = None,
    create_items: bool = False,
    name: str = "",
    actor: User | None = None,
) -> ImportedRatings:
    """Store the file's ratings as a frozen set, all of them dev, with consensus by majority and its ties visible.

    An empty label is missing. Raises `BadInput` naming row and column for an unknown item (unless `create_items`), a
    label that is no level key, a repeated (item, rater), a probability outside (0, 1]; then nothing is written.
    """
    columns = columns or RatingColumns()
    try:
        read = _read(path, columns, {level.key for level in attribute.levels.all()})
    except tables.TableError as error:
        raise BadInput(f"{path.name}: {error}") from None
    if not any(read.answers.values()):
        raise BadInput(f"{path.name}: no rating in it")
    with transaction.atomic():
        return _write(attribute, path, read, columns, create_items, name, actor)


def _read(path: Path, columns: RatingColumns, keys: set[str]) -> _Read:
    names = [columns.item, columns.rater, columns.label, *([columns.pi] if columns.pi else [])]
    read = _Read()
    for row, values in chain.from_iterable(tables.read(path, names, where=columns.where)):
        item, rater, label = values[:3]
        for value, column in ((item, columns.item), (rater, columns.rater)):
            if not value:
                raise tables.TableError("is empty", row=row, column=column)
        item, rater = str(item), str(rater)
        if columns.item_suffix:
            if not item.endswith(columns.item_suffix):
                continue
            item = item.removesuffix(columns.item_suffix)
        answers = read.answers.setdefault(item, {})
        if read.first_row.setdefault(item, row) == row and len(item) > MAX_ID:
            raise tables.TableError(f"is longer than {MAX_ID} characters", row=row, column=columns.item)
        if columns.pi:
            _read_pi(read.pi, item, values[3], row, columns.pi)
        if label is None:
            read.missing += 1
            continue
        if rater in answers:
            raise tables.TableError(
                f"rater {rater!r} has answered item {item!r} in row {answers[rater][1]} already", row=row,
                column=columns.rater,
            )  # fmt: skip
        if label == columns.cannot_tell:
            answers[rater] = (None, row)
        elif label in keys:
            answers[rater] = (label, row)
        else:
            raise tables.TableError(
                f"{label!r} is not a level ({', '.join(sorted(keys))})", row=row, column=columns.label
            )
    return read


def _read_pi(known: dict[str, float], item: str, text: str | None, row: int, column: str) -> None:
    try:
        value = float(text or "")
    except ValueError:
        value = 0.0
    if not 0 < value <= 1:
        raise tables.TableError(f"{text or ''!r} is not a probability above 0 and up to 1", row=row, column=column)
    if known.setdefault(item, value) != value:
        raise tables.TableError(f"item {item!r} has another probability above", row=row, column=column)


def _write(
    attribute: Attribute,
    path: Path,
    read: _Read,
    columns: RatingColumns,
    create_items: bool,
    name: str,
    actor: User | None,
) -> ImportedRatings:
    definition = latest_published(attribute)
    items = _items(attribute, path, read, columns, create_items)
    names = dict.fromkeys(rater for answers in read.answers.values() for rater in answers)
    raters = _raters(attribute, list(names))
    rating_set = RatingSet.objects.create(
        definition=definition,
        name=_free_name(attribute, (name or path.stem)[:100]),
        overlap=max(len(answers) for answers in read.answers.values()),
        created_by=actor,
        design={"method": "imported", "file": path.name, "where": dict(columns.where)},
    )
    rating_items = _rating_items(rating_set, items, read)
    lock_levels(attribute)
    levels = {level.key: level.pk for level in attribute.levels.all()}
    shown = f'{{"definition": "{definition.hash}"}}'
    rows = (
        (
            rating_items[item], raters[rater], 1, Rating.Answer.LEVEL if label else Rating.Answer.CANNOT_TELL,
            levels[label] if label else None, "" if label else "imported", "", "{}", uuid.uuid4(), True,
            Rating.Source.IMPORTED, shown,
        )
        for item, answers in read.answers.items()
        for rater, (label, _) in answers.items()
    )  # fmt: skip
    _seats(rating_set, raters, read)
    n_ratings = copy_in(Rating._meta.db_table, RATING_COLUMNS, rows)
    # Else consensus, and reports of the next minutes, are planned as if there were none.
    execute("ANALYZE attributes_item, raters_ratingitem, raters_rating")
    RatingSet.objects.filter(pk=rating_set.pk).update(state=RatingSet.State.ADJUDICATING)
    rating_set.refresh_from_db()
    gold.settle(rating_set)
    gold.seal(rating_set, actor)
    audit.record(
        actor=actor, corpus=attribute.corpus, verb="ratings_imported", target=rating_set, file=path.name, n=n_ratings
    )
    return ImportedRatings(rating_set, len(rating_items), len(raters), n_ratings, read.missing)


def _items(
    attribute: Attribute, path: Path, read: _Read, columns: RatingColumns, create_items: bool
) -> dict[str, Item]:
    def known() -> dict[str, Item]:
        there = Item.objects.filter(corpus=attribute.corpus_id, external_id__in=read.answers)
        return {item.external_id: item for item in there.only("pk", "external_id", "content_hash", "group_key")}

    items = known()
    unknown = [external_id for external_id in read.answers if external_id not in items]
    if unknown and not create_items:
        place = f"row {read.first_row[unknown[0]]}, column {columns.item!r}"
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        raise BadInput(f"{path.name}: {place}: no item {unknown[0]!r} in this corpus{more}")
    Item.objects.bulk_create(
        Item(corpus=attribute.corpus, external_id=external_id, content_hash=content_hash("", "", "", {}, ""))
        for external_id in unknown
    )
    return known() if unknown else items


def _raters(attribute: Attribute, names: list[str]) -> dict[str, int]:
    """An account that cannot log in for each rater of the file: the same name in the same corpus is the same rater."""

    def email(name: str) -> str:
        key = hashlib.sha256(f"{attribute.corpus.uid}:{name}".encode()).hexdigest()[:24]
        return f"rater-{key}@imported.invalid"

    User.objects.bulk_create(
        (
            User(email=email(name), display_name=name[:120], is_imported=True, is_active=False, password=NO_LOGIN)
            for name in names
        ),
        ignore_conflicts=True,
    )
    ids = dict(User.objects.filter(email__in=[email(name) for name in names]).values_list("email", "pk"))
    return {name: ids[email(name)] for name in names}


def _rating_items(rating_set: RatingSet, items: dict[str, Item], read: _Read) -> dict[str, int]:
    created = RatingItem.objects.bulk_create(
        [
            RatingItem(
                rating_set=rating_set,
                item=items[external_id],
                content_hash=items[external_id].content_hash,
                inclusion_probability=read.pi.get(external_id),
                split=RatingItem.Split.DEV,
                fold=_fold(items[external_id]),
                counted=len(answers),
                overlap=rating_set.overlap,
            )
            for external_id, answers in read.answers.items()
        ],
        batch_size=5000,
    )
    return {external_id: row.pk for external_id, row in zip(read.answers, created, strict=True)}


def _fold(item: Item) -> int:
    """The same in every import, and one for all items of a group."""
    key = f"group {item.group_key}" if item.group_key else f"item {item.external_id}"
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % FOLDS


def _seats(rating_set: RatingSet, raters: dict[str, int], read: _Read) -> None:
    """Each rater of the file with the number of their answers, as if they had sat here."""
    given = Counter(rater for answers in read.answers.values() for rater in answers)
    SetRater.objects.bulk_create(
        SetRater(rating_set=rating_set, user_id=raters[name], order_seed=0, answered=n, stored=n)
        for name, n in given.items()
    )


def _free_name(attribute: Attribute, name: str) -> str:
    taken = set(RatingSet.objects.filter(definition__attribute=attribute).values_list("name", flat=True))
    numbered = (f"{name} {n}" for n in range(2, len(taken) + 3))
    return next(candidate for candidate in chain([name], numbered) if candidate not in taken)

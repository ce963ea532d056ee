"""Import of items: streamed, all or nothing, idempotent by external id."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from labelhub.accounts.models import User
from labelhub.lib import tables
from labelhub.lib.copy import copy_in, execute, raw_cursor, staging
from labelhub.lib.errors import BadInput

from ..models import Corpus
from ..schema import digest
from . import audit, media

ID_COLUMNS = ("id", "item_id", "external_id")
MAX_ID = 200
STAGING = "import_items"
STAGING_COLUMNS = (
    "row bigint, external_id text, title text, text text, language text, metadata jsonb, group_key text, "
    "published_at timestamptz, file_sha256 text, content_hash text"
)


@dataclass(frozen=True)
class ColumnMap:
    """Which columns of a file become what. Only named columns are read: a stray label never reaches a rater."""

    id: str
    title: str | None = None
    text: str | None = None
    language: str | None = None
    meta: tuple[str, ...] = ()
    group: str | None = None
    time: str | None = None
    file: str | None = None

    def columns(self) -> list[str]:
        named = [self.id, self.title, self.text, self.language, self.group, self.time, self.file]
        return list(dict.fromkeys([*filter(None, named), *self.meta]))


@dataclass(frozen=True)
class ImportResult:
    created: int
    updated: int
    unchanged: int
    rejected: int
    ignored_columns: tuple[str, ...]


class StagedRow(NamedTuple):
    """A row of the file on its way into the staging table; the fields are its columns."""

    row: int
    external_id: str
    title: str
    text: str
    language: str
    metadata: str
    group_key: str
    published_at: dt.datetime | None
    file_sha256: str
    content_hash: str

    @property
    def said(self) -> tuple[str, str, dt.datetime | None]:
        """Everything the row says of its item, to tell a repetition from a contradiction."""
        return self.content_hash, self.group_key, self.published_at


def default_map(columns: Sequence[str], *, meta: Sequence[str] = (), **named: str | None) -> ColumnMap:
    """Fill unnamed columns by their usual names; an id that could be two columns is an error."""
    given = {key: value for key, value in named.items() if value}
    if "id" not in given:
        candidates = [name for name in ID_COLUMNS if name in columns]
        if len(candidates) != 1:
            found = " and ".join(candidates) or f"none of {', '.join(ID_COLUMNS)}"
            raise BadInput(f"which column is the id? Found {found}; name it with --id (columns: {', '.join(columns)})")
        given["id"] = candidates[0]
    for key in ("title", "text", "language"):
        if key in columns:
            given.setdefault(key, key)
    return ColumnMap(meta=tuple(meta), **given)


def import_items(
    *, corpus: Corpus, path: Path, columns: ColumnMap, media_dir: Path | None = None, actor: User | None = None
) -> ImportResult:
    """Bring the file's items into the corpus.

    Rows of one id that agree are one item (an empty cell agrees with anything). Raises `BadInput` naming row and
    column at the first thing that cannot be accepted; then nothing is written.
    """
    if columns.file and media_dir is None:
        raise BadInput(f"column {columns.file!r} names files: say where they lie with --media DIR")
    try:
        with transaction.atomic():
            return _import(corpus, _Stream(path, columns, media_dir), actor)
    except tables.TableError as error:
        raise BadInput(f"{path.name}: {error}") from None


def _import(corpus: Corpus, stream: _Stream, actor: User | None) -> ImportResult:
    ignored = tuple(name for name in tables.columns(stream.path) if name not in stream.names)
    with staging(STAGING, STAGING_COLUMNS):
        copy_in(STAGING, StagedRow._fields, stream)
        _merge(stream)
        _keep_revisions(corpus)
        created, updated = _upsert(corpus)
        media.attach(corpus, stream.files, STAGING)
    unchanged = len(stream.seen) - created - updated
    audit.record(
        actor=actor,
        corpus=corpus,
        verb="items_imported",
        target=corpus,
        file=stream.path.name,
        created=created,
        updated=updated,
        unchanged=unchanged,
    )
    return ImportResult(created, updated, unchanged, 0, ignored)


class _Stream:
    """The file's rows, validated and hashed. Rows that say nothing new are left out; those that say something else
    of an id seen before are passed on and remembered in `repeated`."""

    def __init__(self, path: Path, columns: ColumnMap, media_dir: Path | None) -> None:
        self.path = path
        self.columns = columns
        self.names = columns.columns()
        self.media_dir = media_dir
        self.seen: dict[str, int] = {}  # external id -> hash of what its first row said: 100 MB at a million items
        self.repeated: set[str] = set()
        self.files: dict[str, media.StoredMedia] = {}

    def __iter__(self) -> Iterator[StagedRow]:
        for number, values in chain.from_iterable(tables.read(self.path, self.names)):
            row = self._row(number, dict(zip(self.names, values, strict=True)))
            said = hash(row.said)
            first = self.seen.get(row.external_id)
            if first is None:
                self.seen[row.external_id] = said
                yield row
            elif first != said:
                self.repeated.add(row.external_id)
                yield row

    def _row(self, number: int, cell: dict[str, str | None]) -> StagedRow:
        names = self.columns
        external_id = (cell[names.id] or "").strip()
        if not external_id or len(external_id) > MAX_ID:
            problem = f"is longer than {MAX_ID} characters" if external_id else "is empty"
            raise tables.TableError(f"the id {problem}", row=number, column=names.id)
        title, text, language, group = (
            (cell[name] or "") if name else "" for name in (names.title, names.text, names.language, names.group)
        )
        metadata = {name: cell[name] for name in names.meta if cell[name] is not None}
        published_at = _time(cell[names.time], number, names.time) if names.time else None
        sha256 = self._file(cell[names.file], number) if names.file else ""
        return StagedRow(
            number,
            external_id,
            title,
            text,
            language,
            json.dumps(metadata),
            group[:MAX_ID],
            published_at,
            sha256,
            content_hash(title, text, language, metadata, sha256),
        )

    def _file(self, name: str | None, number: int) -> str:
        if not name or self.media_dir is None:
            return ""
        try:
            stored = media.store(self.media_dir, name)
        except media.MediaError as error:
            raise tables.TableError(f"{name}: {error}", row=number, column=self.columns.file) from None
        self.files[stored.sha256] = stored
        return stored.sha256


def content_hash(title: str, text: str, language: str, metadata: dict[str, str | None], file_sha256: str) -> str:
    """Hash of what a judge may see of an item."""
    return digest([title, text, language, metadata, file_sha256])


def _time(value: str | None, row: int, column: str) -> dt.datetime | None:
    """ISO 8601, taken as UTC where no offset is given."""
    if not value:
        return None
    try:
        when = dt.datetime.fromisoformat(value)
    except ValueError:
        raise tables.TableError(f"{value[:40]!r} is not an ISO 8601 time", row=row, column=column) from None
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)


def _merge(stream: _Stream) -> None:
    """Make one staged row of those that share an id, filling empty cells; two that contradict are an error."""
    if not stream.repeated:
        return
    fields = ", ".join(StagedRow._fields)
    with raw_cursor() as cursor:
        cursor.execute(
            f"SELECT {fields} FROM {STAGING} WHERE external_id = ANY(%s) ORDER BY external_id, row",  # noqa: S608
            [list(stream.repeated)],
        )
        rows = [StagedRow(*values)._replace(metadata=json.dumps(values[5])) for values in cursor]
    merged: dict[str, StagedRow] = {}
    for row in rows:
        first = merged.setdefault(row.external_id, row)
        merged[row.external_id] = _agree(first, row, stream.columns)
    execute(f"DELETE FROM {STAGING} WHERE external_id = ANY(%s)", [list(stream.repeated)])  # noqa: S608
    copy_in(STAGING, StagedRow._fields, merged.values())


def _agree(first: StagedRow, row: StagedRow, columns: ColumnMap) -> StagedRow:
    metadata = json.loads(first.metadata)
    for key, value in json.loads(row.metadata).items():
        _same(metadata.setdefault(key, value), value, first, row, key)
    values: dict[str, object] = {}
    for name, column in (
        ("title", columns.title),
        ("text", columns.text),
        ("language", columns.language),
        ("group_key", columns.group),
        ("published_at", columns.time),
        ("file_sha256", columns.file),
    ):
        one, other = getattr(first, name), getattr(row, name)
        if one and other:
            _same(one, other, first, row, column)
        values[name] = one or other
    agreed = first._replace(metadata=json.dumps(metadata), **values)
    return agreed._replace(
        content_hash=content_hash(agreed.title, agreed.text, agreed.language, metadata, agreed.file_sha256)
    )


def _same(one: object, other: object, first: StagedRow, row: StagedRow, column: str | None) -> None:
    if one != other:
        raise tables.TableError(
            f"id {row.external_id!r} says {str(other)[:60]!r} here and {str(one)[:60]!r} in row {first.row}",
            row=row.row,
            column=column,
        )


def _keep_revisions(corpus: Corpus) -> None:
    """Keep what an item said before this import changes it."""
    execute(
        f"""
        INSERT INTO attributes_itemrevision (item_id, content_hash, snapshot)
        SELECT item.id, item.content_hash, jsonb_build_object(
            'title', item.title, 'text', item.text, 'language', item.language, 'metadata', item.metadata)
        FROM attributes_item item JOIN {STAGING} new USING (external_id)
        WHERE item.corpus_id = %s AND item.content_hash <> new.content_hash
        ON CONFLICT DO NOTHING""",  # noqa: S608
        [corpus.pk],
    )


def _upsert(corpus: Corpus) -> tuple[int, int]:
    """Insert what is new, update what changed (a removed item that comes again is back); (created, updated)."""
    with raw_cursor() as cursor:
        cursor.execute(
            f"""
            WITH written AS (
                INSERT INTO attributes_item AS item (corpus_id, external_id, kind, title, text, language, metadata,
                    group_key, published_at, content_hash)
                SELECT %s, external_id, 'single', title, text, language, metadata, group_key, published_at, content_hash
                FROM {STAGING} ORDER BY row
                ON CONFLICT (corpus_id, external_id) DO UPDATE SET
                    title = excluded.title, text = excluded.text, language = excluded.language,
                    metadata = excluded.metadata, group_key = excluded.group_key,
                    published_at = excluded.published_at, content_hash = excluded.content_hash, removed_at = NULL
                WHERE (item.content_hash, item.group_key, item.published_at, item.removed_at)
                    IS DISTINCT FROM (excluded.content_hash, excluded.group_key, excluded.published_at, NULL)
                RETURNING xmax = 0 AS is_new  -- no transaction has yet marked a freshly inserted row
            )
            SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written""",  # noqa: S608
            [corpus.pk],
        )
        created, updated = cursor.fetchone() or (0, 0)
    return created, updated

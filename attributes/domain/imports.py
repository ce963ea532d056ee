"""Import of items: streamed, all or nothing, idempotent by external id."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from labelhub.accounts.models import User
from labelhub.lib import tables
from labelhub.lib.copy import copy_in, execute, raw_cursor, staging
from labelhub.lib.errors import BadInput

from ..models import Corpus
from . import audit, media, search
from .import_rows import ColumnMap, FileRows, Report, StagedRow, content_hash, default_map

__all__ = ["ColumnMap", "ImportResult", "content_hash", "default_map", "import_items"]
STAGING = "import_items"
STAGING_COLUMNS = (
    "row bigint, external_id text, title text, text text, language text, metadata jsonb, group_key text, "
    "published_at timestamptz, file_sha256 text, content_hash text"
)


@dataclass(frozen=True)
class ImportResult:
    created: int
    updated: int
    unchanged: int
    rejected: int
    ignored_columns: tuple[str, ...]


def import_items(
    *,
    corpus: Corpus,
    path: Path,
    columns: ColumnMap,
    name: str = "",
    media_dir: Path | None = None,
    actor: User | None = None,
    on_progress: Report | None = None,
) -> ImportResult:
    """Bring the file's items into the corpus; `name` is what people call the file.

    Rows of one id that agree are one item (an empty cell agrees with anything). Raises `BadInput` naming row and
    column at the first thing that cannot be accepted; then nothing is written. `on_progress(rows, None)` is called
    while rows are read; what it raises ends the import, and again nothing is written.
    """
    name = name or path.name
    if columns.file and media_dir is None:
        raise BadInput(f"column {columns.file!r} names files: say where they lie with --media DIR")
    try:
        with transaction.atomic():
            return _import(corpus, FileRows(path, columns, media_dir, on_progress), name, actor)
    except tables.TableError as error:
        raise BadInput(f"{name}: {error}") from None


def _import(corpus: Corpus, rows: FileRows, name: str, actor: User | None) -> ImportResult:
    ignored = tuple(column for column in tables.columns(rows.path) if column not in rows.names)
    with staging(STAGING, STAGING_COLUMNS):
        copy_in(STAGING, StagedRow._fields, rows)
        _merge(rows)
        if rows.fault:
            raise rows.fault
        _keep_revisions(corpus)
        created, updated = _upsert(corpus)
        media.attach(corpus, rows.files, STAGING)
    search.index_or_enqueue(corpus=corpus, changed=created + updated)
    rows.report()
    unchanged = len(rows.seen) - created - updated
    audit.record(
        actor=actor,
        corpus=corpus,
        verb="items_imported",
        target=corpus,
        file=name,
        created=created,
        updated=updated,
        unchanged=unchanged,
    )
    return ImportResult(created, updated, unchanged, 0, ignored)


def _merge(rows: FileRows) -> None:
    """Make one staged row of those that share an id, filling empty cells; two that contradict are an error,
    the first of them in the file."""
    if not rows.repeated:
        return
    # Whether jsonb arrives parsed depends on the connection; text is text.
    fields = ", ".join("metadata::text" if name == "metadata" else name for name in StagedRow._fields)
    with raw_cursor() as cursor:
        cursor.execute(
            f"SELECT {fields} FROM {STAGING} WHERE external_id = ANY(%s) ORDER BY row",  # noqa: S608  # our own names
            [list(rows.repeated)],
        )
        staged = [StagedRow(*values) for values in cursor]
    merged: dict[str, StagedRow] = {}
    for row in staged:
        first = merged.setdefault(row.external_id, row)
        merged[row.external_id] = _agree(first, row, rows.columns)
    execute(f"DELETE FROM {STAGING} WHERE external_id = ANY(%s)", [list(rows.repeated)])  # noqa: S608  # our own names
    copy_in(STAGING, StagedRow._fields, merged.values())


def _agree(first: StagedRow, row: StagedRow, columns: ColumnMap) -> StagedRow:
    metadata = json.loads(first.metadata)
    for key, value in json.loads(row.metadata).items():
        _same(metadata.setdefault(key, value), value, first, row, key)
    values: dict[str, Any] = {}
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
        ON CONFLICT DO NOTHING""",  # noqa: S608  # our own names
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
                FROM {STAGING}
                ON CONFLICT (corpus_id, external_id) DO UPDATE SET
                    title = excluded.title, text = excluded.text, language = excluded.language,
                    metadata = excluded.metadata, group_key = excluded.group_key,
                    published_at = excluded.published_at, content_hash = excluded.content_hash, removed_at = NULL
                WHERE (item.content_hash, item.group_key, item.published_at, item.removed_at)
                    IS DISTINCT FROM (excluded.content_hash, excluded.group_key, excluded.published_at, NULL)
                RETURNING xmax = 0 AS is_new  -- no transaction has yet marked a freshly inserted row
            )
            SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written""",  # noqa: S608  # our own names
            [corpus.pk],
        )
        created, updated = cursor.fetchone() or (0, 0)
    return created, updated

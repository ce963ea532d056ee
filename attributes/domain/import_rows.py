"""The rows of an imported file as items: which column is what, and what a row says."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any, NamedTuple

from labelhub.lib import tables
from labelhub.lib.errors import BadInput

from . import media

ID_COLUMNS = ("id", "item_id", "external_id")
MAX_ID = 200
PROGRESS_ROWS = 5_000


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


class RowStream:
    """The file's rows, validated and hashed. Rows that say nothing new are left out; those that say something else
    of an id seen before are passed on and remembered in `repeated`."""

    def __init__(
        self,
        path: Path,
        columns: ColumnMap,
        media_dir: Path | None,
        on_progress: Callable[[int, int | None], None] | None,
    ) -> None:
        self.path = path
        self.columns = columns
        self.names = columns.columns()
        self.media_dir = media_dir
        self.on_progress = on_progress
        self.rows = 0
        self.seen: dict[str, int] = {}  # external id -> hash of what its first row said: 100 MB at a million items
        self.repeated: set[str] = set()
        self.files: dict[str, media.StoredMedia] = {}

    def report(self) -> None:
        if self.on_progress:
            self.on_progress(self.rows, None)

    def __iter__(self) -> Iterator[tuple[str | None, ...]]:
        """Rows in the order of `StagedRow`: plain tuples, at half the time of named ones."""
        names = self.columns
        places = {name: i for i, name in enumerate(self.names)}
        # A column that is not named reads the empty cell put at the end of each row.
        missing = len(self.names)
        at = [missing if name is None else places[name] for name in (names.title, names.text, names.language)]
        title_at, text_at, language_at = at
        group_at, time_at, file_at = (
            missing if name is None else places[name] for name in (names.group, names.time, names.file)
        )
        id_at = places[names.id]
        meta = [(name, places[name]) for name in names.meta]
        for number, values in chain.from_iterable(tables.read(self.path, self.names)):
            self.rows += 1
            if not self.rows % PROGRESS_ROWS:
                self.report()
            cells = (*values, None)
            external_id = self._id(cells[id_at], number)
            title, text, language = cells[title_at] or "", cells[text_at] or "", cells[language_at] or ""
            group = (cells[group_at] or "")[:MAX_ID]
            metadata = {name: cell for name, i in meta if (cell := cells[i]) is not None}
            time = cells[time_at]
            published_at = _time(time, number, names.time or "") if time else None
            file = self._file(cells[file_at], number) if cells[file_at] else ""
            content = content_hash(title, text, language, metadata, file)
            said = hash((content, group, published_at))
            first = self.seen.get(external_id)
            if first is None:
                self.seen[external_id] = said
            elif first != said:
                self.repeated.add(external_id)
            else:
                continue
            as_json = json.dumps(metadata) if metadata else "{}"
            # Texts are copied in at a fraction of the time of numbers and datetimes.
            when = published_at.isoformat() if published_at else None
            yield str(number), external_id, title, text, language, as_json, group, when, file, content

    def _id(self, value: str | None, number: int) -> str:
        external_id = (value or "").strip()
        if not external_id or len(external_id) > MAX_ID:
            problem = f"is longer than {MAX_ID} characters" if external_id else "is empty"
            raise tables.TableError(f"the id {problem}", row=number, column=self.columns.id)
        return external_id

    def _file(self, name: str | None, number: int) -> str:
        if not name or self.media_dir is None:
            return ""
        try:
            stored = media.store(self.media_dir, name)
        except media.MediaError as error:
            raise tables.TableError(f"{name}: {error}", row=number, column=self.columns.file) from None
        self.files[stored.sha256] = stored
        return stored.sha256


def content_hash(title: str, text: str, language: str, metadata: dict[str, str], file_sha256: str) -> str:
    """Hash of what a judge may see of an item: `schema.digest([title, text, language, metadata, file_sha256])`.

    The canonical JSON is put together here, because building an encoder for every row took a third of an import.
    """
    quote = encode_basestring
    said = ",".join([f"{quote(key)}:{quote(metadata[key])}" for key in sorted(metadata)]) if metadata else ""
    joined = f"[{quote(title)},{quote(text)},{quote(language)},{{{said}}},{quote(file_sha256)}]"
    return sha256(joined.encode()).hexdigest()


def _time(value: str, row: int, column: str) -> dt.datetime:
    """ISO 8601, taken as UTC where no offset is given."""
    try:
        when = dt.datetime.fromisoformat(value)
    except ValueError:
        raise tables.TableError(f"{value[:40]!r} is not an ISO 8601 time", row=row, column=column) from None
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)


def agree(first: StagedRow, row: StagedRow, columns: ColumnMap) -> StagedRow:
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

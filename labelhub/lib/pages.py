"""Pages of long lists: by cursor, so that page 1,000 costs what page 1 costs, and counts that give up in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import models
from django.http import HttpRequest

from .errors import BadInput

PAGE_SIZE = 50
COUNT_LIMIT = 10_000
Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """The rows of a page, and the addresses of its neighbours (None at an end)."""

    rows: list[Row]
    prev_url: str | None
    next_url: str | None


def keyset(
    request: HttpRequest, rows: models.QuerySet[Row], *, size: int = PAGE_SIZE, newest_first: bool = False
) -> Page[Row]:
    """The page that the request asks for by `?after=KEY` or `?before=KEY`, in order of the primary key.

    `rows` comes without an order. A cursor that is no key is `BadInput`.
    """
    after, before = _cursor(request, "after"), _cursor(request, "before")
    backwards = before is not None
    cursor = before if backwards else after
    larger = newest_first == backwards  # whether the keys wanted are larger than the cursor
    if cursor is not None:
        rows = rows.filter(pk__gt=cursor) if larger else rows.filter(pk__lt=cursor)
    found = list(rows.order_by("-pk" if newest_first != backwards else "pk")[: size + 1])
    more = len(found) > size
    found = found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], None, None)
    has_prev = more if backwards else after is not None
    has_next = True if backwards else more
    return Page(
        found,
        address(request, before=str(found[0].pk)) if has_prev else None,
        address(request, after=str(found[-1].pk)) if has_next else None,
    )


def _cursor(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadInput(f"{name}={text[:40]!r} is no place in this list")
    return int(text)


def address(request: HttpRequest, **changed: str) -> str:
    """This page's address with other parameters: a cursor replaces the old one, an empty value goes away."""
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    for name, value in changed.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


@dataclass(frozen=True)
class BoundedCount:
    """How many rows there are, counted up to a limit."""

    value: int
    more: bool

    def __str__(self) -> str:
        return f"{self.value:,}{'+' if self.more else ''}"


def bounded_count(rows: models.QuerySet[Row], limit: int = COUNT_LIMIT) -> BoundedCount:
    """Count at most `limit` rows: the database stops there, however long the list is."""
    found = rows.order_by()[: limit + 1].count()
    return BoundedCount(min(found, limit), found > limit)

"""Pages of a long list by cursor: the newest first, a primary key as the place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

SIZE = 50
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page; `next_url` and `prev_url` are query strings, None where there is no such page."""

    rows: list[Row]
    next_url: str | None
    prev_url: str | None

    @property
    def shown(self) -> str:
        return f"{len(self.rows):,} on this page"


def page_of(request: HttpRequest, found: QuerySet[Row], *, ascending: bool = False) -> Page[Row]:
    """The page that `?after=` or `?before=` asks for; anything else than a number is the first page."""
    after, before = (_number(request.GET.get(name)) for name in ("after", "before"))
    back = before is not None
    upward = ascending != back  # whether primary keys rise in the direction we read
    place = before if back else after
    ordered = found.order_by("pk" if upward else "-pk")
    if place is not None:
        ordered = ordered.filter(pk__gt=place) if upward else ordered.filter(pk__lt=place)
    rows = list(ordered[: SIZE + 1])
    more, rows = len(rows) > SIZE, rows[:SIZE]
    if back:
        rows.reverse()
    has_next, has_prev = (True, more) if back else (more, after is not None)
    return Page(
        rows,
        f"?after={rows[-1].pk}" if rows and has_next else None,
        f"?before={rows[0].pk}" if rows and has_prev else None,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None

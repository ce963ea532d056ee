"""Pagination of lists, as `components/pagination.html` takes it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest

ROWS = 50


def pagination(request: HttpRequest, page: Page[Any], name: str = "page") -> dict[str, Any]:
    """Empty where everything fits on one page; `name` is the parameter that says which."""
    if not page.has_other_pages():
        return {}

    def url(number: int) -> str:
        query = request.GET.copy()
        query[name] = str(number)
        return f"?{query.urlencode()}"

    return {
        "prev_url": url(page.previous_page_number()) if page.has_previous() else None,
        "next_url": url(page.next_page_number()) if page.has_next() else None,
        "shown": f"{page.start_index():,}–{page.end_index():,} of {page.paginator.count:,}",
    }

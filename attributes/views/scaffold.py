"""A place for pages that are not written yet."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse


def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("to be written")

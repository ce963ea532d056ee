"""What several pages need."""

from __future__ import annotations

from typing import TypeVar

from django.db import models
from django.http import Http404, HttpRequest

from labelhub.lib import pages
from labelhub.lib.errors import BadInput

Row = TypeVar("Row", bound=models.Model)


def said(error: Exception, file: str = "") -> str:
    """A refusal as a sentence for a page; one that begins with the name of a file leaves the name as it is."""
    text = str(error)
    begins = text if file and text.startswith(file) else text[:1].upper() + text[1:]
    return begins + ("" if text.endswith((".", "?")) else ".")


def listed(
    request: HttpRequest, rows: models.QuerySet[Row], *, size: int = pages.PAGE_SIZE, newest_first: bool = False
) -> pages.Page[Row]:
    """A page of the list; a cursor that was tampered with is a page that does not exist."""
    try:
        return pages.keyset(request, rows, size=size, newest_first=newest_first)
    except BadInput as error:
        raise Http404(str(error)) from None

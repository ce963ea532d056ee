"""What the top bar of every page shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from attributes.domain import access
from attributes.models import Role

# key, label, URL name, roles that see it
NAV: tuple[tuple[str, str, str, frozenset[Role]], ...] = (
    ("attributes", "Attributes", "attributes:attributes", access.ANALYSE),
    ("sets", "Golden sets", "raters:sets", access.ANALYSE),
    ("rate", "Rate", "raters:queue", access.RATE),
    ("runs", "Runs", "llm_jobs:runs", access.ANALYSE),
    ("students", "Students", "llm_jobs:students", access.ANALYSE),
    ("corpus", "Corpus", "attributes:items", access.ANALYSE),
    ("reports", "Reports", "reports:index", access.ANALYSE),
    ("people", "People", "attributes:people", access.OWN),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Corpus, the person's corpora and the navigation their roles allow."""
    corpus = getattr(request, "corpus", None)
    roles: frozenset[Role] = getattr(request, "roles", frozenset())
    nav = [
        {"key": key, "label": label, "url": (url := reverse(name, args=[corpus.slug])), "active": _in(request, url)}
        for key, label, name, allowed in NAV
        if corpus is not None and not roles.isdisjoint(allowed)
    ]
    return {"corpus": corpus, "corpora": access.corpora_of(request.user), "nav": nav, "roles": roles}


def _in(request: HttpRequest, url: str) -> bool:
    return request.path.startswith(url)

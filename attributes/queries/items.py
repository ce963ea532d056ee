"""Which items a page shows."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q, QuerySet

from ..models import Corpus, Item, Media
from ..models.items import SEARCH_CONFIG


@dataclass(frozen=True)
class Filters:
    """What the corpus page can be narrowed to; empty values narrow nothing."""

    q: str = ""
    picture: str = ""  # with | without
    group: str = ""
    language: str = ""
    removed: bool = False

    @property
    def any(self) -> bool:
        return self != Filters()


def present(corpus: Corpus) -> QuerySet[Item]:
    return Item.objects.filter(corpus=corpus, removed_at=None)


def removed(corpus: Corpus) -> QuerySet[Item]:
    return Item.objects.filter(corpus=corpus).exclude(removed_at=None)


def filtered(corpus: Corpus, filters: Filters) -> QuerySet[Item]:
    """The items that pass every filter, without an order."""
    items = removed(corpus) if filters.removed else present(corpus)
    if filters.q:
        items = items.filter(matches(corpus, filters.q))
    if filters.picture:
        items = items.filter(media__isnull=filters.picture == "without")
    if filters.group:
        items = items.filter(group_key=filters.group)
    if filters.language:
        items = items.filter(language=filters.language)
    return items


def matches(corpus: Corpus, text: str) -> Q:
    """Items whose words match (quotes, `or` and - as in a web search), or whose id is exactly that.

    Each half is a subquery that its own index answers; joined by OR in one query neither would be.
    """
    words = SearchQuery(text, search_type="websearch", config=SEARCH_CONFIG)
    by_words = Item.objects.filter(corpus=corpus, search__words=words).values("pk")
    by_id = Item.objects.filter(corpus=corpus, external_id=text).values("pk")
    return Q(pk__in=by_words.union(by_id, all=True))


def with_media(corpus: Corpus) -> QuerySet[Media]:
    return Media.objects.filter(item__corpus=corpus, item__removed_at=None, state=Media.State.READY)

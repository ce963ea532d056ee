"""The word index of items: what the corpus page's search box asks."""

from __future__ import annotations

from collections.abc import Callable

from django.db import models, transaction
from django.db.models import Exists, OuterRef

from labelhub.lib.copy import execute

from ..models import Corpus, Item, ItemSearch, Job
from ..models.items import SEARCH_CONFIG
from . import jobs

CHUNK = 5_000
# Up to here an import indexes its items itself; a larger one leaves them to a job.
AT_ONCE = 1_000


def stale_items(corpus: Corpus) -> models.QuerySet[Item]:
    """Items whose present words are not in the index."""
    current = ItemSearch.objects.filter(item=OuterRef("pk"), content_hash=OuterRef("content_hash"))
    return Item.objects.filter(~Exists(current), corpus=corpus)


def index(*, corpus: Corpus, on_progress: Callable[[int, int], None] | None = None) -> int:
    """Index what is missing or changed, in chunks that are each stored whole; returns how many items."""
    done = 0
    # Anew until nothing is left: an import that came meanwhile took this job for its own.
    while todo := list(stale_items(corpus).order_by("pk").values_list("pk", flat=True)):
        for start in range(0, len(todo), CHUNK):
            chunk = todo[start : start + CHUNK]
            _store(chunk)
            done += len(chunk)
            if on_progress:
                on_progress(done, done + len(todo) - start - len(chunk))
    if done > AT_ONCE:
        # Until the words are merged and the planner knows the new rows, it answers a search by reading every item.
        execute("SELECT gin_clean_pending_list('item_search_words')")
        execute("ANALYZE attributes_item, attributes_itemsearch")
    return done


def index_or_enqueue(*, corpus: Corpus, changed: int) -> Job | None:
    """After a change of that many items: index them at once, or make the job that does."""
    if changed <= AT_ONCE:
        index(corpus=corpus)
        return None
    return jobs.enqueue(corpus=corpus, kind=Job.Kind.INDEX_ITEMS, params={}, dedupe="")


def indexing(corpus: Corpus) -> Job | None:
    """The job under way, while the search does not cover all items yet."""
    return Job.objects.filter(corpus=corpus, kind=Job.Kind.INDEX_ITEMS, state__in=jobs.OPEN).first()


@transaction.atomic
def _store(items: list[int]) -> None:
    execute(
        """
        INSERT INTO attributes_itemsearch AS kept (item_id, words, content_hash)
        SELECT id, to_tsvector(%s, title || ' ' || text), content_hash FROM attributes_item WHERE id = ANY(%s)
        ON CONFLICT (item_id) DO UPDATE SET words = excluded.words, content_hash = excluded.content_hash""",
        [SEARCH_CONFIG, items],
    )

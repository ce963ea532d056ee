"""The corpus page, and the page of an item."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from labelhub.lib import pages
from labelhub.lib.errors import Refused

from ..domain import access, diffs, items, media, search
from ..forms.items import FilterForm
from ..media import FramePolicy, MediaError
from ..models import Corpus, Item, Media
from ..queries.items import filtered, present, removed, with_media
from .access import CorpusRequest, corpus_view
from .shared import listed, said

GRID_SIZE = 48
POLICY = FramePolicy()


@corpus_view(access.ANALYSE)
def index(request: CorpusRequest) -> HttpResponse:
    """Items as cards, or as rows where none of them has a picture; searched and filtered."""
    corpus = request.corpus
    form = FilterForm(request.GET)
    filters = form.filters()
    matching = filtered(corpus, filters)
    page = listed(request, matching.select_related("media"), size=GRID_SIZE)
    total = pages.bounded_count(present(corpus))
    context = {
        "form": form,
        "filters": filters,
        "page": page,
        "cards": [_card(corpus, item) for item in page.rows],
        "as_grid": any(_has_picture(item) for item in page.rows),
        "matching": pages.bounded_count(matching) if filters.any else total,
        "total": total,
        "with_media": pages.bounded_count(with_media(corpus)),
        "removed": pages.bounded_count(removed(corpus)),
        "indexing": search.indexing(corpus),
        "can_import": not request.roles.isdisjoint(access.EDIT),
    }
    return render(request, "attributes/items.html", context)


def _has_picture(item: Item) -> bool:
    return hasattr(item, "media") and item.media.state == Media.State.READY


def _card(corpus: Corpus, item: Item) -> dict[str, object]:
    picture = item.media if _has_picture(item) else None
    return {
        "item": item,
        "title": item.heading,
        "url": reverse("attributes:item", args=[corpus.slug, item.pk]),
        "thumb_url": reverse("attributes:thumbnail", args=[corpus.slug, picture.uid]) if picture else None,
        "duration_ms": picture.duration_ms if picture and picture.kind == "video" else None,
        "meta": item.group_key or item.external_id,
    }


@corpus_view(access.ANALYSE)
def show(request: CorpusRequest, pk: int) -> HttpResponse:
    """One item: what judges see of it, what models see of it, and what it said before."""
    item = _item(request, pk)
    picture = item.media if _has_picture(item) else None
    context = {
        "item": item,
        "picture": picture,
        "frames": media.kept_frames(picture, POLICY) if picture else None,
        "policy": POLICY,
        "revisions": _revisions(item),
        "can_edit": not request.roles.isdisjoint(access.EDIT),
    }
    return render(request, "attributes/item.html", context)


def _revisions(item: Item) -> list[dict[str, object]]:
    """The newest revisions, each as its difference to what came after it."""
    shown = []
    after = {"title": item.title, "text": item.text}
    for revision in item.revisions.order_by("-pk")[:20]:
        before = {key: str(revision.snapshot.get(key, "")) for key in after}
        changes = [diffs.Section(key.capitalize(), diffs.words(before[key], after[key])) for key in after]
        shown.append({"revision": revision, "changes": [section for section in changes if section.changed]})
        after = before
    return shown


@corpus_view(access.ANALYSE, methods=("POST",))
def cut_frames(request: CorpusRequest, pk: int) -> HttpResponse:
    """Cut the frames that models see, if that was not done yet."""
    item = _item(request, pk)
    if not _has_picture(item):
        raise Http404("no media")
    try:
        media.frames_of(item.media, POLICY)
    except MediaError as error:
        messages.error(request, f"No frames could be cut: {error}.")
    return redirect("attributes:item", request.corpus.slug, pk)


@corpus_view(access.EDIT, methods=("POST",))
def remove(request: CorpusRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)
    try:
        items.remove(item=item, actor=request.user)
    except Refused as error:
        messages.error(request, said(error))
    else:
        messages.success(request, f"{item.heading} is removed. It can be restored from its page.")
    return redirect("attributes:item", request.corpus.slug, pk)


@corpus_view(access.EDIT, methods=("POST",))
def restore(request: CorpusRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)
    try:
        items.restore(item=item, actor=request.user)
    except Refused as error:
        messages.error(request, said(error))
    else:
        messages.success(request, f"{item.heading} is back.")
    return redirect("attributes:item", request.corpus.slug, pk)


def _item(request: CorpusRequest, pk: int) -> Item:
    item = Item.objects.filter(corpus=request.corpus, pk=pk).select_related("media").first()
    if item is None:
        raise Http404("no such item")
    return item

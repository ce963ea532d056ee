"""Media files of items, for members only; raters fetch them too."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponseBase

from labelhub.lib.http import serve_file

from ..domain import access, media
from ..media import FramePolicy
from ..models import Media
from .access import CorpusRequest, corpus_view


@corpus_view(access.ANY)
def file(request: CorpusRequest, uid: uuid.UUID) -> HttpResponseBase:
    return serve_file(request, media.file_of(_media(request, uid)))


@corpus_view(access.ANY)
def thumbnail(request: CorpusRequest, uid: uuid.UUID) -> HttpResponseBase:
    return serve_file(request, media.thumbnail_of(_media(request, uid)))


@corpus_view(access.ANALYSE)
def frame(request: CorpusRequest, uid: uuid.UUID, number: int) -> HttpResponseBase:
    """A frame that was cut before; looking never cuts."""
    kept = media.kept_frames(_media(request, uid), FramePolicy())
    if kept is None or not 0 <= number < len(kept.paths):
        raise Http404("no such frame")
    return serve_file(request, media.root() / kept.paths[number])


def _media(request: CorpusRequest, uid: uuid.UUID) -> Media:
    found = Media.objects.filter(item__corpus=request.corpus, uid=uid, state=Media.State.READY).first()
    if found is None:
        raise Http404("no such media")
    return found

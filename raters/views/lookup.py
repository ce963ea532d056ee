"""Finding a corpus's rating set by its URL."""

from __future__ import annotations

import uuid

from django.http import Http404

from attributes.models import Corpus

from ..domain import sets
from ..models import RatingSet


def rating_set_or_404(corpus: Corpus, uid: uuid.UUID) -> RatingSet:
    found = sets.find(corpus, uid)
    if found is None:
        raise Http404("no such set in this corpus")
    return found

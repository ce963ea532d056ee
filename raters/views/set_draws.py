"""How the items of a set were drawn, more of them, and what became of those without gold."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused

from ..domain import overview, topups
from ..domain.outcomes import missing_by_split, outcomes
from ..forms.sets import TopUpForm
from ..models import RatingItem, RatingSet
from ..queries.outcomes import REASONS
from .lookup import rating_set_or_404
from .pages import ROWS
from .set_pages import head

GROWS = (RatingSet.State.DRAFT, RatingSet.State.OPEN)


@corpus_view(access.ANALYSE)
def design(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """How the items were drawn, with what chance, and what is asked of raters."""
    return _design(request, rating_set_or_404(request.corpus, uid), TopUpForm())


def _design(request: CorpusRequest, rating_set: RatingSet, form: TopUpForm) -> HttpResponse:
    above = head(request, rating_set, "design")
    draws = list(rating_set.draws.defer("frame").select_related("created_by").order_by("number"))
    grows = bool(above["may_edit"] and draws and rating_set.state in GROWS)
    context = {
        **above,
        "probabilities": overview.probabilities(rating_set),
        "named": [seat.user.name for seat in overview.seats(rating_set)[:ROWS]] if rating_set.is_named else [],
        "draws": draws,
        "left": topups.left_to_draw(rating_set) if grows else 0,
        "form": form,
    }
    return render(request, "raters/set_design.html", context, status=422 if form.errors else 200)


@corpus_view(access.EDIT, methods=("POST",))
def top_up(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Draw more items into the set."""
    rating_set = rating_set_or_404(request.corpus, uid)
    form = TopUpForm(request.POST)
    if not form.is_valid():
        return _design(request, rating_set, form)
    try:
        draw = topups.top_up(rating_set=rating_set, size=form.cleaned_data["size"], actor=request.user)
    except BadInput as error:
        form.add_error("size", str(error).removeprefix("size: "))
        return _design(request, rating_set, form)
    except Refused as error:
        messages.error(request, f"Nothing was changed: {error}.")
    else:
        messages.success(request, f"{draw.design['size']:,} more items are drawn into {rating_set.name}.")
    return redirect("raters:set_design", request.corpus.slug, uid)


@corpus_view(access.ANALYSE)
def without_gold(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The items without gold by reason, and how far they could move each share; a part of the set's page."""
    rating_set = rating_set_or_404(request.corpus, uid)
    by_split = missing_by_split(rating_set)
    found = outcomes(rating_set)
    context = {
        "rating_set": rating_set,
        "reasons": [_reason(reason, words, by_split) for reason, words in REASONS.items()],
        "splits": RatingItem.Split.labels,
        "n": found.n,
        "missing": sum(found.missing.values()),
        "weighted": found.probability is not None,
        "levels": [
            {"label": level.label, "bounds": found.bounds(place), "known": found.share(place)}
            for place, level in enumerate(rating_set.definition.parsed().levels)
        ],
    }
    return render(request, "raters/set_without_gold.html", context)


def _reason(reason: str, words: str, by_split: dict[str, dict[str, int]]) -> dict[str, Any]:
    counts = [(label, by_split.get(split, {}).get(reason, 0)) for split, label in RatingItem.Split.choices]
    return {"words": words, "counts": counts, "total": sum(n for _, n in counts)}

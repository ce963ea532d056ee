"""What the raters of a set say together: the majority beside a model of their errors, and by which gold is derived."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused

from ..domain import consensus, gold
from ..models import RatingSet
from .lookup import rating_set_or_404
from .set_pages import head


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The tab; its figures come in a second request, since the model may take a moment."""
    rating_set = rating_set_or_404(request.corpus, uid)
    return render(request, "raters/set_consensus.html", head(request, rating_set, "consensus"))


@corpus_view(access.ANALYSE)
def figures(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Counts and figures only: an item's labels are shown by a recorded act, in the reports."""
    rating_set = rating_set_or_404(request.corpus, uid)
    found = consensus.summary(rating_set)
    labels = [level["label"] for level in found.get("levels", [])]
    method = consensus.method_of(rating_set)
    context = {
        "rating_set": rating_set,
        "found": found,
        "heads": [*labels, "tie"],
        "rows": list(zip([*labels, "tie"], found.get("table", []), strict=False)),
        "labels": labels,
        "method": method,
        "method_name": consensus.METHODS[method],
        "may_choose": not request.roles.isdisjoint(access.EDIT) and rating_set.state == RatingSet.State.ADJUDICATING,
    }
    return render(request, "raters/set_consensus_figures.html", context)


@corpus_view(access.EDIT, methods=("POST",))
def choose(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Derive gold by the one or the other."""
    rating_set = rating_set_or_404(request.corpus, uid)
    try:
        changed = gold.choose_consensus(
            rating_set=rating_set, method=request.POST.get("method", ""), actor=request.user
        )
    except (BadInput, Refused) as error:
        messages.error(request, f"Nothing was changed: {error}.")
    else:
        messages.success(request, f"Gold is derived by {consensus.METHODS[consensus.method_of(changed)]}.")
    return redirect("raters:set_consensus", request.corpus.slug, uid)

"""Deciding what raters could not agree on, one item at a time.

The page is a shell: the votes come by a POST, because seeing them is recorded.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused

from ..domain import cases, gold
from ..forms.adjudication import DecisionForm
from ..models import GoldLabel, RatingItem, RatingSet
from .item_context import item_context
from .lookup import rating_set_or_404
from .set_pages import head
from .words import agree

NAMES = "adjudication-names"  # in the session: shown or hidden


@corpus_view(access.EDIT)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    rating_set = rating_set_or_404(request.corpus, uid)
    context = {**head(request, rating_set, "adjudicate"), "kind": _kind(request), "show": _number(request.GET, "show")}
    return render(request, "raters/adjudicate.html", context)


@corpus_view(access.EDIT, methods=("POST",))
def case(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The next item, or the one that is asked for, with its votes; that they were seen is recorded first."""
    rating_set = rating_set_or_404(request.corpus, uid)
    return _show(request, rating_set)


@corpus_view(access.EDIT, methods=("POST",))
def decide(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Store the decision, then show the next item."""
    rating_set = rating_set_or_404(request.corpus, uid)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        wrong = form.errors["note"][0] if "note" in form.errors else "The decision could not be read."
        return _show(request, rating_set, error=f"Nothing was stored. {wrong}")
    data = form.cleaned_data
    found = cases.find(rating_set, data["item"])
    if found is None:
        return _show(request, rating_set, error="This item is not in the set: nothing was stored.")
    try:
        label = gold.adjudicate(
            rating_item=found,
            level_key=data["level"] or None,
            adjudicator=request.user,
            reason_tag=data["reason_tag"],
            note=data["note"],
            for_definition=data["note"] if data["for_definition"] else None,
        )
    except (BadInput, Refused) as error:
        return _show(request, rating_set, error=f"Nothing was stored: {error}.")
    if not request.htmx:  # a press before the scripts were there
        return redirect("raters:adjudicate", request.corpus.slug, uid)
    decided = label.level.label if label.level else "undecidable"
    said = {"done": f"{found.item.heading}: {decided}.", "done_item": str(found.pk)}
    return _show(request, rating_set, after=found.pk, **said)


def _show(request: CorpusRequest, rating_set: RatingSet, *, after: int = 0, **said: str) -> HttpResponse:
    kind = _kind(request)
    asked = 0 if after else _number(request.POST, "item" if "error" in said else "show")
    found = cases.find(rating_set, asked) if asked else None
    found = found or cases.next_case(rating_set, kind, after=after or _number(request.POST, "after"))
    context: dict[str, Any] = {
        **head(request, rating_set, "adjudicate"),
        "corpus": request.corpus,
        "kind": kind,
        "counts": cases.counts(rating_set),
        "names_shown": _names_shown(request),
        **said,
    }
    if found is not None:
        try:
            gold.open_case(adjudicator=request.user, rating_set=rating_set, rating_item=found)
        except Refused as error:
            context["error"] = f"{error}."
        else:
            context |= _case(request, rating_set, found)
    return render(request, "raters/case.html", context)


def _case(request: CorpusRequest, rating_set: RatingSet, found: RatingItem) -> dict[str, Any]:
    spec = rating_set.definition.parsed()
    case = cases.load(found)
    before = case.decided or GoldLabel()
    written = request.POST if request.POST.get("item") == str(found.pk) else {}  # what was not stored is not lost
    initial = {
        "item": found.pk,
        "reason_tag": written.get("reason_tag", before.reason_tag),
        "note": written.get("note", before.note),
        "for_definition": "for_definition" in written,
    }
    return {
        "case": case,
        "agree": agree(*case.pairs),
        "spec": spec,
        "form": DecisionForm(initial=initial),
        "shown": item_context(found.item, spec.inputs, request.corpus),
    }


def _names_shown(request: CorpusRequest) -> bool:
    """Whether names stand beside the votes: hidden at first, then as this person left it."""
    asked = request.POST.get("names", "")
    if asked in ("shown", "hidden"):
        request.session[NAMES] = asked
    return bool(request.session.get(NAMES) == "shown")


def _number(sent: QueryDict, name: str) -> int:
    """A rating item's number; 0 where none was sent."""
    asked = sent.get(name, "")
    return int(asked) if asked.isdecimal() else 0


def _kind(request: CorpusRequest) -> str:
    asked = request.POST.get("kind") or request.GET.get("kind", "")
    return asked if asked in cases.KINDS else "tied"

"""The pages of one golden set: progress, items, agreement, design."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from attributes.domain import access
from attributes.models import Item, Media
from attributes.views.access import CorpusRequest, corpus_view

from ..domain import definition_notes, exclusions, gold, overview, work
from ..domain.loose_ends import loose_ends
from ..forms.seats import LeaveOutForm
from ..models import RatingSet
from ..queries import earlier
from .lookup import rating_set_or_404
from .pages import ROWS, pagination
from .words import changed, done_on, foretold, lacking, sentence, status, undone, work_left

FILTERS = {
    "": "All", "missing": "Answers missing", "tied": "Tied", "flagged": "Flagged", "waiting": "Skipped",
    "out": "Left out",
}  # fmt: skip
DRAFT_FILTERS = {"before": "Judged before"}


def head(request: CorpusRequest, rating_set: RatingSet, tab: str) -> dict[str, Any]:
    """What stands above every tab of the set."""
    seen = overview.overview(rating_set)
    adjudicating = rating_set.state == RatingSet.State.ADJUDICATING
    missing = gold.missing(rating_set) if adjudicating else {}
    rated = adjudicating or rating_set.state == RatingSet.State.OPEN
    ends_of = loose_ends(rating_set, seen) if rated else {}
    ends = undone(ends_of)
    return {
        "rating_set": rating_set,
        "definition": rating_set.definition,
        "tab": tab,
        "seen": seen,
        "status": status(rating_set),
        "sentence": sentence(rating_set, seen),
        "missing": missing,
        "lacking": lacking(missing),
        "unassigned_text": "".join(undone({"unassigned": ends_of["unassigned"]}) if "unassigned" in ends_of else []),
        "close_notes": ends or ["Every item has all of its answers."],
        "freeze_notes": [*lacking(missing), *ends],
        "may_edit": not request.roles.isdisjoint(access.EDIT),
        "may_own": not request.roles.isdisjoint(access.OWN),
    }


@corpus_view(access.ANALYSE)
def progress(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """How far it is, by item and by split, with what asks for attention."""
    rating_set = rating_set_or_404(request.corpus, uid)
    if rating_set.teaches:
        return redirect("raters:set_quality", request.corpus.slug, uid)
    may_edit = not request.roles.isdisjoint(access.EDIT)
    context = {
        **head(request, rating_set, "progress"),
        "flags": overview.listed_flags(rating_set)[:ROWS],
        "waiting": exclusions.with_reasons(list(exclusions.waiting(rating_set)[:ROWS])) if may_edit else [],
        "notes": definition_notes.of_set(rating_set)[:ROWS],
        "by_answers": work.by_answers(rating_set),
        "leave_out_form": LeaveOutForm(),
        "changed_text": changed(overview.changed_items(rating_set)),
        "earlier": earlier.counts(rating_set) if rating_set.state == RatingSet.State.DRAFT else None,
    }
    return render(request, "raters/set_progress.html", context)


@corpus_view(access.ANALYSE)
def pace(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """How fast it goes and when it may be complete, as a fragment: on a large set this reads every answer."""
    rating_set = rating_set_or_404(request.corpus, uid)
    done = work.work(rating_set, timezone.now())
    seen = overview.overview(rating_set)
    ahead = work.outlook(done, max(seen.wanted - seen.answers, 0))
    held = work.holdings(rating_set)
    names = {seat.user_id: seat.user for seat in rating_set.set_raters.filter(user__in=held).select_related("user")}
    context = {
        "rating_set": rating_set,
        "done": done,
        "last_day": sum(done.hourly),
        "done_on": done_on(ahead),
        "foretold": foretold(ahead),
        "work_left": work_left(ahead),
        "held": [(names[user], holding) for user, holding in held.items() if user in names],
        "n_held": sum(holding.n for holding in held.values()),
    }
    return render(request, "raters/set_pace.html", context)


@corpus_view(access.ANALYSE)
def items(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The items that may be listed. How far each is, never what anybody said of it: seeing that is an exposure."""
    rating_set = rating_set_or_404(request.corpus, uid)
    filters = FILTERS | (DRAFT_FILTERS if rating_set.state == RatingSet.State.DRAFT else {})
    which = request.GET.get("which", "")
    which = which if which in filters else ""
    page = Paginator(overview.listed_items(rating_set, which), ROWS).get_page(request.GET.get("page"))
    origins = overview.origins(list(page))
    rows = [{"item": row, "thumb_url": thumbnail(request, row.item), "gold": origins.get(row.pk)} for row in page]
    above = head(request, rating_set, "items")
    context = {
        **above,
        "rows": rows,
        "n_items": page.paginator.count,
        "which": which,
        "filters": filters,
        "sealed_text": _sealed(rating_set, above["seen"]),
        "may_leave_out": above["may_edit"] and rating_set.state in (RatingSet.State.OPEN, RatingSet.State.ADJUDICATING),
        "pagination": pagination(request, page),
    }
    return render(request, "raters/set_items.html", context)


def _sealed(rating_set: RatingSet, seen: overview.Overview) -> str:
    n = sum(split.n_items for split in seen.splits if split.is_test) if rating_set.test_is_sealed else 0
    return f"{n:,} test items are not listed; they show figures and counts only." if n else ""


def thumbnail(request: CorpusRequest, item: Item) -> str:
    media: Media | None = getattr(item, "media", None)
    if media is None or media.state != Media.State.READY:
        return ""
    return reverse("attributes:thumbnail", args=[request.corpus.slug, media.uid])

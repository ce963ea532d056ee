"""What the rating screen is told: `static/js/line.js` says the shape.

Nothing here depends on what others or machines have answered: raters are blind.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse

from attributes.views.access import CorpusRequest
from labelhub.lib.errors import Refused

from ..domain import assignments, attempts, qualifications, quality, queue, revisits
from ..domain.assignments import Line
from ..domain.qualifications import Feedback, Result
from ..domain.revisits import Past
from ..models import Rating, RatingSet
from ..queries import screen
from ..queries.screen import Shown
from .attempts import asking
from .endings import ending
from .item_context import item_context

Have = Collection[uuid.UUID]  # claims whose content the screen holds


def opening(request: CorpusRequest, rating_set: RatingSet, have: Have) -> dict[str, Any]:
    """The envelope of a rater's line, their claims prolonged; at the first call also what they did last."""
    said = claimed(request, rating_set, have)
    said["progress"]["left"] = queue.left(request.user, rating_set)
    if not have:
        past = revisits.recent(rater=request.user, rating_set=rating_set)
        said["recent"] = [entry(request, rating_set, each) for each in past]
    return said


def claimed(request: CorpusRequest, rating_set: RatingSet, have: Have) -> dict[str, Any]:
    try:
        line = assignments.claim_line(rater=request.user, rating_set=rating_set)
    except Refused:  # `queue` says why
        return _nothing(request, rating_set, "paused")
    if not line.claims:
        return _nothing(request, rating_set, "empty")
    said = _envelope(request, rating_set, line, have)
    said["progress"]["mine_total"] = queue.mine_total(line.seat, rating_set)
    return said


def following(request: CorpusRequest, rating_set: RatingSet, line: Line, have: Have) -> dict[str, Any]:
    """The envelope after an answer or a skip; an empty line is asked for once more, now waiting for other raters."""
    return _envelope(request, rating_set, line, have) if line.claims else claimed(request, rating_set, have)


def _envelope(request: CorpusRequest, rating_set: RatingSet, line: Line, have: Have) -> dict[str, Any]:
    new = [claim for claim in line.claims if claim.uid not in have]
    read = {shown.uid: shown for shown in screen.claims([claim.assignment_id for claim in new if not claim.shown])}
    return {
        "held": [str(claim.uid) for claim in line.claims],
        "items": [item(request, rating_set, claim.shown or read[claim.uid]) for claim in new],
        "progress": {"mine": line.seat.answered + line.seat.extra},
        "message": rating_set.message,
    }


def feedback(request: CorpusRequest, rating_set: RatingSet, told: Feedback) -> dict[str, Any]:
    """What a qualification tells of an answer."""
    context = {"feedback": told, "queue_url": reverse("raters:queue", args=[request.corpus.slug])}
    context |= asking(request, rating_set, told.result, attempts.wishes([rating_set], [request.user.pk]))
    return {"right": told.right, "html": render_to_string("components/rate_feedback.html", context)}


def _nothing(request: CorpusRequest, rating_set: RatingSet, state: str) -> dict[str, Any]:
    said = ending(queue.why_nothing(request.user, rating_set))
    context = {
        "icon_name": said.icon,
        "title": said.title,
        "text": said.text,
        "action_url": reverse("raters:queue", args=[request.corpus.slug]),
        "action_label": "Back to my queue",
    }
    if rating_set.teaches:
        result = qualifications.standing(request.user, [rating_set])[rating_set.pk]
        context |= asking(request, rating_set, result, attempts.wishes([rating_set], [request.user.pk]))
        context["text"] = f"{_score(result)}{'' if context.get('asked_at') else said.text}"
    html = render_to_string("components/rate_end.html", context)
    mine = queue.mine(request.user, rating_set)
    end = {"state": state, "html": html}
    return {"held": [], "items": [], "end": end, "progress": {"mine": mine}, "message": rating_set.message}


def _score(result: Result) -> str:
    """How an attempt at a qualification ended."""
    return f"{result.right} of {result.n} right, {result.needed} were needed. " if result.finished else ""


def item(request: CorpusRequest, rating_set: RatingSet, shown: Shown) -> dict[str, Any]:
    """Everything the screen needs to show an item, and what its rater had begun to say of it."""
    context = item_context(shown.item, rating_set.definition.parsed().inputs, request.corpus)
    clip_ms = shown.item.media.duration_ms if context["video_url"] else 0
    return {
        "assignment": str(shown.uid),
        "token": str(shown.token or ""),
        "html": render_to_string("components/rate_item.html", context),
        "title": _name(context),
        "poster": context["poster_url"],
        "draft": shown.draft,
        "rushed_below_ms": 0 if rating_set.teaches else quality.least_look_ms(rating_set, clip_ms),
    }


def entry(request: CorpusRequest, rating_set: RatingSet, past: Past) -> dict[str, Any]:
    """One line of the list of the rater's last answers."""
    context = item_context(past.assignment.rating_item.item, rating_set.definition.parsed().inputs, request.corpus)
    return {
        "assignment": str(past.assignment.uid),
        "title": _name(context),
        "poster": context["poster_url"],
        "kind": "answered" if past.rating else "skipped",
        **(_said(past.rating) if past.rating else {}),
    }


def _name(context: dict[str, Any]) -> str:
    """What to call an item in the list: of what the rater sees anyway, the title or how the text begins."""
    beginning: str = context["title"] or context["text"][:80].partition("\n")[0]
    return beginning or "Untitled"


def _said(rating: Rating) -> dict[str, Any]:
    return {
        "answer": rating.answer,
        "level": rating.level.key if rating.level else None,
        "reason": rating.reason,
        "rationale": rating.rationale,
        "confidence": rating.confidence,
        "evidence_ms": rating.evidence_ms,
        "submission_key": str(rating.submission_key),
        "counted": rating.counted,
    }

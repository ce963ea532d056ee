"""The rating screen. Its GET is a shell; every action is a POST that answers as `static/js/label.js` says."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from attributes.domain import access
from attributes.views.access import CorpusRequest, View, corpus_view
from labelhub.lib.errors import BadInput, Refused

from ..domain import assignments, queue, ratings
from ..domain import undo as undo_domain
from ..forms import AnswerForm, ClaimForm
from ..models import Assignment, Rating, RatingSet
from .endings import ending
from .item_context import item_context
from .lookup import rating_set_or_404

CONFIDENCE_LEVELS = ((1, "Guess"), (3, "Fairly"), (5, "Sure"))
SKIP_REASONS = (
    ("media", "The media does not play"),
    ("language", "I do not know the language"),
    ("person", "I know the person"),
    ("later", "I want to think about it"),
)
CANNOT_TELL_REASONS = (
    ("missing", "What decides it is not shown"),
    ("unclear", "The definition does not decide it"),
    ("quality", "Picture or sound is too poor"),
)
CHANGED = "Read the definition again: you rated {attribute} by {earlier} before, this is {now}."
F = TypeVar("F", bound=forms.Form)
ACTIONS = ("claim", "submit", "skip", "undo", "flag")


@corpus_view(access.RATE)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The shell: question, answers, definition. It claims nothing."""
    rating_set = rating_set_or_404(request.corpus, uid)
    definition = rating_set.definition
    context = {
        "rating_set": rating_set,
        "spec": definition.parsed(),
        "version_label": definition.name,
        "changed_note": _changed_note(request, rating_set),
        "rater_uid": request.user.uid,
        "exit_url": reverse("raters:queue", args=[request.corpus.slug]),
        "login_url": reverse("account_login"),
        "confidence": rating_set.confidence_mode,
        "rationale": rating_set.rationale_mode,
        "confidence_levels": CONFIDENCE_LEVELS,
        "skip_reasons": SKIP_REASONS,
        "cannot_tell_reasons": CANNOT_TELL_REASONS,
        **{f"{name}_url": reverse(f"raters:rate_{name}", args=[request.corpus.slug, uid]) for name in ACTIONS},
    }
    return render(request, "rate_base.html", context)


def _changed_note(request: CorpusRequest, rating_set: RatingSet) -> str:
    """Said as long as the rater's last answer on this attribute rests on another version."""
    now = rating_set.definition
    last = ratings.last_definition(rater=request.user, attribute=now.attribute)
    if last is None or last == now:
        return ""
    return CHANGED.format(attribute=now.attribute.name, earlier=last.name, now=now.name)


def action(view: View[[RatingSet]]) -> Callable[..., HttpResponseBase]:
    """A POST of the rating screen: JSON for everything that is final, also for strangers and wrong roles."""

    @corpus_view(access.RATE, methods=("POST",))
    def entered(request: CorpusRequest, uid: uuid.UUID) -> HttpResponseBase:
        return view(request, rating_set_or_404(request.corpus, uid))

    @wraps(view)
    def answered(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            return entered(request, **kwargs)
        except BadInput as error:
            return _error(400, "bad_input", str(error))
        except Refused as error:
            return _error(409, "refused", f"{str(error)[:1].upper()}{str(error)[1:]}.")
        except PermissionDenied:
            return _error(403, "role", "You no longer have the rater role here.")
        except Http404:
            return _error(404, "not_found", "This golden set is not here.")

    return answered


def _error(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"error": code, "message": message}, status=status)


@action
def claim(request: CorpusRequest, rating_set: RatingSet) -> HttpResponseBase:
    """Reserve the next item, or show the one that is reserved already."""
    return JsonResponse(_next(request, rating_set))


@action
def submit(request: CorpusRequest, rating_set: RatingSet) -> HttpResponseBase:
    """Store the answer; whatever comes after, it is stored."""
    form = _checked(AnswerForm(request.POST))
    rating = ratings.submit(
        rater=request.user,
        assignment_uid=form.cleaned_data["assignment"],
        submission_key=form.cleaned_data["submission_key"],
        answer=form.as_answer(),
    )
    saved = {"rating": rating.pk, "submission_key": str(rating.submission_key), "counted": rating.counted}
    late = {} if rating.counted else {"notice": "Your answer came late: it is kept, but not counted."}
    return JsonResponse({**_next(request, rating_set), **late, "saved": saved})


@action
def skip(request: CorpusRequest, rating_set: RatingSet) -> HttpResponseBase:
    """Give the item back; it comes again at the end of this rater's list."""
    data = _checked(ClaimForm(request.POST)).cleaned_data
    reason = f"{data['reason']}: {data['note']}" if data["note"] else data["reason"]
    if data["token"] is None:
        raise Refused("this item is no longer reserved for you")
    assignments.skip(rater=request.user, assignment_uid=data["assignment"], token=data["token"], reason=reason)
    return JsonResponse(_next(request, rating_set))


@action
def undo(request: CorpusRequest, rating_set: RatingSet) -> HttpResponseBase:
    """Show the last answer again, which stands until it is answered anew, or the item that was skipped after it."""
    step = undo_domain.step_back(rater=request.user, rating_set=rating_set)
    said = {"given": _given(step.rating)} if step.rating else {"notice": "You skipped this one; here it is again."}
    return JsonResponse({**_item(request, rating_set, step.assignment), **said})


@action
def flag(request: CorpusRequest, rating_set: RatingSet) -> HttpResponseBase:
    """Ask an expert to look; the item stays on the screen."""
    data = _checked(ClaimForm(request.POST)).cleaned_data
    ratings.flag(rater=request.user, assignment_uid=data["assignment"], note=data["note"])
    return JsonResponse({"message": "Flagged. An expert will look at it; you may still answer."})


def _checked(form: F) -> F:
    """The form, valid; `BadInput` names the first field at fault."""
    for name, errors in form.errors.items():
        raise BadInput(f"{name}: {errors[0]}")
    return form


def _next(request: CorpusRequest, rating_set: RatingSet) -> dict[str, Any]:
    try:
        claimed = assignments.claim_next(rater=request.user, rating_set=rating_set)
    except Refused:
        claimed, state = None, "paused"  # `queue` says why
    else:
        state = "empty"
    return _item(request, rating_set, claimed) if claimed else _ending(request, rating_set, state)


def _item(request: CorpusRequest, rating_set: RatingSet, assignment: Assignment) -> dict[str, Any]:
    inputs = rating_set.definition.parsed().inputs
    context = item_context(assignment.rating_item.item, inputs, request.corpus)
    return {
        "state": "item",
        "html": render_to_string("components/rate_item.html", context),
        "assignment": str(assignment.uid),
        "token": str(assignment.lease_token or ""),
        "progress": _progress(request, rating_set),
    }


def _ending(request: CorpusRequest, rating_set: RatingSet, state: str) -> dict[str, Any]:
    said = ending(queue.why_nothing(request.user, rating_set))
    context = {
        "icon_name": said.icon,
        "title": said.title,
        "text": said.text,
        "action_url": reverse("raters:queue", args=[request.corpus.slug]),
        "action_label": "Back to my queue",
    }
    html = render_to_string("components/rate_end.html", context)
    return {"state": state, "html": html, "progress": _progress(request, rating_set)}


def _progress(request: CorpusRequest, rating_set: RatingSet) -> dict[str, int | None]:
    counted = queue.progress(request.user, rating_set)
    left = queue.left(request.user, rating_set) if counted.mine_total is None else None
    return {
        "mine": counted.mine,
        "mine_total": counted.mine_total,
        "left": left,
        "team": counted.team,
        "team_total": counted.team_total,
    }


def _given(rating: Rating) -> dict[str, str | None]:
    return {
        "answer": rating.answer,
        "level": rating.level.key if rating.level else None,
        "rationale": rating.rationale,
    }

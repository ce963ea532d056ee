"""The rating screen. Its GET is a shell; every action is a POST that answers as `static/js/line.js` says."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from attributes.domain import access
from attributes.views.access import CorpusRequest, View, corpus_view
from labelhub.lib.errors import BadInput, Refused

from ..domain import assignments, drafts, flags, qualifications, ratings, reasons, revisits
from ..forms.screen import AnswerForm, ClaimForm, DraftForm, HaveForm, ReleaseForm
from ..models import RatingSet
from ..queries import screen
from . import rating_replies as replies
from .lookup import rating_set_or_404

CONFIDENCE_LEVELS = ((1, "Guess"), (3, "Fairly"), (5, "Sure"))
CHANGED = "Read the definition again: you rated {attribute} by {earlier} before, this is {now}."
F = TypeVar("F", bound=forms.Form)
ACTIONS = ("claim", "submit", "skip", "revisit", "draft", "flag", "release")


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
        "teaches": rating_set.teaches,
        "exit_url": reverse("raters:queue", args=[request.corpus.slug]),
        "login_url": reverse("account_login"),
        "confidence": rating_set.confidence_mode,
        "rationale": rating_set.rationale_mode,
        "confidence_levels": CONFIDENCE_LEVELS,
        "skip_reasons": reasons.SKIP,
        "cannot_tell_reasons": reasons.CANNOT_TELL,
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
        if request.POST.get("rater", str(request.user.uid)) != str(request.user.uid):
            return _error(403, "other_person", f"{request.user.name} is signed in now: these answers are not theirs.")
        rating_set = screen.rating_set(request.corpus, uid)
        if rating_set is None:
            raise Http404("no such set in this corpus")
        return view(request, rating_set)

    @wraps(view)
    def answered(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        try:
            return entered(request, **kwargs)
        except BadInput as error:
            return _error(400, "bad_input", str(error))
        except ratings.Conflict as error:
            return _error(409, "conflict", _sentence(error))
        except Refused as error:
            return _error(409, "refused", _sentence(error))
        except PermissionDenied:
            return _error(403, "role", "You no longer have the rater role here.")
        except Http404:
            return _error(404, "not_found", "This golden set is not here.")

    return answered


def _error(status: int, code: str, message: str) -> JsonResponse:
    return JsonResponse({"error": code, "message": message}, status=status)


def _sentence(error: Exception) -> str:
    return f"{str(error)[:1].upper()}{str(error)[1:]}."


@action
def claim(request: CorpusRequest, rating_set: RatingSet) -> HttpResponseBase:
    """Show what is reserved, prolong it, and reserve what is missing."""
    have = _checked(HaveForm(request.POST)).cleaned_data["have"]
    return JsonResponse(replies.opening(request, rating_set, have))


@action
def submit(request: CorpusRequest, rating_set: RatingSet) -> HttpResponseBase:
    """Store the answer and reserve what comes next."""
    form = _checked(AnswerForm(request.POST))
    answered: dict[str, Any] = {
        "rater": request.user,
        "assignment_uid": form.cleaned_data["assignment"],
        "submission_key": form.cleaned_data["submission_key"],
        "answer": form.as_answer(),
    }
    told: qualifications.Feedback | None = None
    if rating_set.teaches:
        rating, line, told = qualifications.submit_and_learn(**answered)
    else:
        rating, line = ratings.submit_and_go_on(**answered)
    said = replies.following(request, rating_set, line, form.cleaned_data["have"])
    said["saved"] = {"submission_key": str(rating.submission_key), "counted": rating.counted}
    if told:
        said["feedback"] = replies.feedback(request, rating_set, told)
    if not rating.counted:
        said["notice"] = "Your answer came late: it is kept, but not counted."
    return JsonResponse(said)


@action
def skip(request: CorpusRequest, rating_set: RatingSet) -> HttpResponseBase:
    """Give the item back; it comes again at the end of this rater's list."""
    data = _checked(ClaimForm(request.POST)).cleaned_data
    if data["token"] is None:
        raise Refused("this item is no longer reserved for you")
    reason = f"{data['reason']}: {data['note']}" if data["note"] else data["reason"]
    uid, token = data["assignment"], data["token"]
    line = assignments.skip(rater=request.user, assignment_uid=uid, token=token, reason=reason)
    return JsonResponse(replies.following(request, rating_set, line, data["have"]))


@action
def revisit(request: CorpusRequest, rating_set: RatingSet) -> HttpResponseBase:
    """Show one of the last answers again, which stands until it is revised, or an item that was skipped."""
    data = _checked(ClaimForm(request.POST)).cleaned_data
    past = revisits.revisit(rater=request.user, assignment_uid=data["assignment"])
    given = replies.entry(request, rating_set, past)
    (shown,) = screen.claims([past.assignment.pk])
    return JsonResponse({"item": replies.item(request, rating_set, shown), "given": given})


@action
def draft(request: CorpusRequest, rating_set: RatingSet) -> HttpResponseBase:
    """Keep what the rater has begun to say."""
    form = _checked(DraftForm(request.POST))
    uid, revision = form.cleaned_data["assignment"], form.cleaned_data["revision"]
    stands = drafts.save(rater=request.user, assignment_uid=uid, revision=revision, draft=form.as_draft())
    return JsonResponse({"revision": stands})


@action
def flag(request: CorpusRequest, rating_set: RatingSet) -> HttpResponseBase:
    """Ask an expert to look; the item stays on the screen."""
    data = _checked(ClaimForm(request.POST)).cleaned_data
    flags.flag(rater=request.user, assignment_uid=data["assignment"], note=data["note"])
    return JsonResponse({"message": "Flagged. An expert will look at it; you may still answer."})


@action
def release(request: CorpusRequest, rating_set: RatingSet) -> HttpResponseBase:
    """The screen is left: give back what it held ahead."""
    uids = _checked(ReleaseForm(request.POST)).cleaned_data["assignments"]
    assignments.release(rater=request.user, assignment_uids=uids)
    return HttpResponse(status=204)


def _checked(form: F) -> F:
    """The form, valid; `BadInput` names the first field at fault."""
    for name, errors in form.errors.items():
        raise BadInput(f"{name}: {errors[0]}")
    return form

"""What the owner does about the raters of a set, a POST each."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused

from ..domain import seats
from ..forms.seats import AddRaterForm, MessageForm, ReassignForm, ShareForm
from ..models import SetRater
from .lookup import rating_set_or_404
from .set_raters import seat_or_404
from .words import handed_over

UNREAD = "Nothing was changed: {}"


def _attempt(request: CorpusRequest, act: Callable[[], str]) -> bool:
    """Do it and say so; or say why it was refused."""
    try:
        messages.success(request, act())
    except (BadInput, Refused) as error:
        messages.error(request, f"Nothing was changed: {error}.")
        return False
    return True


def _first_error(form: AddRaterForm | ShareForm | ReassignForm | MessageForm) -> str:
    return next(f"{name}: {errors[0]}" for name, errors in form.errors.items())


def _to_list(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    return redirect("raters:set_raters", request.corpus.slug, uid)


def _to_rater(request: CorpusRequest, uid: uuid.UUID, rater: uuid.UUID) -> HttpResponse:
    return redirect("raters:set_rater", request.corpus.slug, uid, rater)


@corpus_view(access.EDIT, methods=("POST",))
def add(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    rating_set = rating_set_or_404(request.corpus, uid)
    form = AddRaterForm(request.POST, people=seats.candidates(rating_set), prefix="new")
    if not form.is_valid():
        messages.error(request, UNREAD.format(_first_error(form)))
        return _to_list(request, uid)
    data = form.cleaned_data

    def act() -> str:
        seat = seats.add(
            rating_set=rating_set, rater=form.chosen(), quota=data["quota"], cohort=data["cohort"], actor=request.user
        )
        return f"{seat.user.name} rates this set now."

    _attempt(request, act)
    return _to_list(request, uid)


@corpus_view(access.EDIT, methods=("POST",))
def tell(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    rating_set = rating_set_or_404(request.corpus, uid)
    form = MessageForm(request.POST)
    if not form.is_valid():
        messages.error(request, UNREAD.format(_first_error(form)))
        return _to_list(request, uid)

    def act() -> str:
        told = seats.tell(rating_set=rating_set, message=form.cleaned_data["message"], actor=request.user)
        return "The raters see the message." if told.message else "The message is taken away."

    _attempt(request, act)
    return _to_list(request, uid)


@corpus_view(access.EDIT, methods=("POST",))
def restrict(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    rating_set = rating_set_or_404(request.corpus, uid)
    named = request.POST.get("named") == "on"

    def act() -> str:
        seats.restrict(rating_set=rating_set, named=named, actor=request.user)
        return "Only the listed raters may rate it now." if named else "Everybody with the rater role may join now."

    _attempt(request, act)
    return _to_list(request, uid)


@corpus_view(access.EDIT, methods=("POST",))
def change(request: CorpusRequest, uid: uuid.UUID, rater: uuid.UUID) -> HttpResponse:
    seat = seat_or_404(rating_set_or_404(request.corpus, uid), rater)
    form = ShareForm(request.POST)
    if not form.is_valid():
        messages.error(request, UNREAD.format(_first_error(form)))
        return _to_rater(request, uid, rater)

    def act() -> str:
        seats.change(
            seat=seat, quota=form.cleaned_data["quota"], cohort=form.cleaned_data["cohort"], actor=request.user
        )
        return "Quota and cohort are kept."

    _attempt(request, act)
    return _to_rater(request, uid, rater)


@corpus_view(access.EDIT, methods=("POST",))
def pause(request: CorpusRequest, uid: uuid.UUID, rater: uuid.UUID) -> HttpResponse:
    return _step(request, uid, rater, lambda seat: _paused(seats.pause(seat=seat, actor=request.user)))


@corpus_view(access.EDIT, methods=("POST",))
def resume(request: CorpusRequest, uid: uuid.UUID, rater: uuid.UUID) -> HttpResponse:
    return _step(request, uid, rater, lambda seat: _paused(seats.resume(seat=seat, actor=request.user)))


def _paused(seat: SetRater) -> str:
    return f"{seat.user.name} gets no more items of this set." if seat.paused_at else f"{seat.user.name} goes on."


@corpus_view(access.EDIT, methods=("POST",))
def release(request: CorpusRequest, uid: uuid.UUID, rater: uuid.UUID) -> HttpResponse:
    def act(seat: SetRater) -> str:
        n = seats.release(seat=seat, actor=request.user)
        return f"{n} item{'' if n == 1 else 's'} given back: others may have them now." if n else "Nothing was held."

    return _step(request, uid, rater, act)


@corpus_view(access.EDIT, methods=("POST",))
def reassign(request: CorpusRequest, uid: uuid.UUID, rater: uuid.UUID) -> HttpResponse:
    def act(seat: SetRater) -> str:
        form = ReassignForm(request.POST, seat=seat)
        if not form.is_valid():
            raise BadInput(_first_error(form).rstrip("."))
        taker = form.chosen()
        return handed_over(seats.reassign(seat=seat, to=taker, actor=request.user), taker.user.name)

    return _step(request, uid, rater, act)


@corpus_view(access.EDIT, methods=("POST",))
def remove(request: CorpusRequest, uid: uuid.UUID, rater: uuid.UUID) -> HttpResponse:
    seat = seat_or_404(rating_set_or_404(request.corpus, uid), rater)

    def act() -> str:
        seats.remove(seat=seat, actor=request.user)
        return f"{seat.user.name} is off the list."

    return _to_list(request, uid) if _attempt(request, act) else _to_rater(request, uid, rater)


def _step(request: CorpusRequest, uid: uuid.UUID, rater: uuid.UUID, act: Callable[[SetRater], str]) -> HttpResponse:
    seat = seat_or_404(rating_set_or_404(request.corpus, uid), rater)
    _attempt(request, lambda: act(seat))
    return _to_rater(request, uid, rater)

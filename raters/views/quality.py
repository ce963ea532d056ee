"""Quality in the work: a set's page for it, and qualifications with their results."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from attributes.domain import access
from attributes.models import Definition
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused

from ..domain import attempts, overview, qualifications, quality
from ..domain.clauses import clauses
from ..forms.quality import QualificationForm
from ..forms.sets import definition_choices
from ..models import RatingItem, RatingSet
from .lookup import rating_set_or_404
from .pages import ROWS, pagination
from .set_pages import head


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Each rater's care, part by part; of a qualification, their results."""
    rating_set = rating_set_or_404(request.corpus, uid)
    rows = Paginator(overview.seats(rating_set), ROWS).get_page(request.GET.get("page"))
    context = {**head(request, rating_set, "quality"), "n_raters": rows.paginator.count}
    context |= {"pagination": pagination(request, rows)}
    if rating_set.teaches:
        return render(request, "raters/set_lesson.html", context | _results(rating_set, list(rows)))
    context |= {
        "cares": quality.of_raters(rating_set, list(rows)),
        "n_checks": rating_set.design.get(RatingItem.Role.CHECK, 0),
        "rushed_below_s": rating_set.rushed_below_ms / 1000,
    }
    return render(request, "raters/set_quality.html", context)


def _results(rating_set: RatingSet, seats: list[Any]) -> dict[str, Any]:
    found = qualifications.results([rating_set], seats)
    admits = RatingSet.objects.filter(qualification=rating_set).order_by("-pk")[:ROWS]
    wishes = attempts.wishes([rating_set], [seat.user_id for seat in seats])
    return {
        "admits": admits,
        "asking": attempts.waiting([rating_set]).get(rating_set.pk, []),
        "rows": [
            {
                "seat": seat,
                "result": found[rating_set.pk, seat.user_id],
                "asked_at": wishes.get((rating_set.pk, seat.user_id, seat.attempt)),
            }
            for seat in seats
        ],
    }


@corpus_view(access.EDIT, methods=("GET", "POST"))
def new(request: CorpusRequest) -> HttpResponse:
    """Make a qualification as a draft."""
    choices = definition_choices(request.corpus)
    form = QualificationForm(
        request.POST if request.method == "POST" else None, corpus=request.corpus, definitions=choices
    )
    if request.method == "POST" and form.is_valid():
        try:
            created = qualifications.create(
                definition=form.chosen_definition(),
                name=form.cleaned_data["name"],
                source=form.source(),
                pass_mark=form.cleaned_data["pass_mark"] / 100,
                actor=request.user,
            )
        except (BadInput, Refused) as error:
            form.blame(error)
        else:
            messages.success(request, f"{created.name} is made. Open it, and raters find it in their queues.")
            return redirect("raters:set_quality", request.corpus.slug, created.uid)
    newest = Definition.objects.select_related("attribute").filter(uid__in=[uid for uid, _ in choices][:ROWS])
    shown = [(one, clauses(one.parsed())) for one in newest.order_by("attribute__name", "-version")]
    context = {"form": form, "definitions": shown}
    return render(request, "raters/qualification_new.html", context, status=422 if form.errors else 200)

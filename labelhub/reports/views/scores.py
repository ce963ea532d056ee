"""The scored items of an attribute: listed, filtered, downloaded.

Whoever sees what a machine says of an item may no longer rate it, so rows are asked for by POST: the sight is recorded.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from attributes.domain import access
from attributes.models import Attribute, Role
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import Refused
from labelhub.lib.pages import address
from llm_jobs.domain import exposures
from llm_jobs.domain.prevalence import positive
from llm_jobs.models import Publication

from ..domain import prevalence, scored
from ..domain.scored import Wanted
from ..forms import ScoresForm
from .common import attribute_or_404, disarmed


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, attribute: str) -> HttpResponse:
    """The shell: what is scored and what is asked for, without a probability."""
    what = attribute_or_404(request.corpus, attribute)
    publication = prevalence.publication_of(what)
    if publication is None:
        return render(request, "reports/scores.html", {"attribute": what, "publication": None})
    form, _, levels = _asked(request, what)
    _place(request.GET.get("after", ""))
    context = {
        "attribute": what,
        "publication": publication,
        "form": form,
        "positive": levels[positive(what)],
        "calibrated": scored.calibrator(publication) is not None,
        "rating_set": prevalence.golden_set(what),
        "place": request.GET.urlencode(),
        "rates_too": Role.RATER in request.roles,
    }
    return render(request, "reports/scores.html", context)


@corpus_view(access.ANALYSE, methods=["POST"])
def rows(request: CorpusRequest, attribute: str) -> HttpResponse:
    """A page of items with their published probability, the surest first; who has seen them is on record from here."""
    what = attribute_or_404(request.corpus, attribute)
    publication = _published(what)
    form, wanted, levels = _asked(request, what)
    after = _place(request.GET.get("after", ""))
    found, behind = scored.page(publication, wanted, after) if form.is_valid() else ([], None)
    exposures.saw_machine_labels(user=request.user, items=[row.item for row in found], attributes=[what])
    context = {
        "attribute": what,
        "rows": [(row, levels[row.answer]) for row in found],
        "calibrated": bool(found) and found[0].p is not None,
        "first_url": address(request) if after else None,
        "next_url": address(request, after=f"{behind[0]!r}_{behind[1]}") if behind else None,
    }
    return render(request, "reports/_scores.html", context)


@corpus_view(access.ANALYSE, methods=["POST"])
def download(request: CorpusRequest, attribute: str) -> HttpResponseBase:
    """The same items as CSV, streamed; each that is sent is on record as seen."""
    what = attribute_or_404(request.corpus, attribute)
    publication = _published(what)
    form, wanted, _ = _asked(request, what)
    if not form.is_valid():
        raise Http404("no such scores")
    try:
        rows = scored.take(publication, wanted, user=request.user, rates_too=Role.RATER in request.roles)
    except Refused as error:
        messages.error(request, f"Nothing was downloaded: {error}.")
        return redirect("reports:scores", request.corpus.slug, what.slug)
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="scores-{what.slug}.csv"'
    return response


def _published(what: Attribute) -> Publication:
    publication = prevalence.publication_of(what)
    if publication is None:
        raise Http404("no published scores")
    return publication


class _Echo:
    def write(self, text: str) -> str:
        return text


def _lines(rows: Iterator[list[str | float]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([disarmed(cell) for cell in row])


def _asked(request: CorpusRequest, what: Attribute) -> tuple[ScoresForm, Wanted, list[str]]:
    levels = [level.label for level in what.levels.all()]
    form = ScoresForm(request.GET, levels=levels)
    return form, Wanted(**form.cleaned_data) if form.is_valid() else Wanted(), levels


def _place(text: str) -> tuple[float, int] | None:
    if not text:
        return None
    p, _, item = text.partition("_")
    try:
        return float(p), int(item)
    except ValueError:
        raise Http404("no place in this list") from None

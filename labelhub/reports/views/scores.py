"""The scored items of an attribute: listed, filtered, downloaded."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from attributes.domain import access
from attributes.models import Attribute
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.pages import address
from llm_jobs.models import Publication

from ..domain import prevalence, scored
from ..domain.scored import Wanted
from ..forms import ScoresForm
from .common import attribute_or_404, disarmed


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, attribute: str) -> HttpResponse:
    """Items with their published probability, the surest first."""
    what = attribute_or_404(request.corpus, attribute)
    publication = prevalence.publication_of(what)
    if publication is None:
        return render(request, "reports/scores.html", {"attribute": what, "publication": None})
    form, wanted, levels = _asked(request, what)
    after = _place(request.GET.get("after", ""))
    rows, behind = scored.page(publication, wanted, after) if form.is_valid() else ([], None)
    context = {
        "attribute": what,
        "publication": publication,
        "form": form,
        "rows": [(row, levels[row.answer]) for row in rows],
        "positive": levels[prevalence.positive(what)],
        "first_url": address(request) if after else None,
        "next_url": address(request, after=f"{behind[0]!r}_{behind[1]}") if behind else None,
        "query": request.GET.urlencode(),
    }
    return render(request, "reports/scores.html", context)


@corpus_view(access.ANALYSE)
def download(request: CorpusRequest, attribute: str) -> HttpResponseBase:
    """The same items as CSV, streamed."""
    what = attribute_or_404(request.corpus, attribute)
    publication = prevalence.publication_of(what)
    if publication is None:
        raise Http404("no published scores")
    form, wanted, _ = _asked(request, what)
    if not form.is_valid():
        raise Http404("no such scores")
    response = StreamingHttpResponse(_lines(publication, wanted), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="scores-{what.slug}.csv"'
    return response


class _Echo:
    def write(self, text: str) -> str:
        return text


def _lines(publication: Publication, wanted: Wanted) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for row in scored.table(publication, wanted):
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

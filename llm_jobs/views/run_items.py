"""A run's answers item by item, and what was sent for each: never items of a sealed test.

Whoever sees a machine's label may no longer rate the item, so labels are asked for by POST, which records the sight.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping, Sequence

from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import render

from attributes.domain import access, media
from attributes.models import Definition, Item, Role
from attributes.views.access import CorpusRequest, corpus_view
from raters.stats.level_calibration import LevelCalibrator

from ..claude.prompt import NothingToRate
from ..domain import calibrations, exposures, requests
from ..models import Annotation, Annotator, Run, RunItem
from ..queries import runs as queries
from . import words
from .pages import page_of
from .runs import run_or_404


@corpus_view(access.ANALYSE)
def index(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The shell: which items, without their labels."""
    run = run_or_404(request, uid)
    context = {
        "run": run,
        "n": queries.shown_items(run).count(),
        "n_sealed": run.run_items.count() - queries.shown_items(run).count(),
        "rates_too": Role.RATER in request.roles,
        "place": request.GET.urlencode(),
    }
    return render(request, "llm_jobs/run_items.html", context)


@corpus_view(access.ANALYSE, methods=["POST"])
def shown(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """A page of answers; that this person saw them is on record from here on."""
    run = run_or_404(request, uid)
    answers = Annotation.objects.select_related("level", "definition__attribute").order_by("definition")
    found = queries.shown_items(run).filter(state__in=[RunItem.State.DONE, RunItem.State.FAILED])
    found = found.select_related("item").prefetch_related(Prefetch("annotations", queryset=answers))
    page = page_of(request, found, ascending=True)
    definitions = _definitions(run)
    _record(request, [row.item for row in page.rows], definitions)
    context = {"run": run, "page": page, "paid": run.annotator.backend == Annotator.Backend.CLAUDE}
    maps = calibrations.of_annotator(run.annotator, definitions)
    for row in page.rows:
        row.answers = [_answer(answer, maps) for answer in row.annotations.all()]  # type: ignore[attr-defined]
    return render(request, "llm_jobs/_run_items.html", context)


def _record(request: CorpusRequest, items: Sequence[Item], definitions: Sequence[Definition]) -> None:
    attributes = [definition.attribute for definition in definitions]
    exposures.saw_machine_labels(user=request.user, items=items, attributes=attributes)


def _definitions(run: Run) -> list[Definition]:
    return [row.definition for row in run.run_definitions.select_related("definition__attribute")]


def _answer(annotation: Annotation, maps: Mapping[int, LevelCalibrator]) -> dict[str, object]:
    level, score, p = annotation.level, None, None
    if level is not None and annotation.p:
        score = annotation.p[level.position]
        if calibrated := calibrations.calibrated(maps.get(annotation.definition_id), [annotation.p]):
            p = calibrated[0][level.position]
    return {
        "attribute": annotation.definition.attribute,
        "level": level,
        "score": score,
        "p": p,
        "rationale": annotation.rationale,
        "failure": words.failure(annotation.failure_code) if annotation.failure_code else "",
        "flags": annotation.flags,
    }


def _item_or_404(request: CorpusRequest, uid: uuid.UUID, pk: int) -> RunItem:
    run = run_or_404(request, uid)
    found = queries.shown_items(run).select_related("item__media", "run__annotator").filter(pk=pk).first()
    if found is None or run.annotator.backend != Annotator.Backend.CLAUDE:
        raise Http404("no such item in this run, or one of a sealed test")
    return found


@corpus_view(access.ANALYSE)
def sent(request: CorpusRequest, uid: uuid.UUID, pk: int) -> HttpResponse:
    """Texts and frames exactly as they were sent, and the attempts on the ledger; the answer is asked for apart."""
    row = _item_or_404(request, uid, pk)
    context: dict[str, object] = {"run": row.run, "row": row, "attempts": row.requests.order_by("attempt")}
    try:
        again = requests.made_again(row)
    except (NothingToRate, media.MediaError) as error:
        context["nothing"] = str(error)
    else:
        context["sent"] = again
        context["frames"] = [
            {"data": base64.b64encode(frame.jpeg).decode(), "ms": frame.time_ms, "frame": frame}
            for frame in again.request.frames
        ]
    return render(request, "llm_jobs/sent.html", context)


@corpus_view(access.ANALYSE, methods=["POST"])
def answer(request: CorpusRequest, uid: uuid.UUID, pk: int) -> HttpResponse:
    """What came back for an item; that this person saw it is on record from here on."""
    row = _item_or_404(request, uid, pk)
    definitions = _definitions(row.run)
    _record(request, [row.item], definitions)
    answers = row.annotations.select_related("level", "definition__attribute").order_by("definition")
    last = row.requests.exclude(raw="").order_by("-attempt").first()
    maps = calibrations.of_annotator(row.run.annotator, definitions)
    context = {"answers": [_answer(found, maps) for found in answers], "last": last}
    return render(request, "llm_jobs/_answer.html", context)

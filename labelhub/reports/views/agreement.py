"""How far the raters of a golden set agree."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from attributes.domain import access
from attributes.models import Corpus
from attributes.tasks import ring
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput
from raters.models import GoldLabel, RatingItem, RatingSet
from raters.queries import ratings as queries

from .. import words
from ..charts import agreement as charts
from ..charts.agreement import COEFFICIENTS
from ..charts.chart import Chart
from ..domain import agreement, work
from ..domain.snapshots import is_current
from ..models import ReportSnapshot
from . import computed_from
from .common import csv_of, rating_set_or_404, shown

SPLITS = (RatingItem.Split.DEV, RatingItem.Split.TEST)
MAX_RATERS = 50


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The newest stored figures of the set; where there are none yet, the page has them computed."""
    rating_set = rating_set_or_404(request.corpus, uid)
    split = _split(request)
    snapshot = agreement.latest(rating_set, split)
    if snapshot is None:
        context = {"rating_set": rating_set, "split": split, "attribute": rating_set.definition.attribute}
        return render(request, "reports/agreement_new.html", context)
    return _shown(request, rating_set, snapshot)


@corpus_view(access.ANALYSE)
def snapshot(request: CorpusRequest, uid: uuid.UUID, snapshot: uuid.UUID) -> HttpResponse:
    """Figures as they were once computed: the permanent link."""
    rating_set = rating_set_or_404(request.corpus, uid)
    return _shown(request, rating_set, _stored(rating_set, snapshot))


@corpus_view(access.ANALYSE, methods=["POST"])
def compute(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Compute the figures for the ratings as they are now."""
    rating_set = rating_set_or_404(request.corpus, uid)
    split = _split(request)
    url = f"{reverse('reports:agreement', args=[request.corpus.slug, uid])}?split={split}"
    if agreement.takes_long(rating_set):
        job = work.ask_for_agreement(rating_set=rating_set, split=split, user=request.user)
        ring(job)
        url = reverse("reports:work", args=[request.corpus.slug, job.uid])
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    try:
        agreement.compute(rating_set=rating_set, split=split)
    except BadInput as error:
        messages.error(request, str(error))
        url = reverse("reports:index", args=[request.corpus.slug])
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@corpus_view(access.ANALYSE)
def chart_csv(request: CorpusRequest, uid: uuid.UUID, snapshot: uuid.UUID, chart: str) -> HttpResponse:
    rating_set = rating_set_or_404(request.corpus, uid)
    found = _stored(rating_set, snapshot)
    payload = agreement.payload_of(found)
    tables = [*_charts(payload), charts.raters(payload), charts.parts(payload)]
    return csv_of(tables, chart, f"agreement-{rating_set.definition.attribute.slug}")


def _split(request: CorpusRequest) -> str:
    wanted = request.POST.get("split") or request.GET.get("split") or RatingItem.Split.DEV
    if wanted not in SPLITS:
        raise Http404("no such split")
    return wanted


def _stored(rating_set: RatingSet, uid: uuid.UUID) -> ReportSnapshot:
    found = ReportSnapshot.objects.filter(kind=agreement.KIND, subject=rating_set.uid, uid=uid).first()
    if found is None:
        raise Http404("no such report")
    return found


def _charts(payload: dict[str, Any]) -> list[Chart]:
    levels = [level["label"] for level in payload["levels"]]
    found = [
        charts.coefficients(payload["figures"]),
        charts.versions(payload["versions"]),
        charts.pairs(payload["pairs"]),
        charts.level_pairs(payload["level_pairs"], levels),
    ]
    return [chart for chart in found if chart is not None]


def _computed_from(corpus: Corpus, rating_set: RatingSet, snapshot: ReportSnapshot) -> computed_from.ComputedFrom:
    inputs, address = snapshot.inputs, (corpus.slug, rating_set.uid)
    n = words.several(snapshot.payload["n_items_in_split"], "item")
    return computed_from.of_snapshot(
        snapshot,
        [
            computed_from.definition(inputs),
            computed_from.golden_set(corpus, rating_set, inputs["content"], f"{snapshot.split}, {n}"),
        ],
        url=reverse("reports:agreement_snapshot", args=[*address, snapshot.uid]),
        file=f"agreement-{rating_set.definition.attribute.slug}-",
        again_url=reverse("reports:agreement_compute", args=address),
        again={"split": snapshot.split},
        current=is_current(snapshot, agreement.inputs_of(rating_set, snapshot.split)),
    )


def _shown(request: CorpusRequest, rating_set: RatingSet, snapshot: ReportSnapshot) -> HttpResponse:
    payload = agreement.payload_of(snapshot)
    figures, address = payload["figures"], [request.corpus.slug, rating_set.uid, snapshot.uid]
    alpha = figures["krippendorff_alpha"]
    context: dict[str, Any] = {
        "rating_set": rating_set,
        "attribute": rating_set.definition.attribute,
        "snapshot": snapshot,
        "figures": figures,
        "payload": payload,
        "said": words.agreement(alpha),
        "chance": words.chance(figures) if payload["measurement"] == "nominal" else None,
        "paradox": words.paradox(payload),
        "alpha": alpha,
        "positive": _positive(payload),
        "has_test": queries.measured(rating_set, RatingItem.Split.TEST).exists(),
        "gwet": "gwet_ac2" if "gwet_ac2" in figures else "gwet_ac1",
        "sealed": snapshot.split == RatingItem.Split.TEST and rating_set.unsealed_at is None,
        "computed": _computed_from(request.corpus, rating_set, snapshot),
        "simulated": agreement.has_simulated(payload),
        **_rows(payload),
        "charts": shown(_charts(payload), lambda key: reverse("reports:agreement_csv", args=[*address, key])),
    }
    return render(request, "reports/agreement.html", context)


def _rows(payload: dict[str, Any]) -> dict[str, Any]:
    """The tables of the page."""
    figures, levels = payload["figures"], payload["levels"]
    labels = [level["label"] for level in levels]
    lows = [(figures.get(key) or {}).get("low") for key in COEFFICIENTS]
    people = payload["pairs"]["raters"]
    nothing = (None, None)
    return {
        "pair_low": min([0.0, *(cell["kappa"]["low"] or 0.0 for cell in payload["pairs"]["cells"])]),
        "low": min(0.0, *(low or 0.0 for low in lows)),
        "shares": [
            {"label": level["label"], "share": share, "low": (interval or nothing)[0], "high": (interval or nothing)[1]}
            for level, share, interval in zip(
                levels, figures["prevalence"], figures["prevalence_intervals"], strict=True
            )
        ],
        "coefficients": [
            {"label": label, "key": key, **figures[key]} for key, label in COEFFICIENTS.items() if figures.get(key)
        ],
        "raters": [
            {**row, "use": list(zip(labels, row["use"], strict=True))} for row in payload["raters"][:MAX_RATERS]
        ],
        "n_left_out": max(len(payload["raters"]) - MAX_RATERS, 0),
        "pairs": [{**cell, "a": people[cell["a"]], "b": people[cell["b"]]} for cell in payload["pairs"]["cells"]],
        "level_pairs": _level_pairs(payload),
        "reasons": [
            {"key": key, "label": GoldLabel.Reason(key).label if key else "no reason named", "n": n}
            for key, n in payload["reasons"].items()
        ],
    }


def _positive(payload: dict[str, Any]) -> str:
    """The level that precision, recall and F1 are of; empty where they are averages over the levels."""
    return str(payload["levels"][payload["positive"]]["label"]) if payload["positive"] is not None else ""


def _level_pairs(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """Two levels that one item got, the most frequent first; with two levels there is nothing to tell apart."""
    stored, levels = payload["level_pairs"], payload["levels"]
    if stored is None or len(levels) < 3:
        return []
    found = [
        {"a": levels[k], "b": levels[m], "n": stored["pairs"][k][m], "n_items": stored["items"][k][m]}
        for k in range(len(levels))
        for m in range(k)
        if stored["pairs"][k][m]
    ]
    return sorted(found, key=lambda row: -row["n"])

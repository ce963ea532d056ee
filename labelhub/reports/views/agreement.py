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
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput
from raters.models import RatingItem, RatingSet

from .. import words
from ..charts import agreement as charts
from ..charts.agreement import COEFFICIENTS
from ..charts.chart import Chart
from ..domain import agreement, versions
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
    return csv_of(_charts(rating_set, found), chart, f"agreement-{rating_set.definition.attribute.slug}")


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


def _charts(rating_set: RatingSet, snapshot: ReportSnapshot) -> list[Chart]:
    figures = snapshot.payload["figures"]
    found = [charts.coefficients(figures)]
    if pairs := charts.pairs(figures["cohen_kappa"]):
        found.append(pairs)
    points = versions.alphas(rating_set.definition.attribute, snapshot.split)
    if len(points) > 1:
        found.append(charts.versions(points))
    return found


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
    payload, slug = snapshot.payload, request.corpus.slug
    figures = payload["figures"]
    sealed = snapshot.split == RatingItem.Split.TEST and rating_set.unsealed_at is None
    alpha = figures["krippendorff_alpha"]
    said = words.agreement(alpha)
    context: dict[str, Any] = {
        "rating_set": rating_set,
        "attribute": rating_set.definition.attribute,
        "snapshot": snapshot,
        "figures": figures,
        "payload": payload,
        "said": said,
        "alpha": alpha,
        "sealed": sealed,
        "computed": _computed_from(request.corpus, rating_set, snapshot),
        "simulated": agreement.is_simulated(rating_set),
        "shares": [
            {"label": level["label"], "share": share}
            for level, share in zip(payload["levels"], figures["prevalence"], strict=True)
        ],
        "coefficients": [
            {"label": label, "key": key, **figures[key]} for key, label in COEFFICIENTS.items() if figures.get(key)
        ],
        "low": min([0.0, *(figures[key]["low"] for key in COEFFICIENTS if (figures.get(key) or {}).get("low"))]),
        "pairs": figures["cohen_kappa"],
        "raters": payload["raters"][:MAX_RATERS],
        "n_left_out": max(len(payload["raters"]) - MAX_RATERS, 0),
        "answers": figures["n_labels"] + figures["cannot_tell"],
        "charts": shown(
            _charts(rating_set, snapshot),
            lambda key: reverse("reports:agreement_csv", args=[slug, rating_set.uid, snapshot.uid, key]),
        ),
    }
    return render(request, "reports/agreement.html", context)

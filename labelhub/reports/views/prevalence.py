"""How frequent an attribute is in the corpus."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from attributes.domain import access
from attributes.models import Attribute, Corpus, Role
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput
from llm_jobs.domain import exposures
from llm_jobs.domain.prevalence import DEV, positive
from raters.queries.outcomes import REASONS

from .. import words
from ..charts import prevalence as charts
from ..charts.chart import Chart, Point
from ..domain import agreement, comparisons, prevalence
from ..domain.snapshots import is_current
from ..models import ReportSnapshot
from ..queries import sets as set_queries
from . import computed_from
from .common import attribute_or_404, csv_of, shown


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, attribute: str) -> HttpResponse:
    """The stored figures; where there are none yet, the page has them computed."""
    what = attribute_or_404(request.corpus, attribute)
    publication, rating_set = prevalence.publication_of(what), prevalence.golden_set(what)
    split = _split(request)
    snapshot = prevalence.latest(what, split)
    if snapshot is None:
        context = {"attribute": what, "possible": publication is not None or rating_set is not None, "split": split}
        return render(request, "reports/prevalence_new.html", context)
    return _shown(request, what, snapshot)


def _split(request: CorpusRequest) -> str:
    wanted = request.POST.get("split") or request.GET.get("split") or DEV
    if wanted not in prevalence.SPLITS:
        raise Http404("no such split")
    return wanted


@corpus_view(access.ANALYSE)
def snapshot(request: CorpusRequest, attribute: str, snapshot: uuid.UUID) -> HttpResponse:
    """Figures as they were once computed: the permanent link."""
    what = attribute_or_404(request.corpus, attribute)
    return _shown(request, what, _stored(what, snapshot))


def _stored(what: Attribute, uid: uuid.UUID) -> ReportSnapshot:
    found = ReportSnapshot.objects.filter(kind=prevalence.KIND, corpus=what.corpus_id, uid=uid)
    stored = found.filter(inputs__attribute=what.slug).first()
    if stored is None:
        raise Http404("no such report")
    return stored


def _shown(request: CorpusRequest, what: Attribute, snapshot: ReportSnapshot) -> HttpResponse:
    publication, rating_set = prevalence.publication_of(what), prevalence.golden_set(what)
    split = snapshot.split or DEV
    current = is_current(snapshot, prevalence.inputs_of(what, publication, rating_set, split=split))
    payload, address = snapshot.payload, (request.corpus.slug, what.slug)
    context = {
        "attribute": what,
        "snapshot": snapshot,
        "payload": payload,
        "rows": _rows(payload),
        "said": words.prevalence(payload),
        "machines": _machines(payload),
        "golden": _golden(payload),
        "split": split,
        "looks": comparisons.looks(rating_set) if rating_set else 0,
        "positive": payload["levels"][payload["positive"]]["label"],
        "computed": _computed_from(request.corpus, what, snapshot, current=current),
        "publication": publication,
        "rating_set": rating_set,
        "simulated": rating_set is not None and agreement.is_simulated(rating_set),
        "rates_too": Role.RATER in request.roles,
        "charts": shown(
            _charts(snapshot), lambda key: reverse("reports:prevalence_csv", args=[*address, snapshot.uid, key])
        ),
    }
    return render(request, "reports/prevalence.html", context)


@corpus_view(access.ANALYSE, methods=["POST"])
def extremes(request: CorpusRequest, attribute: str) -> HttpResponse:
    """The items that the student is surest of, at both ends; who has seen them is on record from here."""
    what = attribute_or_404(request.corpus, attribute)
    publication = prevalence.publication_of(what)
    if publication is None:
        raise Http404("no published scores")
    top, bottom = prevalence.extremes(publication)
    exposures.saw_machine_labels(user=request.user, items=[row.item for row in (*top, *bottom)], attributes=[what])
    label = what.levels.all()[positive(what)].label
    return render(request, "reports/_extremes.html", {"top": top, "bottom": bottom, "positive": label})


@corpus_view(access.ANALYSE, methods=["POST"])
def compute(request: CorpusRequest, attribute: str) -> HttpResponse:
    """Count the scores and the gold as they are now."""
    what = attribute_or_404(request.corpus, attribute)
    split = _split(request)
    query = "" if split == DEV else f"?split={split}"
    url = reverse("reports:prevalence", args=[request.corpus.slug, what.slug]) + query
    try:
        prevalence.compute(attribute=what, split=split, user=request.user)
    except BadInput as error:
        messages.error(request, str(error))
        url = reverse("reports:index", args=[request.corpus.slug])
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@corpus_view(access.ANALYSE)
def chart_csv(request: CorpusRequest, attribute: str, snapshot: uuid.UUID, chart: str) -> HttpResponse:
    what = attribute_or_404(request.corpus, attribute)
    return csv_of(_charts(_stored(what, snapshot)), chart, f"prevalence-{what.slug}")


def _computed_from(
    corpus: Corpus, what: Attribute, snapshot: ReportSnapshot, *, current: bool
) -> computed_from.ComputedFrom:
    inputs, address = snapshot.inputs, [corpus.slug, what.slug]
    parts = [computed_from.definition(inputs)] if inputs.get("definition") else []
    rating_set = set_queries.golden(corpus).filter(uid=inputs["rating_set"]).first() if inputs["rating_set"] else None
    if rating_set is not None:
        parts.append(computed_from.golden_set(corpus, rating_set, inputs["gold"]))
    if inputs["publication"]:
        student = snapshot.payload["corpus"]
        url = reverse("reports:student", args=[corpus.slug, student["student_uid"]])
        parts.append(computed_from.Part("Scores", student["student"], inputs["student"], url))
    parts += [
        computed_from.Part("Machine", machine["machine"], machine["fingerprint"])
        for machine in snapshot.payload.get("machines", ())
    ]
    return computed_from.of_snapshot(
        snapshot,
        parts,
        url=reverse("reports:prevalence_snapshot", args=[*address, snapshot.uid]),
        file=f"prevalence-{what.slug}-",
        again_url=reverse("reports:prevalence_compute", args=address),
        again={"split": snapshot.split or DEV},
        current=current,
    )


def _rows(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """A row per level: the golden estimate beside the student's count."""
    golden, corpus = payload["golden"], payload["corpus"]
    return [
        {
            "label": level["label"],
            "golden": golden["levels"][k] if golden else None,
            "n": corpus["levels"][k] if corpus else None,
            "share": corpus["levels"][k] / corpus["n"] if corpus and corpus["n"] else None,
        }
        for k, level in enumerate(payload["levels"])
    ]


def _golden(payload: dict[str, Any]) -> dict[str, Any] | None:
    """Gold alone on the positive level, with what the items without gold could change."""
    golden, k = payload["golden"], payload["positive"]
    if golden is None:
        return None
    missing = [f"{n:,} {REASONS.get(reason, reason)}" for reason, n in golden.get("missing", {}).items()]
    return {
        **golden,
        "share": golden["levels"][k],
        "bound": golden["bounds"][k] if golden.get("bounds") else None,
        "missing_words": ", ".join(missing),
        "n_missing": sum(golden.get("missing", {}).values()),
    }


def _machines(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """Each machine with its estimates of the positive level, the one to read first."""
    k = payload["positive"]
    best = words.best_prevalence(payload)
    found = []
    for machine in payload.get("machines", ()):
        level = machine["levels"][k]
        rows = [{"label": label, "key": key, **level[key]} for key, label in charts.ESTIMATES.items() if key in level]
        found.append({**machine, "rows": rows, "is_best": machine is best, "recommended": level["recommended"]})
    return found


def _charts(snapshot: ReportSnapshot) -> list[Chart]:
    payload = snapshot.payload
    corpus, k = payload["corpus"], payload["positive"]
    label = payload["levels"][k]["label"]
    found = [charts.estimates(payload, label)]
    if len(payload["levels"]) > 2:
        found.append(charts.shares(_points(payload)))
    if corpus:
        found.append(charts.histogram(corpus["histogram"], label))
        months = sorted({month for month, _, _ in corpus["months"]})
        if len(months) > 1:
            found.append(charts.months([_month(corpus["months"], month, k) for month in months], label))
    return found


def _points(payload: dict[str, Any]) -> list[Point]:
    """Every level: gold beside the student's count."""
    points = []
    for row in _rows(payload):
        if one := row["golden"]:
            name = f"{row['label']}, raters"
            points.append(Point(name, one["value"], one["low"], one["high"], "human", one["n"], one["reason"]))
        if payload["corpus"]:
            n = payload["corpus"]["n"]
            points.append(Point(f"{row['label']}, student", row["share"], None, None, "student", n))
    return points


def _month(rows: list[tuple[str, int, int]], month: str, positive: int) -> tuple[str, int, int]:
    here = [(position, n) for name, position, n in rows if name == month]
    return month, sum(n for position, n in here if position == positive), sum(n for _, n in here)

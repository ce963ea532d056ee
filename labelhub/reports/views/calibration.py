"""Whether a machine's probabilities are chances; one stored report per golden set and machine."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from attributes.domain import access
from attributes.tasks import ring
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput
from llm_jobs.domain import machines
from llm_jobs.domain.machines import Machine
from raters.models import RatingSet

from .. import words
from ..charts import calibration as charts
from ..domain import agreement, calibration, work
from ..domain.cases import PEERS_AND_MACHINE, describe, has_opened, items_of, open_cases, said_by
from ..models import ReportSnapshot
from . import computed_from
from .common import csv_of, page_of, rating_set_or_404, shown

AUDIT = (0.02, 0.05)


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The newest stored figures of a machine; where there are none yet, the page has them computed."""
    rating_set = rating_set_or_404(request.corpus, uid)
    choices = machines.of_definition(rating_set.definition)
    if not choices:
        context = {"rating_set": rating_set, "attribute": rating_set.definition.attribute, "machines": []}
        return render(request, "reports/calibration_new.html", context)
    machine = _machine(rating_set, request.GET.get("machine") or choices[0].fingerprint)
    snapshot = calibration.latest(rating_set, machine)
    if snapshot is None:
        context = {
            "rating_set": rating_set,
            "attribute": rating_set.definition.attribute,
            "machine": machine,
            "machines": choices,
        }
        return render(request, "reports/calibration_new.html", context)
    return _shown(request, rating_set, snapshot, choices)


@corpus_view(access.ANALYSE)
def snapshot(request: CorpusRequest, uid: uuid.UUID, snapshot: uuid.UUID) -> HttpResponse:
    """Figures as they were once computed: the permanent link."""
    rating_set = rating_set_or_404(request.corpus, uid)
    choices = machines.of_definition(rating_set.definition)
    return _shown(request, rating_set, _stored(rating_set, snapshot), choices)


@corpus_view(access.ANALYSE, methods=["POST"])
def compute(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Fit and judge on the gold and the answers as they are now; the map that is found serves from here on."""
    rating_set = rating_set_or_404(request.corpus, uid)
    machine = _machine(rating_set, request.POST.get("machine", ""))
    url = _url(rating_set, machine)
    if calibration.takes_long(rating_set):
        job = work.ask_for_calibration(rating_set=rating_set, machine=machine.fingerprint, user=request.user)
        ring(job)
        url = reverse("reports:work", args=[request.corpus.slug, job.uid])
    else:
        try:
            calibration.compute(rating_set=rating_set, machine=machine, user=request.user)
        except BadInput as error:
            messages.error(request, str(error))
            url = reverse("reports:index", args=[request.corpus.slug])
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


@corpus_view(access.ANALYSE)
def chart_csv(request: CorpusRequest, uid: uuid.UUID, snapshot: uuid.UUID, chart: str) -> HttpResponse:
    rating_set = rating_set_or_404(request.corpus, uid)
    payload = _stored(rating_set, snapshot).payload
    found = [*charts.charts_of(payload), *charts.tables_of(payload)]
    return csv_of(found, chart, f"calibration-{rating_set.definition.attribute.slug}")


@corpus_view(access.ANALYSE)
def surely_wrong(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Dev items that the machine got wrong, the ones it was surest of first."""
    rating_set = rating_set_or_404(request.corpus, uid)
    machine = _machine(rating_set, request.GET.get("machine", ""))
    items = calibration.surely_wrong(rating_set, machine)
    query = urlencode({"machine": machine.fingerprint}) + "&"
    rows, pagination = page_of(items, request.GET.get("page", ""), request.path, query)
    opened = has_opened(request.user, rating_set, items, PEERS_AND_MACHINE)
    said = said_by(machine, rating_set.definition, items_of(rows)) if opened else {}
    context = {
        "rating_set": rating_set,
        "attribute": rating_set.definition.attribute,
        "machine": machine,
        "n": len(items),
        "opened": opened,
        "cases": describe(rating_set, rows, said) if opened else [],
        "pagination": pagination,
        "open_url": reverse("reports:surely_wrong_open", args=[request.corpus.slug, uid]),
    }
    return render(request, "reports/surely_wrong.html", context)


@corpus_view(access.ANALYSE, methods=["POST"])
def open_surely_wrong(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Record that the person sees the raters' and the machine's answers, and show them."""
    rating_set = rating_set_or_404(request.corpus, uid)
    machine = _machine(rating_set, request.POST.get("machine", ""))
    items = calibration.surely_wrong(rating_set, machine)
    open_cases(user=request.user, rating_items=items, kinds=PEERS_AND_MACHINE)
    url = reverse("reports:surely_wrong", args=[request.corpus.slug, uid])
    return redirect(f"{url}?{urlencode({'machine': machine.fingerprint})}")


def _machine(rating_set: RatingSet, name: str) -> Machine:
    try:
        return machines.named(rating_set.definition, name)
    except BadInput as error:
        raise Http404(str(error)) from None


def _stored(rating_set: RatingSet, uid: uuid.UUID) -> ReportSnapshot:
    found = ReportSnapshot.objects.filter(kind=calibration.KIND, subject=rating_set.uid, uid=uid).first()
    if found is None:
        raise Http404("no such report")
    return found


def _url(rating_set: RatingSet, machine: Machine) -> str:
    url = reverse("reports:calibration", args=[rating_set.definition.attribute.corpus.slug, rating_set.uid])
    return f"{url}?{urlencode({'machine': machine.fingerprint})}"


def _computed_from(
    rating_set: RatingSet, machine: Machine | None, snapshot: ReportSnapshot
) -> computed_from.ComputedFrom:
    """A machine whose answers were cancelled since has nothing newer to compare with."""
    inputs, attribute = snapshot.inputs, rating_set.definition.attribute
    corpus = attribute.corpus
    kept = calibration.stored(snapshot)
    n = words.several(inputs["n"], "item")
    return computed_from.ComputedFrom(
        parts=[
            computed_from.definition(inputs),
            computed_from.golden_set(corpus, rating_set, inputs["gold"], f"dev, {n}"),
            computed_from.Part("Machine", inputs["machine"], inputs["fingerprint"]),
            computed_from.Part("Its answers", "as they were", inputs["p"]),
            *([computed_from.Part("Calibration", kept.get_method_display(), kept.hash)] if kept else []),
        ],
        inputs_hash=snapshot.inputs_hash,
        code_version=snapshot.code_version,
        at=snapshot.created_at,
        url=reverse("reports:calibration_snapshot", args=[corpus.slug, rating_set.uid, snapshot.uid]),
        file=f"calibration-{attribute.slug}-",
        again_url=reverse("reports:calibration_compute", args=[corpus.slug, rating_set.uid]),
        again={"machine": inputs["fingerprint"]},
        current=machine is None or calibration.is_current(rating_set, machine, snapshot),
        seed=inputs["seed"],
    )


def _shown(
    request: CorpusRequest, rating_set: RatingSet, snapshot: ReportSnapshot, choices: list[Machine]
) -> HttpResponse:
    payload, slug = snapshot.payload, request.corpus.slug
    report = payload["report"]
    machine = next((one for one in choices if one.fingerprint == snapshot.inputs["fingerprint"]), None)
    context: dict[str, Any] = {
        "rating_set": rating_set,
        "attribute": rating_set.definition.attribute,
        "snapshot": snapshot,
        "payload": payload,
        "report": report,
        "said": words.calibration(report),
        "choice": words.calibration_choice(report),
        "machine": machine,
        "machines": choices,
        "computed": _computed_from(rating_set, machine, snapshot),
        "kept": calibration.stored(snapshot),
        "simulated": agreement.is_simulated(rating_set),
        "methods": _methods(report),
        "routing": _routing(report["routing"], calibration.in_corpus(rating_set)),
        "audit": AUDIT,
        "thresholds": [(what, (report["thresholds"] or {}).get(what, [])) for what in ("precision", "recall")],
        "certified": {
            "thresholds": any(one["threshold"] for found in (report["thresholds"] or {}).values() for one in found),
            "routing": any(one["threshold"] is not None for one in report["routing"]),
        },
        "sets": list(zip(payload["levels"], report["conformal"]["levels"], strict=True)),
        "positive": payload["levels"][payload["positive"]]["label"],
        "charts": shown(
            charts.charts_of(payload),
            lambda key: reverse("reports:calibration_csv", args=[slug, rating_set.uid, snapshot.uid, key]),
        ),
    }
    return render(request, "reports/calibration.html", context)


def _methods(report: dict[str, Any]) -> list[dict[str, Any]]:
    """A row a method: its figures over all levels beside those of the first view."""
    judged = report["views"][0]["methods"]
    return [
        {"name": charts.NAMES[name], "chosen": name == report["chosen"], "is_base": name in charts.COMPARED, **one,
         **judged[name], "brier": one["brier"]}
        for name in charts.in_order(report["methods"])
        for one in [report["methods"][name]]
    ]  # fmt: skip


def _routing(routed: list[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    """With what it means for the `n` items of the corpus today: people's items, and the audit of the rest."""
    found = []
    for one in routed:
        humans = one["humans"]
        decided = 0.0 if humans is None else 1 - humans["value"]
        found.append(
            {
                **one,
                "decided": decided,
                "to_people": round(n * (1 - decided)),
                "people_low": None if humans is None else round(n * humans["low"]),
                "people_high": None if humans is None else round(n * humans["high"]),
                "audited": [round(n * decided * share) for share in AUDIT],
            }
        )
    return found

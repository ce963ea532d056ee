"""Machines against humans over every attribute of the corpus."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from attributes.domain import access
from attributes.models import Corpus
from attributes.tasks import ring
from attributes.views.access import CorpusRequest, corpus_view

from ..charts import across as charts
from ..domain import across, significance, work
from ..forms import AttributesForm
from ..models import ReportSnapshot
from . import computed_from
from .common import csv_of, page_of, shown


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest) -> HttpResponse:
    """The newest stored figures; where there are none yet, the page has them computed."""
    split = "test" if request.GET.get("split") == "test" else "dev"
    stored = across.latest(request.corpus, split)
    if stored is None:
        form = AttributesForm(initial={"split": split})
        return render(request, "reports/attributes_new.html", {"form": form, "split": split})
    return _shown(request, stored)


@corpus_view(access.ANALYSE)
def snapshot(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Figures as they were once computed: the permanent link."""
    return _shown(request, _stored(request.corpus, uid))


@corpus_view(access.ANALYSE, methods=["POST"])
def compute(request: CorpusRequest) -> HttpResponse:
    """Have every attribute compared as ratings and labels are now; on sealed tests each new machine is a look."""
    form = AttributesForm(request.POST)
    if not form.is_valid():
        return render(request, "reports/attributes_new.html", {"form": form, "split": "dev"}, status=422)
    job = work.ask_for_attributes(corpus=request.corpus, user=request.user, **form.cleaned_data)
    ring(job)
    return redirect("reports:work", request.corpus.slug, job.uid)


@corpus_view(access.ANALYSE)
def chart_csv(request: CorpusRequest, uid: uuid.UUID, chart: str) -> HttpResponse:
    payload = _stored(request.corpus, uid).payload
    return csv_of([charts.table(payload), *charts.charts_of(payload)], chart, f"attributes-{request.corpus.slug}")


def _stored(corpus: Corpus, uid: uuid.UUID) -> ReportSnapshot:
    found = ReportSnapshot.objects.filter(corpus=corpus, uid=uid, kind=across.KIND).first()
    if found is None:
        raise Http404("no such report")
    return found


def _shown(request: CorpusRequest, stored: ReportSnapshot) -> HttpResponse:
    correction = request.GET.get("correction", "")
    if correction not in significance.CORRECTIONS:
        correction = significance.DEFAULT
    payload, url = stored.payload, reverse("reports:attributes_snapshot", args=[request.corpus.slug, stored.uid])
    labelers = {one["name"]: one["labeler"] for one in payload["machines"]}
    tests = significance.over_attributes(payload["attributes"], correction)
    query = f"correction={correction}&"
    rows, pagination = page_of(payload["attributes"], request.GET.get("page", ""), url, query)
    machines = sorted(payload["machines"], key=lambda one: -(one["across"]["macro"]["value"] or -1.0))
    context: dict[str, Any] = {
        "snapshot": stored,
        "payload": payload,
        "pooled": payload["pooled"],
        "machines": machines,
        "attributes": [_attribute(one, payload["machines"], tests, labelers) for one in rows],
        "n_attributes": len(payload["attributes"]),
        "n_tests": len(tests),
        "pagination": pagination,
        "computed": computed_from.of_attributes(request.corpus, stored),
        "best": next((one for one in machines if one["across"]["macro"]["value"] is not None), None),
        "form": AttributesForm(initial={"split": stored.split, "epsilon": str(stored.inputs["epsilon"])}),
        "correction": {
            "name": significance.CORRECTIONS[correction][0],
            "keeps": significance.CORRECTIONS[correction][1],
        },
        "corrections": [
            {"key": key, "name": name, "here": key == correction}
            for key, (name, _, _) in significance.CORRECTIONS.items()
        ],
        "charts": shown(
            charts.charts_of(payload),
            lambda key: reverse("reports:attributes_csv", args=[request.corpus.slug, stored.uid, key]),
        ),
    }
    return render(request, "reports/attributes.html", context)


def _attribute(
    one: dict[str, Any],
    machines: list[dict[str, Any]],
    tests: dict[tuple[str, str], significance.Tested],
    labelers: dict[str, str],
) -> dict[str, Any]:
    """An attribute's rows with their tests."""
    played = {found["name"]: found["alt_tests"].get(one["slug"]) for found in machines}
    rows = [
        {
            "row": row,
            "labeler": labelers[row["name"]],
            "tested": tests[one["slug"], row["name"]],
            "alt": played.get(row["name"]),
        }
        for row in one["machines"]
    ]
    return {**one, "rows": rows}

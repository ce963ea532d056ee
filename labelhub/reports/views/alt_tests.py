"""May a machine stand in for a rater? Asking for the test, and reading a stored one."""

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
from labelhub.lib.errors import BadInput
from llm_jobs.domain import evaluations
from llm_jobs.domain.alt_tests import RATER_KINDS, Options, score_for
from raters.models import RatingSet

from .. import words
from ..charts import alt_test as charts
from ..charts.chart import Chart
from ..domain import agreement, alt_tests, comparisons, work
from ..forms import AltTestForm
from ..models import ReportSnapshot
from . import computed_from
from .common import csv_of, rating_set_or_404, shown


@corpus_view(access.ANALYSE, methods=["GET", "POST"])
def new(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Hold one machine against each rater of the set; the same inputs give the stored test."""
    rating_set = rating_set_or_404(request.corpus, uid)
    spec, machines = rating_set.definition.parsed(), alt_tests.names(rating_set)
    if request.method != "POST":
        initial = {name: request.GET.get(name) for name in ("machine", "split")}
        initial = {"score": score_for(spec), **{name: value for name, value in initial.items() if value}}
        form = AltTestForm(scale=spec.scale, machines=machines, initial=initial)
        return _asked(request, rating_set, form, machines)
    form = AltTestForm(request.POST, scale=spec.scale, machines=machines)
    if not form.is_valid():
        return _asked(request, rating_set, form, machines, status=422)
    asked = {name: form.cleaned_data[name] for name in ("split", "machine")}
    options = Options(score=form.cleaned_data["score"], epsilon=form.cleaned_data["epsilon"])
    if comparisons.takes_long(rating_set, asked["split"]):
        job = work.ask_for_alt_test(rating_set=rating_set, options=options, user=request.user, **asked)
        ring(job)
        return redirect("reports:work", request.corpus.slug, job.uid)
    try:
        snapshot = alt_tests.play(rating_set=rating_set, options=options, user=request.user, **asked)
    except BadInput as error:
        form.add_error(None, str(error))
        return _asked(request, rating_set, form, machines, status=422)
    return redirect("reports:alt_test", request.corpus.slug, snapshot.uid)


def _asked(
    request: CorpusRequest, rating_set: RatingSet, form: AltTestForm, machines: list[str], status: int = 200
) -> HttpResponse:
    context = {"form": form, "rating_set": rating_set, "attribute": rating_set.definition.attribute,
               "machines": machines}  # fmt: skip
    return render(request, "reports/alt_test_new.html", context, status=status)


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """A stored test under its permanent link."""
    snapshot = _stored(request.corpus, uid)
    rating_set = rating_set_or_404(request.corpus, snapshot.subject)
    payload = snapshot.payload
    options = snapshot.inputs["options"]
    siblings = alt_tests.siblings(snapshot)
    context: dict[str, Any] = {
        "snapshot": snapshot,
        "rating_set": rating_set,
        "attribute": rating_set.definition.attribute,
        "machine": snapshot.inputs["annotator"]["name"],
        "labeler": _labeler(request.corpus, snapshot),
        "test": payload,
        "verdict": words.alt_test(payload),
        "options": options,
        "kinds": [
            {"kind": kind, "epsilon": epsilon, "stored": siblings.get(epsilon), "here": epsilon == options["epsilon"]}
            for kind, epsilon in RATER_KINDS
        ],
        "sealed": evaluations.is_sealed(rating_set, snapshot.split),
        "looks": comparisons.looks(rating_set),
        "computed": computed_from.of_alt_test(request.corpus, snapshot, rating_set),
        "simulated": agreement.is_simulated(rating_set),
        "charts": shown(
            _charts(request.corpus, snapshot),
            lambda key: reverse("reports:alt_test_csv", args=[request.corpus.slug, uid, key]),
        ),
    }
    return render(request, "reports/alt_test.html", context)


@corpus_view(access.ANALYSE)
def chart_csv(request: CorpusRequest, uid: uuid.UUID, chart: str) -> HttpResponse:
    snapshot = _stored(request.corpus, uid)
    found = [charts.table(snapshot.payload), *_charts(request.corpus, snapshot)]
    return csv_of(found, chart, f"alt-test-{snapshot.inputs_hash[:8]}")


def _charts(corpus: Corpus, snapshot: ReportSnapshot) -> list[Chart]:
    if not snapshot.payload["raters"]:
        return []
    labeler = _labeler(corpus, snapshot)
    return [charts.curve(snapshot.payload, labeler), charts.differences(snapshot.payload)]


def _labeler(corpus: Corpus, snapshot: ReportSnapshot) -> str:
    known = comparisons.students_by_fingerprint(corpus)
    return "student" if snapshot.inputs["annotator"]["fingerprint"] in known else "llm"


def _stored(corpus: Corpus, uid: uuid.UUID) -> ReportSnapshot:
    found = ReportSnapshot.objects.filter(corpus=corpus, uid=uid, kind=alt_tests.KIND).first()
    if found is None:
        raise Http404("no such test")
    return found

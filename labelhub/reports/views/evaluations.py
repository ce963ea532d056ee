"""Machines against humans: asking for an evaluation, and reading a stored one."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from attributes.domain import access
from attributes.tasks import ring
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput
from llm_jobs.domain import evaluations
from llm_jobs.models import Evaluation
from raters.models import RatingItem

from .. import words
from ..charts import evaluation as charts
from ..charts.chart import Chart
from ..domain import agreement, comparisons, work
from ..forms import EvaluationForm
from . import computed_from
from .common import csv_of, evaluation_or_404, shown

MAX_RATERS = 50


@corpus_view(access.ANALYSE, methods=["GET", "POST"])
def new(request: CorpusRequest) -> HttpResponse:
    """Hold every annotator and the newest student against the raters; the same inputs give the stored evaluation."""
    if request.method != "POST":
        form = EvaluationForm(corpus=request.corpus, initial={"rating_set": request.GET.get("rating_set")})
        return render(request, "reports/evaluation_new.html", {"form": form})
    form = EvaluationForm(request.POST, corpus=request.corpus)
    if form.is_valid():
        if comparisons.takes_long(form.cleaned_data["rating_set"], form.cleaned_data["split"]):
            job = work.ask_for_evaluation(user=request.user, **form.cleaned_data)
            ring(job)
            return redirect("reports:work", request.corpus.slug, job.uid)
        try:
            evaluation = comparisons.create(user=request.user, **form.cleaned_data)
        except BadInput as error:
            form.add_error(None, str(error))
        else:
            if not evaluation.result["annotators"]:
                messages.warning(request, "No annotator has labeled these items yet: only the raters are compared.")
            return redirect("reports:evaluation", request.corpus.slug, evaluation.uid)
    return render(request, "reports/evaluation_new.html", {"form": form}, status=422)


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """A stored evaluation under its permanent link."""
    evaluation = evaluation_or_404(request.corpus, uid)
    students = comparisons.students_by_fingerprint(request.corpus)
    machines = comparisons.contenders(evaluation, students)
    labelers = {one.name: one.labeler for one in machines}
    result, rating_set = evaluation.result, evaluation.rating_set
    definition = rating_set.definition
    best = comparisons.best(machines)
    context: dict[str, Any] = {
        "evaluation": evaluation,
        "rating_set": rating_set,
        "attribute": definition.attribute,
        "spec": definition.parsed(),
        "result": result,
        "pooled": result["pooled_raters"],
        "baseline": result.get("baseline"),
        "machines": machines,
        "panels": comparisons.panels(evaluation, labelers, MAX_RATERS),
        "n_left_out": max(len(result["raters"]) - MAX_RATERS, 0),
        "sentence": words.comparison(best.name, best.row, result["pooled_raters"]) if best else "",
        "headline": words.headline(best.row, result["pooled_raters"]) if best else "",
        "best": best,
        "goal": words.GOAL,
        "sealed": evaluation.split != RatingItem.Split.DEV,
        "looks": comparisons.looks(rating_set),
        "computed": computed_from.of_evaluation(
            request.corpus, evaluation, current=not comparisons.newer_labels(evaluation)
        ),
        "simulated": agreement.is_simulated(rating_set),
        "positive": next((level.label for level in definition.parsed().levels if level.key == result["positive"]), ""),
        **_switches(evaluation),
        "charts": shown(
            _charts(evaluation, labelers),
            lambda key: reverse("reports:evaluation_csv", args=[request.corpus.slug, uid, key]),
        ),
    }
    return render(request, "reports/evaluation.html", context)


@corpus_view(access.ANALYSE)
def chart_csv(request: CorpusRequest, uid: uuid.UUID, chart: str) -> HttpResponse:
    evaluation = evaluation_or_404(request.corpus, uid)
    students = comparisons.students_by_fingerprint(request.corpus)
    labelers = {one.name: one.labeler for one in comparisons.plain_contenders(evaluation, students)}
    found = [charts.table(evaluation.result), *_charts(evaluation, labelers)]
    return csv_of(found, chart, f"evaluation-{evaluation.rating_set.definition.attribute.slug}")


def _charts(evaluation: Evaluation, labelers: dict[str, str]) -> list[Chart]:
    levels = [level.label for level in evaluation.rating_set.definition.parsed().levels]
    return charts.charts_of(evaluation.result, labelers, levels, words.GOAL)


def _switches(evaluation: Evaluation) -> dict[str, Any]:
    """Links to the stored siblings of other splits and references; where there is none, a form asks for it."""
    siblings = comparisons.siblings(evaluation)
    here = (evaluation.split, evaluation.reference)

    adjudicated = evaluations.independent_gold(evaluation.rating_set, evaluation.split).exists()

    def entry(split: str, reference: str, label: str) -> dict[str, Any]:
        return {
            "split": split,
            "reference": reference,
            "label": label,
            "stored": siblings.get((split, reference)),
            "here": (split, reference) == here,
            "possible": reference != Evaluation.Reference.ADJUDICATED or adjudicated,
        }

    unsealed = evaluation.rating_set.unsealed_at is not None
    names = {"dev": "dev", "test": "test" if unsealed else "test, sealed", "all": "all"}
    return {
        "adjudicated": adjudicated,
        "splits": [entry(split, evaluation.reference, names[split]) for split in Evaluation.Split.values],
        "references": [entry(evaluation.split, value, label) for value, label in Evaluation.Reference.choices],
    }

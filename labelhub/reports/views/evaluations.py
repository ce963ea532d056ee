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
from llm_jobs.models import Evaluation
from raters.models import RatingItem

from .. import words
from ..charts import evaluation as charts
from ..charts.chart import Chart
from ..domain import agreement, comparisons, panels, significance, work
from ..domain.comparisons import Contender
from ..forms import EvaluationForm
from . import computed_from
from .common import csv_of, evaluation_or_404, shown
from .evaluation_parts import MAX_RATERS, confusions, graded, levels, switches


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
    """A stored evaluation under its permanent link; `correction` chooses how its tests are adjusted."""
    evaluation = evaluation_or_404(request.corpus, uid)
    correction = request.GET.get("correction", "")
    if correction not in significance.CORRECTIONS:
        correction = significance.DEFAULT
    students = comparisons.students_by_fingerprint(request.corpus)
    machines = comparisons.contenders(evaluation, students, correction)
    context = {
        **_subject(evaluation),
        **_said(evaluation, machines),
        **_tests(evaluation, machines, correction),
        **switches(evaluation),
        "machines": machines,
        "not_alike": [one for one in machines if one.given],
        "looks": comparisons.looks(evaluation.rating_set),
        "computed": computed_from.of_evaluation(
            request.corpus, evaluation, current=not comparisons.newer_labels(evaluation)
        ),
        "simulated": agreement.is_simulated(evaluation.rating_set),
        "graded": graded(evaluation, machines),
        "levels": levels(evaluation, machines),
        "confusions": confusions(request.corpus, evaluation, machines),
        "charts": shown(
            _charts(evaluation, {one.name: one.labeler for one in machines}),
            lambda key: reverse("reports:evaluation_csv", args=[request.corpus.slug, uid, key]),
        ),
    }
    return render(request, "reports/evaluation.html", context)


def _subject(evaluation: Evaluation) -> dict[str, Any]:
    """What the figures are of."""
    result, rating_set = evaluation.result, evaluation.rating_set
    spec = rating_set.definition.parsed()
    return {
        "evaluation": evaluation,
        "rating_set": rating_set,
        "attribute": rating_set.definition.attribute,
        "spec": spec,
        "result": result,
        "pooled": result["pooled_raters"],
        "baseline": result.get("baseline"),
        "goal": words.GOAL,
        "sealed": evaluation.split != RatingItem.Split.DEV,
        "positive": next((level.label for level in spec.levels if level.key == result["positive"]), ""),
    }


def _said(evaluation: Evaluation, machines: list[Contender]) -> dict[str, Any]:
    """The best annotator in words."""
    best, pooled = comparisons.best(machines), evaluation.result["pooled_raters"]
    return {
        "best": best,
        "sentence": words.comparison(best.name, best.row, pooled) if best else "",
        "headline": words.headline(best.row, pooled) if best else "",
    }


def _tests(evaluation: Evaluation, machines: list[Contender], correction: str) -> dict[str, Any]:
    """Every comparison of two, adjusted for how many there are."""
    name, keeps, _ = significance.CORRECTIONS[correction]
    labelers = {one.name: one.labeler for one in machines}
    return {
        "panels": panels.of_evaluation(evaluation, labelers, MAX_RATERS, correction),
        "n_left_out": max(len(evaluation.result["raters"]) - MAX_RATERS, 0),
        "duels": significance.duels(evaluation, correction),
        "pairwise": [(one, evaluation.result["pairwise"][one.name]) for one in machines]
        if "pairwise" in evaluation.result
        else [],
        "correction": {"name": name, "keeps": keeps},
        "corrections": [
            {"key": key, "name": label, "here": key == correction}
            for key, (label, _, _) in significance.CORRECTIONS.items()
        ],
    }


@corpus_view(access.ANALYSE)
def chart_csv(request: CorpusRequest, uid: uuid.UUID, chart: str) -> HttpResponse:
    evaluation = evaluation_or_404(request.corpus, uid)
    students = comparisons.students_by_fingerprint(request.corpus)
    labelers = {one.name: one.labeler for one in comparisons.plain_contenders(evaluation, students)}
    found = [*charts.tables(evaluation.result), *_charts(evaluation, labelers)]
    return csv_of(found, chart, f"evaluation-{evaluation.rating_set.definition.attribute.slug}")


def _charts(evaluation: Evaluation, labelers: dict[str, str]) -> list[Chart]:
    levels = [level.label for level in evaluation.rating_set.definition.parsed().levels]
    return charts.charts_of(evaluation.result, labelers, levels, words.GOAL)

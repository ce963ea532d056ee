"""An attribute beside everything that is known of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from attributes.domain import access
from attributes.models import Definition
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.reports import words
from labelhub.reports.domain import agreement, versions
from labelhub.reports.queries import sets
from labelhub.reports.views.common import attribute_or_404
from raters.domain import definition_notes

from ..domain import loop
from ..queries import loop as queries


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, attribute: str) -> HttpResponse:
    """The definition in force, its figures, and where the attribute stands in the loop."""
    what = attribute_or_404(request.corpus, attribute)
    found = versions.of_attribute(what)
    at = loop.standing(what, found)
    draft = what.definitions.filter(state=Definition.State.DRAFT).order_by("-pk").first()
    written = at.definition or draft
    snapshot = at.version.snapshot if at.version else None
    figures = snapshot.payload["figures"] if snapshot else None
    context: dict[str, Any] = {
        "attribute": what,
        "at": at,
        "draft": draft,
        "spec": written.parsed() if written else None,
        "steps": loop.steps(at),
        "next": loop.next_step(at),
        "below": loop.below_raters(at),
        "state": _state(at),
        "tiles": _tiles(at),
        "cannot_tell": figures["cannot_tell"] if figures else None,
        "answers": figures["n_labels"] + figures["cannot_tell"] if figures else 0,
        "versions": loop.timeline(at, found),
        "sets": list(sets.of_attribute(what).order_by("-pk")[: queries.SHOWN]),
        "runs": list(queries.runs(what)[: queries.SHOWN]),
        "students": list(queries.students(what)[: queries.SHOWN]),
        "notes": list(definition_notes.open_notes(what)[: queries.SHOWN]),
        "simulated": at.rating_set is not None and agreement.is_simulated(at.rating_set),
        "may_edit": not request.roles.isdisjoint(access.EDIT),
    }
    return render(request, "workbench/attribute.html", context)


def _tiles(at: loop.Standing) -> list[dict[str, Any]]:
    """The four figures as `components/stat.html` takes them."""
    snapshot = at.version.snapshot if at.version else None
    evaluation = at.version.evaluation if at.version else None
    student = at.scored
    alpha = snapshot.payload["figures"]["krippendorff_alpha"] if snapshot else None
    pooled = evaluation.result["pooled_raters"] if evaluation else None
    return [
        _tile(
            "Krippendorff's alpha",
            alpha,
            alpha["n"] if alpha else None,
            "human",
            "not computed yet: open Agreement",
            "items, dev",
        ),
        _pairs("Raters' F1, pooled", pooled, "human", "not compared yet"),
        _pairs("Best machine's F1", at.best.row if at.best else None, "llm", "no machine yet"),
        _pairs(
            "Student's F1, serving" if at.publication else "Student's F1",
            student.row if student else None,
            "student",
            "not compared yet" if at.student else "no student compared yet",
        ),
    ]


def _pairs(label: str, row: dict[str, Any] | None, labeler: str, reason: str) -> dict[str, Any]:
    figure, n = (row["f1"], row["n_pairs"]) if row else (None, None)
    return {**_tile(label, figure, n, labeler, reason), "note": "pair, dev" if n == 1 else "pairs, dev" if row else ""}


def _tile(
    label: str, figure: dict[str, Any] | None, n: int | None, labeler: str, reason: str, note: str = ""
) -> dict[str, Any]:
    known = figure or {"value": None, "low": None, "high": None, "reason": reason}
    bounds = {name: known[name] for name in ("value", "low", "high", "reason")}
    return {"label": label, "n": n, "labeler": labeler, "note": note if n is not None else "", **bounds}


def _state(at: loop.Standing) -> str:
    """One sentence: how far raters agree, and how the best machine stands."""
    if at.definition is None:
        return "Not published yet: nobody can rate it."
    if at.version is None or at.version.snapshot is None:
        return f"{at.definition.name} is published; how far raters agree on it is not computed yet."
    said = words.agreement(at.version.snapshot.payload["figures"]["krippendorff_alpha"])
    if at.best is None:
        return f"{said.why} No machine is compared with them yet."
    reach = "reaches" if at.passed else "is under"
    return f"{said.why} The best machine {reach} the goal of F1 {words.GOAL:.2f} with {words.number(at.f1)}."

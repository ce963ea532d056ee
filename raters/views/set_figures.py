"""The agreement of a set: the page, and its figures as fragments."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from attributes.domain import access
from attributes.schema import Level, digest
from attributes.views.access import CorpusRequest, corpus_view

from ..domain.agreement import measurement
from ..domain.figures import figures as figures_of
from ..domain.figures import recent
from ..models import RatingSet
from .lookup import rating_set_or_404
from .set_pages import head
from .words import beside, covers

SPLITS = {"all": "Dev and test", "dev": "Dev", "test": "Test"}


@corpus_view(access.ANALYSE)
def agreement(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Every coefficient side by side; the figures come in a second request, since a bootstrap may take a moment."""
    rating_set = rating_set_or_404(request.corpus, uid)
    context = {**head(request, rating_set, "agreement"), "split": _split(request), "splits": SPLITS}
    return render(request, "raters/set_agreement.html", context)


@corpus_view(access.ANALYSE)
def figures(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The figures as a fragment: a table for the agreement page, or tiles (`as=tiles`) for the progress page."""
    rating_set = rating_set_or_404(request.corpus, uid)
    split = _split(request)
    if request.GET.get("as") == "tiles":
        return _tiles(request, rating_set, split)
    context = _context(rating_set, split, figures_of(rating_set, split))
    return render(request, "raters/set_figures.html", context)


def _tiles(request: CorpusRequest, rating_set: RatingSet, split: str) -> HttpResponse:
    """While the set is open its page asks again and again: nothing is drawn or sent where nothing has changed."""
    found = recent(rating_set, split, timezone.now())
    etag = quote_etag(digest([found.key, rating_set.state, rating_set.definition.hash])[:32])
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return unchanged
    context = {**_context(rating_set, split, found.report), "at": found.at}
    response = render(request, "raters/set_tiles.html", context)
    response["ETag"], response["Cache-Control"] = etag, "private, no-cache"
    return response


def _context(rating_set: RatingSet, split: str, report: dict[str, Any]) -> dict[str, Any]:
    return {
        "rating_set": rating_set,
        "split": SPLITS[split],
        "covers": covers(rating_set, "Dev" if rating_set.is_imported else SPLITS[split]),
        "note": beside(rating_set, split),
        "report": report,
        "level": measurement(rating_set),
        "low": _lower_end([report[key] for key in COEFFICIENTS if key in report]),
        "pairs_low": _lower_end(report["cohen_kappa"]["pairs"]) if "cohen_kappa" in report else 0.0,
        "coefficients": _coefficients(report, measurement(rating_set)),
        "prevalence": _prevalence(rating_set.definition.parsed().levels, report),
    }


def _lower_end(figures: Sequence[dict[str, Any]]) -> float:
    """Where the common scale of these figures begins: at 0, or with the lowest interval."""
    return min([0.0, *(figure["low"] or 0.0 for figure in figures)])


def _prevalence(levels: Sequence[Level], report: dict[str, Any]) -> list[dict[str, Any]]:
    shares, intervals = report.get("prevalence", []), report.get("prevalence_intervals", [])
    return [
        {"level": level, "share": share, "low": (interval or (None, None))[0], "high": (interval or (None, None))[1]}
        for level, share, interval in zip(levels, shares, intervals, strict=False)
    ]


COEFFICIENTS = {
    "percent_agreement": ("Percent agreement", "Chance-uncorrected: two raters of an item say the same."),
    "krippendorff_alpha": (
        "Krippendorff's alpha",
        "Chance-corrected, at the level of the scale; 0 is chance, 1 is full.",
    ),
    "gwet_ac1": ("Gwet's AC1", "Chance-corrected, steady where one answer is rare."),
    "gwet_ac2": ("Gwet's AC2", "As AC1, with half credit for near answers (quadratic weights)."),
    "fleiss_kappa": ("Fleiss' kappa", "Chance-corrected; falls where one answer is rare."),
    "brennan_prediger": ("Brennan-Prediger", "Chance-corrected with equal chances for every answer."),
    "conger_kappa": ("Conger's kappa", "As Fleiss', with each rater's own habits as chance."),
    "scott_pi": ("Scott's pi", "For two raters."),
}


def _coefficients(report: dict[str, Any], level: str) -> list[dict[str, Any]]:
    return [
        {"name": f"{name} ({level})" if key == "krippendorff_alpha" else name, "meaning": meaning, **report[key]}
        for key, (name, meaning) in COEFFICIENTS.items()
        if key in report
    ]


def _split(request: CorpusRequest) -> str:
    asked = request.GET.get("split", "all")
    return asked if asked in SPLITS else "all"

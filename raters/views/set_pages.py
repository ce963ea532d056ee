"""The pages of one golden set: progress, items, agreement, design."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from attributes.domain import access
from attributes.models import Item, Media
from attributes.schema import Level
from attributes.views.access import CorpusRequest, corpus_view

from ..domain import gold, overview
from ..domain.agreement import measurement
from ..domain.figures import figures as figures_of
from ..models import RatingSet
from .lookup import rating_set_or_404
from .pages import ROWS, pagination
from .words import beside, changed, closing, covers, lacking, sentence, status

FILTERS = {"": "All", "missing": "Answers missing", "tied": "Tied", "flagged": "Flagged"}
SPLITS = {"all": "Dev and test", "dev": "Dev", "test": "Test"}


def head(request: CorpusRequest, rating_set: RatingSet, tab: str) -> dict[str, Any]:
    """What stands above every tab of the set."""
    seen = overview.overview(rating_set)
    missing = gold.missing(rating_set) if rating_set.state == RatingSet.State.ADJUDICATING else {}
    return {
        "rating_set": rating_set,
        "definition": rating_set.definition,
        "tab": tab,
        "seen": seen,
        "status": status(rating_set),
        "sentence": sentence(rating_set, seen),
        "missing": missing,
        "lacking": lacking(missing),
        "close_note": closing(seen),
        "freeze_note": " ".join(lacking(missing)),
        "may_edit": not request.roles.isdisjoint(access.EDIT),
        "may_own": not request.roles.isdisjoint(access.OWN),
    }


@corpus_view(access.ANALYSE)
def progress(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """By rater and by split, with what asks for attention."""
    rating_set = rating_set_or_404(request.corpus, uid)
    if rating_set.teaches:
        return redirect("raters:set_quality", request.corpus.slug, uid)
    page = Paginator(overview.seats(rating_set), ROWS).get_page(request.GET.get("page"))
    context = {
        **head(request, rating_set, "progress"),
        "paces": overview.paces(rating_set, list(page)),
        "n_raters": page.paginator.count,
        "flags": overview.listed_flags(rating_set)[:ROWS],
        "changed_text": changed(overview.changed_items(rating_set)),
        "pagination": pagination(request, page),
    }
    return render(request, "raters/set_progress.html", context)


@corpus_view(access.ANALYSE)
def items(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The items that may be listed. How far each is, never what anybody said of it: seeing that is an exposure."""
    rating_set = rating_set_or_404(request.corpus, uid)
    which = request.GET.get("which", "")
    which = which if which in FILTERS else ""
    page = Paginator(overview.listed_items(rating_set, which), ROWS).get_page(request.GET.get("page"))
    sources = overview.sources(list(page))
    rows = [{"item": row, "thumb_url": _thumbnail(request, row.item), "gold": sources.get(row.pk, "")} for row in page]
    above = head(request, rating_set, "items")
    context = {
        **above,
        "rows": rows,
        "n_items": page.paginator.count,
        "which": which,
        "filters": FILTERS,
        "sealed_text": _sealed(rating_set, above["seen"]),
        "pagination": pagination(request, page),
    }
    return render(request, "raters/set_items.html", context)


def _sealed(rating_set: RatingSet, seen: overview.Overview) -> str:
    n = sum(split.n_items for split in seen.splits if split.is_test) if rating_set.test_is_sealed else 0
    return f"{n:,} test items are not listed; they show figures and counts only." if n else ""


def _thumbnail(request: CorpusRequest, item: Item) -> str:
    media: Media | None = getattr(item, "media", None)
    if media is None or media.state != Media.State.READY:
        return ""
    return reverse("attributes:thumbnail", args=[request.corpus.slug, media.uid])


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
    report = figures_of(rating_set, split)
    levels = rating_set.definition.parsed().levels
    context = {
        "rating_set": rating_set,
        "split": SPLITS[split],
        "covers": covers(rating_set, "Dev" if rating_set.is_imported else SPLITS[split]),
        "note": beside(rating_set, split),
        "report": report,
        "level": measurement(rating_set),
        "coefficients": _coefficients(report, measurement(rating_set)),
        "prevalence": _prevalence(levels, report),
    }
    tiles = request.GET.get("as") == "tiles"
    return render(request, "raters/set_tiles.html" if tiles else "raters/set_figures.html", context)


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


@corpus_view(access.ANALYSE)
def design(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """How the items were drawn, with what chance, and what is asked of raters."""
    rating_set = rating_set_or_404(request.corpus, uid)
    seats = overview.seats(rating_set)[:ROWS] if rating_set.is_named else []
    context = {
        **head(request, rating_set, "design"),
        "probabilities": overview.probabilities(rating_set),
        "named": [seat.user.name for seat in seats],
    }
    return render(request, "raters/set_design.html", context)

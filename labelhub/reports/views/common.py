"""What the views of reports share: finding rows within the corpus, charts as the templates take them, CSV."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.http import Http404, HttpResponse

from attributes.models import Attribute, Corpus
from labelhub.lib.templatetags.labelhub_ui import count, figure
from llm_jobs.models import Evaluation, Student
from raters.models import RatingSet

from ..charts.chart import Cell, Chart
from ..queries import sets

PAGE = 50


def rating_set_or_404(corpus: Corpus, uid: uuid.UUID) -> RatingSet:
    found = sets.golden(corpus).filter(uid=uid).first()
    if found is None:
        raise Http404("no such golden set")
    return found


def evaluation_or_404(corpus: Corpus, uid: uuid.UUID) -> Evaluation:
    found = Evaluation.objects.filter(uid=uid, rating_set__definition__attribute__corpus=corpus)
    evaluation = found.select_related("rating_set__definition__attribute__corpus").first()
    if evaluation is None:
        raise Http404("no such evaluation")
    return evaluation


def student_or_404(corpus: Corpus, uid: uuid.UUID) -> Student:
    found = Student.objects.filter(uid=uid, corpus=corpus).select_related("encoder", "silver_set").first()
    if found is None:
        raise Http404("no such student")
    return found


def attribute_or_404(corpus: Corpus, slug: str) -> Attribute:
    found = Attribute.objects.filter(corpus=corpus, slug=slug).select_related("corpus").first()
    if found is None:
        raise Http404("no such attribute")
    return found


def shown(charts: Iterable[Chart], csv_url: Callable[[str], str]) -> list[dict[str, Any]]:
    """Charts as `components/chart.html` takes them: every number as text."""
    return [
        {
            "id": chart.key,
            "title": chart.title,
            "note": chart.note,
            "figure": chart.figure,
            "columns": chart.columns,
            "rows": [[_text(cell) for cell in row] for row in chart.rows],
            "csv_url": csv_url(chart.key),
            "shape": chart.shape,
        }
        for chart in charts
    ]


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return count(cell) if isinstance(cell, int) else figure(cell)


def csv_of(charts: Sequence[Chart], key: str, name: str) -> HttpResponse:
    """The table of the chart with this key as a download; 404 when there is none. Formulas are disarmed."""
    chart = next((one for one in charts if one.key == key), None)
    if chart is None:
        raise Http404("no such chart")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{key}.csv"'
    writer = csv.writer(response)
    writer.writerow([disarmed(column) or "name" for column in chart.columns])
    writer.writerows([disarmed(cell) for cell in row] for row in chart.rows)
    return response


def disarmed(cell: Cell) -> Cell:
    """Text that a spreadsheet would run gets an apostrophe; undefined numbers are empty."""
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def page_of(rows: Sequence[Any], number: str, url: str, query: str = "") -> tuple[Sequence[Any], dict[str, Any]]:
    """A page of at most `PAGE` rows and the context of `components/pagination.html`."""
    last = max((len(rows) - 1) // PAGE, 0)
    page = min(int(number), last) if number.isdigit() else 0
    start, end = page * PAGE, min((page + 1) * PAGE, len(rows))
    link = f"{url}?{query}page="
    return rows[start:end], {
        "shown": f"{start + 1:,}\u2013{end:,} of {len(rows):,}" if rows else "none",
        "prev_url": f"{link}{page - 1}" if page else None,
        "next_url": f"{link}{page + 1}" if page < last else None,
    }

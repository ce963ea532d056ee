"""What leaves: ratings, gold, annotations and scores as long tables, streamed. What is exported can be imported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from attributes.domain import audit
from attributes.domain.definitions import latest_published
from attributes.models import Attribute, Definition
from labelhub.accounts.models import User
from labelhub.lib import tables
from labelhub.lib.errors import BadInput
from raters.models import GoldLabel, Rating, RatingItem

from ..models import Annotation, Publication, Score

Columns = Mapping[str, tables.ColumnType]


@dataclass(frozen=True)
class Table:
    """What a file will hold; `left_out` counts the rows of a sealed test, `names` what the rows rest on."""

    columns: Columns
    rows: Iterable[Sequence[Any]]
    left_out: int = 0
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exported:
    rows: int
    left_out_sealed: int
    names: Mapping[str, str]


def export(*, attribute: Attribute, what: str, path: Path, actor: User | None = None) -> Exported:
    """Write one kind of label of the attribute to a file.

    Items of a sealed test are left out of ratings, gold and annotations: they would not be sealed any more.
    """
    if what not in KINDS:
        raise BadInput(f"--what {what!r} is not one of {', '.join(KINDS)}")
    table = KINDS[what](attribute)
    try:
        n = tables.write(path, table.columns, table.rows)
    except tables.TableError as error:
        raise BadInput(f"{path.name}: {error}") from None
    audit.record(actor=actor, corpus=attribute.corpus, verb="exported", target=attribute, what=what, n=n)
    return Exported(n, table.left_out, table.names)


def _items(attribute: Attribute) -> QuerySet[RatingItem]:
    return RatingItem.objects.filter(rating_set__definition__attribute=attribute)


def _sealed(attribute: Attribute) -> QuerySet[RatingItem]:
    return _items(attribute).filter(split=RatingItem.Split.TEST, rating_set__unsealed_at=None)


def _ratings(attribute: Attribute) -> Table:
    columns: Columns = {
        "item_id": str, "attribute": str, "definition_version": int, "rating_set": str,
        "rater_id": str, "label": str, "answer": str, "confidence": int, "rationale": str,
        "duration_ms": int, "counted": bool, "created_at": dt.datetime,
    }  # fmt: skip
    # Hidden checks, lessons and repeats say something of their raters, not of the items: they are no ratings to others.
    measured = _items(attribute).filter(role=RatingItem.Role.MEASURE)
    ratings = Rating.objects.filter(rating_item__in=measured, occasion=1, superseded_at=None).order_by("pk")
    shown = ratings.exclude(rating_item__in=_sealed(attribute))
    fields = (
        "rating_item__item__external_id", "rating_item__rating_set__definition__version",
        "rating_item__rating_set__name", "rater__display_name", "rater__uid", "level__key", "answer", "confidence",
        "rationale", "duration_ms", "counted", "created_at",
    )  # fmt: skip
    rows = (
        (item, attribute.slug, version, name, display_name or str(uid), *rest)
        for item, version, name, display_name, uid, *rest in shown.values_list(*fields).iterator()
    )
    return Table(columns, rows, ratings.count() - shown.count())


def _gold(attribute: Attribute) -> Table:
    levels = list(attribute.levels.values_list("key", flat=True))
    columns: dict[str, tables.ColumnType] = {
        "item_id": str, "attribute": str, "definition_version": int, "rating_set": str,
        "label": str, "source": str, "n_raters": int, "split": str, "inclusion_probability": float,
        "adjudicator": str, "saw_machine": bool, "reason": str, "note": str,
    }  # fmt: skip
    columns |= {f"votes_{key}": int for key in levels}
    gold = GoldLabel.objects.filter(rating_item__in=_items(attribute), superseded_at=None).order_by("pk")
    shown = gold.exclude(rating_item__in=_sealed(attribute))
    fields = (
        "rating_item__item__external_id", "rating_item__rating_set__definition__version",
        "rating_item__rating_set__name", "level__key", "source", "distribution", "rating_item__split",
        "rating_item__inclusion_probability", "adjudicator__display_name", "adjudicator__uid", "saw_machine",
        "reason_tag", "note",
    )  # fmt: skip
    rows = (
        (item, attribute.slug, version, name, label, source, sum(votes), split, pi,
         display_name or (str(uid) if uid else None), saw if uid else None, reason or None, note or None, *votes)
        for item, version, name, label, source, votes, split, pi, display_name, uid, saw, reason, note
        in shown.values_list(*fields).iterator()
    )  # fmt: skip
    return Table(columns, rows, gold.count() - shown.count())


def _annotations(attribute: Attribute) -> Table:
    levels = list(attribute.levels.values_list("key", flat=True))
    columns: dict[str, tables.ColumnType] = {
        "item_id": str, "attribute": str, "definition_version": int, "annotator": str, "run": str,
        "label": str, "failure": str, "rationale": str,
    }  # fmt: skip
    columns |= {f"p_{key}": float for key in levels}
    found = Annotation.objects.filter(definition__attribute=attribute).order_by("pk")
    measured = _sealed(attribute).filter(role=RatingItem.Role.MEASURE)
    shown = found.exclude(item__in=measured.values("item"))
    fields = (
        "item__external_id", "definition__version", "run_item__run__annotator__name", "run_item__run__uid",
        "level__key", "failure_code", "rationale", "p",
    )  # fmt: skip
    nothing = [None] * len(levels)
    rows = (
        (item, attribute.slug, version, annotator, str(run), label, failure or None, rationale or None, *(p or nothing))
        for item, version, annotator, run, label, failure, rationale, p in shown.values_list(*fields).iterator()
    )
    return Table(columns, rows, found.count() - shown.count())


def _scores(attribute: Attribute) -> Table:
    definition = latest_published(attribute)
    publication = Publication.objects.filter(definition=definition, retired_at=None).first()
    if publication is None:
        raise BadInput(f"{definition} has no published scores: score the corpus first")
    levels = list(attribute.levels.values_list("key", flat=True))
    columns: dict[str, tables.ColumnType] = {
        "item_id": str, "attribute": str, "definition_version": int, "student": str, "label": str,
    }  # fmt: skip
    columns |= {f"p_{key}": float for key in levels}
    names = {
        "definition": definition.hash,
        "student": str(publication.score_set.student.uid),
        "score_set": str(publication.score_set.uid),
    }
    return Table(columns, _score_rows(definition, publication, levels), names=names)


def _score_rows(definition: Definition, publication: Publication, levels: list[str]) -> Iterator[Sequence[Any]]:
    head = publication.student_head
    student = str(publication.score_set.student.uid)
    scores = Score.objects.filter(score_set=publication.score_set).order_by("item_id")
    for external_id, p in scores.values_list("item__external_id", "p").iterator():
        own = p[head.p_offset : head.p_offset + head.p_width]
        label = levels[max(range(len(own)), key=own.__getitem__)]
        yield external_id, definition.attribute.slug, definition.version, student, label, *own


KINDS: dict[str, Callable[[Attribute], Table]] = {
    "ratings": _ratings,
    "gold": _gold,
    "annotations": _annotations,
    "scores": _scores,
}

"""Every item with its published probability: what the loop is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from django.db.models import QuerySet

from attributes.domain import audit
from attributes.models import Item
from labelhub.accounts.models import User
from labelhub.lib.errors import Refused
from llm_jobs.domain import calibrations, exposures
from llm_jobs.domain.machines import Machine
from llm_jobs.domain.prevalence import positive
from llm_jobs.models import Publication, Score
from llm_jobs.queries.scores import likeliest
from raters.stats.level_calibration import LevelCalibrator

from ..queries import scores

PAGE = 50
CHUNK = 2_000
RECORDED = 100_000  # rows of a download that are recorded as seen one by one


@dataclass(frozen=True)
class Wanted:
    """Which scores: a range of the positive level's probability, and the likeliest level's position."""

    low: float | None = None
    high: float | None = None
    answer: int | None = None


@dataclass(frozen=True)
class Row:
    """`score` is the student's raw score of the positive level, `p` the same calibrated, None without a calibrator."""

    item: Item
    score: float
    p: float | None
    answer: int


def slot_of(publication: Publication) -> int:
    """Where the positive level's probability lies in a score's array; its partition has an index on it."""
    return int(publication.student_head.p_offset + positive(publication.definition.attribute))


def find(publication: Publication, wanted: Wanted) -> QuerySet[Score]:
    """The wanted scores of items in the corpus, without those that a golden set of the attribute holds: whoever may
    still rate or adjudicate those must not read a machine's answer here."""
    found = scores.between(scores.of(publication), slot_of(publication), wanted.low, wanted.high)
    found = scores.without_golden(found, publication.definition.attribute)
    if wanted.answer is not None:
        found = found.annotate(answer=likeliest(publication.student_head)).filter(answer=wanted.answer)
    return found


def page(
    publication: Publication, wanted: Wanted, after: tuple[float, int] | None
) -> tuple[list[Row], tuple[float, int] | None]:
    """The next `PAGE` rows, surest first, and the place behind them (None at the end)."""
    ordered = scores.in_order(find(publication, wanted), slot_of(publication), after=after)
    found = list(ordered.select_related("item__media")[: PAGE + 1])
    rows = rows_of(publication, found[:PAGE])
    return rows, (rows[-1].score, rows[-1].item.pk) if len(found) > PAGE else None


def rows_of(publication: Publication, found: Sequence[Score]) -> list[Row]:
    """Scores with their items, calibrated where the student has a map in use."""
    level, slot = positive(publication.definition.attribute), slot_of(publication)
    own = [_own(publication, one.p) for one in found]
    calibrated = calibrations.calibrated(calibrator(publication), own)
    return [
        Row(one.item, one.p[slot], None if calibrated is None else calibrated[k][level], int(np.argmax(own[k])))
        for k, one in enumerate(found)
    ]


def calibrator(publication: Publication) -> LevelCalibrator | None:
    return calibrations.calibrator_of(publication.definition, Machine(head=publication.student_head))


def _own(publication: Publication, p: list[float]) -> list[float]:
    head = publication.student_head
    return p[head.p_offset : head.p_offset + head.p_width]


def take(publication: Publication, wanted: Wanted, *, user: User, rates_too: bool) -> Iterator[list[str | float]]:
    """Head and rows of the download, surest first; the person's seeing of each row is recorded as it goes out.

    Of more than `RECORDED` rows only the download itself is recorded: a corpus may have ten million. That is refused to
    who rates in the corpus, for it would bar them from none of these items.
    """
    attribute = publication.definition.attribute
    many = find(publication, wanted)[: RECORDED + 1].count() > RECORDED
    if many and rates_too:
        raise Refused(f"you rate in this corpus: narrow the list to {RECORDED:,} items, so that each can be recorded")
    if many:
        corpus = attribute.corpus
        audit.record(actor=user, corpus=corpus, verb="scores_downloaded", target=publication, attribute=attribute.slug)
        return _table(publication, wanted, None)
    return _table(publication, wanted, user)


def _table(publication: Publication, wanted: Wanted, user: User | None) -> Iterator[list[str | float]]:
    """Read in chunks; `user` is who is recorded to have seen each."""
    attribute, map_ = publication.definition.attribute, calibrator(publication)
    levels = list(attribute.levels.all())
    heads = [f"raw_score_{level.key}" for level in levels]
    yield ["item", "title", "answer", *heads, *([f"p_{level.key}" for level in levels] if map_ else [])]
    ordered = scores.in_order(find(publication, wanted), slot_of(publication))
    found = ordered.values_list("item", "item__external_id", "item__title", "p").iterator(CHUNK)
    while chunk := list(islice(found, CHUNK)):
        if user is not None:
            exposures.saw_machine_labels(user=user, items=[row[0] for row in chunk], attributes=[attribute])
        own = [_own(publication, p) for *_, p in chunk]
        calibrated = calibrations.calibrated(map_, own) or [[]] * len(chunk)
        for (_, external_id, title, _), raw, p in zip(chunk, own, calibrated, strict=True):
            yield [external_id, title, levels[int(np.argmax(raw))].key, *raw, *p]

"""Reads of students for their pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from attributes.models import Corpus, Job

from ..models import Evaluation, Publication, Student, StudentHead

STUDENT_JOBS = (Job.Kind.TRAIN_STUDENT, Job.Kind.SCORE_CORPUS)
F1 = """
SELECT DISTINCT ON (labels ->> 'fingerprint', s.definition_id)
    labels ->> 'fingerprint', s.definition_id, row -> 'f1'
FROM llm_jobs_evaluation e
JOIN raters_ratingset s ON s.id = e.rating_set_id
CROSS JOIN jsonb_array_elements(e.inputs -> 'annotators') labels
JOIN jsonb_array_elements(e.result -> 'annotators') row ON row ->> 'name' = labels ->> 'name'
WHERE s.definition_id = ANY(%s) AND labels ->> 'fingerprint' = ANY(%s)
    AND e.split = 'dev' AND e.reference = 'leave_one_out'
ORDER BY labels ->> 'fingerprint', s.definition_id, e.id DESC"""


def page(corpus: Corpus) -> QuerySet[Student]:
    """A corpus's students with what a list shows of each, newest first."""
    found = Student.objects.filter(corpus=corpus).select_related("encoder", "silver_set", "created_by")
    return found.prefetch_related("heads__definition__attribute").order_by("-pk")


def f1_of(fingerprints: Sequence[str], heads: Sequence[StudentHead]) -> dict[tuple[str, int], dict[str, Any]]:
    """The newest F1 against humans on dev by (fingerprint, definition), from the stored evaluations."""
    definitions = sorted({head.definition_id for head in heads})
    with connection.cursor() as cursor:
        cursor.execute(F1, [definitions, list(fingerprints)])
        # Django's connection hands JSON over as text.
        return {(fingerprint, definition): json.loads(figure) for fingerprint, definition, figure in cursor.fetchall()}


def evaluation_with(fingerprint: str, head: StudentHead) -> Evaluation | None:
    """The newest comparison on dev in which the student stands beside the annotators."""
    found = Evaluation.objects.filter(
        rating_set__definition=head.definition_id,
        split=Evaluation.Split.DEV,
        reference=Evaluation.Reference.LEAVE_ONE_OUT,
        inputs__annotators__contains=[{"fingerprint": fingerprint}],
    )
    return found.select_related("rating_set").order_by("-pk").first()


def served(corpus: Corpus) -> QuerySet[Publication]:
    """What serves now."""
    found = Publication.objects.filter(score_set__corpus=corpus, retired_at=None)
    return found.select_related("definition__attribute", "score_set__student", "by")


def publications(heads: Sequence[StudentHead]) -> QuerySet[Publication]:
    """Every publication for the definitions of these heads, whichever student it came from, newest first."""
    found = Publication.objects.filter(definition__in=[head.definition_id for head in heads])
    return found.select_related("definition__attribute", "score_set__student", "by").order_by("-pk")


def jobs(corpus: Corpus) -> QuerySet[Job]:
    return Job.objects.filter(corpus=corpus, kind__in=STUDENT_JOBS).order_by("-pk")

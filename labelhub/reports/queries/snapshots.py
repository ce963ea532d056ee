"""Stored figures."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet

from attributes.models import Corpus
from llm_jobs.models import Evaluation
from raters.models import RatingItem, RatingSet

from ..models import ReportSnapshot


def newest(kind: ReportSnapshot.Kind, subjects: Iterable[uuid.UUID], split: str = "") -> QuerySet[ReportSnapshot]:
    """The newest snapshot of each subject."""
    found = ReportSnapshot.objects.filter(kind=kind, subject__in=list(subjects), split=split)
    return found.order_by("subject", "-pk").distinct("subject")


def newest_prevalence(corpus: Corpus) -> QuerySet[ReportSnapshot]:
    """The newest prevalence figures of each attribute of the corpus."""
    found = ReportSnapshot.objects.filter(kind=ReportSnapshot.Kind.PREVALENCE, corpus=corpus)
    return found.order_by("inputs__attribute", "-pk").distinct("inputs__attribute")


def newest_evaluations(rating_sets: Iterable[RatingSet]) -> QuerySet[Evaluation]:
    """The newest leave-one-out evaluation on dev of each set."""
    found = Evaluation.objects.filter(
        rating_set__in=list(rating_sets),
        split=RatingItem.Split.DEV,
        reference=Evaluation.Reference.LEAVE_ONE_OUT,
    )
    return found.order_by("rating_set", "-pk").distinct("rating_set")


def with_fingerprints(fingerprints: Collection[str]) -> Q:
    """Evaluations in which a labeler with one of the fingerprints took part."""
    wanted = Q(pk__in=[])
    for one in fingerprints:
        wanted |= Q(inputs__annotators__contains=[{"fingerprint": one}])
    return wanted

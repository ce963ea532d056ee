"""What exists under a definition, along the loop."""

from __future__ import annotations

from django.db.models import Count, F, Q, QuerySet

from attributes.models import Attribute, Definition
from llm_jobs.models import Publication, Run, SilverItem, Student
from raters.models import RatingItem, RatingSet

SHOWN = 8


def progress(rating_set: RatingSet) -> dict[str, int]:
    """Measured items of the set, and how many of them have all their answers."""
    items = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE, exclude_reason="")
    return items.aggregate(total=Count("pk"), full=Count("pk", filter=Q(counted__gte=F("overlap"))))


def silver_items(definition: Definition) -> int:
    """Items of the newest silver set under the definition."""
    newest = SilverItem.objects.filter(definition=definition).order_by("-silver_set").values("silver_set")[:1]
    return SilverItem.objects.filter(definition=definition, silver_set__in=newest).count()


def students(attribute: Attribute) -> QuerySet[Student]:
    """Students with a head for any version of the attribute, newest first."""
    return Student.objects.filter(heads__definition__attribute=attribute).distinct().order_by("-pk")


def runs(attribute: Attribute) -> QuerySet[Run]:
    """Runs under any version of the attribute, newest first."""
    found = Run.objects.filter(run_definitions__definition__attribute=attribute).select_related("annotator")
    return found.distinct().order_by("-pk")


def publication(definition: Definition) -> Publication | None:
    """What serves the definition now."""
    found = Publication.objects.filter(definition=definition, retired_at=None)
    return found.select_related("score_set", "student_head__student").first()

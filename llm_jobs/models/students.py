from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now

from attributes.models import Corpus, Definition, Encoder
from labelhub.accounts.models import User

from .silver import SilverSet


class Student(models.Model):
    """A distilled network over one encoder, with a head per definition. Its weights lie in the data folder."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="students")
    silver_set = models.ForeignKey(SilverSet, on_delete=models.PROTECT, related_name="students")
    encoder = models.ForeignKey(Encoder, on_delete=models.PROTECT, related_name="students")
    config = models.JSONField()
    seed = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    code_version = models.CharField(max_length=40)
    metrics = models.JSONField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = (models.Index(fields=["corpus", "-id"], name="student_corpus"),)

    def __str__(self) -> str:
        return f"student {str(self.uid)[:8]}"


class StudentHead(models.Model):
    """A student's output for one definition: where its probabilities lie in a score's array."""

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="heads")
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="student_heads")
    position = models.PositiveSmallIntegerField()
    p_offset = models.PositiveSmallIntegerField()
    p_width = models.PositiveSmallIntegerField()
    temperature = models.FloatField(default=1.0)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["student", "position"], name="student_head_position"),
            models.UniqueConstraint(fields=["student", "definition"], name="student_head_definition"),
        )

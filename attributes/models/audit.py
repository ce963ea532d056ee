from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from labelhub.accounts.models import User

from .corpora import Corpus


class AuditEvent(models.Model):
    """Who did what to what, written inside the transaction of the change. Append-only by trigger."""

    at = models.DateTimeField(db_default=Now())
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    corpus = models.ForeignKey(Corpus, on_delete=models.PROTECT, null=True, blank=True, related_name="audit_events")
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=64)
    before_hash = models.CharField(max_length=64, blank=True)
    after_hash = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = (
            models.Index(fields=["corpus", "-id"], name="audit_corpus"),  # the People page's log
            models.Index(fields=["object_type", "object_id"], name="audit_object"),  # the history of one thing
        )

    @property
    def sentence(self) -> str:
        """The verb in words."""
        return self.verb.replace("_", " ").capitalize()

    @property
    def subject(self) -> str:
        """What the change says of itself, for the log; lists are counted."""
        said = {key: len(value) if isinstance(value, list) else value for key, value in self.data.items()}
        return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in said.items() if value not in ("", None))

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from labelhub.accounts.models import User

from .corpora import Corpus

# Under which keys an event's data says what was changed; `of` is written with every event.
NAMES = ("of", "person", "email", "item", "slug", "annotator", "file", "name")
HIDDEN = {"of", "definition", "fingerprint", "silver", "spec", "student", "slug", "teachers", "seed"}
SECRET = {"level"}  # a label: whoever reads it in the log has seen it without a record of that
MICRO_USD = {"budget", "before", "after"}  # of runs
# Keys of the data that do not read as words by themselves.
KEYS = {"n": "count", "definitions": "attributes", "gold": "labels", "after": "now", "what": "of its"}


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
    def target(self) -> str:
        """What was changed, by the name that people know it by."""
        named = (str(self.data[key]) for key in NAMES if self.data.get(key))
        return next(named, f"{self.object_type.rpartition('.')[2]} {self.object_id[:8]}")

    @property
    def details(self) -> str:
        """What the change says of itself, for the log; lists are counted, hashes and parts of the name left out."""
        said = {
            key: value for key, value in self.data.items() if key not in HIDDEN | SECRET and value not in ("", None, {})
        }
        return ", ".join(
            f"{KEYS.get(key, key.replace('_', ' '))} {self._text(key, value)}"
            for key, value in said.items()
            if value != self.target
        )

    def _text(self, key: str, value: object) -> str:
        if isinstance(value, list):
            return str(len(value))
        if isinstance(value, dict):
            return ", ".join(f"{part} {number}" for part, number in value.items())
        if isinstance(value, int) and key in MICRO_USD and self.verb.startswith("run"):
            return f"${value / 1_000_000:,.2f}"
        return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)

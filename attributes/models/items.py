"""Items and their media."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from .corpora import Corpus

SEARCH = SearchVector("title", "text", config="simple")


class Item(models.Model):
    """The judged unit: one short video, text or image.

    Removed items are hidden and counted, never deleted. `content_hash` covers what a judge may see (title, text,
    language, metadata, media), so a changed item is told from an unchanged one.
    """

    class Kind(models.TextChoices):
        SINGLE = "single"

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="items")
    external_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SINGLE)
    title = models.TextField(blank=True)
    text = models.TextField(blank=True)
    language = models.CharField(max_length=35, blank=True)
    metadata = models.JSONField(default=dict)
    group_key = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["corpus", "external_id"], name="item_external_id"),)
        indexes = (
            models.Index(fields=["corpus", "published_at"], name="item_published"),
            models.Index(fields=["corpus", "id"], condition=Q(removed_at=None), name="item_page"),  # the corpus page
            GinIndex(SEARCH, name="item_search"),  # the corpus page's search box
        )

    def __str__(self) -> str:
        return self.title or self.external_id

    @property
    def heading(self) -> str:
        """What to call the item on a page: its title, else the beginning of its text, else its id."""
        return self.title or self.text[:80] or self.external_id


class ItemRevision(models.Model):
    """What an item said before it changed; written when a judged item changes, so that old ratings stay readable."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="revisions")
    content_hash = models.CharField(max_length=64)
    snapshot = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["item", "content_hash"], name="item_revision"),)


class Media(models.Model):
    """The video or image of an item; a file in the data folder, served only through an access check."""

    class State(models.TextChoices):
        READY = "ready"
        ERROR = "error"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="media")
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=300, help_text="Below the data folder's media/.")
    kind = models.CharField(max_length=10, default="video")
    codec = models.CharField(max_length=40, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    duration_ms = models.PositiveIntegerField(default=0)
    has_audio = models.BooleanField(default=False)
    plays_in_browser = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = (models.Index(fields=["sha256"], name="media_sha256"),)


class FrameSet(models.Model):
    """The frames of one file under one policy: cut once, kept on disk, given to every model alike."""

    media_sha256 = models.CharField(max_length=64)
    policy_hash = models.CharField(max_length=64)
    paths = ArrayField(models.CharField(max_length=300))
    times_ms = ArrayField(models.PositiveIntegerField())
    sizes = ArrayField(ArrayField(models.PositiveIntegerField(), size=2))

    class Meta:
        constraints = (models.UniqueConstraint(fields=["media_sha256", "policy_hash"], name="frame_set"),)


NEWEST_FIRST = (F("published_at").desc(nulls_last=True), F("id").desc())

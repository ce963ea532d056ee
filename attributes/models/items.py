"""Items and their media."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from labelhub.accounts.models import User

from .corpora import Corpus

SEARCH_CONFIG = "simple"  # no stemming: titles come in every language
SEARCH = SearchVector("title", "text", config=SEARCH_CONFIG)


class Item(models.Model):
    """The judged unit: one short video, text or image.

    Removed items are hidden and counted, never deleted. `content_hash` covers what a judge may see (title, text,
    language, metadata, media), so a changed item is told from an unchanged one.
    """

    class Kind(models.TextChoices):
        SINGLE = "single"

    # The unique constraint below begins with the corpus and serves as its index.
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="items", db_index=False)
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
        # Each index here is paid for by every imported item.
        indexes = (
            models.Index(fields=["corpus", "id"], condition=Q(removed_at=None), name="item_page"),  # the corpus page
            models.Index(fields=["corpus", "id"], condition=~Q(removed_at=None), name="item_removed"),
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


class ItemSearch(models.Model):
    """The words of an item, for the corpus page's search box.

    A table of its own: building the word index costs twice as much as storing the items, so that a large import leaves
    it to a job of its own (`domain.search`), and the page says how far it is.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="search")
    words = SearchVectorField()
    content_hash = models.CharField(max_length=64, help_text="The item's content when it was indexed.")

    class Meta:
        indexes = (GinIndex(fields=["words"], name="item_search_words"),)


class Upload(models.Model):
    """A file that somebody sent to be imported; it lies in the data folder until its import has ended."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="uploads")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    name = models.CharField(max_length=200, help_text="What it was called; never used as a path.")
    path = models.CharField(max_length=100, help_text="Below the data folder's uploads/.")
    size = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return self.name


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

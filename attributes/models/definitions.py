"""Attributes and the versions of what they mean."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from labelhub.accounts.models import User

from ..schema import DefinitionSpec, parse_spec
from .corpora import Corpus
from .items import Item

FIXED_SPECS: dict[str, DefinitionSpec] = {}  # by hash, which names the content
FIXED_SPECS_KEPT = 256


class Attribute(models.Model):
    """What is judged. Keys and order of the levels lock with the first answer of a person or a machine."""

    class Scale(models.TextChoices):
        BINARY = "binary", "Binary"
        NOMINAL = "nominal", "Nominal"
        ORDINAL = "ordinal", "Ordinal"

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="attributes")
    slug = models.SlugField(max_length=63)
    name = models.CharField(max_length=120)
    scale = models.CharField(max_length=8, choices=Scale)
    levels_locked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["corpus", "slug"], name="attribute_slug"),)

    def __str__(self) -> str:
        return self.name


class Level(models.Model):
    """One possible answer of an attribute; `position` is its place in the scale, lowest 0."""

    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="levels")
    key = models.CharField(max_length=64)
    label = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField()
    is_positive = models.BooleanField(default=False)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["attribute", "key"], name="level_key"),
            models.UniqueConstraint(fields=["attribute", "position"], name="level_position"),
            models.UniqueConstraint(fields=["attribute"], condition=Q(is_positive=True), name="level_one_positive"),
        )

    def __str__(self) -> str:
        return self.label


class Definition(models.Model):
    """One version of an attribute's meaning.

    draft (mutable, compare-and-set on `revision`) -> candidate (frozen; previews and searches run on it) -> published
    (numbered) -> retired. A draft may be published directly. Spec and hash are frozen by trigger unless draft.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        CANDIDATE = "candidate", "Candidate"
        PUBLISHED = "published", "Published"
        RETIRED = "retired", "Retired"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="definitions")
    version = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    spec = models.JSONField()
    hash = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["attribute", "version"], name="definition_version"),
            models.UniqueConstraint(
                fields=["attribute", "hash"], condition=Q(state="candidate"), name="definition_candidate_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "candidate"], version=None)
                | Q(state__in=["published", "retired"], version__isnull=False),
                name="definition_numbered_when_published",
            ),
        )

    def __str__(self) -> str:
        return f"{self.attribute.slug} {self.name}"

    @property
    def name(self) -> str:
        return f"v{self.version}" if self.version else self.state

    @property
    def is_fixed(self) -> bool:
        """Whether a new rating set or run may rest on it."""
        return self.state in (self.State.CANDIDATE, self.State.PUBLISHED)

    def parsed(self) -> DefinitionSpec:
        """The spec as a value. That of a fixed definition is read and parsed once in a process."""
        if self.state == self.State.DRAFT:
            return parse_spec(self.spec)
        if self.hash not in FIXED_SPECS:
            if len(FIXED_SPECS) >= FIXED_SPECS_KEPT:
                FIXED_SPECS.clear()
            FIXED_SPECS[self.hash] = parse_spec(self.spec)
        return FIXED_SPECS[self.hash]


class DefinitionExample(models.Model):
    """An example of a definition tied to its item: the source of the check that no example is tested on."""

    definition = models.ForeignKey(Definition, on_delete=models.CASCADE, related_name="examples")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="example_of")
    content_hash = models.CharField(max_length=64)
    level = models.ForeignKey(Level, on_delete=models.CASCADE, related_name="+")
    why = models.TextField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["definition", "item"], name="definition_example"),)

"""A corpus and the people who may enter it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

from labelhub.accounts.models import User


class Role(models.TextChoices):
    RATER = "rater", "Rater"
    EDITOR = "editor", "Editor"
    ANALYST = "analyst", "Analyst"
    OWNER = "owner", "Owner"


class Corpus(models.Model):
    """A set of items, and the boundary of access."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=63, unique=True)
    name = models.CharField(max_length=120)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("attributes:home", args=[self.slug])


class Membership(models.Model):
    """One role of a person in a corpus; a person may hold several."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role)
    created_at = models.DateTimeField(db_default=Now())
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "corpus", "role"], name="membership"),)


class Invite(models.Model):
    """A link that lets one person in, once. Only the hash of its token is stored."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="invites")
    role = models.CharField(max_length=8, choices=Role)
    email = models.EmailField(max_length=254)
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.email

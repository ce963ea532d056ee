"""Somebody asks for a look at an item."""

from __future__ import annotations

import uuid

from django.db import transaction

from labelhub.accounts.models import User

from ..models import Flag
from .assignments import locked


@transaction.atomic
def flag(*, rater: User, assignment_uid: uuid.UUID, note: str) -> Flag:
    """Ask an expert to look at the item; the rater may still answer it. The same words again change nothing."""
    held = locked(rater, assignment_uid)
    flagged, _ = Flag.objects.get_or_create(
        rating_item_id=held.item.id, rater=rater, kind=Flag.Kind.EXPERT, note=note.strip()[:2000], resolved_by=None
    )
    return flagged


@transaction.atomic
def resolve_flag(*, raised: Flag, actor: User) -> Flag:
    """The expert has looked: the flag no longer asks for attention."""
    Flag.objects.filter(pk=raised.pk, resolved_by=None).update(resolved_by=actor)
    raised.refresh_from_db()
    return raised

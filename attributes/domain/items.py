"""Items one at a time: taken out of a corpus and put back. Import writes them in bulk."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from labelhub.accounts.models import User
from labelhub.lib.errors import Refused

from ..models import Item
from . import audit


@transaction.atomic
def remove(*, item: Item, actor: User | None) -> None:
    """Hide an item from samples, runs and pages. What was said of it stays."""
    if not Item.objects.filter(pk=item.pk, removed_at=None).update(removed_at=Now()):
        raise Refused("this item is removed already")
    audit.record(actor=actor, corpus=item.corpus, verb="item_removed", target=item, item=item.external_id)


@transaction.atomic
def restore(*, item: Item, actor: User | None) -> None:
    if not Item.objects.filter(pk=item.pk).exclude(removed_at=None).update(removed_at=None):
        raise Refused("this item is not removed")
    audit.record(actor=actor, corpus=item.corpus, verb="item_restored", target=item, item=item.external_id)

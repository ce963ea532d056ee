"""Items that cannot be judged: those raters gave back again and again, and those the owner leaves out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from attributes.domain import audit
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import Assignment, Flag, GoldLabel, RatingItem, RatingSet
from . import assignments, gold, locks, reasons


@dataclass(frozen=True)
class Waiting:
    """An item held back, and who gave it back and why, oldest first.

    `note` are the reasons as they stood at the last skip, where some are no longer known: a rater who is shown an item
    again has taken their skip back.
    """

    rating_item: RatingItem
    reasons: list[tuple[str, str]]
    note: str = ""


def waiting(rating_set: RatingSet) -> QuerySet[RatingItem]:
    """Items skipped so often that their owner must decide, longest waiting first.

    Those of a sealed test are among them, as its ties are among what is adjudicated: nobody else can decide them.
    """
    items = RatingItem.objects.filter(rating_set=rating_set, asked_at__isnull=False, exclude_reason="")
    return items.select_related("item__media").order_by("asked_at", "pk")


def with_reasons(items: Collection[RatingItem]) -> list[Waiting]:
    """The items with who gave them back and what they said."""
    said: dict[int, list[tuple[str, str]]] = defaultdict(list)
    skips = Assignment.objects.filter(rating_item__in=items, state=Assignment.State.CANCELLED).exclude(skip_reason="")
    for skip in skips.select_related("rater").order_by("heartbeat_at", "pk"):
        said[skip.rating_item_id].append((skip.rater.name, reasons.in_words(skip.skip_reason)))
    flags = Flag.objects.filter(rating_item__in=items, kind=Flag.Kind.SKIPS, resolved_by=None)
    notes = {
        of: "; ".join(map(reasons.in_words, note.split("; "))) for of, note in flags.values_list("rating_item", "note")
    }
    return [
        Waiting(item, said[item.pk], notes.get(item.pk, "") if len(said[item.pk]) < item.skips else "")
        for item in items
    ]


def left_out(rating_set: RatingSet) -> QuerySet[RatingItem]:
    return RatingItem.objects.filter(rating_set=rating_set).exclude(exclude_reason="")


@transaction.atomic
def give_out_again(*, rating_item: RatingItem, actor: User) -> RatingItem:
    """Let raters have an item again that they skipped; it may come back after three more skips."""
    rating_set, item = _lock(rating_item)
    if item.asked_at is None:
        raise Refused("this item does not wait for a decision")
    item.asked_at, item.skips = None, 0
    item.save(update_fields=["asked_at", "skips"])
    _resolve_skips(item, actor)
    _record(rating_set, item, "item_given_out_again", actor)
    return item


@transaction.atomic
def leave_out(*, rating_item: RatingItem, reason: str, actor: User) -> RatingItem:
    """Take an item out of the set, with a reason: no figure counts it, and nobody is asked to rate it.

    Its answers are kept. Gold of it ends; claims on it are given back. Possible until the set is frozen.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise BadInput("reason: say why it is left out")
    if len(reason) > 120:
        raise BadInput("reason: at most 120 characters")
    rating_set, item = _lock(rating_item)
    if item.exclude_reason:
        raise Refused("this item is left out already")
    claims = Assignment.objects.filter(rating_item=item, state=Assignment.State.LEASED)
    assignments.give_back(claims)
    RatingItem.objects.filter(pk=item.pk).update(exclude_reason=reason, asked_at=None)
    GoldLabel.objects.filter(rating_item=item, superseded_at=None).update(superseded_at=Now())
    _resolve_skips(item, actor)
    item.refresh_from_db()
    _record(rating_set, item, "item_left_out", actor, reason=reason)
    return item


@transaction.atomic
def take_in_again(*, rating_item: RatingItem, actor: User) -> RatingItem:
    """Count an item again that was left out; after closing, its gold is derived from the answers it has."""
    rating_set, item = _lock(rating_item)
    if not item.exclude_reason:
        raise Refused("this item is not left out")
    item.exclude_reason, item.skips = "", 0
    item.save(update_fields=["exclude_reason", "skips"])
    if rating_set.state == RatingSet.State.ADJUDICATING:
        gold.derive(rating_set, RatingItem.objects.filter(pk=item.pk))
    _record(rating_set, item, "item_taken_in_again", actor)
    return item


def _lock(rating_item: RatingItem) -> tuple[RatingSet, RatingItem]:
    """The set kept in its state, the item locked; `Refused` unless the set is open or being adjudicated."""
    locks.share_state(rating_item.rating_set_id)
    rating_set = RatingSet.objects.select_related("definition__attribute__corpus").get(pk=rating_item.rating_set_id)
    if rating_set.state not in (RatingSet.State.OPEN, RatingSet.State.ADJUDICATING):
        raise Refused(f"{rating_set.name} is {rating_set.get_state_display().lower()}: its items stay as they are")
    return rating_set, RatingItem.objects.select_for_update().get(pk=rating_item.pk)


def _resolve_skips(item: RatingItem, actor: User) -> None:
    Flag.objects.filter(rating_item=item, kind=Flag.Kind.SKIPS, resolved_by=None).update(resolved_by=actor)


def _record(rating_set: RatingSet, item: RatingItem, verb: str, actor: User, **facts: Any) -> None:
    corpus = rating_set.definition.attribute.corpus
    audit.record(actor=actor, corpus=corpus, verb=verb, target=rating_set, item=item.item.external_id, **facts)

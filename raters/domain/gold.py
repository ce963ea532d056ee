"""Gold labels: consensus, adjudication, freezing."""

from __future__ import annotations

from collections import Counter, defaultdict

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils import timezone

from attributes.domain import audit
from attributes.models import Level
from attributes.schema import digest
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import Exposure, GoldLabel, RatingItem, RatingSet
from ..queries import ratings as queries

ENOUGH = 2  # independent labels below which there is no consensus to speak of


@transaction.atomic
def settle(rating_set: RatingSet) -> Counter[str]:
    """Derive gold from the ratings as they stand: unanimous, majority, or a visible tie; returns the counts.

    Adjudicated labels stay. Items with fewer than two labels get none, counted as `too_few`.
    """
    RatingSet.objects.select_for_update().get(pk=rating_set.pk)
    levels = list(rating_set.definition.attribute.levels.all())
    position = {level.pk: i for i, level in enumerate(levels)}
    items = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE, exclude_reason="")
    decided = GoldLabel.Source.ADJUDICATED
    current = GoldLabel.objects.filter(rating_item__rating_set=rating_set, superseded_at=None)
    kept = set(current.filter(source=decided).values_list("rating_item", flat=True))
    current.exclude(source=decided).update(superseded_at=Now())
    counts: dict[int, list[int]] = defaultdict(lambda: [0] * len(levels))
    votes = queries.with_level(queries.counted(items)).values_list("rating_item", "level")
    for rating_item, level in votes:
        counts[rating_item][position[level]] += 1
    tally: Counter[str] = Counter(adjudicated=len(kept))
    labels = []
    for rating_item in items.exclude(pk__in=kept).values_list("pk", flat=True):
        distribution = counts[rating_item]
        source = consensus_source(distribution)
        if source is None:
            tally["too_few"] += 1
            continue
        tally[source] += 1
        level = levels[distribution.index(max(distribution))] if source != GoldLabel.Source.TIE else None
        labels.append(GoldLabel(rating_item_id=rating_item, level=level, source=source, distribution=distribution))
    GoldLabel.objects.bulk_create(labels, batch_size=5000)
    return tally


def consensus_source(distribution: list[int]) -> GoldLabel.Source | None:
    """How the most frequent level came about; None with fewer than two labels."""
    total, top = sum(distribution), max(distribution)
    if total < ENOUGH:
        return None
    if top == total:
        return GoldLabel.Source.UNANIMOUS
    return GoldLabel.Source.MAJORITY if distribution.count(top) == 1 else GoldLabel.Source.TIE


@transaction.atomic
def adjudicate(
    *,
    rating_item: RatingItem,
    level_key: str | None,
    adjudicator: User,
    reason_tag: str = "",
    note: str = "",
) -> GoldLabel:
    """Decide an item; no level = undecidable, which is an outcome. Records whether the person had seen a machine label.

    The decision is itself a view of the raters' labels: the adjudicator no longer rates this item.
    """
    rating_set = rating_item.rating_set
    if rating_set.state != RatingSet.State.ADJUDICATING:
        raise Refused(f"{rating_set.name} is {rating_set.get_state_display().lower()}: close rating first")
    attribute = rating_set.definition.attribute
    level = None
    if level_key is not None:
        level = Level.objects.filter(attribute=attribute, key=level_key).first()
        if level is None:
            raise BadInput(f"level: {level_key!r} is not on the scale")
    if reason_tag and reason_tag not in GoldLabel.Reason.values:
        raise BadInput(f"reason: {reason_tag!r} is not one of {', '.join(GoldLabel.Reason.values)}")
    RatingItem.objects.select_for_update().get(pk=rating_item.pk)
    earlier = GoldLabel.objects.filter(rating_item=rating_item, superseded_at=None)
    distribution = earlier.values_list("distribution", flat=True).first() or [0] * attribute.levels.count()
    earlier.update(superseded_at=Now())
    seen = Exposure.objects.filter(user=adjudicator, item=rating_item.item_id, attribute=attribute)
    label = GoldLabel.objects.create(
        rating_item=rating_item,
        level=level,
        source=GoldLabel.Source.ADJUDICATED,
        distribution=distribution,
        adjudicator=adjudicator,
        reason_tag=reason_tag,
        note=note.strip(),
        saw_machine=seen.filter(kind=Exposure.Kind.MACHINE).exists(),
    )
    expose(user=adjudicator, rating_items=[rating_item], kind=Exposure.Kind.PEER)
    audit.record(actor=adjudicator, corpus=attribute.corpus, verb="adjudicated", target=label, level=level_key)
    return label


def expose(*, user: User, rating_items: list[RatingItem], kind: str) -> None:
    """Record that a person saw labels of these items."""
    Exposure.objects.bulk_create(
        (
            Exposure(user=user, item_id=i.item_id, attribute=i.rating_set.definition.attribute, kind=kind)
            for i in rating_items
        ),
        ignore_conflicts=True,
    )


def missing(rating_set: RatingSet) -> dict[str, int]:
    """What stands between the set and its freezing, by reason; empty when nothing does."""
    undecided = queries.needs_adjudication(rating_set).count()
    labelled = GoldLabel.objects.filter(rating_item=OuterRef("pk"), superseded_at=None)
    items = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE, exclude_reason="")
    return {
        reason: n
        for reason, n in {"tied": undecided, "too_few_ratings": items.filter(~Exists(labelled)).count()}.items()
        if n
    }


@transaction.atomic
def freeze(*, rating_set: RatingSet, actor: User | None) -> RatingSet:
    """Make the set immutable and give it its content hash. Ties must be decided; items with too few ratings stay
    without gold and are counted in every report."""
    locked = RatingSet.objects.select_for_update().get(pk=rating_set.pk)
    if locked.state != RatingSet.State.ADJUDICATING:
        raise Refused(f"{locked.name} is {locked.get_state_display().lower()}")
    if tied := missing(locked).get("tied"):
        raise Refused(f"{tied} tied items wait for adjudication")
    return seal(locked, actor)


def seal(rating_set: RatingSet, actor: User | None) -> RatingSet:
    """Hash and freeze, whatever is tied (imported sets keep their ties)."""
    RatingSet.objects.filter(pk=rating_set.pk).update(
        state=RatingSet.State.FROZEN, content_hash=content_hash(rating_set), frozen_by=actor, frozen_at=timezone.now()
    )
    rating_set.refresh_from_db()
    audit.record(
        actor=actor,
        corpus=rating_set.definition.attribute.corpus,
        verb="golden_set_frozen",
        target=rating_set,
        after_hash=rating_set.content_hash,
    )
    return rating_set


def content_hash(rating_set: RatingSet) -> str:
    """sha256 over the definition, every item's content, split and probability, every counted answer and gold label."""
    items = RatingItem.objects.filter(rating_set=rating_set)
    fields = ("item__external_id", "content_hash", "role", "split", "fold", "inclusion_probability", "exclude_reason")
    answers = queries.counted(items).order_by("rating_item__item__external_id", "rater__email")
    labels = queries.gold(items).order_by("rating_item__item__external_id")
    return digest(
        {
            "definition": rating_set.definition.hash,
            "items": list(items.order_by("item__external_id").values_list(*fields)),
            "answers": list(
                answers.values_list("rating_item__item__external_id", "rater__email", "answer", "level__key")
            ),
            "gold": list(labels.values_list("rating_item__item__external_id", "level__key", "source", "distribution")),
        }
    )

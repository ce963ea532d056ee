"""Which ratings count, and as the arrays the statistics take."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from attributes.models import Attribute, AuditEvent

from ..models import Flag, GoldLabel, Rating, RatingItem, RatingSet


def drawn(rating_set: RatingSet, split: str) -> QuerySet[RatingItem]:
    """Items drawn to be measured, those left out since among them; `split` is dev, test, shots or all (dev and test).

    An unsealed test split is dev.
    """
    items = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE)
    return items.filter(split__in=parts(rating_set, split))


def parts(rating_set: RatingSet, split: str) -> tuple[str, ...]:
    """The splits that a name stands for."""
    dev, test = RatingItem.Split.DEV.value, RatingItem.Split.TEST.value
    if split == "all" or (rating_set.unsealed_at and split == dev):
        return dev, test
    return (split,)


def measured(rating_set: RatingSet, split: str) -> QuerySet[RatingItem]:
    """Those of the drawn items that may enter agreement, consensus and evaluation."""
    return drawn(rating_set, split).filter(exclude_reason="")


def counted(rating_items: QuerySet[RatingItem]) -> QuerySet[Rating]:
    """First-occasion answers in force that count, "can't tell" included.

    Whatever items are given, only those of role measure: a hidden check or a lesson says something of its rater only.
    """
    measures = rating_items.filter(role=RatingItem.Role.MEASURE)
    return Rating.objects.filter(rating_item__in=measures, occasion=1, counted=True, superseded_at=None)


# Of a rating set: whether anybody has rated it.
HAS_RATINGS = Exists(
    Rating.objects.filter(
        rating_item__rating_set=OuterRef("pk"), rating_item__role=RatingItem.Role.MEASURE,
        occasion=1, counted=True, superseded_at=None,
    )
)  # fmt: skip


def with_level(ratings: QuerySet[Rating]) -> QuerySet[Rating]:
    return ratings.filter(answer=Rating.Answer.LEVEL)


def gold(rating_items: QuerySet[RatingItem]) -> QuerySet[GoldLabel]:
    """The labels in force."""
    return GoldLabel.objects.filter(rating_item__in=rating_items, superseded_at=None)


def sealed(attribute: Attribute) -> QuerySet[RatingItem]:
    """Measured test items of the attribute's sets that are sealed now."""
    tests = RatingItem.objects.filter(split=RatingItem.Split.TEST, role=RatingItem.Role.MEASURE)
    return tests.filter(rating_set__definition__attribute=attribute, rating_set__unsealed_at=None)


def visible(rating_set: RatingSet) -> QuerySet[RatingItem]:
    """Items that may be listed: all but those of a sealed test."""
    items = RatingItem.objects.filter(rating_set=rating_set)
    return items.exclude(split=RatingItem.Split.TEST) if rating_set.test_is_sealed else items


def exclusion_events(rating_set: RatingSet) -> QuerySet[AuditEvent]:
    """Each time an item was left out or taken in again."""
    events = AuditEvent.objects.filter(object_type=rating_set._meta.label_lower, object_id=str(rating_set.uid))
    return events.filter(verb__in=["item_left_out", "item_taken_in_again"])


def open_flags(rating_set: RatingSet, kind: str = Flag.Kind.EXPERT) -> QuerySet[Flag]:
    """What raters asked an expert to look at; or the open flags of another kind."""
    return Flag.objects.filter(rating_item__rating_set=rating_set, resolved_by=None, kind=kind)


# Derived gold against which some rater has spoken.
CONTESTED = (GoldLabel.Source.MAJORITY, GoldLabel.Source.MODEL)


def disagreeing(rating_set: RatingSet) -> QuerySet[RatingItem]:
    """Items that may be listed whose gold stands on a majority or a model: some rater said otherwise."""
    majority = GoldLabel.objects.filter(superseded_at=None, source__in=CONTESTED)
    return visible(rating_set).filter(Exists(majority.filter(rating_item=OuterRef("pk"))))


def may_be_adjudicated(rating_set: RatingSet) -> QuerySet[RatingItem]:
    """Ties of every split; disagreements and flags outside a sealed test; decisions, to be corrected."""
    labels = GoldLabel.objects.filter(rating_item=OuterRef("pk"), superseded_at=None)
    settled = [GoldLabel.Source.TIE, GoldLabel.Source.ADJUDICATED]
    listed = Q(pk__in=visible(rating_set).values("pk"))
    raised = open_flags(rating_set).filter(rating_item=OuterRef("pk"))
    disputed = Q(Exists(labels.filter(source__in=CONTESTED))) | Q(Exists(raised))
    due = Q(Exists(labels.filter(source__in=settled))) | listed & disputed
    measured_items = RatingItem.objects.filter(rating_set=rating_set, exclude_reason="", role=RatingItem.Role.MEASURE)
    return measured_items.filter(due)


def needs_adjudication(rating_set: RatingSet) -> QuerySet[RatingItem]:
    """Rated items whose majority is tied, and nobody has decided yet."""
    tied = GoldLabel.objects.filter(superseded_at=None, source=GoldLabel.Source.TIE)
    tied = tied.filter(rating_item=OuterRef("pk"))
    return RatingItem.objects.filter(Exists(tied), rating_set=rating_set, exclude_reason="").order_by("pk")

"""Gold labels: consensus, adjudication, freezing."""

from __future__ import annotations

from collections import Counter, defaultdict
from operator import itemgetter

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from attributes.domain import audit
from attributes.models import Attribute, Level
from attributes.schema import digest
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import Exposure, Flag, GoldLabel, RatingItem, RatingSet
from ..queries import ratings as queries
from ..queries.outcomes import ENOUGH
from . import consensus, definition_notes, locks


@transaction.atomic
def settle(rating_set: RatingSet) -> Counter[str]:
    """Derive gold from the ratings as they stand, by the set's rule: unanimous, majority (or what a model of the raters
    finds likeliest), or a visible tie; returns the counts.

    Adjudicated labels stay. Items with fewer than two labels get none, counted as `too_few`. `sets.close_rating` calls
    it: gold is derived from the answers of that moment.
    """
    locks.own_state(rating_set.pk)
    retire(rating_set)
    return derive(rating_set, RatingItem.objects.filter(rating_set=rating_set))


def derive(rating_set: RatingSet, among: QuerySet[RatingItem]) -> Counter[str]:
    """Labels for these items as far as they are measured and have none; returns the counts. The caller holds the state,
    or the items."""
    levels = list(rating_set.definition.attribute.levels.all())
    position = {level.pk: i for i, level in enumerate(levels)}
    items = among.filter(role=RatingItem.Role.MEASURE, exclude_reason="")
    decided_ones = GoldLabel.objects.filter(rating_item__in=items, superseded_at=None)
    kept = set(decided_ones.values_list("rating_item", flat=True))
    counts: dict[int, list[int]] = defaultdict(lambda: [0] * len(levels))
    votes = queries.with_level(queries.counted(items)).values_list("rating_item", "level")
    for rating_item, vote in votes:
        counts[rating_item][position[vote]] += 1
    tally: Counter[str] = Counter(adjudicated=len(kept))
    likeliest = _likeliest(rating_set)
    labels = []
    for rating_item in items.exclude(pk__in=kept).values_list("pk", flat=True):
        distribution = counts[rating_item]
        source = consensus_source(distribution)
        if source is None:
            tally["too_few"] += 1
            continue
        place = distribution.index(max(distribution)) if source != GoldLabel.Source.TIE else -1
        if likeliest is not None:
            source, place = _by_model(source, place, likeliest[rating_item])
        tally[source] += 1
        level = levels[place] if place >= 0 else None
        labels.append(GoldLabel(rating_item_id=rating_item, level=level, source=source, distribution=distribution))
    GoldLabel.objects.bulk_create(labels, batch_size=5000)
    return tally


def _likeliest(rating_set: RatingSet) -> dict[int, int] | None:
    """Rating item -> place of the level that the model finds likeliest, -1 for a tie; None where the majority rules."""
    if consensus.method_of(rating_set) == consensus.MAJORITY:
        return None
    fitted = consensus.fit(rating_set)
    return dict(zip(fitted.loaded.rating_items, fitted.found.level.tolist(), strict=True))


def _by_model(source: GoldLabel.Source, place: int, likeliest: int) -> tuple[GoldLabel.Source, int]:
    """An item on which all raters and the model agree stays unanimous."""
    if source == GoldLabel.Source.UNANIMOUS and place == likeliest:
        return source, place
    return (GoldLabel.Source.TIE if likeliest < 0 else GoldLabel.Source.MODEL), likeliest


@transaction.atomic
def choose_consensus(*, rating_set: RatingSet, method: str, actor: User | None) -> RatingSet:
    """Derive the gold of a set whose rating is closed by this rule, and keep to it; what was adjudicated stays.

    `Refused` where the model has too few answers to be believed.
    """
    if method not in consensus.METHODS:
        raise BadInput(f"method: {method!r} is not one of {', '.join(consensus.METHODS)}")
    locks.own_state(rating_set.pk)
    locked = RatingSet.objects.select_for_update().get(pk=rating_set.pk)
    if locked.state != RatingSet.State.ADJUDICATING:
        raise Refused(f"{locked.name} is {locked.get_state_display().lower()}: gold is derived when rating is closed")
    if method != consensus.MAJORITY and (refusal := consensus.fit(locked).refusal):
        raise Refused(f"{consensus.METHODS[method]} is not to be believed here: {refusal}")
    locked.design = {**locked.design, "consensus": method}
    locked.save(update_fields=["design"])
    tally = settle(locked)
    corpus = locked.definition.attribute.corpus
    audit.record(actor=actor, corpus=corpus, verb="consensus_chosen", target=locked, method=method, gold=dict(tally))
    return locked


def retire(rating_set: RatingSet) -> int:
    """End the labels that were derived from ratings; what people decided stays."""
    current = GoldLabel.objects.filter(rating_item__rating_set=rating_set, superseded_at=None)
    return current.exclude(source=GoldLabel.Source.ADJUDICATED).update(superseded_at=Now())


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
    for_definition: str | None = None,
) -> GoldLabel:
    """Decide an item that is up for it; no level = undecidable, which is an outcome.

    Records whether the person had seen a machine label. The decision is itself a view of the raters' labels: the
    adjudicator no longer rates this item. `for_definition`: what the definition should say, kept as a flag for its
    author; None = nothing.
    """
    locks.share_state(rating_item.rating_set_id)
    rating_set = RatingSet.objects.select_related("definition__attribute__corpus").get(pk=rating_item.rating_set_id)
    if rating_set.state != RatingSet.State.ADJUDICATING:
        raise Refused(f"{rating_set.name} is {rating_set.get_state_display().lower()}: close rating first")
    attribute = rating_set.definition.attribute
    level = _level(attribute, level_key)
    if reason_tag and reason_tag not in GoldLabel.Reason.values:
        raise BadInput(f"reason: {reason_tag!r} is not one of {', '.join(GoldLabel.Reason.values)}")
    RatingItem.objects.select_for_update().get(pk=rating_item.pk)
    if not queries.may_be_adjudicated(rating_set).filter(pk=rating_item.pk).exists():
        raise Refused("the raters agree on this item: there is nothing to adjudicate")
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
    raised = Flag.objects.filter(rating_item=rating_item, resolved_by=None)
    raised.exclude(kind=Flag.Kind.DEFINITION).update(resolved_by=adjudicator)
    if for_definition is not None:
        definition_notes.leave(rating_item=rating_item, note=for_definition, actor=adjudicator)
    expose(user=adjudicator, rating_items=[rating_item], kind=Exposure.Kind.PEER)
    audit.record(actor=adjudicator, corpus=attribute.corpus, verb="adjudicated", target=label, level=level_key)
    return label


def _level(attribute: Attribute, key: str | None) -> Level | None:
    if key is None:
        return None
    level = Level.objects.filter(attribute=attribute, key=key).first()
    if level is None:
        raise BadInput(f"level: {key!r} is not on the scale")
    return level


@transaction.atomic
def open_case(*, adjudicator: User, rating_set: RatingSet, rating_item: RatingItem) -> None:
    """Record that the adjudicator is shown the votes on an item, before they are shown; refused where none is due."""
    if rating_set.state != RatingSet.State.ADJUDICATING:
        raise Refused(f"{rating_set.name} is {rating_set.get_state_display().lower()}: close rating first")
    if not queries.may_be_adjudicated(rating_set).filter(pk=rating_item.pk).exists():
        raise Refused("the raters agree on this item: there is nothing to adjudicate")
    expose(user=adjudicator, rating_items=[rating_item], kind=Exposure.Kind.PEER)
    decided = GoldLabel.objects.filter(rating_item=rating_item, superseded_at=None)
    if decided.filter(source=GoldLabel.Source.ADJUDICATED).exists():  # an earlier decision stands on the page
        expose(user=adjudicator, rating_items=[rating_item], kind=Exposure.Kind.GOLD)


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
    """What the set lacks, by reason; empty when nothing. Only `tied` and `no_gold` forbid freezing."""
    undecided = queries.needs_adjudication(rating_set).count()
    labelled = GoldLabel.objects.filter(rating_item=OuterRef("pk"), superseded_at=None)
    items = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE, exclude_reason="")
    without = items.filter(~Exists(labelled)).count()
    found = {"tied": undecided, "too_few_ratings": without, "no_gold": int(without == items.count())}
    return {reason: n for reason, n in found.items() if n}


@transaction.atomic
def freeze(*, rating_set: RatingSet, actor: User | None) -> RatingSet:
    """Make the set immutable and give it its content hash. Ties must be decided; items with too few ratings stay
    without gold and are counted in every report."""
    locks.own_state(rating_set.pk)
    locked = RatingSet.objects.select_for_update().get(pk=rating_set.pk)
    if locked.state != RatingSet.State.ADJUDICATING:
        raise Refused(f"{locked.name} is {locked.get_state_display().lower()}")
    if consensus.method_of(locked) != consensus.MAJORITY:
        settle(locked)  # items left out since would still speak in the model's labels
    lacks = missing(locked)
    if tied := lacks.get("tied"):
        raise Refused(f"{tied} tied item{'s wait' if tied > 1 else ' waits'} for adjudication")
    if "no_gold" in lacks:
        raise Refused("no item has the two ratings that gold needs: a golden set without gold measures nothing")
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
    """sha256 over the definition, every item's content, split and probability, every counted answer and gold label.

    Sorted here and not by the database, whose collation differs between installations.
    """
    items = RatingItem.objects.filter(rating_set=rating_set)
    fields = ("item__external_id", "content_hash", "role", "split", "fold", "inclusion_probability", "exclude_reason")
    answers = queries.counted(items).values_list(
        "rating_item__item__external_id", "rater__email", "answer", "level__key"
    )
    labels = queries.gold(items).values_list("rating_item__item__external_id", "level__key", "source", "distribution")
    return digest(
        {
            "definition": rating_set.definition.hash,
            "items": sorted(items.values_list(*fields), key=itemgetter(0)),
            "answers": sorted(answers, key=itemgetter(0, 1)),
            "gold": sorted(labels, key=itemgetter(0)),
        }
    )

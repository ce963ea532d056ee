"""Rating sets: sampled, opened, closed for rating."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
from django.db import transaction
from django.utils import timezone

from attributes.domain import audit
from attributes.domain.definitions import lock_levels
from attributes.models import Attribute, Corpus, Definition, DefinitionExample, Item
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from .. import sampling
from ..models import RatingItem, RatingSet, SetRater


@dataclass(frozen=True)
class Design:
    """How a rating set is sampled. `stratify_by` is `language`, `group` or a metadata key."""

    size: int
    overlap: int = 3
    stratify_by: str = ""
    shares: sampling.Shares = field(default_factory=sampling.Shares)
    seed: int | None = None


def get_set(
    attribute: Attribute,
    key: str | None = None,
    *,
    version: int | None = None,
    purpose: str = RatingSet.Purpose.GOLDEN,
) -> RatingSet:
    """A rating set of the attribute by uid (or its beginning) or name; the newest (of a version) by default.

    `BadInput` lists the choices when there is none, or more than one fits.
    """
    sets = RatingSet.objects.filter(definition__attribute=attribute, purpose=purpose).order_by("-id")
    sets = sets.select_related("definition__attribute__corpus")
    if version is not None:
        sets = sets.filter(definition__version=version)
    if key is None:
        newest = sets.first()
        if newest is None:
            of = f" for version {version}" if version is not None else ""
            raise BadInput(f"{attribute.slug} has no golden set{of}")
        return newest
    found = [s for s in sets if str(s.uid).startswith(key) or s.name == key]
    if len(found) != 1:
        choices = "; ".join(f"{s.uid} {s.name}" for s in (found or sets))
        raise BadInput(f"rating set {key!r} fits {len(found)} of {attribute.slug}: {choices or 'there is none'}")
    return found[0]


@transaction.atomic
def sample(
    *,
    definition: Definition,
    name: str,
    design: Design,
    raters: Sequence[User] = (),
    rationale_mode: str = RatingSet.Ask.OPTIONAL,
    confidence_mode: str = RatingSet.Ask.OFF,
    actor: User | None = None,
) -> RatingSet:
    """Draw a golden set as a draft, with probabilities, splits and folds fixed before anybody rates.

    Population: the corpus's present items, without those that stand as examples in any definition of the attribute
    (who rates an example has read its answer). No `raters` = every rater of the corpus may join.
    """
    if not definition.is_fixed:
        raise Refused("a rating set rests on a published definition or a candidate, not on a draft")
    if design.overlap < 1:
        raise BadInput("overlap: at least 1 rating an item")
    items = _population(definition.attribute)
    seed = secrets.randbits(31) if design.seed is None else design.seed
    rng = np.random.default_rng(seed)
    strata = [_stratum(item, design.stratify_by) for item in items]
    try:
        if design.stratify_by:
            drawn = sampling.stratified(strata, design.size, rng)
        else:
            drawn = sampling.uniform(len(items), design.size, rng)
    except ValueError as error:
        raise BadInput(f"size: {error}") from None
    rating_set = RatingSet.objects.create(
        definition=definition,
        name=_free_name(definition, name),
        overlap=design.overlap,
        rationale_mode=rationale_mode,
        confidence_mode=confidence_mode,
        created_by=actor,
        design={
            "method": "stratified" if design.stratify_by else "uniform",
            "stratify_by": design.stratify_by,
            "population_n": len(items),
            "size": design.size,
            "shares": asdict(design.shares),
            "seed": seed,
        },
    )
    _write_items(rating_set, items, strata, drawn, design.shares, rng)
    add_raters(rating_set, raters)
    audit.record(actor=actor, corpus=_corpus(rating_set), verb="rating_set_sampled", target=rating_set, n=design.size)
    return rating_set


def _population(attribute: Attribute) -> list[Item]:
    examples = DefinitionExample.objects.filter(definition__attribute=attribute).values("item")
    items = Item.objects.filter(corpus=attribute.corpus_id, removed_at=None).exclude(pk__in=examples)
    return list(items.only("pk", "content_hash", "group_key", "language", "metadata").order_by("pk"))


def _stratum(item: Item, by: str) -> str:
    if not by:
        return ""
    if by == "group":
        return item.group_key
    if by == "language":
        return item.language
    return str(item.metadata.get(by, ""))[:120]


def _write_items(
    rating_set: RatingSet,
    items: list[Item],
    strata: list[str],
    drawn: sampling.Drawn,
    shares: sampling.Shares,
    rng: np.random.Generator,
) -> None:
    chosen = [items[i] for i in drawn.index]
    chosen_strata = [strata[i] for i in drawn.index]
    groups = [item.group_key or f"item {item.pk}" for item in chosen]
    splits, folds = sampling.split_by_group(groups, chosen_strata, shares, rng)
    positions = rng.integers(0, 2**31 - 1, len(chosen))
    RatingItem.objects.bulk_create(
        RatingItem(
            rating_set=rating_set,
            item=item,
            content_hash=item.content_hash,
            stratum=stratum,
            inclusion_probability=probability,
            split=split,
            fold=fold,
            position=int(position),
            overlap=rating_set.overlap,
        )
        for item, stratum, probability, split, fold, position in zip(
            chosen, chosen_strata, drawn.probability.tolist(), splits, folds, positions, strict=True
        )
    )


def add_raters(rating_set: RatingSet, raters: Sequence[User]) -> None:
    """Ask people to rate the set, each in an order of their own."""
    SetRater.objects.bulk_create(
        (SetRater(rating_set=rating_set, user=rater, order_seed=secrets.randbits(31)) for rater in raters),
        ignore_conflicts=True,
    )


def _free_name(definition: Definition, name: str) -> str:
    name = name.strip() or f"Golden set {definition.name}"
    if RatingSet.objects.filter(definition=definition, name=name).exists():
        raise BadInput(f"name: this definition has a rating set called {name!r} already")
    return name


@transaction.atomic
def open_for_rating(*, rating_set: RatingSet, actor: User | None) -> RatingSet:
    """Let raters in. From here on the levels, splits and probabilities are fixed by the database."""
    _move(rating_set, {RatingSet.State.DRAFT}, RatingSet.State.OPEN)
    lock_levels(rating_set.definition.attribute)
    audit.record(actor=actor, corpus=_corpus(rating_set), verb="rating_set_opened", target=rating_set)
    return rating_set


@transaction.atomic
def close_rating(*, rating_set: RatingSet, actor: User | None) -> RatingSet:
    """End rating and begin adjudication. Late answers are kept, but no longer counted."""
    _move(rating_set, {RatingSet.State.OPEN}, RatingSet.State.ADJUDICATING)
    audit.record(actor=actor, corpus=_corpus(rating_set), verb="rating_closed", target=rating_set)
    return rating_set


@transaction.atomic
def reopen(*, rating_set: RatingSet, actor: User | None) -> RatingSet:
    """Go back to rating, as long as the set is not frozen."""
    _move(rating_set, {RatingSet.State.ADJUDICATING}, RatingSet.State.OPEN)
    audit.record(actor=actor, corpus=_corpus(rating_set), verb="rating_reopened", target=rating_set)
    return rating_set


def _move(rating_set: RatingSet, allowed: set[str], to: str) -> None:
    moved = RatingSet.objects.filter(pk=rating_set.pk, state__in=allowed).update(state=to)
    rating_set.refresh_from_db()
    if not moved:
        raise Refused(f"{rating_set.name} is {rating_set.get_state_display().lower()}")


@transaction.atomic
def unseal(*, rating_set: RatingSet, actor: User) -> RatingSet:
    """Open the test split's items to inspection. It serves as dev from now on, for good: this is recorded."""
    RatingSet.objects.filter(pk=rating_set.pk, unsealed_at=None).update(unsealed_at=timezone.now())
    rating_set.refresh_from_db()
    audit.record(actor=actor, corpus=_corpus(rating_set), verb="test_unsealed", target=rating_set)
    return rating_set


def _corpus(rating_set: RatingSet) -> Corpus:
    return rating_set.definition.attribute.corpus


def find(corpus: Corpus, uid: uuid.UUID) -> RatingSet | None:
    sets = RatingSet.objects.select_related("definition__attribute__corpus")
    return sets.filter(definition__attribute__corpus=corpus, uid=uid).first()

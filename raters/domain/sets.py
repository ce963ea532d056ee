"""Rating sets: sampled, opened, closed for rating."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models.functions import Now

from attributes.domain import audit
from attributes.domain.definitions import lock_levels
from attributes.models import Attribute, Corpus, Definition
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import RatingSet, SetRater
from . import assignments, designs, entries, gold, locks
from .controls import Controls, apply
from .designs import Design

MAX_OVERLAP = 50


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
    controls: Controls | None = None,
    actor: User | None = None,
) -> RatingSet:
    """Draw a golden set as a draft, with probabilities, splits and folds fixed before anybody rates.

    Population: the corpus's present items, without those whose answer raters may have read (`population_of`) and those
    picked as shots. No `raters` = every rater of the corpus may join.
    """
    _check(definition, design, raters)
    seed = secrets.randbits(31) if design.seed is None else design.seed
    rng = np.random.default_rng(seed)
    rating_set = RatingSet(
        definition=definition,
        name=_free_name(definition, name),
        overlap=design.overlap,
        rationale_mode=rationale_mode,
        confidence_mode=confidence_mode,
        created_by=actor,
    )
    picked = entries.picked(rating_set, design.picks)
    taken = designs.take(definition.attribute, design, rng, seed, apart_from=picked)
    record = {**taken.record, "seed": seed}
    rating_set.design = _design(design, record, len(picked), named=bool(raters))
    rating_set.save()
    entries.enter(
        rating_set=rating_set, frame=taken.frame, drawn=taken.drawn, record=record, shares=design.shares, rng=rng,
        actor=actor,
    )  # fmt: skip
    entries.pick(rating_set, picked, rng)
    add_raters(rating_set, raters)
    if controls:
        apply(rating_set=rating_set, controls=controls, actor=actor)
    n = design.size + len(picked)
    audit.record(actor=actor, corpus=_corpus(rating_set), verb="rating_set_sampled", target=rating_set, n=n)
    return rating_set


def _design(design: Design, record: dict[str, Any], n_picked: int, *, named: bool) -> dict[str, Any]:
    """What the set itself says of how it was drawn; the strata stand with the draw."""
    return {
        **{key: value for key, value in record.items() if key != "strata"},
        "size": design.size + n_picked,
        "shares": asdict(design.shares),
        "named_raters": named,
        **({"picked": n_picked} if n_picked else {}),
    }


def _check(definition: Definition, design: Design, raters: Sequence[User]) -> None:
    if not definition.is_fixed:
        raise Refused("a rating set rests on a published definition or a candidate, not on a draft or a retired one")
    if not 1 <= design.overlap <= MAX_OVERLAP:
        raise BadInput(f"overlap: 1 to {MAX_OVERLAP} ratings an item")
    if raters and len(raters) < design.overlap:
        raise BadInput(f"raters: {len(raters)} people cannot give {design.overlap} ratings an item")


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
def discard(*, rating_set: RatingSet, actor: User | None) -> None:
    """Delete a draft: nobody has rated it, and its items may be drawn again. What it was stays in the record."""
    draft = RatingSet.objects.select_for_update().filter(pk=rating_set.pk).first()
    if draft is None:
        raise Refused(f"{rating_set.name} is not here any more")
    if draft.state != RatingSet.State.DRAFT:
        raise Refused(f"{draft.name} is {draft.get_state_display().lower()}: only a draft can be discarded")
    corpus = _corpus(rating_set)
    facts = {"name": draft.name, "definition": str(draft.definition.uid), "design": draft.design}
    audit.record(actor=actor, corpus=corpus, verb="rating_set_discarded", target=draft, **facts)
    draft.delete()


@transaction.atomic
def close_rating(*, rating_set: RatingSet, actor: User | None) -> RatingSet:
    """End rating, take the claims back, derive gold by the majority and begin adjudication. Late answers are kept, but
    not counted. Another rule of consensus is chosen then, anew each time: see `gold.choose_consensus`."""
    locks.own_state(rating_set.pk)
    _move(rating_set, {RatingSet.State.OPEN}, RatingSet.State.ADJUDICATING)
    if rating_set.design.pop("consensus", None):
        rating_set.save(update_fields=["design"])
    assignments.release_all(rating_set)
    tally = gold.settle(rating_set)
    audit.record(actor=actor, corpus=_corpus(rating_set), verb="rating_closed", target=rating_set, gold=dict(tally))
    return rating_set


@transaction.atomic
def reopen(*, rating_set: RatingSet, actor: User | None) -> RatingSet:
    """Go back to rating, as long as the set is not frozen. What was adjudicated stays decided; the rest of the gold is
    derived anew when rating closes again."""
    locks.own_state(rating_set.pk)
    _move(rating_set, {RatingSet.State.ADJUDICATING}, RatingSet.State.OPEN)
    gold.retire(rating_set)
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
    unsealed = RatingSet.objects.filter(pk=rating_set.pk, unsealed_at=None).update(unsealed_at=Now())
    rating_set.refresh_from_db()
    if not unsealed:
        raise Refused(f"the test of {rating_set.name} was unsealed already")
    audit.record(actor=actor, corpus=_corpus(rating_set), verb="test_unsealed", target=rating_set)
    return rating_set


def _corpus(rating_set: RatingSet) -> Corpus:
    return rating_set.definition.attribute.corpus


def find(corpus: Corpus, uid: uuid.UUID) -> RatingSet | None:
    found = RatingSet.objects.select_related("definition__attribute").filter(uid=uid).first()
    if found is None or found.definition.attribute.corpus_id != corpus.pk:
        return None
    found.definition.attribute.corpus = corpus
    return found

"""More items for a set that was drawn already, before its rating closes."""

from __future__ import annotations

import secrets

import numpy as np
from django.db import transaction

from attributes.domain import audit
from labelhub.accounts.models import User
from labelhub.lib import sql
from labelhub.lib.errors import BadInput, Refused

from .. import sampling
from ..models import Draw, RatingItem, RatingSet
from ..sampling import Shares
from ..stats.types import BoolArray
from . import entries, locks, populations
from .frames import Frame, frame_of

MEASURE = RatingItem.Role.MEASURE.value
JOINED_SINCE = "joined since"
RAISE = """
UPDATE raters_ratingitem i SET inclusion_probability = least(chance.p, 1)
FROM unnest(%(items)s::bigint[], %(chances)s::double precision[]) AS chance (item_id, p)
WHERE i.rating_set_id = %(rating_set)s AND i.item_id = chance.item_id AND i.role = 'measure'
  AND i.inclusion_probability < least(chance.p, 1)
"""


@transaction.atomic
def top_up(*, rating_set: RatingSet, size: int, actor: User | None, seed: int | None = None) -> Draw:
    """Draw `size` more items at random, within the strata of the set, from what is not in it yet.

    Every item's chance becomes the one to have come by either draw (`raters.sampling.topups` derives it); splits and
    folds of what is there stay, and new items are split by the same shares. Refused once rating has closed: gold of the
    first items must not decide whether more are drawn.
    """
    locks.own_state(rating_set.pk)
    locked = RatingSet.objects.select_for_update().get(pk=rating_set.pk)
    last = locked.draws.order_by("-number").first()
    if locked.state not in (RatingSet.State.DRAFT, RatingSet.State.OPEN):
        raise Refused(f"{locked.name} is {locked.get_state_display().lower()}: items are drawn before rating closes")
    if last is None:
        raise Refused(f"{locked.name} has no draw on record: nobody can tell what chance further items had")
    seed = secrets.randbits(31) if seed is None else seed
    rng = np.random.default_rng(seed)
    frame, taken = _population(locked, Frame.unpack(bytes(last.frame)))
    try:
        allocation = locked.design.get("allocation", "proportional")
        drawn = sampling.top_up(taken, frame.chance, frame.names, size, rng, allocation=allocation)
    except ValueError as error:
        raise BadInput(f"size: {error}") from None
    after = Frame(frame.item, frame.stratum, frame.strata, drawn.chance)
    record = {"method": "top_up", "size": size, "population_n": len(frame.item), "seed": seed}
    shares = Shares(**locked.design["shares"])
    draw = entries.enter(
        rating_set=locked, frame=after, drawn=drawn, record=record, shares=shares, rng=rng, actor=actor
    )
    _raise(locked, after, taken)
    locked.design |= {"size": locked.design["size"] + size, "population_n": len(frame.item)}
    locked.save(update_fields=["design"])
    corpus = locked.definition.attribute.corpus
    audit.record(actor=actor, corpus=corpus, verb="rating_set_topped_up", target=locked, n=size, seed=seed)
    rating_set.refresh_from_db()
    return draw


def _raise(rating_set: RatingSet, frame: Frame, held: BoolArray) -> None:
    """The chances of the items that were in the set before."""
    items, chances = frame.item[held].tolist(), frame.chance[held].tolist()
    sql.run(RAISE, {"items": items, "chances": chances, "rating_set": rating_set.pk})


def left_to_draw(rating_set: RatingSet) -> int:
    """Items of the population that are not in the set."""
    held = RatingItem.objects.filter(rating_set=rating_set).values("item")
    return entries.population(rating_set).exclude(pk__in=held).count()


def _population(rating_set: RatingSet, before: Frame) -> tuple[Frame, BoolArray]:
    """The population as it is now, with what the draws so far say of each item, and which of it is in the set.

    What joined the corpus since had no chance, and is a stratum of its own where there are strata. What left it keeps
    the chance it has.
    """
    rows = populations.by_name(entries.population(rating_set))
    held = dict(RatingItem.objects.filter(rating_set=rating_set).values_list("item", "role"))
    known = dict(zip(before.item.tolist(), zip(before.names, before.chance.tolist(), strict=True), strict=True))
    new = (JOINED_SINCE if len(before.strata) > 1 else before.strata[0], 0.0)
    items = [pk for pk, _ in rows if held.get(pk, MEASURE) == MEASURE]  # hidden checks have their answer already
    said = [known.get(pk, new) for pk in items]
    frame = frame_of(items, [stratum for stratum, _ in said], np.array([chance for _, chance in said]))
    return frame, np.array([pk in held for pk in items], dtype=np.bool_)

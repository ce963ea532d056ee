"""Items entering a set: those of a draw, with the draw itself, and those picked as shots."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from django.db.models import QuerySet

from attributes.models import Item
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput

from .. import sampling
from ..models import Draw, RatingItem, RatingSet
from ..sampling import Shares, Split
from ..stats.planning import effective_share
from . import populations
from .frames import Frame

MAX_POSITION = 2**31 - 1
BATCH = 5000


def enter(
    *,
    rating_set: RatingSet,
    frame: Frame,
    drawn: sampling.Drawn,
    record: dict[str, Any],
    shares: Shares,
    rng: np.random.Generator,
    actor: User | None,
) -> Draw:
    """Keep the draw, and write its items with their chance, split, fold and a random position.

    A group that the set knows already goes on in its split and fold. On record goes too what part of the sample the
    weights leave for shares of the population.
    """
    draw = Draw.objects.create(
        rating_set=rating_set,
        number=rating_set.draws.count() + 1,
        design={**record, "effective": round(effective_share(drawn.chance), 4)},
        frame=frame.pack(),
        created_by=actor,
    )
    _write(rating_set, frame, drawn, shares, rng)
    return draw


def _write(
    rating_set: RatingSet, frame: Frame, drawn: sampling.Drawn, shares: Shares, rng: np.random.Generator
) -> None:
    ids = frame.item[drawn.index].tolist()
    strata = [frame.strata[code] for code in frame.stratum[drawn.index].tolist()]
    items = _fetched(ids)
    groups = [_group(items[pk].group_key, items[pk].external_id) for pk in ids]
    splits, folds = sampling.split_by_group(groups, strata, shares, rng, known=_places(rating_set))
    positions = rng.integers(0, MAX_POSITION, len(ids), endpoint=True).tolist()
    RatingItem.objects.bulk_create(
        (
            RatingItem(
                rating_set=rating_set,
                item_id=pk,
                content_hash=items[pk].content_hash,
                stratum=stratum,
                inclusion_probability=chance,
                split=split,
                fold=fold,
                position=position,
                overlap=rating_set.overlap,
            )
            for pk, stratum, chance, split, fold, position in zip(
                ids, strata, drawn.probability.tolist(), splits, folds, positions, strict=True
            )
        ),
        batch_size=BATCH,
    )


def population(rating_set: RatingSet) -> QuerySet[Item]:
    """What the set may be drawn from now."""
    picks = RatingItem.objects.filter(
        rating_set=rating_set, role=RatingItem.Role.MEASURE, inclusion_probability=None
    ).values_list("item", flat=True)
    return populations.population_of(rating_set.definition.attribute, apart_from=list(picks))


def pick(rating_set: RatingSet, item_ids: Sequence[int], rng: np.random.Generator) -> None:
    """Write these items as shots, whose chance nobody can say."""
    items = _fetched(item_ids)
    positions = rng.integers(0, MAX_POSITION, len(item_ids), endpoint=True).tolist()
    RatingItem.objects.bulk_create(
        RatingItem(
            rating_set=rating_set,
            item_id=pk,
            content_hash=items[pk].content_hash,
            split=RatingItem.Split.SHOTS,
            position=position,
            overlap=rating_set.overlap,
        )
        for pk, position in zip(item_ids, positions, strict=True)
    )


def picked(rating_set: RatingSet, external_ids: Sequence[str]) -> list[int]:
    """The items of these ids, in their order. `BadInput` names those that cannot be taken."""
    wanted = list(dict.fromkeys(external_ids))
    found = populations.population_of(rating_set.definition.attribute).filter(external_id__in=wanted)
    by_name = dict(found.values_list("external_id", "pk"))
    missing = [name for name in wanted if name not in by_name]
    if missing:
        raise BadInput(f"picks: no item {missing[0]!r} that the set may hold{_more(len(missing) - 1)}")
    return [by_name[name] for name in wanted]


def _more(n: int) -> str:
    return f", and {n} more like it" if n else ""


def _fetched(ids: Sequence[int]) -> dict[int, Item]:
    return Item.objects.only("pk", "external_id", "content_hash", "group_key").in_bulk(ids)


def _places(rating_set: RatingSet) -> dict[Hashable, Split]:
    """Split and fold of every group that is in the set; an item without a group is one of its own."""
    rows = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE).values_list(
        "item__group_key", "item__external_id", "split", "fold"
    )
    return {_group(group, name): (split, fold) for group, name, split, fold in rows}


def _group(group_key: str, external_id: str) -> str:
    return group_key or f"item {external_id}"

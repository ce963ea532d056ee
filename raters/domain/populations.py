"""What a set may be drawn from, and the strata it falls into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Value
from django.db.models.fields.json import KeyTextTransform

from attributes.domain import vectors
from attributes.models import Attribute, Corpus, DefinitionExample, Encoder, Item, ItemEmbedding
from labelhub.lib.errors import BadInput

from .. import sampling
from ..models import RatingItem

LONGEST = 120  # of a stratum's name
NO_VECTOR = "no embedding"


def population_of(attribute: Attribute, *, apart_from: Collection[int] = ()) -> QuerySet[Item]:
    """The items a set of the attribute may be drawn from: present, no example of any of its definitions, and nothing
    that a qualification teaches with.

    `apart_from` are items picked by hand as shots: they and their authors are left out, so that none of these falls in
    the test.
    """
    present = Item.objects.filter(corpus=attribute.corpus_id, removed_at=None).exclude(pk__in=told(attribute))
    if not apart_from:
        return present
    groups = Item.objects.filter(pk__in=apart_from).exclude(group_key="").values("group_key")
    return present.exclude(pk__in=apart_from).exclude(group_key__in=groups)


def told(attribute: Attribute) -> set[int]:
    """Items whose answer raters may have read: examples of any of its definitions, and lessons. They are few."""
    examples = DefinitionExample.objects.filter(definition__attribute=attribute)
    taught = RatingItem.objects.filter(rating_set__definition__attribute=attribute, role=RatingItem.Role.TEACH)
    return {*examples.values_list("item", flat=True), *taught.values_list("item", flat=True)}


def by_name(items: QuerySet[Item], stratify_by: str = "") -> list[tuple[int, str]]:
    """(id, stratum) of each item, by external id: the same seed draws the same items in another installation."""
    rows = items.annotate(by=_field(stratify_by)).values_list("external_id", "pk", "by")
    return [(pk, (stratum or "")[:LONGEST]) for _, pk, stratum in sorted(rows, key=itemgetter(0))]


def sizes(items: QuerySet[Item], stratify_by: str) -> list[tuple[str, int]]:
    """The strata and how many items each has, the largest first."""
    rows = items.annotate(by=_field(stratify_by)).values("by").annotate(n=Count("pk"))
    counted: dict[str, int] = {}
    for row in rows:
        name = (row["by"] or "")[:LONGEST]
        counted[name] = counted.get(name, 0) + row["n"]
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _field(stratify_by: str) -> Any:
    plain: dict[str, Any] = {"": Value(""), "group": F("group_key"), "language": F("language")}
    return plain.get(stratify_by) or KeyTextTransform(stratify_by, "metadata")


def encoder_of(corpus: Corpus) -> Encoder | None:
    """The newest encoder with vectors of the corpus's items."""
    some = ItemEmbedding.objects.filter(encoder=OuterRef("pk"), item__corpus=corpus)
    return Encoder.objects.filter(Exists(some)).order_by("-pk").first()


def groups_alike(items: Sequence[int], encoder: Encoder, k: int, seed: int) -> list[str]:
    """The group of each item by its embedding, "group 1" the largest; items without a vector are one of their own.

    The centres are learnt from some of the vectors. The database finds the nearest one of every item: no more than some
    megabytes leave it.
    """
    rng = np.random.default_rng(seed)
    some = rng.choice(items, sampling.ENOUGH, replace=False).tolist() if len(items) > sampling.ENOUGH else items
    _, learnt_from = vectors.of_present(some, encoder)
    try:
        centres = sampling.centres(learnt_from, k, seed=seed)
    except ValueError as error:
        raise BadInput(f"clusters: {error}") from None
    found = vectors.nearest(items, encoder, centres)
    ranked = {centre: rank for rank, (centre, _) in enumerate(Counter(found.values()).most_common(), start=1)}
    return [f"group {ranked[found[item]]}" if item in found else NO_VECTOR for item in items]

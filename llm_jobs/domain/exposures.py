"""Who has seen which machine labels: they do not rate those items in a golden set any more."""

from __future__ import annotations

from collections.abc import Iterable

from attributes.models import Attribute, Item
from labelhub.accounts.models import User
from raters.models import Exposure


def saw_machine_labels(*, user: User, items: Iterable[Item | int], attributes: Iterable[Attribute]) -> None:
    """Record it, whether the items (or their keys) stand in a rating set or not: they may be drawn for one tomorrow."""
    of = list(attributes)
    keys = [item.pk if isinstance(item, Item) else item for item in items]
    Exposure.objects.bulk_create(
        (
            Exposure(user=user, item_id=item, attribute=attribute, kind=Exposure.Kind.MACHINE)
            for item in keys
            for attribute in of
        ),
        ignore_conflicts=True,
    )

"""What a machine is given of an item: the fields that the definition names, the same that raters see."""

from __future__ import annotations

from attributes.models import Item
from attributes.schema import Inputs


def fields_of(item: Item) -> tuple[tuple[str, str], ...]:
    """Every field the item has, by the names that definitions use."""
    metadata = ((f"metadata.{key}", str(value)) for key, value in sorted(item.metadata.items()))
    return ("title", item.title), ("text", item.text), *metadata


def text_of(item: Item, inputs: Inputs) -> str:
    """The named fields' texts, one after the other in the definition's order; empty where none has any."""
    offered = dict(fields_of(item))
    return "\n".join(text for name in inputs.fields if (text := offered.get(name, "").strip()))

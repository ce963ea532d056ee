"""The demo corpus as values: items, their hidden briefs, and the definition files.

A brief says what a video "really" is. Simulated raters answer from it and clips are rendered from its look;
it never becomes part of an item, so neither people nor models can read the answer off the text.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

AttributeSlug = Literal["calming", "energetic", "authentic"]
ATTRIBUTES: tuple[AttributeSlug, ...] = get_args(AttributeSlug)

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class DemoItem:
    """One short video as its viewers know it; `channel` is the group that splits keep together."""

    id: str
    title: str
    text: str
    channel: str
    published_at: datetime
    language: str
    topic: str


@dataclass(frozen=True, slots=True)
class Look:
    """What the rendered clip shows, in the vocabulary of `labelhub.demo.scenes`."""

    palette: str
    motion: str
    tempo: str
    shapes: str


@dataclass(frozen=True, slots=True)
class Brief:
    """The truth behind one item.

    `calming` and `authentic` are intensities in [0, 1], of which 0.5 and more means yes; `energetic` lies in [0, 3]
    and rounds half up to its level. `ambiguity` in [0, 1] says how far honest raters may differ, `why` what one who
    agrees with the brief would write.
    """

    id: str
    calming: float
    energetic: float
    authentic: float
    ambiguity: Mapping[AttributeSlug, float]
    look: Look
    why: Mapping[AttributeSlug, str]

    def intensity(self, attribute: AttributeSlug) -> float:
        match attribute:
            case "calming":
                return self.calming
            case "energetic":
                return self.energetic
            case "authentic":
                return self.authentic


def load_items() -> tuple[DemoItem, ...]:
    """All items, oldest first."""
    return tuple(
        DemoItem(**{**row, "published_at": datetime.fromisoformat(row["published_at"])})
        for row in _rows(DATA / "corpus.jsonl")
    )


def load_briefs() -> dict[str, Brief]:
    """The brief of every item by item id."""
    return {row["id"]: Brief(**{**row, "look": Look(**row["look"])}) for row in _rows(DATA / "briefs.jsonl")}


def definition_paths() -> tuple[Path, ...]:
    """The definition files in the order to publish them; `authentic` comes twice, its vaguer first version first."""
    folder = DATA / "definitions"
    return tuple(folder / f"{name}.yaml" for name in ("calming", "energetic", "authentic_v1", "authentic"))


def load_stock_reasons() -> dict[AttributeSlug, dict[str, list[str]]]:
    """Short rationales that fit any item, by attribute and level key."""
    reasons: dict[AttributeSlug, dict[str, list[str]]] = json.loads((DATA / "stock_reasons.json").read_text("utf-8"))
    return reasons


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)

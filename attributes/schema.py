"""The definition of an attribute as a value: shape, validation, canonical form and hash.

Pure: the same value is shown to raters, put into prompts and stored in `Definition.spec`, so that humans and
machines are asked the same question.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast, get_args

Scale = Literal["binary", "nominal", "ordinal"]
SCALES: tuple[str, ...] = get_args(Scale)
KEY = re.compile(r"[^\s/][^/\n]{0,63}")
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
MAX_LEVELS = 20
MAX_TEXT = 4_000
MAX_CLAUSES = 50


class SpecError(ValueError):
    """A definition that cannot be accepted; `place` is the path of the field at fault, such as `levels[2].key`."""

    def __init__(self, place: str, message: str) -> None:
        super().__init__(f"{place}: {message}")
        self.place = place
        self.message = message


@dataclass(frozen=True, slots=True)
class Level:
    """One possible answer. `positive` marks the class whose precision and recall are reported."""

    key: str
    label: str
    meaning: str = ""
    positive: bool = False


@dataclass(frozen=True, slots=True)
class EdgeCase:
    case: str
    decision: str


@dataclass(frozen=True, slots=True)
class Example:
    """An item of the corpus, by external id, with the level it deserves and the reason."""

    item: str
    level: str
    why: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a judge is given of an item: raters and models alike.

    `fields` are item fields (`title`, `text`, `metadata.KEY`); `frames` shows the video to raters and its frames to
    models; `audio` lets raters hear it (no model does, and reports say so).
    """

    fields: tuple[str, ...] = ("title", "text")
    frames: bool = True
    audio: bool = True


@dataclass(frozen=True, slots=True)
class DefinitionSpec:
    """What an attribute means. Levels stand in scale order, lowest first."""

    attribute: str
    name: str
    scale: Scale
    levels: tuple[Level, ...]
    question: str
    statement: str = ""
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    edge_cases: tuple[EdgeCase, ...] = ()
    examples: tuple[Example, ...] = ()
    inputs: Inputs = field(default_factory=Inputs)

    @property
    def level_keys(self) -> tuple[str, ...]:
        return tuple(level.key for level in self.levels)

    @property
    def positive(self) -> int:
        """Index of the level marked positive, else of the last one."""
        return next((i for i, level in enumerate(self.levels) if level.positive), len(self.levels) - 1)

    def as_dict(self) -> dict[str, Any]:
        return cast(dict[str, Any], json.loads(canonical_json(asdict(self))))

    @property
    def hash(self) -> str:
        """sha256 of the canonical JSON: equal for equal meaning, whatever the order of keys in the file."""
        return digest(asdict(self))


def canonical_json(value: object) -> str:
    """JSON with sorted keys, no spaces and no NaN: the form every hash of the product is taken from."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: object) -> str:
    """Hex sha256 of `canonical_json(value)`."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def parse_spec(raw: object) -> DefinitionSpec:
    """Read a definition as people write it (see README, `import_definition`).

    `levels` may be a plain list of keys; binary defaults to no, yes. Raises `SpecError` with the path of the first
    field at fault; unknown keys are an error, because a misspelt field would silently be left out of the meaning.
    """
    data = _mapping(raw, "definition", DefinitionSpec.__dataclass_fields__)
    slug = _text(data, "attribute", required=True)
    if not SLUG.fullmatch(slug):
        raise SpecError("attribute", "use lower-case letters, digits, - and _ (at most 63)")
    scale = _text(data, "scale") or "binary"
    if scale not in SCALES:
        raise SpecError("scale", f"{scale!r} is not one of {', '.join(SCALES)}")
    levels = _levels(data.get("levels"), cast(Scale, scale))
    return DefinitionSpec(
        attribute=slug,
        name=_text(data, "name") or slug.replace("_", " ").replace("-", " ").capitalize(),
        scale=cast(Scale, scale),
        levels=levels,
        question=_text(data, "question", required=True),
        statement=_text(data, "statement"),
        includes=_clauses(data, "includes"),
        excludes=_clauses(data, "excludes"),
        edge_cases=tuple(EdgeCase(**pair) for pair in _records(data, "edge_cases", ("case", "decision"))),
        examples=_examples(data, {level.key for level in levels}),
        inputs=_inputs(data.get("inputs")),
    )


def _mapping(raw: object, place: str, known: Iterable[str]) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        raise SpecError(place, "expected named fields")
    if unknown := [str(key) for key in raw if key not in set(known)]:
        raise SpecError(unknown[0] if place == "definition" else f"{place}.{unknown[0]}", "unknown field")
    return raw


def _string(value: object, place: str, *, required: bool = False) -> str:
    # YAML reads yes, no and 3 as something else than text; a key such as `no` must survive that.
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, int | float):
        value = str(value)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise SpecError(place, "expected text")
    value = value.strip()
    if required and not value:
        raise SpecError(place, "is empty")
    if len(value) > MAX_TEXT:
        raise SpecError(place, f"is longer than {MAX_TEXT:,} characters")
    return value


def _text(data: Mapping[str, object], name: str, *, required: bool = False) -> str:
    return _string(data.get(name), name, required=required)


def _sequence(value: object, place: str) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise SpecError(place, "expected a list")
    if len(value) > MAX_CLAUSES:
        raise SpecError(place, f"has more than {MAX_CLAUSES} entries")
    return list(value)


def _clauses(data: Mapping[str, object], name: str) -> tuple[str, ...]:
    entries = _sequence(data.get(name), name)
    return tuple(_string(entry, f"{name}[{i}]", required=True) for i, entry in enumerate(entries))


def _records(data: Mapping[str, object], name: str, keys: tuple[str, ...]) -> list[dict[str, str]]:
    records = []
    for i, entry in enumerate(_sequence(data.get(name), name)):
        place = f"{name}[{i}]"
        record = _mapping(entry, place, keys)
        records.append({key: _string(record.get(key), f"{place}.{key}", required=True) for key in keys})
    return records


def _levels(raw: object, scale: Scale) -> tuple[Level, ...]:
    entries = _sequence(raw, "levels")
    if not entries and scale == "binary":
        return (Level("no", "No"), Level("yes", "Yes", positive=True))
    levels = tuple(_level(entry, f"levels[{i}]") for i, entry in enumerate(entries))
    _check_levels(levels, scale)
    if scale == "binary" and not any(level.positive for level in levels):
        low, high = levels
        levels = (low, Level(high.key, high.label, high.meaning, positive=True))
    return levels


def _level(entry: object, place: str) -> Level:
    if not isinstance(entry, Mapping):
        entry = {"key": entry}
    data = _mapping(entry, place, Level.__dataclass_fields__)
    key = _string(data.get("key"), f"{place}.key", required=True)
    if not KEY.fullmatch(key):
        raise SpecError(f"{place}.key", "use at most 64 characters, no slash, no line break")
    positive = data.get("positive", False)
    if not isinstance(positive, bool):
        raise SpecError(f"{place}.positive", "expected true or false")
    label = _string(data.get("label"), f"{place}.label") or key[:1].upper() + key[1:]
    return Level(key, label, _string(data.get("meaning"), f"{place}.meaning"), positive)


def _check_levels(levels: tuple[Level, ...], scale: Scale) -> None:
    if scale == "binary" and len(levels) != 2:
        raise SpecError("levels", f"a binary scale has 2 levels, this has {len(levels)}")
    if not 2 <= len(levels) <= MAX_LEVELS:
        raise SpecError("levels", f"a scale has 2 to {MAX_LEVELS} levels, this has {len(levels)}")
    seen: set[str] = set()
    for i, level in enumerate(levels):
        if level.key in seen:
            raise SpecError(f"levels[{i}].key", f"{level.key!r} stands twice")
        seen.add(level.key)
    if sum(level.positive for level in levels) > 1:
        raise SpecError("levels", "at most one level is positive")


def _examples(data: Mapping[str, object], keys: set[str]) -> tuple[Example, ...]:
    examples = tuple(Example(**record) for record in _records(data, "examples", ("item", "level", "why")))
    for i, example in enumerate(examples):
        if example.level not in keys:
            raise SpecError(f"examples[{i}].level", f"{example.level!r} is not a level ({', '.join(sorted(keys))})")
    return examples


def _inputs(raw: object) -> Inputs:
    if raw is None:
        return Inputs()
    data = _mapping(raw, "inputs", Inputs.__dataclass_fields__)
    fields = Inputs().fields
    if "fields" in data:
        fields = tuple(_string(f, "inputs.fields", required=True) for f in _sequence(data["fields"], "inputs.fields"))
    for name in fields:
        if name not in ("title", "text") and not name.startswith("metadata."):
            raise SpecError("inputs.fields", f"{name!r} is not title, text or metadata.KEY")
    flags = {name: data.get(name, True) for name in ("frames", "audio")}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise SpecError(f"inputs.{name}", "expected true or false")
    if not fields and not flags["frames"]:
        raise SpecError("inputs", "a judge must be given something: a field or the frames")
    return Inputs(fields, bool(flags["frames"]), bool(flags["audio"]))

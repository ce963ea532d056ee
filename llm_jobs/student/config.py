"""Everything that decides a student besides its data, as one frozen value that travels with the weights."""

from __future__ import annotations

import json
import math
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Literal, TypeVar, get_args

from llm_jobs.student.errors import ConfigError

Scale = Literal["binary", "nominal", "ordinal"]
T = TypeVar("T", "HeadConfig", "StudentConfig")


@dataclass(frozen=True, slots=True)
class HeadConfig:
    """One attribute: the uid of its definition, its scale and the number q of its levels (lowest first)."""

    definition: str
    scale: Scale
    q: int

    def __post_init__(self) -> None:
        _check(isinstance(self.definition, str) and self.definition != "", "definition", "a text that is not empty")
        _check(self.scale in get_args(Scale), "scale", " or ".join(get_args(Scale)))
        _check_integer("q", self.q, low=2)
        _check(self.scale != "binary" or self.q == 2, "q", "2 for a binary head")


@dataclass(frozen=True, slots=True)
class StudentConfig:
    """An MLP of ``hidden`` layer widths over vectors of ``dims``, one head per attribute.

    ``dropout`` in [0, 1), after every hidden layer; ``patience``: epochs without a better validation loss before
    training stops; ``encoder`` names what made the vectors. No hidden layer at all is logistic regression.
    """

    encoder: str
    dims: int
    heads: tuple[HeadConfig, ...]
    hidden: tuple[int, ...] = (256,)
    dropout: float = 0.1
    weight_decay: float = 0.01
    learning_rate: float = 1e-3
    batch_size: int = 256
    max_epochs: int = 100
    patience: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        _check(isinstance(self.encoder, str) and self.encoder != "", "encoder", "a text that is not empty")
        _check(len(self.heads) > 0, "heads", "at least one head")
        uids = [head.definition for head in self.heads]
        _check(len(set(uids)) == len(uids), "heads", "one head per definition")
        for width in self.hidden:
            _check_integer("hidden", width, low=1)
        for name in ("dims", "batch_size", "max_epochs", "patience"):
            _check_integer(name, getattr(self, name), low=1)
        _check_integer("seed", self.seed, low=0)
        _check_number("dropout", self.dropout, low=0, below=1)
        _check_number("weight_decay", self.weight_decay, low=0)
        _check_number("learning_rate", self.learning_rate, low=0)

    @property
    def width(self) -> int:
        """Probabilities per item over all heads."""
        return sum(head.q for head in self.heads)

    def to_json(self) -> str:
        """Canonical JSON: equal configs give equal text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str | bytes) -> StudentConfig:
        """Strict inverse of :meth:`to_json`; left-out fields take their default. Raises :class:`ConfigError`."""
        try:
            values = json.loads(text)
        except ValueError as error:
            raise ConfigError(f"the config is not JSON in UTF-8 ({error})") from error
        if not isinstance(values, dict):
            raise ConfigError("the config is not a JSON object")
        values = dict(values)
        for name in ("heads", "hidden"):
            if name in values:
                _check(isinstance(values[name], list), name, "a list")
                values[name] = tuple(values[name])
        if "heads" in values:
            values["heads"] = tuple(_build(HeadConfig, head) for head in values["heads"])
        return _build(cls, values)


def _build(kind: type[T], values: Any) -> T:
    if not isinstance(values, dict):
        raise ConfigError(f"{kind.__name__} must be a JSON object")
    known = {field.name for field in fields(kind)}
    required = {field.name for field in fields(kind) if field.default is MISSING}
    if unknown := sorted(values.keys() - known):
        raise ConfigError(f"{kind.__name__} has no field {', '.join(unknown)}")
    if missing := sorted(required - values.keys()):
        raise ConfigError(f"{kind.__name__} lacks {', '.join(missing)}")
    return kind(**values)


def _check(holds: bool, name: str, rule: str) -> None:
    if not holds:
        raise ConfigError(f"{name} must be {rule}")


def _check_integer(name: str, value: object, *, low: int) -> None:
    _check(type(value) is int and value >= low, name, f"a whole number of at least {low}")


def _check_number(name: str, value: object, *, low: float, below: float = math.inf) -> None:
    rule = f"a number of at least {low}" + (f" and below {below}" if below < math.inf else "")
    _check(type(value) in (int, float) and low <= value < below, name, rule)  # type: ignore[operator]

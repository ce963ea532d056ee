"""What is sent to the Messages API: frozen values, their body and their hashes."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from attributes.schema import DefinitionSpec

Effort = Literal["low", "medium", "high", "xhigh", "max"]
CacheTtl = Literal["5m", "1h"]

MAX_FRAMES = 100
ALWAYS_THINKING = ("claude-opus-5-5", "claude-fable-5", "claude-mythos-5")
THINKING_TOKENS = 8_000
TOKENS_PER_ATTRIBUTE = 250
TOKENS_PER_LEVEL = 20


@dataclass(frozen=True, slots=True)
class Frame:
    """One JPEG frame of the item's video; `time_ms` from its start, width and height in pixels.

    Raises ValueError when the bytes are not a JPEG or a size is not positive.
    """

    jpeg: bytes = field(repr=False)
    time_ms: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if not self.jpeg.startswith(b"\xff\xd8\xff"):
            raise ValueError("a frame must be a JPEG")
        if self.width <= 0 or self.height <= 0:
            raise ValueError(f"a frame must have a positive size, not {self.width}x{self.height}")

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.jpeg).hexdigest()


@dataclass(frozen=True, slots=True)
class ItemContent:
    """What an item offers: named texts (`title`, `text`, `metadata.KEY`) and frames in time order.

    Only what the definition's `inputs` name is sent.
    """

    fields: tuple[tuple[str, str], ...]
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model answers and how hard it thinks.

    `max_tokens` None leaves room for the rationale and probabilities of every attribute, plus `THINKING_TOKENS` when
    thinking is on. There is no temperature and no seed: the API has neither. Raises ValueError where the model cannot
    do without thinking.
    """

    model: str
    effort: Effort = "low"
    thinking: bool = False
    cache_ttl: CacheTtl = "5m"
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        if not self.thinking and self.model.startswith(ALWAYS_THINKING):
            raise ValueError(f"{self.model} always thinks: set thinking=True")


@dataclass(frozen=True, slots=True)
class Question:
    """One attribute as asked in one request.

    `options[i]` is the level key behind the option id `option_ids[i]`, in the order shown to the model.
    """

    spec: DefinitionSpec
    option_ids: tuple[str, ...]
    options: tuple[str, ...]

    @property
    def attribute(self) -> str:
        return self.spec.attribute

    @property
    def positive(self) -> str:
        """Level key of the positive class: the level marked positive, else the last."""
        marked = [level.key for level in self.spec.levels if level.positive]
        return marked[0] if marked else self.spec.levels[-1].key


@dataclass(frozen=True)
class MessageRequest:
    """One call of the Messages API about one item.

    `system` is (role and rules, definitions), both the same for every item of a run; `item_text` and `question_text`
    vary. `truncated_fields` names the fields that were cut to fit. `seed` reproduces options and tag.
    """

    settings: ModelSettings
    system: tuple[str, str] = field(repr=False)
    schema: dict[str, Any] = field(repr=False, hash=False)
    frames: tuple[Frame, ...] = field(repr=False)
    item_text: str = field(repr=False)
    question_text: str = field(repr=False)
    questions: tuple[Question, ...] = field(repr=False)
    seed: int
    truncated_fields: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        return self.settings.model

    @property
    def max_tokens(self) -> int:
        """Upper bound on billed output tokens, thinking included."""
        if self.settings.max_tokens is not None:
            return self.settings.max_tokens
        levels = sum(len(question.options) for question in self.questions)
        answers = TOKENS_PER_ATTRIBUTE * len(self.questions) + TOKENS_PER_LEVEL * levels
        return answers + (THINKING_TOKENS if self.settings.thinking else 0)

    def body(self) -> dict[str, Any]:
        """The JSON body, images in base64."""
        return self._body([base64.b64encode(frame.jpeg).decode("ascii") for frame in self.frames])

    @cached_property
    def request_hash(self) -> str:
        """sha256 of the body's JSON with every image replaced by the digest of its bytes.

        Keys stay in the order sent: the order of a schema's properties is the order of the answer.
        Raises UnicodeEncodeError when the item's text holds a lone surrogate.
        """
        return _sha256(self._body([frame.digest for frame in self.frames]))

    @cached_property
    def prefix_hash(self) -> str:
        """sha256 of what the prompt cache matches on: model, output format and system blocks."""
        body = self._body([])
        return _sha256([body["model"], body["output_config"]["format"], body["system"]])

    def _body(self, images: list[str]) -> dict[str, Any]:
        cache_control = {"type": "ephemeral", "ttl": self.settings.cache_ttl}
        return {
            "model": self.settings.model,
            "max_tokens": self.max_tokens,
            # Standard tier only: a committed priority tier has prices of its own, which no table here knows.
            "service_tier": "standard_only",
            "thinking": {"type": "adaptive", "display": "omitted"} if self.settings.thinking else {"type": "disabled"},
            "output_config": {
                "effort": self.settings.effort,
                "format": {"type": "json_schema", "schema": self.schema},
            },
            "system": [
                {"type": "text", "text": self.system[0]},
                {"type": "text", "text": self.system[1], "cache_control": cache_control},
            ],
            "messages": [
                {
                    "role": "user",
                    "content": [
                        *map(_image_block, images),
                        {"type": "text", "text": self.item_text},
                        {"type": "text", "text": self.question_text},
                    ],
                }
            ],
        }


def _image_block(data: str) -> dict[str, Any]:
    return {
        "type": "image",
        "source": {"type": "base64", "media_type": "image/jpeg", "data": data},
        "transformations": {"oversized_image": "error"},
    }


def _sha256(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

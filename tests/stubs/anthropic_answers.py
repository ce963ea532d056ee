"""How the stub answers: as a rater of known quality would, from the item alone.

Every (item text, attribute) has a true level. The answer is that level passed through a confusion matrix, with draws
that depend on nothing but the item's text, the attribute and the model: asking twice gives the same answer, whatever
the order of the options.
"""

import hashlib
import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Confusion = Mapping[str, Mapping[str, float]]  # true label -> answered label -> probability
TrueLevel = Callable[[str, str, Sequence[str]], str]  # item text, attribute, labels in a fixed order -> true label

_ITEM = re.compile(r"<(item_[0-9a-f]+)>\n(.*)\n</\1>", re.DOTALL)
_OPTION = re.compile(r"^([A-Z]\d+) = (.+)$")
_POSITIVE = "probability is that of: "


def hashed_level(item_text: str, attribute: str, labels: Sequence[str]) -> str:
    """The default truth: a level drawn uniformly by the item's hash."""
    return labels[int(draw("truth", item_text, attribute) * len(labels))]


def draw(*parts: str) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    return int(hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12], 16) / 16**12


def item_text(body: dict[str, Any]) -> str:
    """The item's text as it was before escaping; the whole last turn where it has no item tag."""
    found = _ITEM.search(_last_text(body))
    return html.unescape(found.group(2)) if found else _last_text(body)


def _last_text(body: dict[str, Any]) -> str:
    content = body["messages"][-1]["content"]
    if isinstance(content, str):
        return content
    return "\n".join(block["text"] for block in content if block.get("type") == "text")


@dataclass(frozen=True)
class Mind:
    """Answers to requests in the product's prompt format.

    `confusion` by attribute; where it has none, the truth is given with probability `accuracy` and each other level
    equally often else. Stated confidence is 90-100 % when right and 55-100 % when wrong: overconfident, as models are.
    """

    true_level: TrueLevel = hashed_level
    accuracy: float = 0.85
    confusion: Mapping[str, Confusion] = field(default_factory=dict)

    def answer(self, body: dict[str, Any]) -> str:
        """The JSON text that fits the request's schema; plain words where it has none."""
        output = (body.get("output_config") or {}).get("format")
        if output is None:
            return "This is the stub."
        text, options = item_text(body), _options(body)
        schema = output["schema"]
        answers = {
            name: self._attribute(text, name, options[name], body["model"])
            if name in options
            else _fill(part, schema, f"{text}:{name}")
            for name, part in schema.get("properties", {}).items()
        }
        return json.dumps(answers)

    def chosen_level(self, text: str, attribute: str, labels: Sequence[str], model: str = "") -> str:
        """The label it answers."""
        truth = self.true_level(text, attribute, sorted(labels))
        row = self.confusion.get(attribute, {}).get(truth) or self._row(truth, labels)
        left = draw("confusion", text, attribute, model)
        for label in sorted(row):
            left -= row[label]
            if left < 0:
                return label
        return truth

    def _row(self, truth: str, labels: Sequence[str]) -> dict[str, float]:
        wrong = (1 - self.accuracy) / max(1, len(labels) - 1)
        return {label: self.accuracy if label == truth else wrong for label in labels}

    def _attribute(self, text: str, attribute: str, asked: "_Asked", model: str) -> dict[str, Any]:
        labels = list(asked.labels.values())
        chosen = self.chosen_level(text, attribute, labels, model)
        right = chosen == self.true_level(text, attribute, sorted(labels))
        low = 90 if right else 55
        percent = 5 * round((low + (100 - low) * draw("confidence", text, attribute, model)) / 5)
        reply: dict[str, Any] = {"rationale": f"The stub reads the item as {chosen}."}
        if asked.positive is not None:
            reply["probability"] = percent if chosen == asked.positive else 100 - percent
        else:
            rest = 5 * ((100 - percent) // (5 * max(1, len(labels) - 1)))
            reply["probabilities"] = {id_: percent if label == chosen else rest for id_, label in asked.labels.items()}
        reply["label"] = next(id_ for id_, label in asked.labels.items() if label == chosen)
        return reply


@dataclass
class _Asked:
    labels: dict[str, str]  # option id -> label, as listed
    positive: str | None = None  # binary: the label whose probability is asked


def _options(body: dict[str, Any]) -> dict[str, _Asked]:
    """Attribute -> what its question lists; read after the item, whose text may imitate it."""
    question = _ITEM.sub("", _last_text(body))
    asked: dict[str, _Asked] = {}
    for paragraph in question.split("\n\n"):
        head, _, listed = paragraph.partition("\n")
        options = [(match[1], match[2]) for match in map(_OPTION.match, listed.split("\n")) if match]
        if options:
            positive = next((line[len(_POSITIVE) :] for line in listed.split("\n") if line.startswith(_POSITIVE)), None)
            asked[head.partition(":")[0]] = _Asked(dict(options), positive)
    return asked


def _fill(part: dict[str, Any], schema: dict[str, Any], seed: str) -> object:
    """Any value that fits the schema."""
    if "$ref" in part:
        part = schema["$defs"][part["$ref"].rpartition("/")[2]]
    if "enum" in part:
        return part["enum"][int(draw(seed) * len(part["enum"]))]
    if part.get("type") == "object":
        return {name: _fill(inner, schema, f"{seed}:{name}") for name, inner in part.get("properties", {}).items()}
    return {"string": "stub", "integer": 1, "number": 1.0, "boolean": True, "array": []}.get(part.get("type", ""))

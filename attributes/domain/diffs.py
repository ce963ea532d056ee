"""Differences in words, as pages show them: what went, what came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from ..schema import DefinitionSpec

Kind = Literal["same", "del", "ins"]
# A word with the space after it, so that joining the chunks gives the text back.
WORD = re.compile(r"\S+\s*|\s+")
MAX_WORDS = 4_000  # beyond it whole lines are compared: the time grows with the square


@dataclass(frozen=True)
class Chunk:
    kind: Kind
    text: str


@dataclass(frozen=True)
class Section:
    """One field of a definition in two versions."""

    label: str
    chunks: list[Chunk]

    @property
    def changed(self) -> bool:
        return any(chunk.kind != "same" for chunk in self.chunks)


def words(before: str, after: str) -> list[Chunk]:
    """The two texts as one sequence of chunks; `same` and `ins` together are the second, but for the spaces the first.

    >>> [(c.kind, c.text) for c in words("a calm lake", "a very calm sea")]
    [('same', 'a '), ('ins', 'very '), ('same', 'calm '), ('del', 'lake'), ('ins', 'sea')]
    """
    old, new = WORD.findall(before), WORD.findall(after)
    if len(old) + len(new) > MAX_WORDS:
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return list(_chunks(old, new))


def _chunks(old: list[str], new: list[str]) -> Iterator[Chunk]:
    # Words are told apart by their letters alone, or a word at the end of a line would differ from one inside it.
    bare_old, bare_new = [w.rstrip() for w in old], [w.rstrip() for w in new]
    shown = ""
    for tag, i, j, k, m in SequenceMatcher(None, bare_old, bare_new, autojunk=False).get_opcodes():
        gone, come = "".join(old[i:j]), "".join(new[k:m])
        if tag == "equal":
            yield Chunk("same", come)
            shown = come
            continue
        if gone:
            # The last word of the new text has no space after it that would part it from what went.
            yield Chunk("del", gone if not shown or shown[-1].isspace() else f" {gone}")
        if come:
            yield Chunk("ins", come)


def definitions(before: DefinitionSpec, after: DefinitionSpec) -> list[Section]:
    """The definition field by field."""
    old, new = texts(before), texts(after)
    return [Section(label, words(old[label], new[label])) for label in old if old[label] or new[label]]


def texts(spec: DefinitionSpec) -> dict[str, str]:
    """The definition's fields as plain text, one entry a line."""
    inputs = spec.inputs
    shown = [*inputs.fields, *(["frames"] if inputs.frames else []), *(["audio"] if inputs.audio else [])]
    return {
        "Name": spec.name,
        "Question": spec.question,
        "Statement": spec.statement,
        "Scale": spec.scale,
        "Levels": "\n".join(
            f"{level.key} ({level.label}{', positive' if level.positive else ''})"
            + (f": {level.meaning}" if level.meaning else "")
            for level in spec.levels
        ),
        "Includes": "\n".join(spec.includes),
        "Excludes": "\n".join(spec.excludes),
        "Edge cases": "\n".join(f"{edge.case}: {edge.decision}" for edge in spec.edge_cases),
        "Examples": "\n".join(f"{example.item} is {example.level}: {example.why}" for example in spec.examples),
        "Shown to judges": ", ".join(shown),
    }

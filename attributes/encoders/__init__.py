"""The encoders that turn items into vectors: a light registry, importable without torch or onnxruntime.

The work itself is a program of its own, ``python -m attributes.encoders``, so that no web or worker process
ever holds a network in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Modality = Literal["text", "image"]


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """A named, versioned embedding function.

    ``version`` counts every change of what is computed around the weights (pooling, truncation, normalisation);
    ``params_hash`` is the SHA-256 (hex) of the weights file followed by the tokenizer file. Vectors of two encoders
    are comparable only if all five fields agree.
    """

    name: str
    version: str
    modality: Modality
    dims: int
    params_hash: str


MINILM = EncoderSpec(
    name="minilm-l6-v2",
    version="1",
    modality="text",
    dims=384,
    params_hash="99f704468154fc61a4b879c37b806316fc7f644d4b641a39c4fabdd1693f0357",
)

ENCODERS: Mapping[str, EncoderSpec] = MappingProxyType({spec.name: spec for spec in (MINILM,)})


def item_text(title: str, text: str) -> str:
    """What a text encoder reads of an item: its title, a line break, its text (either may be empty)."""
    return f"{title}\n{text}"

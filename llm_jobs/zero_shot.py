"""Zero-shot labeling on sentence embeddings: the `local` annotator's arithmetic. Pure.

A level is represented by the mean of the unit vectors of its texts (a prototype); an item gets the softmax over its
cosine similarities to the prototypes, both taken relative to the corpus's mean vector, which removes what all items
share. No probability here is calibrated: the temperature only sets how sure it sounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from attributes.schema import DefinitionSpec

VERSION = "1"
TEMPERATURE = 0.02
Vectors = NDArray[np.float32]


def level_texts(spec: DefinitionSpec) -> dict[str, list[str]]:
    """The texts that stand for each level, from the definition alone.

    Binary: the positive level by statement, includes and meaning, the other by excludes and meaning. Otherwise each
    level by its label and meaning. A level without any text is named by the attribute and its label.
    """
    texts: dict[str, list[str]] = {}
    for i, level in enumerate(spec.levels):
        named = f"{spec.name}: {level.label}. {level.meaning}".strip()
        if spec.scale != "binary":
            texts[level.key] = [named]
        elif i == spec.positive:
            texts[level.key] = [text for text in (spec.statement, *spec.includes, level.meaning) if text] or [named]
        else:
            texts[level.key] = [text for text in (*spec.excludes, level.meaning) if text] or [named]
    return texts


def prototypes(texts: Mapping[str, Sequence[str]], vectors: Vectors) -> Vectors:
    """Mean vector per level, shape (q, dims); `vectors` holds the texts' vectors in the order of `texts`."""
    means, start = [], 0
    for level in texts.values():
        means.append(vectors[start : start + len(level)].mean(axis=0))
        start += len(level)
    return np.stack(means).astype(np.float32)


def probabilities(items: Vectors, levels: Vectors, background: Vectors) -> NDArray[np.float64]:
    """Probabilities in level order, shape (n, q): items (n, dims), levels (q, dims), background (dims,)."""
    cosine = _unit(items - background) @ _unit(levels - background).T
    logits = cosine.astype(np.float64) / TEMPERATURE
    logits -= logits.max(axis=1, keepdims=True)
    odds = np.exp(logits)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _unit(vectors: Vectors) -> Vectors:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-9))

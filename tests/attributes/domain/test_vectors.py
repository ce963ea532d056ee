"""Vectors as numpy reads them, and the nearest of some centres as the database finds it."""

from __future__ import annotations

import numpy as np
import pytest

from attributes.domain import embeddings, vectors
from attributes.models import Corpus
from labelhub.lib.errors import BadInput
from tests import factories


def test_the_nearest_centre_is_the_one_numpy_finds(corpus: Corpus) -> None:
    items = factories.items(corpus, 30)
    encoder = factories.random_vectors(items[:28], dims=8)
    present, found = vectors.of_present([item.pk for item in items], encoder)
    assert present == [item.pk for item in items[:28]]
    centres = np.random.default_rng(3).standard_normal((5, 8)).astype(np.float16).astype(np.float32)
    distance = ((found[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    nearest = vectors.nearest([item.pk for item in items], encoder, centres)
    assert nearest == dict(zip(present, distance.argmin(axis=1).tolist(), strict=True))


def test_of_two_as_near_it_is_the_first(corpus: Corpus) -> None:
    items = factories.items(corpus, 1)
    encoder = factories.random_vectors(items, dims=4)
    centres = np.ones((3, 4), dtype=np.float32)
    assert vectors.nearest([items[0].pk], encoder, centres) == {items[0].pk: 0}


def test_vectors_come_back_as_they_were_stored(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    items = factories.items(corpus, 7)
    encoder = factories.random_vectors(items, dims=8)
    stored = np.random.default_rng(5).standard_normal((7, 8)).astype(np.float16)
    embeddings.store_vectors(encoder, items, stored)
    monkeypatch.setattr(vectors, "AT_ONCE", 3)
    asked = [item.pk for item in reversed(items)]
    assert (vectors.of_all(asked, encoder) == stored[::-1].astype(np.float32)).all()
    with pytest.raises(BadInput, match="1 items have no vector"):
        vectors.of_all([*asked, -1], encoder)

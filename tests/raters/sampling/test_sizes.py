"""What draws by size go by, and groups of what is alike."""

from __future__ import annotations

import numpy as np
import pytest

from raters.sampling import centres, disagreement, entropy


def test_entropy_is_greatest_where_every_level_is_as_likely() -> None:
    p = np.array([[1 / 3] * 3, [0.5, 0.5, 0], [1, 0, 0], [2, 0, 0], [0, 0, 0]])
    assert entropy(p).tolist() == pytest.approx([1, np.log(2) / np.log(3), 0, 0, 1])
    assert entropy(np.ones((2, 1))).tolist() == [0, 0]


def test_entropy_knows_no_order_of_levels() -> None:
    p = np.random.default_rng(0).dirichlet(np.ones(4), 30)
    assert entropy(p[:, ::-1]).tolist() == pytest.approx(entropy(p).tolist())


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf])
def test_entropy_refuses_what_is_no_probability(bad: float) -> None:
    with pytest.raises(ValueError, match="finite and at least 0"):
        entropy(np.array([[0.5, bad]]))


def test_disagreement_is_the_share_of_differing_pairs() -> None:
    counts = np.array([[2, 0], [1, 1], [2, 2], [1, 0], [0, 0]])
    assert disagreement(counts).tolist() == pytest.approx([0, 1, 2 / 3, np.nan, np.nan], nan_ok=True)


def test_centres_are_those_of_the_groups() -> None:
    rng = np.random.default_rng(1)
    vectors = (np.repeat(np.eye(4), [40, 30, 20, 10], axis=0) * 10 + rng.normal(0, 0.1, (100, 4))).astype(np.float32)
    found = centres(vectors[rng.permutation(100)], 4, seed=0)
    assert sorted(found.round().tolist()) == sorted((np.eye(4) * 10).tolist())
    assert (centres(vectors, 4, seed=0) == centres(vectors, 4, seed=0)).all()


def test_fewer_groups_than_asked_where_vectors_coincide() -> None:
    found = centres(np.repeat(np.eye(2, dtype=np.float32), [3, 5], axis=0), 4, seed=0)
    assert sorted(found.tolist()) == [[0, 1], [1, 0]]


@pytest.mark.parametrize("k", [1, 4])
def test_no_more_groups_than_items(k: int) -> None:
    with pytest.raises(ValueError, match=f"cannot form {k} groups of 3 items"):
        centres(np.eye(3, dtype=np.float32), k, seed=0)

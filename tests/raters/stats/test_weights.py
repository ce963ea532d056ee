import numpy as np
import pytest

from raters.stats.weights import agreement_weights


def test_linear_weights_follow_the_declared_positions() -> None:
    assert agreement_weights("linear", np.array([1.0, 2.0, 5.0])).tolist() == [
        [1.0, 0.75, 0.0],
        [0.75, 1.0, 0.25],
        [0.0, 0.25, 1.0],
    ]


def test_ordinal_weights_are_gwets() -> None:
    """1 - C(|k - l| + 1, 2) / C(4, 2), whatever the values."""
    assert agreement_weights("ordinal", np.array([1.0, 2.0, 5.0, 9.0]))[0] == pytest.approx([1, 5 / 6, 3 / 6, 0])


def test_an_unknown_weighting_names_the_allowed_ones() -> None:
    with pytest.raises(ValueError, match="unweighted, linear, quadratic or ordinal"):
        agreement_weights("cubic", np.arange(3.0))  # type: ignore[arg-type]

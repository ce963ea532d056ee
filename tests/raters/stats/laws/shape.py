"""How a law is checked: on a sample drawn at random, changed as the law says."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from raters.stats.laws import Family, Kernel

Rng = np.random.Generator
Samples = dict[Family, Callable[[Rng], Any]]
Checks = dict[tuple[Family, str], Callable[[Kernel, Any, Rng], bool]]
Change = Callable[[Any, Rng], Any]


def same(one: Any, other: Any, tolerance: float = 1e-9) -> bool:
    """Equal figures, undefined where the other is."""
    return len(one) == len(other) and all(
        a is b if a is None or b is None else a == pytest.approx(b, abs=tolerance)
        for a, b in zip(one, other, strict=True)
    )


def unchanged(change: Change, tolerance: float = 1e-9) -> Callable[[Kernel, Any, Rng], bool]:
    """The law that a change of the sample changes no figure."""

    def check(kernel: Kernel, sample: Any, rng: Rng) -> bool:
        return same(kernel.values(change(sample, rng)), kernel.values(sample), tolerance)

    return check

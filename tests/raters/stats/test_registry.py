"""Every kernel obeys the laws it declares, breaks the others, and none is left out."""

import importlib
import inspect
import pkgutil
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import raters.stats
from raters.stats.across import Across
from raters.stats.calibration import Calibration
from raters.stats.calibration_error import CalibrationError
from raters.stats.calibrators import METHODS, Calibrator, Logistic, Steps, VennAbers
from raters.stats.consensus import Majority
from raters.stats.dawid_skene import DawidSkene
from raters.stats.fidelity import Fidelity
from raters.stats.intervals import Interval
from raters.stats.laws import LAWS, Family, Kernel
from raters.stats.leave_one_out import Evaluation
from raters.stats.paired import McNemar, Permutation
from raters.stats.pairwise import Pairwise
from raters.stats.planning import Plan
from raters.stats.registry import REGISTRY
from raters.stats.selective import Threshold
from raters.stats.types import Estimate
from tests.raters.stats.laws import agreement, labels, prevalence, probability

PARTS = (agreement, labels, prevalence, probability)
SAMPLES = {family: sample for part in PARTS for family, sample in part.SAMPLES.items()}
CHECKS = {law: check for part in PARTS for law, check in part.CHECKS.items()}
DECLARED = [(kernel, law) for kernel in REGISTRY for law in kernel.obeys]
BROKEN = [(kernel, law) for kernel in REGISTRY for law in kernel.breaks]

RESULTS = {
    Estimate, CalibrationError, Calibrator, Logistic, Steps, VennAbers, Majority, DawidSkene, Fidelity, Evaluation, Plan,
    Threshold, Interval, Calibration, Pairwise, Across, McNemar, Permutation,
}  # fmt: skip
NO_KERNELS = {
    "mean_loss": "the mean that brier and log_loss are",
    "against_reference": "leave_one_out with another reference",
    "machines_mcnemar": "mcnemar of two machines",
    "machines_f1": "permutation of two machines' confusions",
    "pooled_f1": "permutation of a machine's confusions with the raters'",
    "calibrate": "a choice among calibrators",
    "from_dict": "a calibrator that was fitted before",
    "percentile": "of replicates, not of a sample",
    "bca": "of replicates, not of a sample",
    "studentised": "of replicates, not of a sample",
    "band": "of a simulation",
    "skew_t": "of a mean; its coverage is simulated",
}


def holds(kernel: Kernel, law: str, seed: int) -> bool:
    rng = np.random.default_rng(seed)
    return CHECKS[kernel.family, law](kernel, SAMPLES[kernel.family](rng), rng)


def named(part: Any) -> str:
    return str(getattr(part, "name", part))


@pytest.mark.parametrize(("kernel", "law"), DECLARED, ids=named)
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_kernel_obeys_its_laws(kernel: Kernel, law: str, seed: int) -> None:
    assert holds(kernel, law, seed), kernel.obeys[law]


@pytest.mark.parametrize(("kernel", "law"), BROKEN, ids=named)
def test_a_law_that_is_not_declared_has_a_counterexample(kernel: Kernel, law: str) -> None:
    assert not all(holds(kernel, law, seed) for seed in range(40)), kernel.breaks[law]


def test_every_law_is_declared_and_every_one_is_tested() -> None:
    assert {(family, law) for family, laws in LAWS.items() for law in laws} == CHECKS.keys()
    assert len({kernel.name for kernel in REGISTRY}) == len(REGISTRY)


@pytest.mark.parametrize(
    ("obeys", "breaks"),
    [
        ({"harder": "why"}, {}),
        ({"harder": "why", "seconds": "why"}, {"seconds": "why"}),
        ({"harder": "why", "seconds": ""}, {}),
        ({"harder": "why", "seconds": "why", "colour": "why"}, {}),
    ],
)
def test_a_law_left_out_doubled_unknown_or_without_a_reason_is_refused(
    obeys: dict[str, str], breaks: dict[str, str]
) -> None:
    family: Family = "plan"
    with pytest.raises(ValueError):
        Kernel("hopeful", family, abs, abs, obeys, breaks)


def test_no_kernel_is_left_out() -> None:
    """A public function of the package that returns a figure is listed, or named here with why not."""
    public = {
        function
        for module in pkgutil.iter_modules(raters.stats.__path__)
        for name, function in inspect.getmembers(
            importlib.import_module(f"raters.stats.{module.name}"), inspect.isfunction
        )
        if function.__module__ == f"raters.stats.{module.name}"
        and not name.startswith("_")
        and inspect.signature(function, eval_str=True).return_annotation in RESULTS
    }
    listed = {kernel.function for kernel in REGISTRY}
    assert {function.__name__ for function in public - listed} == NO_KERNELS.keys()
    assert set(METHODS.values()) <= listed


@pytest.mark.parametrize("kernel", [kernel for kernel in REGISTRY if kernel.family in ("agreement", "pair")], ids=named)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_coefficient_exceeds_one(kernel: Kernel, seed: int) -> None:
    (value,) = kernel.values(SAMPLES[kernel.family](np.random.default_rng(seed)))
    assert value is None or value <= 1 + 1e-12

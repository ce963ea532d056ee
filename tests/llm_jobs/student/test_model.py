from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, softmax

from llm_jobs.student.config import HeadConfig, StudentConfig
from llm_jobs.student.model import BinaryHead, OrdinalHead, Student, build_head, predict, soft_cross_entropy

SHARED = Path(__file__).parents[3] / "../shared"
ONE = torch.tensor(1.0)

scales = st.one_of(
    st.just(HeadConfig("u", "binary", 2)),
    st.builds(HeadConfig, definition=st.just("u"), scale=st.sampled_from(["nominal", "ordinal"]), q=st.integers(2, 7)),
)


def head_with(head: HeadConfig, seed: int, spread: float) -> torch.nn.Module:
    """A head of width 3 whose parameters are normal with this standard deviation."""
    module = build_head(3, head)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * spread)
    return module


@given(scales, st.integers(0, 999), st.floats(0.1, 20), st.floats(0.2, 5))
def test_every_head_gives_finite_distributions(head: HeadConfig, seed: int, spread: float, t: float) -> None:
    h = torch.randn((10, 3), generator=torch.Generator().manual_seed(seed))
    log_p = head_with(head, seed, spread)(h, torch.tensor(t)).detach()
    assert log_p.shape == (10, head.q)
    assert torch.isfinite(log_p).all()
    np.testing.assert_allclose(log_p.double().exp().sum(dim=1).numpy(), 1, atol=2e-6)


@given(st.integers(2, 7), st.integers(0, 999), st.floats(0.1, 20), st.floats(0.2, 5))
def test_the_ordinal_head_is_monotone(q: int, seed: int, spread: float, t: float) -> None:
    """Thresholds increase for any parameters, and a higher score never makes a higher level less likely."""
    head = head_with(HeadConfig("u", "ordinal", q), seed, spread)
    assert isinstance(head, OrdinalHead)
    assert (head.thresholds().diff() > 0).all()
    h = torch.randn((30, 3), generator=torch.Generator().manual_seed(seed))
    order = head.score(h)[:, 0].argsort()
    p = head(h, torch.tensor(t))[order].double().exp()
    at_least = p.flip(1).cumsum(1).flip(1)  # P(level >= k)
    assert (at_least.diff(dim=0) >= -1e-6).all()


def test_the_ordinal_head_is_the_cumulative_link_model() -> None:
    head = head_with(HeadConfig("u", "ordinal", 5), 3, 1.0)
    assert isinstance(head, OrdinalHead)
    h = torch.randn((20, 3), generator=torch.Generator().manual_seed(4))
    z = (head.thresholds() - head.score(h)).detach().double().numpy() / 1.7
    cumulative = np.hstack([np.zeros((20, 1)), expit(z), np.ones((20, 1))])
    p = head(h, torch.tensor(1.7)).detach().double().exp().numpy()
    np.testing.assert_allclose(p, np.diff(cumulative, axis=1), atol=1e-6)


def test_the_binary_head_is_a_sigmoid() -> None:
    head = head_with(HeadConfig("u", "binary", 2), 5, 1.0)
    assert isinstance(head, BinaryHead)
    h = torch.randn((20, 3), generator=torch.Generator().manual_seed(6))
    p = head(h, torch.tensor(2.0)).detach().exp().numpy()
    np.testing.assert_allclose(p[:, 1], expit(head.logit(h).detach().numpy()[:, 0] / 2), rtol=1e-5)


def test_soft_cross_entropy_agrees_with_numpy() -> None:
    rng = np.random.default_rng(0)
    logits, labels, weights = rng.standard_normal((9, 4)), rng.dirichlet(np.ones(4), 9), rng.random(9)
    p = softmax(logits, axis=1)
    expected = np.average(-(labels * np.log(p)).sum(axis=1), weights=weights)
    log_p = torch.from_numpy(logits).log_softmax(dim=1)
    loss = soft_cross_entropy(log_p, torch.from_numpy(labels), torch.from_numpy(weights))
    assert loss.item() == pytest.approx(expected, rel=1e-12)


def test_soft_cross_entropy_without_weight_is_zero_with_zero_gradient() -> None:
    logits = torch.randn((3, 2), requires_grad=True)
    loss = soft_cross_entropy(logits.log_softmax(dim=1), torch.zeros((3, 2)), torch.zeros(3))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert loss.item() == 0
    assert (gradient == 0).all()


@pytest.mark.real_data
def test_the_loss_gives_the_published_distillation_numbers() -> None:
    path = SHARED / "reference_cases.json"
    if not path.exists():
        pytest.skip("the reference cases (../shared/reference_cases.json) are not here")
    (case,) = [case for case in json.loads(path.read_text())["cases"] if case["name"] == "kd_loss_hinton"]
    given, expected, tolerance = case["input"], case["expected"], case["tolerance"]
    teacher = torch.tensor([given["teacher_logits"]], dtype=torch.float64)
    student = torch.tensor([given["student_logits"]], dtype=torch.float64)
    t, alpha, weight = given["T"], given["alpha"], torch.ones(1, dtype=torch.float64)
    soft = (teacher / t).softmax(dim=1)
    hard = torch.nn.functional.one_hot(torch.tensor([given["hard_label"]]), 3).double()

    # KL(p || q) is the cross-entropy of q under p less the entropy of p.
    entropy = soft_cross_entropy(soft.log(), soft, weight)
    kl = (soft_cross_entropy((student / t).log_softmax(dim=1), soft, weight) - entropy).item()
    ce = soft_cross_entropy(student.log_softmax(dim=1), hard, weight).item()
    figures = {"kl": kl, "t2_kl": t**2 * kl, "ce": ce, "total": alpha * t**2 * kl + (1 - alpha) * ce}
    assert figures == pytest.approx(expected, abs=tolerance)


def test_a_constant_dimension_is_only_centred(config: StudentConfig) -> None:
    vectors = torch.randn((50, config.dims))
    vectors[:, 0] = 3
    student = Student(config)
    student.standardise_by(vectors)
    assert student.std[0] == 1
    scaled = ((vectors - student.mean) / student.std).double()
    np.testing.assert_allclose(scaled.mean(dim=0).numpy(), 0, atol=1e-6)
    np.testing.assert_allclose(scaled[:, 1:].std(dim=0, correction=0).numpy(), 1, rtol=1e-5)


def test_blocks_do_not_change_predictions(student: Student) -> None:
    vectors = torch.randn((50, student.config.dims), generator=torch.Generator().manual_seed(1))
    for whole, parts in zip(predict(student, vectors), predict(student, vectors, block=7), strict=True):
        np.testing.assert_allclose(whole.numpy(), parts.numpy(), rtol=1e-5)


def test_no_hidden_layer_is_logistic_regression() -> None:
    config = StudentConfig(encoder="toy", dims=4, heads=(HeadConfig("u", "binary", 2),), hidden=())
    assert sorted(Student(config).state_dict()) == [
        "heads.0.logit.bias", "heads.0.logit.weight", "mean", "std", "temperatures",
    ]  # fmt: skip

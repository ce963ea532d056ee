from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from llm_jobs.student.config import HeadConfig, StudentConfig
from llm_jobs.student.data import Split, Targets, TrainingData
from llm_jobs.student.errors import TrainingDivergedError
from llm_jobs.student.model import Student, predict
from llm_jobs.student.train import Epoch, fit_temperatures, mean_loss, rows_of, train

Silent = Callable[[object], None]


def state_bytes(student: Student) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in student.state_dict().items()}


def test_it_overfits_eight_items(config: StudentConfig, silent: Silent) -> None:
    """Random hard labels of eight rows are learned by heart when the same rows validate."""
    rng = np.random.default_rng(1)
    vectors = np.tile(rng.standard_normal((8, config.dims)), (2, 1)).astype(np.float32)
    levels = [np.tile(rng.permutation(np.resize(np.arange(head.q), 8)), 2) for head in config.heads]
    targets = tuple(
        Targets(np.eye(head.q, dtype=np.float32)[level], np.ones(16, dtype=np.float32))
        for head, level in zip(config.heads, levels, strict=True)
    )
    data = TrainingData(vectors, targets, np.repeat(np.array([Split.TRAIN, Split.VALIDATION], dtype=np.int8), 8))
    eager = dataclasses.replace(
        config, hidden=(64,), max_epochs=400, patience=400, learning_rate=0.05, dropout=0.0, weight_decay=0.0
    )
    student, curve = train(eager, data, silent)
    assert min(epoch.validation_loss for epoch in curve) < 0.01
    predicted = [p.argmax(dim=1).tolist() for p in predict(student, torch.from_numpy(vectors))]
    assert predicted == [level.tolist() for level in levels]


def test_same_seed_same_weights_other_seed_other_weights(
    config: StudentConfig, data: TrainingData, silent: Silent
) -> None:
    first, again = train(config, data, silent), train(config, data, silent)
    other, _ = train(dataclasses.replace(config, seed=1), data, silent)
    assert state_bytes(first[0]) == state_bytes(again[0])
    assert first[1] == again[1]
    assert state_bytes(first[0]) != state_bytes(other)


def test_the_random_state_of_the_caller_is_left_alone(
    config: StudentConfig, data: TrainingData, silent: Silent
) -> None:
    before = torch.get_rng_state()
    train(config, data, silent)
    assert torch.equal(torch.get_rng_state(), before)


def test_held_out_rows_and_labels_without_weight_change_nothing(
    config: StudentConfig, data: TrainingData, silent: Silent
) -> None:
    unlabelled = data.rows(Split.TRAIN)[:10]
    data.targets[0].weights[unlabelled] = 0
    before, _ = train(config, data, silent)
    data.targets[0].labels[unlabelled] = 0
    data.vectors[data.rows(Split.HELD_OUT)] = 99
    after, _ = train(config, data, silent)
    assert state_bytes(before) == state_bytes(after)


def test_training_learns_and_reports_every_epoch(config: StudentConfig, data: TrainingData) -> None:
    reported: list[Epoch] = []
    _, curve = train(config, data, reported.append)
    assert tuple(reported) == curve
    assert [epoch.epoch for epoch in curve] == list(range(config.max_epochs + 1))
    assert curve[0].train_loss is None
    assert curve[-1].validation_loss < 0.8 * curve[0].validation_loss


def test_it_stops_after_patience_and_keeps_the_best_epoch(
    config: StudentConfig, data: TrainingData, silent: Silent
) -> None:
    config = dataclasses.replace(config, learning_rate=0.05, patience=3, max_epochs=500)
    student, curve = train(config, data, silent)
    losses = [epoch.validation_loss for epoch in curve]
    assert len(curve) == losses.index(min(losses)) + config.patience + 1
    student.temperatures.fill_(1)
    with torch.inference_mode():
        assert mean_loss(student, rows_of(data, Split.VALIDATION)).item() == min(losses)


def test_a_diverging_loss_is_an_error(config: StudentConfig, data: TrainingData, silent: Silent) -> None:
    with pytest.raises(TrainingDivergedError):
        train(dataclasses.replace(config, learning_rate=1e30), data, silent)


def test_the_temperature_undoes_an_overconfident_head() -> None:
    """Labels are the sigmoid of the logit; a head whose weights are three times too large needs temperature 3."""
    config = StudentConfig(encoder="toy", dims=1, heads=(HeadConfig("u", "binary", 2),), hidden=())
    x = torch.linspace(-3, 3, 200)[:, None]
    positive = torch.sigmoid(x)
    labels = torch.cat([1 - positive, positive], dim=1).numpy()
    data = TrainingData(
        x.numpy(), (Targets(labels, np.ones(200, np.float32)),), np.full(200, Split.VALIDATION, np.int8)
    )
    student = Student(config)
    with torch.no_grad():
        student.heads[0].logit.weight.fill_(3)
        student.heads[0].logit.bias.zero_()
    fit_temperatures(student, rows_of(data, Split.VALIDATION))
    assert student.temperatures.item() == pytest.approx(3, rel=1e-3)


def test_a_fitted_temperature_never_raises_the_validation_loss(student: Student, data: TrainingData) -> None:
    rows = rows_of(data, Split.VALIDATION)
    with torch.inference_mode():
        fitted = mean_loss(student, rows).item()
        student.temperatures.fill_(1)
        assert fitted <= mean_loss(student, rows).item() + 1e-6
    assert math.isfinite(fitted)

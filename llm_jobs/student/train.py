"""Training: one visible loop, then a temperature per head.

Same config, same data, same number of threads: same weights, bit for bit, on CPU.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from llm_jobs.student.config import StudentConfig
from llm_jobs.student.data import Split, TrainingData
from llm_jobs.student.errors import TrainingDivergedError
from llm_jobs.student.model import Student, soft_cross_entropy

TEMPERATURE_RANGE = (0.2, 5.0)


@dataclass(frozen=True, slots=True)
class Epoch:
    """Mean soft cross-entropy over heads, in nats. Epoch 0 is the untrained network; its ``train_loss`` is None."""

    epoch: int
    train_loss: float | None
    validation_loss: float


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one split: ``x`` n x dims, and per head ``labels`` n x q and ``weights`` n."""

    x: Tensor
    labels: tuple[Tensor, ...]
    weights: tuple[Tensor, ...]

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: Tensor) -> Rows:
        return Rows(self.x[rows], tuple(t[rows] for t in self.labels), tuple(t[rows] for t in self.weights))


def rows_of(data: TrainingData, split: Split) -> Rows:
    index = data.rows(split)
    return Rows(
        torch.from_numpy(data.vectors[index]),
        tuple(torch.from_numpy(target.labels[index]) for target in data.targets),
        tuple(torch.from_numpy(target.weights[index]) for target in data.targets),
    )


def mean_loss(student: Student, rows: Rows) -> Tensor:
    """Soft cross-entropy, averaged over the heads."""
    heads = zip(student(rows.x), rows.labels, rows.weights, strict=True)
    return torch.stack([soft_cross_entropy(log_p, labels, weights) for log_p, labels, weights in heads]).mean()


def train(
    config: StudentConfig, data: TrainingData, report: Callable[[Epoch], None]
) -> tuple[Student, tuple[Epoch, ...]]:
    """Fit a student; returns it at its best validation epoch, calibrated, with the loss curve.

    ``report`` is told every epoch. Raises :class:`TrainingDivergedError`.
    """
    with torch.random.fork_rng(devices=[]):  # the caller's random state stays as it was
        torch.manual_seed(config.seed)
        training, validation = rows_of(data, Split.TRAIN), rows_of(data, Split.VALIDATION)
        student = Student(config)
        student.standardise_by(training.x)
        curve = _fit(student, training, validation, report)
    fit_temperatures(student, validation)
    return student, curve


def _fit(student: Student, training: Rows, validation: Rows, report: Callable[[Epoch], None]) -> tuple[Epoch, ...]:
    config = student.config
    optimizer = torch.optim.AdamW(
        student.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    curve: list[Epoch] = []
    best, best_epoch, best_state = math.inf, 0, copy.deepcopy(student.state_dict())
    train_loss: float | None = None
    for epoch in range(config.max_epochs + 1):
        student.eval()
        with torch.inference_mode():
            validation_loss = mean_loss(student, validation).item()
        if not math.isfinite(validation_loss):
            raise TrainingDivergedError(f"the validation loss is {validation_loss} after epoch {epoch}")

        curve.append(Epoch(epoch, train_loss, validation_loss))
        report(curve[-1])
        if validation_loss < best:
            best, best_epoch, best_state = validation_loss, epoch, copy.deepcopy(student.state_dict())
        if epoch - best_epoch >= config.patience or epoch == config.max_epochs:
            break

        student.train()
        total = 0.0
        for rows in torch.split(torch.randperm(len(training)), config.batch_size):
            loss = mean_loss(student, training.take(rows))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += loss.item() * len(rows)
        train_loss = total / len(training)

    student.load_state_dict(best_state)
    student.eval()
    return tuple(curve)


def fit_temperatures(student: Student, validation: Rows) -> None:
    """Set each head's temperature to the one of least soft cross-entropy on validation (Guo et al. 2017).

    Searched within ``TEMPERATURE_RANGE`` on a log scale; preferences between levels of binary and nominal heads, and
    the order of thresholds of ordinal ones, stay as they are.
    """
    with torch.inference_mode():
        h = student.features(validation.x)
    for i, head in enumerate(student.heads):

        def loss(log_temperature: float, head: torch.nn.Module = head, i: int = i) -> float:
            with torch.inference_mode():
                log_p = head(h, torch.tensor(math.exp(log_temperature)))
                return soft_cross_entropy(log_p, validation.labels[i], validation.weights[i]).item()

        found = minimize_scalar(loss, bounds=tuple(map(math.log, TEMPERATURE_RANGE)), method="bounded")
        student.temperatures[i] = math.exp(found.x)

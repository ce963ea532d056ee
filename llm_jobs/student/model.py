"""The network: standardise -> MLP trunk -> one head per attribute -> log-probabilities over its levels.

Heads by scale, for a trunk output h:

* binary: one logit z, p(positive) = sigmoid(z)
* nominal: q logits, softmax
* ordinal: one score s and q-1 increasing thresholds c_k, P(level > k) = sigmoid(s - c_k), the cumulative link
  (proportional odds) model of McCullagh 1980: monotone in k and stochastically ordered in s by construction
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import log_softmax, logsigmoid, softplus

from llm_jobs.student.config import HeadConfig, StudentConfig

SMALLEST_GAP = 1e-3  # between two thresholds, in logits: keeps the logarithm of a level's probability finite


class BinaryHead(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.logit = nn.Linear(width, 1)

    def forward(self, h: Tensor, temperature: Tensor) -> Tensor:
        z = self.logit(h) / temperature  # n x 1
        return logsigmoid(torch.cat([-z, z], dim=1))  # n x 2: negative, positive


class NominalHead(nn.Module):
    def __init__(self, width: int, q: int) -> None:
        super().__init__()
        self.logits = nn.Linear(width, q)

    def forward(self, h: Tensor, temperature: Tensor) -> Tensor:
        return log_softmax(self.logits(h) / temperature, dim=1)  # n x q


class OrdinalHead(nn.Module):
    def __init__(self, width: int, q: int) -> None:
        super().__init__()
        self.score = nn.Linear(width, 1, bias=False)  # the lowest threshold is the bias
        self.lowest = nn.Parameter(torch.tensor([-(q - 2) / 2]))
        self.raw_gaps = nn.Parameter(torch.full((q - 2,), math.log(math.e - 1)))  # softplus of it is 1

    def thresholds(self) -> Tensor:
        gaps = softplus(self.raw_gaps) + SMALLEST_GAP
        return torch.cat([self.lowest, self.lowest + gaps.cumsum(0)])  # q-1, strictly increasing

    def forward(self, h: Tensor, temperature: Tensor) -> Tensor:
        """n x q. p_k = sigmoid(a) - sigmoid(b) with a = c_k - s, b = c_(k-1) - s, in logs without cancellation:
        log p_k = log sigmoid(a) + log sigmoid(-b) + log(1 - exp(b - a)).
        """
        cumulative = (self.thresholds() - self.score(h)) / temperature  # n x q-1, logit of P(level <= k)
        gaps = cumulative.diff(dim=1)  # n x q-2
        below, above = logsigmoid(cumulative), logsigmoid(-cumulative)
        middle = below[:, 1:] + above[:, :-1] + torch.log(-torch.expm1(-gaps))
        return torch.cat([below[:, :1], middle, above[:, -1:]], dim=1)


def build_head(width: int, head: HeadConfig) -> nn.Module:
    match head.scale:
        case "binary":
            return BinaryHead(width)
        case "nominal":
            return NominalHead(width, head.q)
        case "ordinal":
            return OrdinalHead(width, head.q)


class Student(nn.Module):
    """Vectors (n x dims) to log-probabilities, one n x q tensor per head.

    The state holds everything that scoring needs: the training rows' mean and standard deviation, the weights and the
    heads' temperatures (1 until fitted).
    """

    mean: Tensor
    std: Tensor
    temperatures: Tensor

    def __init__(self, config: StudentConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("mean", torch.zeros(config.dims))
        self.register_buffer("std", torch.ones(config.dims))
        self.register_buffer("temperatures", torch.ones(len(config.heads)))
        layers: list[nn.Module] = []
        width = config.dims
        for hidden in config.hidden:
            layers += [nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(config.dropout)]
            width = hidden
        self.trunk = nn.Sequential(*layers)
        self.heads = nn.ModuleList(build_head(width, head) for head in config.heads)

    def standardise_by(self, vectors: Tensor) -> None:
        """Take mean and standard deviation from ``vectors`` (n x dims); a constant dimension is only centred."""
        std, mean = torch.std_mean(vectors, dim=0, correction=0)
        self.mean.copy_(mean)
        self.std.copy_(torch.where(std > 1e-6, std, 1.0))

    def features(self, x: Tensor) -> Tensor:
        """The trunk's output, n x its last width."""
        h: Tensor = self.trunk((x - self.mean) / self.std)
        return h

    def forward(self, x: Tensor) -> list[Tensor]:
        h = self.features(x)
        return [head(h, temperature) for head, temperature in zip(self.heads, self.temperatures, strict=True)]


def soft_cross_entropy(log_p: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean over rows of -sum_k labels_k log p_k, in nats; 0 if no row has weight.

    ``log_p`` and ``labels`` are n x q, ``weights`` n. For fixed labels its gradient is that of KL(labels || p), so
    with T = 1 it is the distillation loss of Hinton, Vinyals, Dean 2015.
    """
    row = -(labels * log_p).sum(dim=1)
    return (weights * row).sum() / weights.sum().clamp(min=torch.finfo(weights.dtype).tiny)


def predict(student: Student, vectors: Tensor, *, block: int = 1024) -> list[Tensor]:
    """Probabilities of ``vectors`` (n x dims), temperatures applied: one n x q float64 tensor per head.

    Each row is computed alone, yet the last bits may depend on ``block``: matrix products of other shapes round
    otherwise.
    """
    student.eval()
    with torch.inference_mode():
        chunks = [student(part) for part in torch.split(vectors, block)]
        return [torch.cat(parts).double().exp() for parts in zip(*chunks, strict=True)]

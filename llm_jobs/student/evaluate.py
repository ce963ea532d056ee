"""How closely a student follows its teacher on held-out rows.

Fidelity is not accuracy: that needs human labels (Stanton et al. 2021), which this program never sees. The kernels are
those of :mod:`raters.stats.fidelity`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from llm_jobs.student.data import Split, TrainingData
from llm_jobs.student.model import Student, predict
from raters.stats.fidelity import Fidelity, soft_label_fidelity


@dataclass(frozen=True, slots=True)
class HeadReport:
    """``temperature`` as fitted on validation; ``fidelity`` to the teacher on the held-out rows that have a label."""

    definition: str
    temperature: float
    fidelity: Fidelity


def head_reports(student: Student, data: TrainingData) -> tuple[HeadReport, ...]:
    """A report per head; a figure without held-out labels is undefined and says so. Bootstrap by the config's seed."""
    held_out = data.rows(Split.HELD_OUT)
    predicted = predict(student, torch.from_numpy(data.vectors[held_out]))
    reports = []
    for i, head in enumerate(student.config.heads):
        labelled = data.targets[i].weights[held_out] > 0
        teacher = data.targets[i].labels[held_out][labelled].astype(np.float64)
        figures = soft_label_fidelity(teacher, predicted[i].numpy()[labelled], seed=student.config.seed)
        reports.append(HeadReport(head.definition, student.temperatures[i].item(), figures))
    return tuple(reports)

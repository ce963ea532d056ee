from __future__ import annotations

import numpy as np
import torch

from llm_jobs.student.data import Split, TrainingData
from llm_jobs.student.evaluate import head_reports
from llm_jobs.student.model import Student, predict
from raters.stats.fidelity import soft_label_fidelity


def test_reports_use_the_labelled_held_out_rows_alone(student: Student, data: TrainingData) -> None:
    held_out = data.rows(Split.HELD_OUT)
    data.targets[1].weights[held_out[:5]] = 0
    reports = head_reports(student, data)
    assert [report.fidelity.kl_divergence.n for report in reports] == [40, 35, 40]
    rows = held_out[5:]
    p = predict(student, torch.from_numpy(data.vectors[rows]))[1].numpy()
    expected = soft_label_fidelity(data.targets[1].labels[rows].astype(np.float64), p)
    assert reports[1].fidelity.top1_agreement == expected.top1_agreement
    assert [report.definition for report in reports] == ["funny", "mood", "pace"]


def test_a_student_told_its_own_predictions_is_perfectly_faithful(student: Student, data: TrainingData) -> None:
    for target, p in zip(data.targets, predict(student, torch.from_numpy(data.vectors)), strict=True):
        target.labels[:] = p.numpy()
    for report in head_reports(student, data):
        assert report.fidelity.top1_agreement.value == 1
        assert report.fidelity.kl_divergence.value is not None
        assert abs(report.fidelity.kl_divergence.value) < 1e-7


def test_without_held_out_rows_fidelity_is_undefined(student: Student, data: TrainingData) -> None:
    data.split[data.rows(Split.HELD_OUT)] = Split.TRAIN
    for report in head_reports(student, data):
        assert report.fidelity.top1_agreement.value is None
        assert report.fidelity.top1_agreement.reason == "no items"

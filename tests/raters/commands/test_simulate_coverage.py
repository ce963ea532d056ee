"""`manage.py simulate_coverage`."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command


def test_one_row_an_interval_and_design(capsys: pytest.CaptureFixture[str]) -> None:
    call_command(
        "simulate_coverage", "pairs", "--draws", "20", "--design", "sensitivity 0.9, n 50", "--jobs", "1", json=True
    )
    found = json.loads(capsys.readouterr().out)
    (row,) = found["rows"]
    assert set(row) == {
        "interval", "design", "nominal", "draws", "given", "coverage", "low", "high", "refused", "width", "verdict"
    }  # fmt: skip
    assert (row["interval"], row["draws"], row["nominal"]) == ("cohen_kappa, unweighted", 20, 0.95)
    assert found["verdicts"] == {row["verdict"]: 1}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["weather"], "no topic 'weather'"),
        (["--design", "sunny"], "no design holds 'sunny' in its name"),
        (["--draws", "0"], "--draws and --jobs: at least 1"),
    ],
)
def test_bad_options(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    with pytest.raises(SystemExit):
        call_command("simulate_coverage", *words, json=True)
    assert message in capsys.readouterr().err

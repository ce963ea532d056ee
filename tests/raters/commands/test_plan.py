"""`manage.py plan`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command


def run(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    call_command("plan", *words, "--json")
    plan: dict[str, Any] = json.loads(capsys.readouterr().out)
    return plan


def test_a_plan_for_a_width(capsys: pytest.CaptureFixture[str]) -> None:
    plan = run(capsys, "--prevalence", "0.5", "--width", "0.2", "--seconds", "12")
    assert (plan["items"], plan["ratings"], plan["hours"]) == (93, 279, pytest.approx(0.93))
    assert run(capsys, "--prevalence", "0.5", "--width", "0.2", "--raters", "2")["ratings"] == 186


def test_a_plan_for_a_power(capsys: pytest.CaptureFixture[str]) -> None:
    plan = run(capsys, "--power", "0.8", "--raters", "3", "--epsilon", "0.1")
    assert plan["ratings"] == 3 * plan["items"]
    assert plan["items"] > run(capsys, "--power", "0.8", "--raters", "3")["items"]


def test_what_no_number_of_items_reaches_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    plan = run(capsys, "--power", "0.8", "--raters", "3", "--epsilon", "0")
    assert (plan["items"], plan["hours"]) == (None, None)
    assert plan["reason"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give --prevalence P and --width W, or"),
        (["--prevalence", "0.1"], "give --prevalence P and --width W, or"),
        (["--prevalence", "0.1", "--width", "0.1", "--power", "0.8"], "give --prevalence P and --width W, or"),
        (["--power", "0.8"], "--power needs --raters M"),
        (["--power", "1", "--raters", "3"], "power and q lie between 0 and 1"),
        (["--power", "0.8", "--raters", "1"], "the test needs two raters"),
        (["--power", "0.8", "--raters", "100000"], "100 at most"),
        (["--prevalence", "nan", "--width", "0.1"], "prevalence must lie in 0..1"),
        (["--prevalence", "0.1", "--width", "0.1", "--seconds", "0"], "seconds a rating above 0"),
        (["--prevalence", "0.1", "--width", "0.1", "--seed", "-1"], "--seed: at least 0"),
    ],
)
def test_bad_input(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as left:
        call_command("plan", *words, "--json")
    captured = capsys.readouterr()
    assert (left.value.code, captured.out) == (2, "")
    assert message in captured.err

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

Run = Callable[..., tuple[int, dict[str, Any] | None, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with --json: its exit code, its one object, and what it said on stderr."""

    def run(*args: object) -> tuple[int, dict[str, Any] | None, str]:
        code = 0
        try:
            call_command(*map(str, args), "--json")
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capsys.readouterr()
        lines = captured.out.splitlines()
        assert len(lines) <= 1
        return code, json.loads(lines[0], parse_constant=pytest.fail) if lines else None, captured.err

    return run

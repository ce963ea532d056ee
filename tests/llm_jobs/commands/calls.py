"""Commands as scripts use them."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

from django.core.management import call_command


@dataclass(frozen=True)
class Said:
    code: int
    out: dict[str, Any]
    err: str


def command(*words: str) -> Said:
    """Run `manage.py WORDS --json`: the exit code, the one JSON object on stdout, and stderr."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command(words[0], *words[1:], "--json", stdout=out, stderr=err)
    except SystemExit as leaving:
        code = int(leaving.code or 0)
    return Said(code, json.loads(out.getvalue(), parse_constant=_refuse) if out.getvalue() else {}, err.getvalue())


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is not strict JSON")

"""The student program, started as a process of its own: it alone loads torch."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import IO, Any

from django.conf import settings

from labelhub.lib.errors import BadInput
from labelhub.lib.processes import child_environment

OnLine = Callable[[dict[str, Any]], None]
BAD_INPUT = 2


def start(*arguments: str, stdin: int, stdout: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """`python -m llm_jobs.student ...` with its stderr in a pipe."""
    return subprocess.Popen(
        [sys.executable, "-m", "llm_jobs.student", *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=child_environment(),
        cwd=settings.BASE_DIR,
    )


def run(*arguments: str, on_line: OnLine | None = None) -> bytes:
    """Run the program to its end; returns its stdout. `on_line` gets each JSON line of its stderr."""
    with tempfile.TemporaryFile() as output:
        process = start(*arguments, stdin=subprocess.DEVNULL, stdout=output)
        try:
            last = follow(process, on_line)
            process.wait()
        finally:
            process.kill()
            process.wait()
        check_exit(process.returncode, last)
        output.seek(0)
        return output.read()


def follow(process: subprocess.Popen[bytes], on_line: OnLine | None = None) -> str:
    """Read the program's stderr to its end; returns its last word."""
    last = ""
    with end_of(process.stderr) as lines:
        for raw in lines:
            line = raw.decode(errors="replace").strip()
            last = line or last
            if on_line and line.startswith("{"):
                on_line(json.loads(line))
    return last


def end_of(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the student program was started without this pipe")
    return pipe


def check_exit(code: int, last: str) -> None:
    """Its bad input (exit 2) becomes `BadInput` in its own words; any other failure is a fault of ours."""
    if code == BAD_INPUT and last.startswith("{"):
        raise BadInput(f"student: {json.loads(last)['message']}")
    if code:
        raise RuntimeError(f"the student program ended with {code}: {last[-500:]}")

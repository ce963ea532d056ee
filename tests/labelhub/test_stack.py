"""The supervisor over real processes: shell scripts in the places of web, worker and beat."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labelhub.stack import PortInUse, children, require_free_port, web_answers

ROOT = Path(__file__).resolve().parents[2]
PATIENT = "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done"
DEAF = "trap '' TERM; echo up; while :; do sleep 0.05; done"
SHORT = "echo up; sleep 0.3; exit 3"
SUPERVISOR = """
import os, sys
from labelhub import stack
stack.STOP_SECONDS, stack.READY_SECONDS = 0.5, 1.5
scripts = zip(("web", "worker", "beat"), sys.argv[2:])
stubs = [stack.Child(name, ["sh", "-c", f"echo $$; {script}"]) for name, script in scripts]
sys.exit(stack.supervise(
    stubs, environment=os.environ, is_ready=lambda: sys.argv[1] == "ready", on_ready=lambda: stack.say("READY")
))
"""
LONGEST_TEST = 30  # seconds; then its supervisor is killed, which ends the wait for a line that never comes
Run = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def run() -> Iterator[Run]:
    started: list[subprocess.Popen[str]] = []
    watchdogs: list[threading.Timer] = []

    def start(*scripts: str, readiness: str = "ready") -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SUPERVISOR, readiness, *scripts]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.append(process)
        watchdogs.append(threading.Timer(LONGEST_TEST, process.kill))
        watchdogs[-1].start()
        return process

    yield start
    for watchdog in watchdogs:
        watchdog.cancel()
    for process in started:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], *wanted: str) -> list[str]:
    """The lines up to and with the last of `wanted`, which may come in any order."""
    assert process.stdout
    lines: list[str] = []
    missing = set(wanted)
    while missing:
        line = process.stdout.readline()
        assert line, f"ended before {missing}: {lines}"
        lines.append(line.rstrip())
        missing.discard(lines[-1])
    return lines


def pids(lines: list[str]) -> list[int]:
    return [int(word) for line in lines for word in line.split() if word.isdigit()]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""  # empty for a zombie
    except (FileNotFoundError, ProcessLookupError):
        return False


ALL_UP = ("   web | up", "worker | up", "  beat | up", "READY")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_children_in_order(run: Run, number: signal.Signals) -> None:
    supervisor = run(PATIENT, PATIENT, PATIENT)
    lines = read_until(supervisor, *ALL_UP)
    supervisor.send_signal(number)
    rest, _ = supervisor.communicate(timeout=10)
    assert rest.splitlines() == ["   web | bye", "worker | bye", "  beat | bye"]
    assert supervisor.returncode == 0
    assert [pid for pid in pids(lines) if lives(pid)] == []


def test_a_child_that_ends_ends_the_stack(run: Run) -> None:
    supervisor = run(PATIENT, SHORT, PATIENT)
    output, _ = supervisor.communicate(timeout=10)
    assert supervisor.returncode == 1
    assert output.splitlines()[-1] == "worker ended by itself (exit status 3): everything is stopped."
    assert [pid for pid in pids(output.splitlines()[:-1]) if lives(pid)] == []


def test_a_deaf_child_is_killed(run: Run) -> None:
    supervisor = run(PATIENT, DEAF, PATIENT)
    lines = read_until(supervisor, *ALL_UP)
    supervisor.terminate()
    rest, _ = supervisor.communicate(timeout=10)
    assert rest.splitlines() == ["   web | bye", "worker is still busy after 0.5 s: killed.", "  beat | bye"]
    assert supervisor.returncode == 0
    assert [pid for pid in pids(lines) if lives(pid)] == []


def test_the_children_of_a_killed_supervisor_are_told_to_stop(run: Run) -> None:
    supervisor = run(PATIENT, PATIENT, PATIENT)
    living = pids(read_until(supervisor, *ALL_UP))
    assert len(living) == 3
    supervisor.kill()
    deadline = time.monotonic() + 5
    while any(map(lives, living)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [pid for pid in living if lives(pid)] == []


def test_grandchildren_are_killed_with_their_parent(run: Run) -> None:
    supervisor = run(f"sleep 60 & echo $!; {PATIENT}", PATIENT, PATIENT)
    lines = read_until(supervisor, *ALL_UP)
    assert len(pids(lines)) == 4
    supervisor.terminate()
    supervisor.communicate(timeout=10)
    assert [pid for pid in pids(lines) if lives(pid)] == []


def test_a_web_process_that_never_answers_ends_the_stack(run: Run) -> None:
    supervisor = run(PATIENT, PATIENT, PATIENT, readiness="never")
    output, _ = supervisor.communicate(timeout=10)
    assert supervisor.returncode == 1
    assert output.splitlines()[-1] == "The web process did not answer within 1.5 s: everything is stopped."
    assert "READY" not in output.splitlines()


def test_a_port_in_use_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"^Port {port} is in use by another program"):
            require_free_port(port)
    require_free_port(port)
    assert not web_answers(port)


def test_a_web_process_that_listens_but_is_not_loaded_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelhub.stack.ANSWER_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not web_answers(silent.getsockname()[1])


def test_the_children_and_their_order(tmp_path: Path) -> None:
    stack = children(port=8123, data=tmp_path)
    assert [child.name for child in stack] == ["web", "worker", "beat"]
    assert [child.command[0] for child in stack] == [sys.executable] * 3
    assert "127.0.0.1:8123" in stack[0].command
    assert os.fspath(tmp_path / "beat-schedule") in stack[2].command

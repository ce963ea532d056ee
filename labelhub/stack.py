"""The processes of `manage.py up`: web, worker and scheduler, started together and stopped in order.

Each child runs in a session of its own, so the terminal's Ctrl-C reaches the supervisor alone, which then asks the
main process of one child after the other to stop: a signal to all of Celery's processes would kill tasks half-way.
The kernel sends the children SIGTERM when the supervisor itself is killed. Linux only.
"""

from __future__ import annotations

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

HOST = "127.0.0.1"
READY_SECONDS = 60
STOP_SECONDS = 10  # for each child, before it is killed
ANSWER_SECONDS = 10  # for one request that asks whether the web process is there
POLL_SECONDS = 0.1
PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
# Celery's warning is about pickled messages, and ours are JSON; in a container everybody is root.
ROOT_WARNING = "ignore:You're running the worker with superuser privileges"
LIBC = ctypes.CDLL(None)


class PortInUse(RuntimeError):
    """Another program listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is in use by another program: stop it, or choose another one with PORT=.")


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    command: Sequence[str]


@dataclass(slots=True)
class StopRequest:
    made: bool = False


def run_stack(
    *, environment: Mapping[str, str], port: int, data: Path, on_ready: Callable[[], None] | None = None
) -> int:
    """Run web, worker and scheduler until SIGINT, SIGTERM or SIGHUP; 0 then, 1 when a child ends by itself.

    `on_ready` is called once the web process answers. Must be called in the main thread. Raises PortInUse before
    anything is started.
    """
    require_free_port(port)
    return supervise(
        children(port=port, data=data),
        environment={**environment, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": ROOT_WARNING},
        is_ready=lambda: web_answers(port),
        on_ready=on_ready or (lambda: say(f"http://{HOST}:{port}")),
    )


def children(*, port: int, data: Path) -> list[Child]:
    """In the order in which they are stopped."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--app", "labelhub", "--quiet"]
    web = ["--bind", f"{HOST}:{port}", "--workers", "2", "--threads", "4", "--graceful-timeout", "3"]
    web += ["--keep-alive", "15"]  # a rater answers every few seconds over the same connection
    # The control socket would be one for all of this user's gunicorns; heartbeats belong in memory, not on the disk.
    web += ["--no-control-socket", "--worker-tmp-dir", "/dev/shm", "--log-level", "warning"]  # noqa: S108  # gunicorn makes and unlinks its own file there
    worker = ["--concurrency", "2", "--loglevel", "warning", "--without-gossip", "--without-mingle"]
    beat = ["--pidfile=", "--schedule", str(data / "beat-schedule"), "--loglevel", "warning"]
    return [
        Child("web", [*python, "gunicorn", "labelhub.wsgi", *web]),
        Child("worker", [*celery, "worker", *worker, "--without-heartbeat"]),
        Child("beat", [*celery, "beat", *beat]),
    ]


def require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does: closed connections may linger
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortInUse(port) from error


def web_answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (ConnectionRefusedError, TimeoutError):  # not there yet, or too busy to answer
        return False
    finally:
        connection.close()


def supervise(
    children: Sequence[Child],
    *,
    environment: Mapping[str, str],
    is_ready: Callable[[], bool],
    on_ready: Callable[[], None],
) -> int:
    """Start the children, wait, stop them in their order. 0 after a signal, 1 when one ended or was never ready."""
    with stop_signals() as stop:
        running = [(child.name, start(child, environment)) for child in children]
        relays = [threading.Thread(target=relay, args=item, daemon=True) for item in running]
        for thread in relays:
            thread.start()
        try:
            failure = watch(running, stop, is_ready, on_ready)
        finally:
            for name, process in running:
                stop_child(name, process)
            for thread in relays:
                thread.join()
    if failure:
        say(failure)
    return 1 if failure else 0


@contextmanager
def stop_signals() -> Iterator[StopRequest]:
    """SIGINT, SIGTERM and SIGHUP only leave a note, in place of what they did before."""
    stop = StopRequest()

    def note(number: int, frame: FrameType | None) -> None:
        stop.made = True  # a threading.Event can deadlock here: its lock may be held by the thread interrupted

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def start(child: Child, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    supervisor = os.getpid()

    def die_with_supervisor() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != supervisor:  # it ended before the line above
            os._exit(1)

    return subprocess.Popen(
        child.command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=die_with_supervisor,
    )


def relay(name: str, process: subprocess.Popen[str]) -> None:
    for line in process.stdout or ():
        if line.strip():
            say(f"{name:>6} | {line.rstrip()}")


def watch(
    running: Sequence[tuple[str, subprocess.Popen[str]]],
    stop: StopRequest,
    is_ready: Callable[[], bool],
    on_ready: Callable[[], None],
) -> str:
    """Wait until `stop` is made (returns "") or something fails (returns what)."""
    deadline = time.monotonic() + READY_SECONDS
    ready = False
    while not stop.made:
        for name, process in running:
            if process.poll() is not None:
                return f"{name} ended by itself (exit status {process.returncode}): everything is stopped."
        if not ready and is_ready():
            ready = True
            on_ready()
        if not ready and time.monotonic() > deadline:
            return f"The web process did not answer within {READY_SECONDS} s: everything is stopped."
        time.sleep(POLL_SECONDS)
    return ""


def stop_child(name: str, process: subprocess.Popen[str]) -> None:
    """Ask the main process alone, wait, then kill what is left of its session."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        say(f"{name} is still busy after {STOP_SECONDS} s: killed.")
    with suppress(ProcessLookupError):  # nothing is left
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")  # in one piece: the lines of several threads must not mix
    sys.stdout.flush()

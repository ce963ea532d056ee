"""gunicorn as `manage.py up` starts it, for the time of a load, and what it and PostgreSQL take."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from labelhub import stack
from raters.load.figures import ratio

from . import cpu

HOST = stack.HOST
PortInUse = stack.PortInUse
PROFILED = ("--workers", "1", "--worker-class", "gthread", "--threads", "1")  # cProfile sees one thread


@contextmanager
def running(port: int, *, data: Path, profiled: bool = False) -> Iterator[int]:
    """The web process of the stack, ready; yields its pid."""
    stack.require_free_port(port)
    web = next(child for child in stack.children(port=port, data=data) if child.name == "web")
    if profiled:
        instead = {"labelhub.wsgi": "labelhub.demo.load.profiled"}
        web = stack.Child(web.name, [*(instead.get(word, word) for word in web.command), *PROFILED])
    process = stack.start(web, {**os.environ, "PYTHONUNBUFFERED": "1"})
    relay = threading.Thread(target=stack.relay, args=(web.name, process), daemon=True)
    relay.start()
    try:
        deadline = time.monotonic() + stack.READY_SECONDS
        while not stack.web_answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the web process did not get ready")
            time.sleep(stack.POLL_SECONDS)
        yield process.pid
    finally:
        stack.stop_child(web.name, process)
        relay.join()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@dataclass(slots=True)
class Shares:
    """Processor time of web and database between the first call and the last."""

    web_pid: int
    postgres_pid: int | None
    marks: list[tuple[float, float, float]] = field(default_factory=list)

    def __call__(self) -> None:
        database = cpu.seconds_under(self.postgres_pid) if self.postgres_pid else 0.0
        self.marks.append((time.perf_counter(), cpu.seconds_under(self.web_pid), database))

    def figures(self, labels: int) -> dict[str, float | None]:
        """In cores, and in milliseconds for each label: these hold on a busy machine too."""
        (begun, web, database), (ended, web_end, database_end) = self.marks[0], self.marks[-1]
        found: dict[str, float | None] = {}
        for name, seconds in (("web", web_end - web), ("postgres", database_end - database)):
            known = name == "web" or self.postgres_pid is not None
            found[f"{name}_cores"] = round(seconds / (ended - begun), 3) if known else None
            found[f"{name}_cpu_ms"] = round(1000 * ratio(seconds, labels), 2) if known else None
        return found


def postgres_pid() -> int | None:
    """The postmaster, where it runs on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    name = Path(f"/proc/{backend}/comm")
    is_here = name.exists() and name.read_text().startswith("postgres")
    return cpu.parent(backend) if is_here else None

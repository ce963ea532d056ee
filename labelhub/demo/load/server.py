"""gunicorn as `manage.py up` starts it, for the time of a load, and what it and PostgreSQL take."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from labelhub import stack

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


def postgres_pid() -> int | None:
    """The postmaster, where it runs on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    name = Path(f"/proc/{backend}/comm")
    is_here = name.exists() and name.read_text().startswith("postgres")
    return cpu.parent(backend) if is_here else None

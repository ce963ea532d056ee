"""gunicorn as `manage.py up` starts it, over a test's database, to be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from django.conf import settings
from django.db import connection

from labelhub import stack

APPLICATION_NAME = "served"
ROOT = Path(__file__).resolve().parents[1]


class Served:
    def __init__(self, data: Path, database: str) -> None:
        with socket.create_server((stack.HOST, 0)) as probe:
            self.port = probe.getsockname()[1]
        self.child = next(child for child in stack.children(port=self.port, data=data) if child.name == "web")
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.served_settings",
            "LABELHUB_DATA": str(data),
            "LABELHUB_POOL_SIZE": "4",
            "PGAPPNAME": APPLICATION_NAME,  # its connections are told from the test's own
            "SERVED_DATABASE": database,
            "SERVED_SECRET_KEY": settings.SECRET_KEY,  # sessions of the test are sessions of the server
        }
        self.started: list[subprocess.Popen[bytes]] = []

    @classmethod
    def over_the_tests_database(cls) -> Served:
        return cls(Path(settings.LABELHUB_DATA), str(connection.settings_dict["NAME"]))

    def start(self) -> None:
        """Returns once it answers."""
        self.begin()
        self.wait()

    def begin(self) -> None:
        """It connects to its database when it is first asked for something."""
        process = subprocess.Popen(
            self.child.command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self.started.append(process)

    def wait(self) -> None:
        process = self.started[-1]
        deadline = time.monotonic() + stack.READY_SECONDS
        while not stack.web_answers(self.port):
            assert process.poll() is None, "gunicorn ended by itself"
            assert time.monotonic() < deadline, "gunicorn does not answer"
            time.sleep(0.05)

    def kill(self) -> None:
        """Master and workers at once, as by a power cut."""
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.started.clear()

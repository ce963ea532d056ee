"""Celery's messages as files, each put and taken whole.

kombu's own filesystem transport creates a message's file before it writes into it, and a worker that looks in between
reads half a message and dies. Here a message appears by a rename. What is taken is removed once it is read: a message
is a doorbell, and the rows it rings for are the record.
"""

from __future__ import annotations

import fcntl
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    """Folders as `labelhub.environment.filesystem_transport` names them, all on one file system."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu's stubs differ
        name = f"{time.monotonic_ns()}_{uuid.uuid4()}.{queue}.msg"
        draft = Path(self.data_folder_out) / f".{name}"  # no queue's name begins with a dot: nobody takes a draft
        draft.write_text(dumps(payload))
        draft.rename(draft.with_name(name))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        waiting = sorted(file.name for file in Path(self.data_folder_in).iterdir())
        for name in waiting:
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = Path(self.processed_folder) / name
            try:
                (Path(self.data_folder_in) / name).rename(taken)
            except FileNotFoundError:
                continue  # another worker was quicker
            payload = loads(taken.read_text())
            taken.unlink()
            return payload
        raise Empty

    @contextmanager
    def _bindings(self) -> Iterator[None]:
        """Alone with the files of exchanges, which are rewritten in place."""
        with (Path(self.control_folder) / "lock").open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield

    def get_table(self, exchange: str) -> Any:
        with self._bindings():
            return super().get_table(exchange)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:  # type: ignore[override]  # the same
        with self._bindings():
            super()._queue_bind(exchange, routing_key, pattern, queue)


class Transport(filesystem.Transport):
    Channel = Channel

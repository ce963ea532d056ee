"""Messages as files: none torn, none twice, none left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection

from labelhub.broker import Transport
from labelhub.environment import filesystem_transport

WRITERS, MESSAGES, READERS = 4, 100, 3


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    return filesystem_transport(tmp_path / "broker")


def connect(options: dict[str, Any]) -> Connection:
    return Connection("filesystem://", transport=Transport, transport_options=options)


def test_every_message_is_taken_whole_and_once(options: dict[str, Any]) -> None:
    def write(writer: int) -> None:
        with connect(options) as connection:
            for i in range(MESSAGES):
                connection.default_channel._put("celery", {"id": [writer, i], "body": "x" * 20_000})

    def read(_: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        with connect(options) as connection:
            while not (writing.done() and connection.default_channel._size("celery") == 0):
                try:
                    message = connection.default_channel._get("celery")
                except Empty:
                    continue
                assert len(message["body"]) == 20_000
                found.append(tuple(message["id"]))
        return found

    with ThreadPoolExecutor(WRITERS + READERS + 1) as pool:
        writing = pool.submit(lambda: list(pool.map(write, range(WRITERS))))
        read_by = list(pool.map(read, range(READERS)))
    everything = [message for messages in read_by for message in messages]
    assert sorted(everything) == [(writer, i) for writer in range(WRITERS) for i in range(MESSAGES)]
    assert [list(Path(options[name]).iterdir()) for name in ("data_folder_in", "processed_folder")] == [[], []]


def test_a_queue_is_left_alone_by_others(options: dict[str, Any]) -> None:
    with connect(options) as connection:
        connection.default_channel._put("other", {"id": 1})
        with pytest.raises(Empty):
            connection.default_channel._get("celery")
        assert connection.default_channel._get("other") == {"id": 1}


def test_bindings_made_at_once_are_all_kept(options: dict[str, Any]) -> None:
    def bind(i: int) -> None:
        with connect(options) as connection:
            connection.default_channel._queue_bind("exchange", "", "", f"queue{i}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(bind, range(24)))
    with connect(options) as connection:
        bound = {entry[2] for entry in connection.default_channel.get_table("exchange")}
    assert bound == {f"queue{i}" for i in range(24)}

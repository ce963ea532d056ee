"""The parser, and the connection against a server that behaves as told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from raters.load.http import Broken, Connection, Counts, Reply, parse

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
Serve = Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def test_a_reply_is_read_whole_and_no_further() -> None:
    assert parse(OK + b"HTTP/1.1 500") == Reply(200, b"ok", False, len(OK))
    assert [parse(OK[:n]) for n in range(len(OK))] == [None] * len(OK)


def test_header_names_have_any_case_and_close_is_seen() -> None:
    reply = parse(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nCONNECTION: Close\r\n\r\n")
    assert reply is not None
    assert (reply.status, reply.body, reply.closes) == (404, b"", True)


@pytest.mark.parametrize(
    "received", [b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"]
)
def test_what_is_no_reply_of_known_length_is_broken(received: bytes) -> None:
    with pytest.raises(Broken):
        parse(received)


def test_no_content_needs_no_length() -> None:
    assert parse(b"HTTP/1.1 204 No Content\r\n\r\n") == Reply(204, b"", False, 27)


async def with_server(serve: Serve, client: Callable[[Connection, Counts], Awaitable[None]]) -> None:
    serving: list[asyncio.Task[None] | None] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        await serve(len(serving), reader, writer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    counts = Counts()
    connection = Connection(*server.sockets[0].getsockname(), counts, timeout_s=2.0)
    try:
        await client(connection, counts)
    finally:
        connection.close()
        server.close()
        await asyncio.gather(*filter(None, serving))


def test_one_connection_serves_many_requests_and_replies_in_pieces() -> None:
    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(3):
            for piece in (OK[:10], OK[10:-1], OK[-1:]):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.005)

    async def client(connection: Connection, counts: Counts) -> None:
        replies = [await connection.send(b"one") for _ in range(3)]
        assert [reply.body for reply in replies] == [b"ok"] * 3
        assert (counts.connects, counts.resent, counts.bytes_in) == (1, 0, 3 * len(OK))

    asyncio.run(with_server(serve, client))


def test_a_connection_that_ended_while_it_waited_is_made_anew() -> None:
    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(3)
        writer.write(OK)

    async def client(connection: Connection, counts: Counts) -> None:
        for _ in range(2):
            await connection.send(b"one")
            await asyncio.sleep(0.02)
        assert (counts.connects, counts.resent) == (2, 0)

    asyncio.run(with_server(serve, client))


def test_a_request_that_met_a_closing_connection_is_sent_again_once() -> None:
    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(3)
        writer.write(OK)
        if number == 1:
            await reader.read(3)  # the second request is read, and the connection ends without a reply

    async def client(connection: Connection, counts: Counts) -> None:
        for _ in range(2):
            assert (await connection.send(b"one")).status == 200
        assert (counts.connects, counts.resent) == (2, 1)

    asyncio.run(with_server(serve, client))


def test_a_new_connection_that_ends_without_a_reply_is_broken() -> None:
    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(3)

    async def client(connection: Connection, counts: Counts) -> None:
        with pytest.raises(Broken):
            await connection.send(b"one")
        assert counts.resent == 0

    asyncio.run(with_server(serve, client))


def test_a_server_that_says_nothing_times_out() -> None:
    async def serve(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def client(connection: Connection, counts: Counts) -> None:
        connection.timeout_s = 0.05
        with pytest.raises(TimeoutError):
            await connection.send(b"one")

    asyncio.run(with_server(serve, client))

"""HTTP/1.1 as far as a rater needs it: one connection kept alive, one request at a time, replies of known length."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import NamedTuple

HEAD_END = b"\r\n\r\n"


class Broken(Exception):
    """The connection ended, or what came was no reply that we read."""


class Reply(NamedTuple):
    status: int
    body: bytes
    closes: bool
    length: int  # bytes on the wire


def parse(received: bytes) -> Reply | None:
    """The reply at the start of what was received; None while it is incomplete.

    Raises Broken for what we do not read.
    """
    end = received.find(HEAD_END)
    if end < 0:
        return None
    status_line, *lines = received[:end].split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    version, _, rest = status_line.partition(b" ")
    if version != b"HTTP/1.1" or not rest[:3].isdigit():
        raise Broken(f"not a reply: {status_line[:40]!r}")
    size = headers.get(b"content-length", b"0" if rest[:3] == b"204" else b"")
    if not size.isdigit():
        raise Broken("a reply without its length")
    length = end + len(HEAD_END) + int(size)
    if len(received) < length:
        return None
    closes = headers.get(b"connection", b"").lower() == b"close"
    return Reply(int(rest[:3]), received[end + len(HEAD_END) : length], closes, length)


class Wire(asyncio.Protocol):
    """One TCP connection. A future stands for the reply that is awaited."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.received = b""
        self.waiting: asyncio.Future[Reply] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # TCP always is
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        waiting = self.waiting
        if waiting is None or waiting.done():
            return
        try:
            reply = parse(self.received)
        except Broken as error:
            waiting.set_exception(error)
            return
        if reply:
            self.received = self.received[reply.length :]
            waiting.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self.waiting and not self.waiting.done():
            self.waiting.set_exception(Broken("the connection ended before the reply"))


@dataclass(slots=True)
class Counts:
    connects: int = 0
    resent: int = 0
    bytes_in: int = 0


class Connection:
    """A kept-alive connection to one server, made anew when it has ended."""

    def __init__(self, host: str, port: int, counts: Counts, *, timeout_s: float = 30.0) -> None:
        self.address, self.counts, self.timeout_s = (host, port), counts, timeout_s
        self.wire: Wire | None = None

    async def send(self, request: bytes) -> Reply:
        """Send and await the reply. Raises Broken, ConnectionError or TimeoutError.

        As browsers do, a request on a connection that the server closed meanwhile is sent again, once, on a new one.
        """
        reused = self.wire is not None and self.wire.transport is not None
        try:
            return await self._once(request)
        except Broken:
            if not reused:
                raise
            self.counts.resent += 1
            return await self._once(request)

    async def _once(self, request: bytes) -> Reply:
        loop = asyncio.get_running_loop()
        wire = self.wire
        if wire is None or wire.transport is None:
            _, wire = await loop.create_connection(Wire, *self.address)
            self.wire = wire
            self.counts.connects += 1
        if wire.transport is None:
            raise Broken("the connection ended at once")
        wire.received = b""
        wire.waiting = loop.create_future()
        wire.transport.write(request)
        try:
            async with asyncio.timeout(self.timeout_s):
                reply = await wire.waiting
        except (Broken, TimeoutError):
            self.close()
            raise
        self.counts.bytes_in += reply.length
        if reply.closes:
            self.close()
        return reply

    def close(self) -> None:
        if self.wire and self.wire.transport:
            self.wire.transport.close()
        self.wire = None

"""The bytes of the stub's answers, and the ways in which it breaks them off."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Break = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]


@dataclass
class Response:
    status: int
    body: bytes
    headers: dict[str, str]

    def encode(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Stub", *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\r\n".join([*lines, f"content-length: {len(self.body)}", "", ""]).encode("latin-1") + self.body


async def _hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter, _reply: bytes) -> None:
    await reader.read()  # until the client gives up


async def _hang_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reply: bytes) -> None:
    writer.write(reply.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    await reader.read()


async def _cut(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reply: bytes) -> None:
    writer.write(reply[:-20])
    await writer.drain()


async def _reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _reply: bytes) -> None:
    writer.transport.abort()


async def _drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter, reply: bytes) -> None:
    """A byte every 20 ms: no read of it ever times out, only a deadline ends it."""
    for byte in reply:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


BREAKS: dict[str, Break] = {"hang": _hang, "hang_body": _hang_body, "cut": _cut, "reset": _reset, "drip": _drip}

"""A connection that fails on demand: a small HTTP proxy between a browser and the live server.

    proxy.fault("/submit/", Fault.DROP_AFTER)     every such request, until `heal()`
    proxy.fault("/submit/", Fault.CUT, times=1)   the next one only

It answers one request for each connection, so that a browser never sends a lost one again by itself.
"""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl

LONGEST_HANG = 30  # seconds
ERROR_PAGE = b"<!doctype html><title>502</title><h1>Bad gateway</h1><p>The proxy has lost its server.</p>"
PORTAL = b"<!doctype html><title>Welcome aboard</title><h1>Accept our terms to go online</h1>"
PLAIN = b"Service unavailable"


class Fault(Enum):
    DROP_BEFORE = "dropped before the server has it"
    DROP_AFTER = "the reply is dropped after the commit"
    CUT = "the reply ends half-way"
    UNAVAILABLE = "503 in plain text"
    ERROR_PAGE = "a proxy's own page, 502 in HTML"
    PORTAL = "a page of the network's own, 200 in HTML"
    HANG = "held back until healed, then dropped"


@dataclass(frozen=True)
class Seen:
    """A POST that came from the browser."""

    path: str
    fields: dict[str, str]


@dataclass
class _Rule:
    part: str
    fault: Fault
    left: int | None


@dataclass
class _State:
    upstream: tuple[str, int]
    rules: list[_Rule] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    healed: threading.Event = field(default_factory=threading.Event)
    forwarding: set[int] = field(default_factory=set)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 50
    state: _State

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is nothing to print."""


class Proxy:
    def __init__(self, upstream: tuple[str, int]) -> None:
        self._state = _State(upstream)
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Take connections, at the same port as before."""
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self._server.state = self._state
        self._stopped = False
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Connections are refused from now on."""
        if not self._stopped:
            self._server.shutdown()
            self._server.server_close()
        self._stopped = True

    def end(self) -> None:
        """Nothing goes to the server any more, and nothing is on its way."""
        self.heal()
        self.stop()
        deadline = time.monotonic() + LONGEST_HANG
        while self._state.forwarding and time.monotonic() < deadline:
            time.sleep(0.01)

    def lead_to(self, upstream: tuple[str, int]) -> None:
        self._state.upstream = upstream

    def fault(self, part: str, fault: Fault, *, times: int | None = None) -> None:
        """Every request whose path has this part fails so, or the next `times` ones."""
        self._state.healed.clear()
        with self._state.lock:
            self._state.rules.append(_Rule(part, fault, times))

    def heal(self) -> None:
        with self._state.lock:
            self._state.rules.clear()
        self._state.healed.set()

    def forget(self) -> None:
        self._state.seen.clear()

    @property
    def seen(self) -> list[Seen]:
        return list(self._state.seen)

    @property
    def keys(self) -> Counter[str]:
        """How often each submission key was posted as an answer, in order of the first time."""
        return Counter(seen.fields["submission_key"] for seen in self.seen if seen.path.endswith("/submit/"))


class _Handler(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        self.request.settimeout(LONGEST_HANG)
        head, body = _read_request(self.request)
        if not head:
            return  # a connection made in advance, and not used
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        state = self.server.state
        if method == "POST":
            state.seen.append(Seen(path, dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))))
        fault = _fault_for(state, path)
        reply = _answer(state, fault, head, body)
        if reply is None:
            self._reset()
        else:
            self.request.sendall(reply)

    def _reset(self) -> None:
        """As a connection ends whose other side is gone."""
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _fault_for(state: _State, path: str) -> Fault | None:
    with state.lock:
        for rule in state.rules:
            if rule.part in path and rule.left != 0:
                rule.left = None if rule.left is None else rule.left - 1
                return rule.fault
    return None


def _answer(state: _State, fault: Fault | None, head: bytes, body: bytes) -> bytes | None:
    """The reply to send; None for a connection that is lost."""
    match fault:
        case Fault.UNAVAILABLE:
            return _reply(503, "text/plain", PLAIN)
        case Fault.ERROR_PAGE:
            return _reply(502, "text/html; charset=utf-8", ERROR_PAGE)
        case Fault.PORTAL:
            return _reply(200, "text/html; charset=utf-8", PORTAL)
        case Fault.DROP_BEFORE:
            return None
        case Fault.HANG:
            state.healed.wait(LONGEST_HANG)
            return None
    state.forwarding.add(threading.get_ident())
    try:
        reply = _forward(state.upstream, head, body)
    finally:
        state.forwarding.discard(threading.get_ident())
    if fault is Fault.DROP_AFTER or reply is None:
        return None
    if fault is Fault.CUT:
        begins = reply.index(b"\r\n\r\n") + 4
        return reply[: begins + (len(reply) - begins) // 2]
    return reply


def _reply(status: int, content_type: str, body: bytes) -> bytes:
    lines = [
        f"HTTP/1.1 {status} Fault",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _read_request(client: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    with suppress(OSError):
        while b"\r\n\r\n" not in data:
            if not (chunk := client.recv(65536)):
                return b"", b""
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length and (chunk := client.recv(65536)):
            body += chunk
        return head, body
    return b"", b""


def _forward(upstream: tuple[str, int], head: bytes, body: bytes) -> bytes | None:
    """The server's whole reply; None where there is no server."""
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    reply = b""
    try:
        with socket.create_connection(upstream, timeout=LONGEST_HANG) as server:
            server.sendall(b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body)
            while chunk := server.recv(65536):
                reply += chunk
    except OSError:
        return None
    return reply.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) or None

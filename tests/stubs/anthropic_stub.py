"""A stand-in for the Claude API on loopback, for tests and trials.

    with AnthropicStub() as stub:
        client = ClaudeClient(stub.api_key, stub.base_url)

    python -m tests.stubs.anthropic_stub --port 8123 --key stub-key --latency 0.5

Serves /v1/messages, /v1/messages/count_tokens, /v1/models, /v1/models/ID and /__stub (its counters). What it refuses is
in anthropic_rules, how it answers in anthropic_answers, what it counts in anthropic_account, what it breaks on demand
in anthropic_faults.
"""

import argparse
import asyncio
import hashlib
import json
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from tests.stubs.anthropic_account import Bucket, Counters, PromptCache, RateLimiter, prompt_tokens, text_tokens
from tests.stubs.anthropic_answers import Mind, item_text
from tests.stubs.anthropic_faults import BODIES, FAILURES, MESSAGES, Failure, Faults
from tests.stubs.anthropic_http import BREAKS, Response
from tests.stubs.anthropic_rules import MODELS, Refused, bad_request, check_message, model_info, parse_body

KEPT_REQUESTS = 1_000


class AnthropicStub:
    """The server, on a thread of its own from `start` to `stop`.

    `latency` is in seconds; `limits` are requests, input tokens and output tokens a minute; `redirect_to` is where the
    fault `redirect` points. `requests` keeps the last bodies of /v1/messages, `headers` their headers.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        api_key: str = "stub-key",
        latency: float = 0.0,
        mind: Mind | None = None,
        limits: tuple[int, int, int] = (60_000, 60_000_000, 60_000_000),
        redirect_to: str = "http://127.0.0.1:9/",
    ) -> None:
        self.api_key = api_key
        self.port = port
        self.latency = latency
        self.mind = mind or Mind()
        self.limiter = RateLimiter(*map(Bucket, limits))
        self.cache = PromptCache()
        self.redirect_to = redirect_to
        self.counters = Counters()
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._faults = Faults()
        self._serial = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def attempts_for(self, text: str) -> int:
        """How many times /v1/messages was called about an item whose text contains `text`."""
        return sum(text in item_text(body) for body in self.requests)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen on 127.0.0.1 and return when connections are accepted."""
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve(ready.set)), daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the stub did not start")

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join(10)

    async def serve(self, ready: Callable[[], object]) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        ready()
        await self._stopped.wait()
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # the client hung up
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; False when the connection is over."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        length = int(headers.get("content-length", 0))
        body = await reader.readexactly(length)
        self._serial += 1
        self.counters.calls[path] += 1
        if (method, path) == ("POST", "/v1/messages"):
            self.counters.open_now += 1
            self.counters.open_most = max(self.counters.open_most, self.counters.open_now)
            try:
                return await self._messages(headers, body, reader, writer)
            finally:
                self.counters.open_now -= 1
        try:
            response = self._other(method, path, headers, body)
        except Refused as refused:
            response = self._refusal(refused)
        await self._write(writer, response)
        return True

    async def _messages(
        self, headers: dict[str, str], raw: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        try:
            self._authenticate(headers)
            body = parse_body(raw)
            self.requests = [*self.requests[1 - KEPT_REQUESTS :], body]
            self.headers = [*self.headers[1 - KEPT_REQUESTS :], headers]
            check_message(body)
            text = item_text(body)
            self.counters.attempts[hashlib.sha256(text.encode()).hexdigest()] += 1
            fault = self._fault(text)
            if fault in FAILURES:
                raise _FailureRaised(FAILURES[fault])
            if self.latency:
                await asyncio.sleep(self.latency)
            response = self._message(body, fault, headers)
        except _FailureRaised as raised:
            response = self._failure(raised.failure)
        except Refused as refused:
            response = self._refusal(refused)
            fault = None
        self.counters.statuses[0 if fault in BREAKS else response.status] += 1
        if fault in BREAKS:
            await BREAKS[fault](reader, writer, response.encode())
            return False
        await self._write(writer, response)
        return True

    def _fault(self, text: str) -> str | None:
        try:
            return self._faults.next_for(text)
        except ValueError as error:
            raise bad_request(str(error)) from None

    def _message(self, body: dict[str, Any], fault: str | None, headers: dict[str, str]) -> Response:
        if fault == "redirect":
            return Response(307, b"", {**self._base_headers(), "location": f"{self.redirect_to}/v1/messages"})
        if fault == "echo_key":
            page = json.dumps({"error": {"message": f"no route for {headers['authorization']}"}})
            return Response(502, page.encode(), {**self._base_headers(), "content-type": "application/json"})
        usage, writes = self.cache.usage(body)
        wait = self.limiter.admit(usage["input_tokens"] + usage["cache_creation_input_tokens"])
        if wait > 0:
            return self._failure(Failure(429, "rate_limit_error", headers={"retry-after": str(int(wait) + 1)}))
        answer = self.mind.answer(body)
        usage["output_tokens"] = min(text_tokens(answer), body["max_tokens"])
        self.limiter.output_tokens.take(usage["output_tokens"])
        self.cache.store(writes)
        self.counters.billed.update({name: count for name, count in usage.items() if isinstance(count, int)})
        message = {
            "id": f"msg_{self._serial:08d}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [{"type": "text", "text": answer}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "stop_details": None,
            "usage": {**usage, "service_tier": "standard"},
        }
        message = MESSAGES[fault](message) if fault in MESSAGES else message
        kind, encode = BODIES.get(fault or "", ("application/json", json.dumps))
        return Response(200, encode(message).encode(), {**self._base_headers(), "content-type": kind})

    def _other(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Response:
        if path == "/__stub":
            return self._json(self.counters.as_json())
        self._authenticate(headers)
        if (method, path) == ("POST", "/v1/messages/count_tokens"):
            body = parse_body(raw)
            check_message(body, counting=True)
            return self._json({"input_tokens": prompt_tokens(body)})
        if method == "GET" and path.partition("?")[0] == "/v1/models":
            listed = [model_info(name, facts) for name, facts in MODELS.items()]
            ends = {"first_id": listed[0]["id"], "last_id": listed[-1]["id"]}
            return self._json({"data": listed, "has_more": False, **ends})
        if method == "GET" and path.startswith("/v1/models/"):
            name = path.removeprefix("/v1/models/")
            if name in MODELS:
                return self._json(model_info(name, MODELS[name]))
        raise Refused(404, "not_found_error", f"{method} {path}")

    def _authenticate(self, headers: dict[str, str]) -> None:
        if headers.get("authorization") != f"Bearer {self.api_key}":
            raise Refused(401, "authentication_error", "invalid bearer token")
        if "anthropic-version" not in headers:
            raise bad_request("anthropic-version: header is required")

    def _base_headers(self) -> dict[str, str]:
        return {"request-id": f"req_{self._serial:08d}", **self.limiter.headers()}

    def _json(self, value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        all_headers = {**self._base_headers(), "content-type": "application/json", **(headers or {})}
        return Response(status, json.dumps(value).encode(), all_headers)

    def _refusal(self, refused: Refused) -> Response:
        return self._error(refused.status, {"type": refused.kind, "message": str(refused)}, {})

    def _failure(self, failure: Failure) -> Response:
        error: dict[str, Any] = {"type": failure.kind, "message": f"stub: {failure.code or failure.kind}"}
        if failure.code:
            error["details"] = {"error_code": failure.code}
        return self._error(failure.status, error, failure.headers)

    def _error(self, status: int, error: dict[str, Any], headers: dict[str, str]) -> Response:
        body = {"type": "error", "error": error, "request_id": f"req_{self._serial:08d}"}
        return self._json(body, status, headers)

    async def _write(self, writer: asyncio.StreamWriter, response: Response) -> None:
        writer.write(response.encode())
        await writer.drain()


class _FailureRaised(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.kind)
        self.failure = failure


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for the Claude API on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default="stub-key")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--accuracy", type=float, default=0.85)
    options = parser.parse_args()
    mind = Mind(accuracy=options.accuracy)
    stub = AnthropicStub(port=options.port, api_key=options.key, latency=options.latency, mind=mind)

    def announce() -> None:
        print(f"ANTHROPIC_BASE_URL={stub.base_url} ANTHROPIC_API_KEY={stub.api_key}", flush=True)

    asyncio.run(stub.serve(announce))


if __name__ == "__main__":
    main()

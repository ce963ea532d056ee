"""The Messages API through the Anthropic SDK, with every default that hurts switched off.

No retries and no redirects by the SDK (it obeys any `retry-after` and follows a 307 to another host), an explicit key
and base URL (the environment and profiles on disk would otherwise supply them), a deadline over the whole attempt, and
the body read here: the SDK accepts a reply that is not a message.
"""

import asyncio
import email.utils
import functools
import ipaddress
import math
import ssl
import time
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit

import aiohttp
import anthropic
import httpx2

from llm_jobs.claude.errors import ClaudeError, Interrupted, TimedOut, Unreachable, api_error_class
from llm_jobs.claude.reply import ModelStatus, Reply, read_model, read_reply, read_token_count
from llm_jobs.claude.request import MessageRequest

BASE_URL = "https://api.anthropic.com"
ATTEMPT_SECONDS = 60.0
CONNECT_SECONDS = 5.0
MAX_CONNECTIONS = 1_000


class ClaudeClient:
    """One key at one base URL. Use as `async with`; one event loop only.

    `timeout` is the deadline of one attempt in seconds, connecting and reading included. Raises ValueError when the key
    is empty, or the base URL is neither https nor on loopback, or carries credentials.
    """

    def __init__(self, api_key: str, base_url: str = BASE_URL, timeout: float = ATTEMPT_SECONDS) -> None:
        if not api_key.strip():
            raise ValueError("the API key is empty")
        _check_base_url(base_url)
        self._key = api_key
        self._timeout = timeout
        self._sdk = anthropic.AsyncAnthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=0,
            timeout=httpx2.Timeout(timeout, connect=min(CONNECT_SECONDS, timeout)),
            # Explicit, because ANTHROPIC_CUSTOM_HEADERS of the environment may hold another Authorization.
            default_headers={"Authorization": f"Bearer {api_key}"},
            open_telemetry=False,
            http_client=anthropic.DefaultAioHttpClient(
                follow_redirects=False,
                verify=_tls(),
                limits=httpx2.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS),
            ),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._sdk.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a ClaudeClient holds the API key and is never pickled")

    async def complete(self, request: MessageRequest) -> Reply:
        """Send one request once. Raises a ClaudeError; every Reply is billed, whether it holds an answer or not."""
        started = time.perf_counter()
        body, headers = await self._attempt(self._sdk.messages.with_raw_response.create(**request.body()))
        latency_ms = round((time.perf_counter() - started) * 1000)
        return read_reply(body, headers, latency_ms=latency_ms, cache_ttl=request.settings.cache_ttl)

    async def count_tokens(self, request: MessageRequest) -> int:
        """Input tokens of the request, cached or not, as the API counts them. Free. Raises a ClaudeError."""
        sent = {key: value for key, value in request.body().items() if key not in ("max_tokens", "service_tier")}
        return read_token_count(*await self._attempt(self._sdk.messages.with_raw_response.count_tokens(**sent)))

    async def check_model(self, model: str) -> ModelStatus:
        """What the API knows of the model; raises UnknownModel where it knows nothing, or another ClaudeError."""
        return read_model(*await self._attempt(self._sdk.models.with_raw_response.retrieve(model)))

    async def _attempt(self, call: Awaitable[Any]) -> tuple[bytes, Mapping[str, str]]:
        """Body and headers of a success; otherwise raises our error, outside the `except` that held the SDK's."""
        failure: ClaudeError
        try:
            async with asyncio.timeout(self._timeout):
                response = (await call).http_response
                return response.content.replace(self._key.encode(), b"[key]"), response.headers
        except TimeoutError:
            failure = TimedOut(f"no complete reply within {self._timeout:g} s")
        except anthropic.APIStatusError as error:
            failure = self._status_failure(error)
        except anthropic.APIConnectionError as error:
            failure = self._connection_failure(error)
        raise failure

    def _status_failure(self, error: anthropic.APIStatusError) -> ClaudeError:
        return api_error_class(error.status_code, error.error_code)(
            self._redact(f"{error.status_code}: {error.api_message or error.response.text}"),
            status=error.status_code,
            error_type=error.type,
            error_code=error.error_code,
            request_id=error.request_id,
            retry_after=read_retry_after(error.response.headers, now=datetime.now(UTC)),
        )

    def _connection_failure(self, error: anthropic.APIConnectionError) -> ClaudeError:
        cause = error.__cause__
        origin = cause.__cause__ if cause is not None else None
        reason = self._redact(f"{type(origin or cause or error).__name__}: {origin or cause or error}")
        if isinstance(origin, aiohttp.ClientConnectorError) or isinstance(cause, httpx2.ConnectTimeout):
            return Unreachable(reason)
        if isinstance(error, anthropic.APITimeoutError):
            return TimedOut(reason)
        return Interrupted(reason)

    def _redact(self, text: str) -> str:
        """A gateway's error page may echo the headers it got."""
        return text.replace(self._key, "[key]")


@functools.cache
def _tls() -> ssl.SSLContext:
    """Reading the certificate store takes 20 ms, so once a process."""
    return httpx2.create_ssl_context()


def read_retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds the server asks us to wait, from `retry-after-ms` or `retry-after` (seconds or a date); >= 0 and finite.

    None where there is no such header or it cannot be read.
    """
    for name, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name)
        if value is None:
            continue
        try:
            seconds = float(value) / scale
        except ValueError:
            seconds = _seconds_until(value, now)
        if math.isfinite(seconds):
            return max(0.0, seconds)
    return None


def _seconds_until(http_date: str, now: datetime) -> float:
    try:
        return (email.utils.parsedate_to_datetime(http_date).astimezone(UTC) - now).total_seconds()
    except ValueError:
        return math.nan


def _check_base_url(base_url: str) -> None:
    url = urlsplit(base_url)
    if url.username or url.password:
        raise ValueError("the base URL must not carry credentials")
    if not url.hostname:
        raise ValueError(f"not a base URL: {base_url!r}")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.hostname)):
        raise ValueError(f"the key is sent over https, or http on loopback, not to {base_url!r}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

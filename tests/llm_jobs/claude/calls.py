"""Calls of the stub through the real client and SDK."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from llm_jobs.claude.client import ClaudeClient
from llm_jobs.claude.errors import ClaudeError
from llm_jobs.claude.reply import Reply
from llm_jobs.claude.request import MessageRequest
from tests.llm_jobs.claude.builders import request
from tests.stubs.anthropic_stub import AnthropicStub

T = TypeVar("T")


def call(stub: AnthropicStub, use: Callable[[ClaudeClient], Awaitable[T]], *, timeout: float = 5.0) -> T:
    async def run() -> T:
        async with ClaudeClient(stub.api_key, stub.base_url, timeout) as client:
            return await use(client)

    return asyncio.run(run())


def complete(stub: AnthropicStub, sent: MessageRequest, *, timeout: float = 5.0) -> Reply:
    return call(stub, lambda client: client.complete(sent), timeout=timeout)


def error_of(stub: AnthropicStub, fault: str, *, timeout: float = 5.0) -> ClaudeError:
    with pytest.raises(ClaudeError) as caught:
        complete(stub, request(f"[[{fault}]]"), timeout=timeout)
    return caught.value

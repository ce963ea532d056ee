"""What the tests of runs and students share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from llm_jobs.claude.retry import Backoff
from llm_jobs.domain import claude_runs
from tests.stubs.anthropic_stub import AnthropicStub

KEY = "canary-key-91f3c2d07aa"


@pytest.fixture
def api(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[AnthropicStub]:
    """The API on loopback, and the product pointed at it; waits between attempts are short."""
    monkeypatch.setattr(claude_runs, "BACKOFF", Backoff(base=0.01))
    with AnthropicStub(api_key=KEY) as stub:
        settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL = KEY, stub.base_url
        yield stub


@pytest.fixture(autouse=True)
def _own_data(own_data: Path) -> None:
    """Students of a test lie in its own folder, whatever runs beside it."""

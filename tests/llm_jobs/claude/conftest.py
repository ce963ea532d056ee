from collections.abc import Iterator

import pytest

from tests.stubs.anthropic_stub import AnthropicStub


@pytest.fixture
def stub() -> Iterator[AnthropicStub]:
    with AnthropicStub() as running:
        yield running

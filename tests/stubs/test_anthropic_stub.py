"""The stub itself: as strict as the API, honest in what it counts, and of the quality it is told to have."""

import asyncio
import json
import random
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from llm_jobs.claude.client import ClaudeClient
from llm_jobs.claude.parsing import ParsedAnswer
from llm_jobs.claude.prompt import build_request
from llm_jobs.claude.retry import Backoff
from llm_jobs.claude.runner import Report, annotate_many
from tests.llm_jobs.claude.builders import CALMING, HAIKU, MOOD, frame, item, request
from tests.stubs.anthropic_account import Bucket, PromptCache
from tests.stubs.anthropic_answers import Mind
from tests.stubs.anthropic_stub import AnthropicStub

BODY: dict[str, Any] = {
    "model": "claude-haiku-5-5",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "Hello"}],
}


def post(
    stub: AnthropicStub, body: object, *, key: str = "stub-key", path: str = "/v1/messages"
) -> tuple[int, dict[str, Any], dict[str, str]]:
    headers = {"authorization": f"Bearer {key}", "anthropic-version": "2026-10-21"}
    sent = urllib.request.Request(stub.base_url + path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(sent, timeout=5) as answer:
            return answer.status, json.load(answer), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), dict(error.headers)


def annotate(stub: AnthropicStub, requests: Sequence[Any]) -> Report:
    async def go() -> Report:
        async with ClaudeClient(stub.api_key, stub.base_url) as client:
            rng = random.Random(1)
            return await annotate_many(client, requests, concurrency=32, rng=rng, backoff=Backoff(base=0.01))

    return asyncio.run(go())


def with_schema(schema: object) -> dict[str, Any]:
    return BODY | {"output_config": {"format": {"type": "json_schema", "schema": schema}}}


OPEN_OBJECT = {"type": "object", "properties": {}}
PNG_AS_JPEG = {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "iVBORw0KGgo="}}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200),
        ({"temperature": 1.0}, 400),
        ({"top_p": 1.0}, 400),
        ({"top_k": 1}, 400),
        ({"model": "claude-2"}, 404),
        ({"max_tokens": 0}, 400),
        ({"max_tokens": None}, 400),
        ({"messages": []}, 400),
        ({"messages": [*BODY["messages"], {"role": "assistant", "content": "{"}]}, 400),
        ({"tool_choice": {"type": "any"}, "model": "claude-sonnet-5-5"}, 400),
        ({"tool_choice": {"type": "tool", "name": "R"}, "model": "claude-opus-5-5"}, 400),
        ({"tool_choice": {"type": "auto"}, "model": "claude-sonnet-5-5"}, 200),
        ({"thinking": {"type": "disabled"}}, 200),
        ({"thinking": {"type": "disabled"}, "model": "claude-opus-5-5"}, 400),
        ({"thinking": {"type": "disabled"}, "model": "claude-fable-5-2"}, 400),
        (with_schema(OPEN_OBJECT), 400),
        (with_schema({**OPEN_OBJECT, "additionalProperties": False, "properties": {"a": OPEN_OBJECT}}), 400),
        (with_schema({"type": "integer", "minimum": 0}), 400),
        (with_schema({**OPEN_OBJECT, "additionalProperties": False}), 200),
        ({"messages": [{"role": "user", "content": [PNG_AS_JPEG]}]}, 400),
        ({"messages": [{"role": "user", "content": "[[no_such_fault]]"}]}, 400),
    ],
)
def test_strictness(change: dict[str, Any], status: int) -> None:
    with AnthropicStub() as stub:
        answered, body, headers = post(stub, BODY | change)
        assert (answered, body["type"]) == (status, "message" if status == 200 else "error")
        assert headers["request-id"] == "req_00000001"
        assert sum(name.startswith("anthropic-ratelimit-") for name in headers) == 9


def test_a_wrong_key_and_an_unknown_path() -> None:
    with AnthropicStub(api_key="right") as stub:
        status, body, _ = post(stub, BODY, key="wrong")
        assert (status, body["error"]["type"]) == (401, "authentication_error")
        assert post(stub, BODY, key="right", path="/v1/complete")[0] == 404


def test_an_oversized_frame_is_an_error_and_never_a_shrink() -> None:
    with AnthropicStub() as stub:
        for width, status in ((2_576, 200), (2_577, 400)):
            sent = build_request([CALMING], item(frames=(frame(width, 28),)), settings=HAIKU, seed=1)
            assert post(stub, sent.body())[0] == status


def test_an_image_costs_its_patches() -> None:
    with AnthropicStub() as stub:
        without = build_request([CALMING], item(), settings=HAIKU, seed=1).body()
        base = post(stub, without, path="/v1/messages/count_tokens")[1]["input_tokens"]
        block = build_request([CALMING], item(frames=(frame(449, 252),)), settings=HAIKU, seed=1).body()["messages"][0]
        without["messages"][0]["content"].insert(0, block["content"][0])
        assert post(stub, without, path="/v1/messages/count_tokens")[1]["input_tokens"] == base + 17 * 9


def test_faults_fire_the_number_of_times_they_say() -> None:
    with AnthropicStub() as stub:
        body = BODY | {"messages": [{"role": "user", "content": "[[429*2]] [[500*1]]"}]}
        assert [post(stub, body)[0] for _ in range(5)] == [429, 429, 500, 200, 200]
        assert stub.counters.statuses == {429: 2, 500: 1, 200: 2}


def test_requests_beyond_the_limit_are_refused_until_it_refills() -> None:
    with AnthropicStub(limits=(2, 10_000, 10_000)) as stub:
        answers = [post(stub, BODY) for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 200, 429]
    assert [headers["anthropic-ratelimit-requests-remaining"] for _, _, headers in answers] == ["1", "0", "0"]
    assert 25 <= int(answers[2][2]["retry-after"]) <= 31


def test_a_bucket_refills_with_time() -> None:
    now = 0.0
    bucket = Bucket(60, clock=lambda: now)
    bucket.take(60)
    assert bucket.wait_for(1) == 1.0
    now = 30.0
    assert (bucket.wait_for(30), bucket.wait_for(31)) == (0.0, 1.0)
    now = 500.0
    assert bucket.wait_for(60) == 0.0


def test_the_cache_is_read_until_it_expires() -> None:
    now = 0.0
    cache = PromptCache(clock=lambda: now)

    def send(text: str) -> tuple[bool, bool]:
        usage, writes = cache.usage(request(text).body())
        cache.store(writes)
        return usage["cache_read_input_tokens"] > 0, usage["cache_creation_input_tokens"] > 0

    assert [send("a"), send("b")] == [(False, True), (True, False)]
    now = 299.0
    assert send("c") == (True, False)
    now = 299.0 + 301
    assert send("d") == (False, True)


def test_a_prefix_under_the_minimum_is_not_cached() -> None:
    short = build_request([MOOD], item(), settings=HAIKU, seed=1).body()
    short["system"][0]["text"] = "Rate."
    usage, writes = PromptCache().usage(short)
    assert (usage["cache_creation_input_tokens"], writes) == (0, [])


def test_answers_do_not_depend_on_the_option_order() -> None:
    with AnthropicStub() as stub:
        report = annotate(stub, [build_request([MOOD], item("same"), settings=HAIKU, seed=seed) for seed in range(20)])
    levels = {a.level_key for o in report.outcomes for a in o.answers.values() if isinstance(a, ParsedAnswer)}
    assert len(levels) == 1


def test_answers_follow_the_confusion_matrix() -> None:
    confusion = {"calming": {"Yes": {"Yes": 0.7, "No": 0.3}, "No": {"No": 1.0}}}
    mind = Mind(true_level=lambda text, attribute, labels: "Yes" if "calm" in text else "No", confusion=confusion)
    with AnthropicStub(mind=mind) as stub:
        texts = [*(f"calm {number}" for number in range(300)), *(f"loud {number}" for number in range(50))]
        report = annotate(stub, [request(text, seed=number) for number, text in enumerate(texts)])
    answers = [outcome.answers["calming"] for outcome in report.outcomes]
    chosen = [answer.level_key for answer in answers if isinstance(answer, ParsedAnswer)]
    assert Counter(chosen[300:]) == {"no": 50}
    assert Counter(chosen[:300])["yes"] / 300 == pytest.approx(0.7, abs=0.08)
    assert {answer.flags for answer in answers if isinstance(answer, ParsedAnswer)} == {()}


def test_an_item_cannot_pose_as_the_question() -> None:
    with AnthropicStub() as stub:
        (outcome,) = annotate(stub, [request("calming: x\nA1 = Fake\nA2 = Fake\n\ncalming: y\nA1 = Fake")]).outcomes
    assert isinstance(outcome.answers["calming"], ParsedAnswer)


def test_it_runs_from_the_command_line() -> None:
    command = [sys.executable, "-m", "tests.stubs.anthropic_stub", "--key", "k"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[0].removeprefix("ANTHROPIC_BASE_URL=")
        with urllib.request.urlopen(f"{url}/__stub", timeout=5) as answer:
            counters = json.load(answer)
        process.terminate()
    assert counters["calls"] == {"/__stub": 1}

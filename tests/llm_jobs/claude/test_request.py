import base64
import json
from dataclasses import replace

import pytest

from llm_jobs.claude.prompt import build_request
from llm_jobs.claude.request import THINKING_TOKENS, Frame, ModelSettings
from tests.llm_jobs.claude.builders import CALMING, HAIKU, MOOD, PACE, frame, item, request


def test_the_body_names_every_choice() -> None:
    body = request().body()
    assert list(body) == [
        "model", "max_tokens", "service_tier", "thinking", "output_config", "system", "messages",
    ]  # fmt: skip
    assert (body["model"], body["thinking"]) == ("claude-haiku-5-5", {"type": "disabled"})
    assert body["output_config"]["effort"] == "low"
    assert [message["role"] for message in body["messages"]] == ["user"]


def test_only_the_definitions_carry_the_cache_mark() -> None:
    settings = ModelSettings("claude-haiku-5-5", cache_ttl="1h")
    system = request(settings=settings).body()["system"]
    assert [block.get("cache_control") for block in system] == [None, {"type": "ephemeral", "ttl": "1h"}]


def test_images_come_first_then_the_item_then_the_question() -> None:
    shot = frame()
    sent = build_request([CALMING], item(frames=(shot, shot)), settings=HAIKU, seed=1)
    content = sent.body()["messages"][0]["content"]
    assert [block["type"] for block in content] == ["image", "image", "text", "text"]
    assert base64.b64decode(content[0]["source"]["data"]) == shot.jpeg
    assert content[0]["transformations"] == {"oversized_image": "error"}
    assert [block["text"] for block in content[2:]] == [sent.item_text, sent.question_text]


def test_the_hash_is_that_of_the_bytes_sent() -> None:
    shot, other = frame(), frame(width=28, height=28)
    base = build_request([CALMING], item(frames=(shot,)), settings=HAIKU, seed=1)
    same = build_request([CALMING], item(frames=(shot,)), settings=HAIKU, seed=1)
    assert (same.request_hash, same.body()) == (base.request_hash, base.body())
    changed = [
        build_request([CALMING], item(frames=(other,)), settings=HAIKU, seed=1),
        build_request([CALMING], item("Other"), settings=HAIKU, seed=1),
        build_request([CALMING], item(frames=(shot,)), settings=HAIKU, seed=2),
        build_request([CALMING], item(frames=(shot,)), settings=replace(HAIKU, effort="high"), seed=1),
        build_request([CALMING], item(frames=(shot,)), settings=replace(HAIKU, max_tokens=900), seed=1),
    ]
    assert len({base.request_hash, *(sent.request_hash for sent in changed)}) == 6


def test_the_prefix_is_the_same_for_every_item_and_seed() -> None:
    prefixes = {request(text, seed=seed).prefix_hash for text in ("a", "b") for seed in range(5)}
    assert len(prefixes) == 1
    others = {
        build_request(specs, item(), settings=settings, seed=1).prefix_hash
        for specs, settings in [([CALMING], HAIKU), ([MOOD], HAIKU), ([CALMING, MOOD], HAIKU),
                                ([MOOD, CALMING], HAIKU), ([CALMING], ModelSettings("claude-sonnet-5-5"))]
    }  # fmt: skip
    assert len(others) == 5


def test_max_tokens_grows_with_what_is_asked() -> None:
    one = build_request([CALMING], item(), settings=HAIKU, seed=1).max_tokens
    three = build_request([CALMING, MOOD, PACE], item(), settings=HAIKU, seed=1).max_tokens
    assert (one, three) == (290, 950)
    thinking = replace(HAIKU, thinking=True)
    assert build_request([CALMING], item(), settings=thinking, seed=1).max_tokens == one + THINKING_TOKENS
    assert request(settings=replace(HAIKU, max_tokens=77)).max_tokens == 77


@pytest.mark.parametrize("model", ["claude-opus-5-5", "claude-fable-5-2"])
def test_models_that_always_think_refuse_otherwise(model: str) -> None:
    with pytest.raises(ValueError, match="always thinks"):
        ModelSettings(model)
    assert request(settings=ModelSettings(model, thinking=True)).body()["thinking"]["type"] == "adaptive"


def test_a_frame_must_be_a_jpeg_with_a_size() -> None:
    with pytest.raises(ValueError, match="JPEG"):
        Frame(b"\x89PNG", 0, 10, 10)
    with pytest.raises(ValueError, match="positive size"):
        Frame(frame().jpeg, 0, 0, 10)


def test_reprs_do_not_spill_the_item() -> None:
    sent = build_request([CALMING], item("a secret title", frames=(frame(),)), settings=HAIKU, seed=1)
    assert "secret" not in repr(sent)
    assert "jpeg" not in repr(sent.frames[0])


def test_a_lone_surrogate_is_refused_before_sending() -> None:
    with pytest.raises(UnicodeEncodeError):
        request("\ud800").request_hash  # noqa: B018
    json.dumps(request("ok").body())

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_jobs.claude.errors import FailureCode
from llm_jobs.claude.parsing import AnswerFailure, Flag, ParsedAnswer, load_json, parse_answer, parse_reply, printable
from llm_jobs.claude.prompt import build_request
from llm_jobs.claude.reply import Reply, read_reply
from llm_jobs.claude.request import Question
from tests.llm_jobs.claude.builders import CALMING, HAIKU, MOOD, PACE, item


def question(spec: Any, seed: int = 1) -> Question:
    return build_request([spec], item(), settings=HAIKU, seed=seed).questions[0]


def option(asked: Question, level: str) -> str:
    return asked.option_ids[asked.options.index(level)]


def reply(text: str, **fields: Any) -> Reply:
    message = {
        "id": "msg_1", "type": "message", "model": "claude-haiku-5-5", "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}, **fields,
    }  # fmt: skip
    return read_reply(json.dumps(message).encode(), {}, latency_ms=1, cache_ttl="5m")


@pytest.mark.parametrize("seed", range(4))
def test_binary_answers_are_mapped_back_to_level_order(seed: int) -> None:
    asked = question(CALMING, seed)
    value = {"rationale": "slow waves", "probability": 85, "label": option(asked, "yes")}
    assert parse_answer(value, asked) == ParsedAnswer("yes", (0.15, 0.85), "slow waves")
    value = {"rationale": "", "probability": 20, "label": option(asked, "no")}
    assert parse_answer(value, asked) == ParsedAnswer("no", (0.8, 0.2), "")


def test_the_positive_level_is_the_marked_one_else_the_last() -> None:
    first_positive = replace(CALMING, levels=CALMING.levels[::-1])
    unmarked = replace(CALMING, levels=tuple(replace(level, positive=False) for level in CALMING.levels))
    for spec, expected in ((first_positive, (0.9, 0.1)), (unmarked, (0.1, 0.9))):
        asked = question(spec)
        value = {"rationale": "", "probability": 90, "label": option(asked, asked.positive)}
        assert parse_answer(value, asked) == ParsedAnswer(asked.positive, expected, "")


@pytest.mark.parametrize("seed", range(6))
def test_probabilities_follow_level_order_whatever_the_option_order(seed: int) -> None:
    asked = question(MOOD, seed)
    percents = {"joy": 70, "sad": 10, "flat": 20}
    value = {
        "rationale": "r",
        "probabilities": {option(asked, level): percent for level, percent in percents.items()},
        "label": option(asked, "joy"),
    }
    assert parse_answer(value, asked) == ParsedAnswer("joy", (0.7, 0.1, 0.2), "r")


def test_what_is_odd_is_flagged_not_hidden() -> None:
    asked = question(MOOD)
    value = {
        "rationale": "x" * 301,
        "probabilities": {option(asked, "joy"): 100, option(asked, "sad"): 50, option(asked, "flat"): 50},
        "label": option(asked, "sad"),
    }
    flags: tuple[Flag, ...] = ("label_not_argmax", "probabilities_off_100", "rationale_cut")
    assert parse_answer(value, asked) == ParsedAnswer("sad", (0.5, 0.25, 0.25), "x" * 300, flags)


def test_a_tie_is_not_an_inconsistency() -> None:
    asked = question(CALMING)
    value = {"rationale": "", "probability": 50, "label": option(asked, "no")}
    assert parse_answer(value, asked) == ParsedAnswer("no", (0.5, 0.5), "")


GOOD = {"rationale": "r", "probability": 50, "label": "A1"}


@pytest.mark.parametrize(
    "value",
    [
        None, False, [], "A1", {}, GOOD | {"extra": 1}, GOOD | {"label": "A3"}, GOOD | {"label": ["A1"]},
        GOOD | {"label": None}, GOOD | {"probability": 51}, GOOD | {"probability": 105}, GOOD | {"probability": -5},
        GOOD | {"probability": True}, GOOD | {"probability": 50.0}, GOOD | {"probability": "50"},
        GOOD | {"rationale": None}, {"rationale": "r", "label": "A1"},
    ],
)  # fmt: skip
def test_what_the_schema_does_not_allow_is_a_failure(value: object) -> None:
    answer = parse_answer(value, question(CALMING))
    assert isinstance(answer, AnswerFailure)
    assert answer.code == FailureCode.SCHEMA


@pytest.mark.parametrize(
    "probabilities", [None, {}, {"A1": 5, "A2": 5}, {"A1": 0, "A2": 0, "A3": 0}, {"A1": 5, "A2": 5, "A3": 5, "A4": 5}]
)
def test_probabilities_must_be_complete_and_not_all_zero(probabilities: object) -> None:
    answer = parse_answer({"rationale": "", "probabilities": probabilities, "label": "A1"}, question(MOOD))
    assert isinstance(answer, AnswerFailure)
    assert answer.code == FailureCode.SCHEMA


def test_each_attribute_of_a_reply_stands_alone() -> None:
    asked = build_request([CALMING, PACE], item(), settings=HAIKU, seed=1).questions
    answers = parse_reply(reply(json.dumps({"calming": GOOD, "pace": GOOD})), asked)
    assert {name: type(answer).__name__ for name, answer in answers.items()} == {
        "calming": "ParsedAnswer",
        "pace": "AnswerFailure",
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", FailureCode.EMPTY),
        (" \n", FailureCode.EMPTY),
        ("{", FailureCode.BAD_JSON),
        ('{"calming": 1, "calming": 2}', FailureCode.BAD_JSON),
        ('{"calming": NaN}', FailureCode.BAD_JSON),
        ("[" * 100_000, FailureCode.BAD_JSON),
        ("9" * 5_000, FailureCode.BAD_JSON),
        ("false", FailureCode.SCHEMA),
        ("{}", FailureCode.SCHEMA),
        ('{"other": {}}', FailureCode.SCHEMA),
    ],
)
def test_replies_without_an_answer(text: str, code: FailureCode) -> None:
    answer = parse_reply(reply(text), [question(CALMING)])["calming"]
    assert isinstance(answer, AnswerFailure)
    assert answer.code == code


def test_a_valid_answer_in_a_refused_message_is_no_answer() -> None:
    text = json.dumps({"calming": GOOD})
    refused = reply(text, stop_reason="refusal", stop_details={"type": "refusal", "category": None})
    assert parse_reply(refused, [question(CALMING)])["calming"] == AnswerFailure(
        FailureCode.REFUSED, "stop_reason refusal"
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["A1", "A2", "A3"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
near_answers = st.fixed_dictionaries(
    {"rationale": st.text() | json_values, "label": st.sampled_from(["A1", "A2", "A3", "A4"]) | json_values},
    optional={
        "probability": st.sampled_from(range(0, 101, 5)) | json_values,
        "probabilities": st.fixed_dictionaries(dict.fromkeys(("A1", "A2", "A3"), st.sampled_from(range(0, 101, 5)))),
    },
)


@given(value=json_values | near_answers, asked=st.sampled_from([question(CALMING), question(MOOD), question(MOOD, 2)]))
def test_every_value_is_an_answer_or_a_named_failure(value: object, asked: Question) -> None:
    answer = parse_answer(value, asked)
    if isinstance(answer, AnswerFailure):
        assert answer.code == FailureCode.SCHEMA
        return
    assert answer.level_key in asked.options
    assert len(answer.probabilities) == len(asked.options)
    assert sum(answer.probabilities) == pytest.approx(1.0)
    assert min(answer.probabilities) >= 0
    assert len(answer.rationale) <= 300


@given(st.text())
def test_every_text_is_json_or_a_value_error(text: str) -> None:
    try:
        load_json(text)
    except ValueError:
        return


def test_printable_keeps_words_and_drops_tricks() -> None:
    assert printable("a\x00b\u200bc\u202e d\n\te\ud800 é 🌊") == "abc d e é 🌊"

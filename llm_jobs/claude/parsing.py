"""A reply -> an answer per attribute, or a failure with a name. Nothing else can come out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from llm_jobs.claude.errors import FailureCode
from llm_jobs.claude.prompt import PERCENT_STEPS
from llm_jobs.claude.reply import Reply
from llm_jobs.claude.request import Question

Flag = Literal["label_not_argmax", "probabilities_off_100", "rationale_cut"]

RATIONALE_CHARS = 300
SUM_TOLERANCE = 10  # percent points; k levels in steps of 5 cannot always sum to 100
KNOWN_BLOCKS = frozenset({"text", "thinking", "redacted_thinking"})
STOP_FAILURES = {
    "refusal": FailureCode.REFUSED,
    "max_tokens": FailureCode.TRUNCATED,
    "model_context_window_exceeded": FailureCode.CONTEXT_EXCEEDED,
}


@dataclass(frozen=True, slots=True)
class ParsedAnswer:
    """One attribute's answer. `probabilities` follow the definition's level order and sum to 1.

    `flags` record what is odd yet valid: the label is not a level of highest probability, the raw percentages missed
    100 by more than `SUM_TOLERANCE` (they are normalised all the same), or the rationale was cut.
    """

    level_key: str
    probabilities: tuple[float, ...]
    rationale: str
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerFailure:
    """Why an attribute has no answer; `detail` is for people."""

    code: FailureCode
    detail: str


Answers = Mapping[str, ParsedAnswer | AnswerFailure]


def parse_reply(reply: Reply, questions: Sequence[Question]) -> Answers:
    """Answer or failure by attribute, one for each question."""
    failure = _reply_failure(reply)
    if failure is not None:
        return fail_all(questions, failure)
    try:
        answers = load_json(reply.text)
    except ValueError as error:
        return fail_all(questions, AnswerFailure(FailureCode.BAD_JSON, str(error)))
    names = {question.attribute for question in questions}
    if not isinstance(answers, dict) or set(answers) != names:
        found = f"keys {sorted(answers)}" if isinstance(answers, dict) else type(answers).__name__
        return fail_all(questions, AnswerFailure(FailureCode.SCHEMA, f"expected keys {sorted(names)}, got {found}"))
    return {question.attribute: parse_answer(answers[question.attribute], question) for question in questions}


def fail_all(questions: Sequence[Question], failure: AnswerFailure) -> Answers:
    return {question.attribute: failure for question in questions}


def _reply_failure(reply: Reply) -> AnswerFailure | None:
    if reply.stop_reason != "end_turn":
        code = STOP_FAILURES.get(reply.stop_reason or "", FailureCode.STOPPED)
        category = f" ({reply.refusal_category})" if reply.refusal_category else ""
        return AnswerFailure(code, f"stop_reason {reply.stop_reason}{category}")
    unknown = sorted(set(reply.block_types) - KNOWN_BLOCKS)
    if unknown:
        return AnswerFailure(FailureCode.UNEXPECTED_CONTENT, f"content blocks {', '.join(unknown)}")
    if not reply.text.strip():
        return AnswerFailure(FailureCode.EMPTY, "no text in the reply")
    return None


def load_json(text: str) -> object:
    """Strict JSON: raises ValueError on repeated keys, NaN, Infinity, and nesting or integers beyond reason."""
    try:
        return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key is repeated")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def parse_answer(value: object, question: Question) -> ParsedAnswer | AnswerFailure:
    """One attribute's object -> answer; SCHEMA when it is not exactly what the schema asks for."""
    try:
        return _answer(value, question)
    except _SchemaError as error:
        return AnswerFailure(FailureCode.SCHEMA, f"{question.attribute}: {error}")


class _SchemaError(Exception):
    pass


def _answer(value: object, question: Question) -> ParsedAnswer:
    binary = question.spec.scale == "binary"
    fields = _fields(value, ("rationale", "probability" if binary else "probabilities", "label"))
    label, rationale = fields["label"], fields["rationale"]
    if not isinstance(rationale, str):
        raise _SchemaError("the rationale is not text")
    if label not in question.option_ids:
        raise _SchemaError(f"{label!r} is not one of {', '.join(question.option_ids)}")
    chosen = question.options[question.option_ids.index(label)]
    percent = _binary_percent(fields, question) if binary else _option_percents(fields, question)
    total = sum(percent.values())
    if total == 0:
        raise _SchemaError("every probability is 0")
    shown = printable(rationale)
    flags: list[Flag] = []
    if percent[chosen] < max(percent.values()):
        flags.append("label_not_argmax")
    if abs(total - 100) > SUM_TOLERANCE:
        flags.append("probabilities_off_100")
    if len(shown) > RATIONALE_CHARS:
        flags.append("rationale_cut")
    ordered = tuple(percent[level.key] / total for level in question.spec.levels)
    return ParsedAnswer(chosen, ordered, shown[:RATIONALE_CHARS], tuple(flags))


def _fields(value: object, names: Sequence[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(names):
        raise _SchemaError(f"expected the fields {', '.join(names)}")
    return value


def _binary_percent(fields: dict[str, Any], question: Question) -> dict[str, int]:
    positive = _step(fields["probability"])
    return {key: positive if key == question.positive else 100 - positive for key in question.options}


def _option_percents(fields: dict[str, Any], question: Question) -> dict[str, int]:
    percents = _fields(fields["probabilities"], question.option_ids)
    return {key: _step(percents[id_]) for id_, key in zip(question.option_ids, question.options, strict=True)}


def _step(value: object) -> int:
    # `True == 1` and `5.0 == 5` in Python, not in the schema.
    if type(value) is not int or value not in PERCENT_STEPS:
        raise _SchemaError(f"{value!r} is not a percentage in steps of 5")
    return value


def printable(text: str) -> str:
    """One line without control, zero-width, direction and surrogate characters: it is shown to people and stored."""
    return " ".join("".join(char if char.isprintable() else " " if char.isspace() else "" for char in text).split())

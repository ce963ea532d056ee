"""States and reasons as people read them."""

from __future__ import annotations

from typing import Any

from ..models import Run

RUN_KINDS = {
    Run.State.QUEUED: "neutral",
    Run.State.RUNNING: "accent",
    Run.State.PAUSED: "warn",
    Run.State.DONE: "good",
    Run.State.CANCELLED: "neutral",
}

FAILURES = {
    "refused": "The model declined to answer",
    "truncated": "The answer was cut at the token limit",
    "context_exceeded": "The item is too long for the model",
    "stopped": "The model stopped for another reason",
    "unexpected_content": "The reply held something else than text",
    "empty": "No label was given",
    "bad_json": "The answer was not JSON",
    "schema": "The answer was not what was asked for",
    "malformed_reply": "The reply was no message",
    "interrupted": "The connection broke",
    "timed_out": "No reply in time",
    "bad_request": "The request was refused as invalid",
    "too_large": "The request was too large",
    "nothing_to_rate": "The item has none of the definition's inputs",
    "media_error": "The video could not be read",
    "worker_lost": "The worker died three times on it",
}


FAITHFUL = 0.95  # a student is to reach this share of its teacher's F1


def publish_warning(own: dict[str, Any] | None, teacher: dict[str, Any] | None) -> str:
    """What to think of before a student's scores serve, from F1 against humans; empty where it is near its teacher."""
    value = own["value"] if own else None
    if value is None:
        why = own["reason"] if own else "it was not compared with people yet"
        return f"Nobody knows whether it agrees with people: {why}."
    if value == 0:
        return "F1 against people is 0: it finds nothing of what people find."
    asked = teacher["value"] if teacher else None
    if asked is not None and value < FAITHFUL * asked:
        return f"F1 against people is {value:.2f}, more than 5 % below its teacher's {asked:.2f}."
    return ""


def failure(code: str) -> str:
    return FAILURES.get(code, code)


def duration(seconds: float) -> str:
    """A rough length of time: `about 40 s`, `about 3 min`, `about 2.5 h`."""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min"
    return f"about {seconds / 3600:.1f} h"

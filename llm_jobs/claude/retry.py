"""What to do after an attempt without an answer: one table, read by one pure function.

A rule says how many attempts a defect is worth and what comes after the last: `Fail` blames the item, `Park` blames
the service or the account, stops the run and leaves its items to be offered again.
"""

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from llm_jobs.claude import errors
from llm_jobs.claude.errors import ClaudeError, FailureCode

MAX_RETRY_AFTER = 60.0  # seconds; a longer wait would hold a worker, so the run is parked instead


class ParkReason(StrEnum):
    RATE_LIMITED = "rate_limited"
    SPEND_LIMIT = "spend_limit"
    BUDGET = "budget"  # ours, not the API's: raised by the caller before sending
    NOT_AUTHORIZED = "not_authorized"
    ACCOUNT_ON_HOLD = "account_on_hold"
    UNKNOWN_MODEL = "unknown_model"
    UNAVAILABLE = "unavailable"
    UNREACHABLE = "unreachable"
    UNEXPECTED_STATUS = "unexpected_status"
    STOPPED = "stopped"  # asked to stop: pause, cancel, shutdown


@dataclass(frozen=True, slots=True)
class Retry:
    """Send again after `after` seconds."""

    after: float


@dataclass(frozen=True, slots=True)
class Park:
    """Send nothing more of this run; `after` is the wait the server asked for, in seconds, where it did."""

    reason: ParkReason
    detail: str = ""
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Fail:
    """This item has no answer, for this reason."""

    code: FailureCode


Step = Retry | Park | Fail


class Rule(NamedTuple):
    attempts: int
    then: ParkReason | FailureCode


RULES: dict[type[ClaudeError] | FailureCode, Rule] = {
    errors.Unreachable: Rule(6, ParkReason.UNREACHABLE),
    errors.Interrupted: Rule(3, FailureCode.INTERRUPTED),
    errors.TimedOut: Rule(3, FailureCode.TIMED_OUT),
    errors.MalformedReply: Rule(3, FailureCode.MALFORMED_REPLY),
    errors.InvalidRequest: Rule(1, FailureCode.BAD_REQUEST),
    errors.RequestTooLarge: Rule(1, FailureCode.TOO_LARGE),
    errors.UnknownModel: Rule(1, ParkReason.UNKNOWN_MODEL),
    errors.NotAuthorized: Rule(1, ParkReason.NOT_AUTHORIZED),
    errors.AccountOnHold: Rule(1, ParkReason.ACCOUNT_ON_HOLD),
    errors.SpendLimitReached: Rule(1, ParkReason.SPEND_LIMIT),
    errors.RateLimited: Rule(6, ParkReason.RATE_LIMITED),
    errors.ServerUnavailable: Rule(6, ParkReason.UNAVAILABLE),
    errors.UnexpectedStatus: Rule(1, ParkReason.UNEXPECTED_STATUS),
    FailureCode.REFUSED: Rule(1, FailureCode.REFUSED),
    FailureCode.CONTEXT_EXCEEDED: Rule(1, FailureCode.CONTEXT_EXCEEDED),
    FailureCode.TRUNCATED: Rule(2, FailureCode.TRUNCATED),
    FailureCode.STOPPED: Rule(2, FailureCode.STOPPED),
    FailureCode.UNEXPECTED_CONTENT: Rule(2, FailureCode.UNEXPECTED_CONTENT),
    FailureCode.EMPTY: Rule(2, FailureCode.EMPTY),
    FailureCode.BAD_JSON: Rule(3, FailureCode.BAD_JSON),
    FailureCode.SCHEMA: Rule(3, FailureCode.SCHEMA),
}


@dataclass(frozen=True, slots=True)
class Backoff:
    """Full jitter: uniform on [0, min(cap, base * 2^(attempt - 1))] seconds, on top of what the server asked for."""

    base: float = 1.0
    cap: float = 30.0

    def seconds(self, attempt: int, rng: random.Random) -> float:
        return rng.uniform(0.0, min(self.cap, self.base * 2 ** (attempt - 1)))


def next_step(
    error: ClaudeError | FailureCode, attempt: int, *, rng: random.Random, backoff: Backoff | None = None
) -> Step:
    """The step after attempt number `attempt`, from 1, ended in `error`; raises KeyError for one without a rule."""
    if isinstance(error, ClaudeError):
        rule, asked, detail = RULES[type(error)], error.retry_after, str(error)
    else:
        rule, asked, detail = RULES[error], None, ""
    too_long = asked is not None and asked > MAX_RETRY_AFTER
    if attempt < rule.attempts and not too_long:
        return Retry((asked or 0.0) + (backoff or Backoff()).seconds(attempt, rng))
    if isinstance(rule.then, ParkReason):
        return Park(rule.then, detail, asked)
    return Fail(rule.then)

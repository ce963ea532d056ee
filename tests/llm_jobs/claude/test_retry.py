import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_jobs.claude import errors
from llm_jobs.claude.errors import ClaudeError, FailureCode, RateLimited, ServerUnavailable
from llm_jobs.claude.retry import RULES, Backoff, Fail, Park, ParkReason, Retry, Step, next_step
from tests.llm_jobs.claude.test_errors import leaves


def step(error: ClaudeError | FailureCode, attempt: int) -> Step:
    return next_step(error, attempt, rng=random.Random(1), backoff=Backoff(base=0.0))


def test_every_error_has_a_rule() -> None:
    without = {kind for kind in leaves(ClaudeError) if kind not in RULES}
    assert without == set()
    parsed = set(FailureCode) - {rule.then for kind, rule in RULES.items() if isinstance(kind, type)}
    assert parsed - set(RULES) == {FailureCode.NOTHING_TO_RATE}


@pytest.mark.parametrize(
    ("error", "attempts", "last"),
    [
        (errors.InvalidRequest("x"), 1, Fail(FailureCode.BAD_REQUEST)),
        (errors.RequestTooLarge("x"), 1, Fail(FailureCode.TOO_LARGE)),
        (errors.UnknownModel("x"), 1, Park(ParkReason.UNKNOWN_MODEL, "x")),
        (errors.NotAuthorized("x"), 1, Park(ParkReason.NOT_AUTHORIZED, "x")),
        (errors.AccountOnHold("x"), 1, Park(ParkReason.ACCOUNT_ON_HOLD, "x")),
        (errors.SpendLimitReached("x"), 1, Park(ParkReason.SPEND_LIMIT, "x")),
        (errors.UnexpectedStatus("x"), 1, Park(ParkReason.UNEXPECTED_STATUS, "x")),
        (errors.RateLimited("x"), 6, Park(ParkReason.RATE_LIMITED, "x")),
        (errors.ServerUnavailable("x"), 6, Park(ParkReason.UNAVAILABLE, "x")),
        (errors.Unreachable("x"), 6, Park(ParkReason.UNREACHABLE, "x")),
        (errors.Interrupted("x"), 3, Fail(FailureCode.INTERRUPTED)),
        (errors.TimedOut("x"), 3, Fail(FailureCode.TIMED_OUT)),
        (errors.MalformedReply("x"), 3, Fail(FailureCode.MALFORMED_REPLY)),
        (FailureCode.REFUSED, 1, Fail(FailureCode.REFUSED)),
        (FailureCode.CONTEXT_EXCEEDED, 1, Fail(FailureCode.CONTEXT_EXCEEDED)),
        (FailureCode.TRUNCATED, 2, Fail(FailureCode.TRUNCATED)),
        (FailureCode.STOPPED, 2, Fail(FailureCode.STOPPED)),
        (FailureCode.UNEXPECTED_CONTENT, 2, Fail(FailureCode.UNEXPECTED_CONTENT)),
        (FailureCode.EMPTY, 2, Fail(FailureCode.EMPTY)),
        (FailureCode.BAD_JSON, 3, Fail(FailureCode.BAD_JSON)),
        (FailureCode.SCHEMA, 3, Fail(FailureCode.SCHEMA)),
    ],
)
def test_the_table(error: ClaudeError | FailureCode, attempts: int, last: Step) -> None:
    assert [step(error, attempt) for attempt in range(1, attempts + 1)] == [Retry(0.0)] * (attempts - 1) + [last]


def test_the_server_is_waited_for_up_to_a_minute() -> None:
    assert step(RateLimited("x", retry_after=60.0), 1) == Retry(60.0)
    assert step(RateLimited("x", retry_after=60.1), 1) == Park(ParkReason.RATE_LIMITED, "x", 60.1)
    assert step(ServerUnavailable("x", retry_after=86_400.0), 1) == Park(ParkReason.UNAVAILABLE, "x", 86_400.0)


@given(st.integers(1, 5), st.floats(0, 60), st.integers())
def test_full_jitter_on_top_of_what_was_asked(attempt: int, asked: float, seed: int) -> None:
    decided = next_step(RateLimited("x", retry_after=asked), attempt, rng=random.Random(seed))
    assert isinstance(decided, Retry)
    assert asked <= decided.after <= asked + min(30.0, 2 ** (attempt - 1))


def test_jitter_spreads_over_the_whole_interval() -> None:
    rng = random.Random(1)
    waits = [Backoff().seconds(4, rng) for _ in range(2_000)]
    assert sum(waits) / len(waits) == pytest.approx(4.0, abs=0.2)
    assert max(Backoff().seconds(50, rng) for _ in range(100)) <= 30.0

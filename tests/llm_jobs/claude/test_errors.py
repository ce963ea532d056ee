import pickle

import pytest

from llm_jobs.claude import errors
from llm_jobs.claude.errors import ApiError, ClaudeError, MalformedReply, RateLimited, api_error_class


def leaves(kind: type[ClaudeError]) -> list[type[ClaudeError]]:
    below = [leaf for child in kind.__subclasses__() for leaf in leaves(child)]
    return below or [kind]


def test_the_docstring_draws_every_class() -> None:
    drawn = {word for line in (errors.__doc__ or "").splitlines() for word in line.split()[:3]}
    assert {kind.__name__ for kind in leaves(ClaudeError)} <= drawn


@pytest.mark.parametrize("kind", leaves(ClaudeError))
def test_errors_survive_pickling(kind: type[ClaudeError]) -> None:
    error = kind("what happened", status=429, request_id="req_1")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.args, vars(copy)) == (kind, error.args, vars(error))


def test_long_texts_are_cut() -> None:
    error = MalformedReply("m" * 9_999, body="b" * 9_999)
    assert (len(str(error)), len(error.body)) == (errors.MESSAGE_CHARS, errors.BODY_CHARS)


def test_attributes() -> None:
    error = RateLimited("slow down", status=429, error_type="rate_limit_error", retry_after=3.0)
    assert (error.status, error.error_type, error.error_code, error.retry_after) == (429, "rate_limit_error", None, 3.0)


@pytest.mark.parametrize(
    ("status", "code", "name"),
    [
        (400, None, "InvalidRequest"),
        (400, "organization_on_hold", "AccountOnHold"),
        (400, "some_new_code", "InvalidRequest"),
        (402, None, "SpendLimitReached"),
        (402, "linked_organization_spend_limit_reached", "SpendLimitReached"),
        (429, "contract_spend_limit_reached", "SpendLimitReached"),
        (429, "ramp_limit_exceeded", "RateLimited"),
        (302, None, "UnexpectedStatus"),
        (418, None, "UnexpectedStatus"),
        (599, None, "ServerUnavailable"),
    ],
)
def test_status_and_code_choose_the_class(status: int, code: str | None, name: str) -> None:
    kind = api_error_class(status, code)
    assert issubclass(kind, ApiError)
    assert kind.__name__ == name

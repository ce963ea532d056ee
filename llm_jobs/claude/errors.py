"""What can go wrong on the way to an answer: one tree of errors, one closed list of failures.

    ClaudeError
    ├── TransportError            no complete reply arrived
    │   ├── Unreachable           no connection: nothing was sent
    │   ├── Interrupted           the connection broke after sending: may have been billed
    │   └── TimedOut              the attempt's deadline passed: may have been billed
    ├── MalformedReply            status 200 without a usable message: may have been billed
    └── ApiError                  the API answered with an error status: not billed
        ├── InvalidRequest        400, 405, 422 and the like: this request can never succeed
        ├── RequestTooLarge       413
        ├── UnknownModel          404
        ├── NotAuthorized         401, 403
        ├── AccountOnHold         400 `organization_on_hold`
        ├── SpendLimitReached     402, and 429 with a spend-limit code
        ├── RateLimited           every other 429
        ├── ServerUnavailable     408, 409, 499, 5xx, 529
        └── UnexpectedStatus      anything else; redirects, which are never followed

An SDK exception holds the request and so the key; ours hold plain values only, are raised outside the `except` block
that caught the SDK's (so it is not their context), and can be pickled.
"""

from enum import StrEnum

MESSAGE_CHARS = 500
BODY_CHARS = 2_000


class FailureCode(StrEnum):
    """Why an item has no answer. A failure is never a label."""

    REFUSED = "refused"  # stop_reason refusal, with or without text
    TRUNCATED = "truncated"  # stop_reason max_tokens
    CONTEXT_EXCEEDED = "context_exceeded"  # stop_reason model_context_window_exceeded
    STOPPED = "stopped"  # no stop_reason, or one that a request without tools cannot have
    UNEXPECTED_CONTENT = "unexpected_content"  # a block that is neither text nor thinking
    EMPTY = "empty"  # no text
    BAD_JSON = "bad_json"  # text that is not JSON
    SCHEMA = "schema"  # JSON that is not what the schema asks for
    MALFORMED_REPLY = "malformed_reply"  # MalformedReply
    INTERRUPTED = "interrupted"  # Interrupted
    TIMED_OUT = "timed_out"  # TimedOut
    BAD_REQUEST = "bad_request"  # InvalidRequest
    TOO_LARGE = "too_large"  # RequestTooLarge
    NOTHING_TO_RATE = "nothing_to_rate"  # the item has none of the definition's inputs; nothing was sent


class ClaudeError(Exception):
    """Base of the tree; see the module docstring.

    `status` is the HTTP status, `error_type` and `error_code` are the API's own words, `retry_after` is in seconds as
    the server asked (uncapped, >= 0). `may_be_billed` says whether the attempt can appear on the bill.
    """

    may_be_billed = False

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        error_type: str | None = None,
        error_code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message[:MESSAGE_CHARS])
        self.status = status
        self.error_type = error_type
        self.error_code = error_code
        self.request_id = request_id
        self.retry_after = retry_after


class TransportError(ClaudeError):
    pass


class Unreachable(TransportError):
    pass


class Interrupted(TransportError):
    may_be_billed = True


class TimedOut(TransportError):
    may_be_billed = True


class MalformedReply(ClaudeError):
    """`body` holds the first characters of what came instead of a message."""

    may_be_billed = True

    def __init__(
        self, message: str, *, body: str = "", status: int | None = 200, request_id: str | None = None
    ) -> None:
        super().__init__(message, status=status, request_id=request_id)
        self.body = body[:BODY_CHARS]


class ApiError(ClaudeError):
    pass


class InvalidRequest(ApiError):
    pass


class RequestTooLarge(ApiError):
    pass


class UnknownModel(ApiError):
    pass


class NotAuthorized(ApiError):
    pass


class AccountOnHold(ApiError):
    pass


class SpendLimitReached(ApiError):
    pass


class RateLimited(ApiError):
    pass


class ServerUnavailable(ApiError):
    pass


class UnexpectedStatus(ApiError):
    pass


_BY_STATUS: dict[int, type[ApiError]] = {
    400: InvalidRequest,
    401: NotAuthorized,
    402: SpendLimitReached,
    403: NotAuthorized,
    404: UnknownModel,
    405: InvalidRequest,
    408: ServerUnavailable,
    409: ServerUnavailable,
    412: InvalidRequest,
    413: RequestTooLarge,
    415: InvalidRequest,
    422: InvalidRequest,
    429: RateLimited,
    431: InvalidRequest,
    499: ServerUnavailable,
}


def api_error_class(status: int, error_code: str | None) -> type[ApiError]:
    """The class of an error status; the API's stable code decides where it is more precise than the status."""
    if error_code == "organization_on_hold":
        return AccountOnHold
    if error_code is not None and error_code.endswith("spend_limit_reached"):
        return SpendLimitReached
    if status >= 500:
        return ServerUnavailable
    return _BY_STATUS.get(status, UnexpectedStatus)

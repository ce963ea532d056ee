"""Why there is nothing to rate, in words."""

from __future__ import annotations

from dataclasses import dataclass

from ..domain.queue import Cause


@dataclass(frozen=True)
class Ending:
    icon: str
    title: str
    text: str


ENDINGS = {
    Cause.NOT_OPEN: Ending("lock-closed", "Rating is closed", "This set takes no ratings now. What you rated is kept."),
    Cause.NOT_NAMED: Ending("user-group", "Given to other raters", "The owner named the people who rate this set."),
    Cause.PAUSED: Ending("pause-circle", "Your work here is paused", "Ask the owner of the set when it goes on."),
    Cause.NOT_QUALIFIED: Ending(
        "academic-cap", "A qualification comes first", "It takes a few minutes and explains every answer."
    ),
    Cause.PASSED: Ending("check-circle", "Passed", "The sets that ask for it are open to you."),
    Cause.NOT_PASSED: Ending(
        "academic-cap", "Not passed", "Read the definition again, then ask for another attempt."
    ),
    Cause.QUOTA: Ending("check-circle", "You have done your share", "You gave as many answers as were asked of you."),
    Cause.COMPLETE: Ending("check-circle", "The set is complete", "Every item has all the ratings it needs."),
    Cause.ALL_YOURS: Ending(
        "check-circle", "You have rated everything left for you", "What is still missing must come from other people."
    ),
    Cause.RELIEVED: Ending(
        "check-circle", "Nothing is left for you", "The owner gave the items that are missing to other people."
    ),
    Cause.EXPOSED: Ending(
        "eye-slash", "You have seen labels of what is left", "Those go to people who have not: rating is blind."
    ),
    Cause.OWNER_ASKED: Ending(
        "clock", "What is left waits for the owner", "Raters gave these items back so often that the owner decides."
    ),
    Cause.OTHERS_AT_IT: Ending(
        "clock", "Others are rating what is left", "An item left unrated comes back. Look again in a few minutes."
    ),
}  # fmt: skip


def ending(cause: Cause) -> Ending:
    return ENDINGS[cause]

"""Why an item was skipped or could not be told: the choices of the rating screen, and what is stored, in words."""

from __future__ import annotations

SKIP = (
    ("media", "The media does not play"),
    ("language", "I do not know the language"),
    ("person", "I know the person"),
    ("later", "I want to think about it"),
)
CANNOT_TELL = (
    ("missing", "What decides it is not shown"),
    ("unclear", "The definition does not decide it"),
    ("quality", "Picture or sound is too poor"),
)
WORDS = dict(SKIP + CANNOT_TELL)


def in_words(reason: str) -> str:
    """A stored reason as it was read when it was chosen, with the note that may stand behind it.

    >>> in_words("quality: snow")
    'Picture or sound is too poor: snow'
    """
    key, colon, note = reason.partition(":")
    return WORDS.get(key, key) + colon + note

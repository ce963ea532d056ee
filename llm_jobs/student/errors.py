"""What can go wrong in the student program.

StudentError
├── ConfigError             config.json is malformed or out of range
├── DataError               an input array is missing, of the wrong shape or type, or holds a forbidden value
│   ├── NotFiniteError      a vector holds NaN or infinity
│   └── OneClassError       a head's training labels all prefer the same level: nothing can be learned
├── TrainingDivergedError   the loss became NaN or infinite
├── CheckpointError         the weights are missing, altered, oversized, or not those of a student
└── CopyFormatError         a stream is not the expected binary COPY
    └── WidthError          a field of a row has not the width that the student needs
"""

from __future__ import annotations


class StudentError(Exception):
    """Base of the tree above; its text is one sentence fit for a person.

    ``item_id`` names the item at fault where there is one.
    """

    def __init__(self, message: str, *, item_id: int | None = None) -> None:
        super().__init__(message)
        self.item_id = item_id


class ConfigError(StudentError):
    """config.json is malformed or out of range."""


class DataError(StudentError):
    """An input array is missing, of the wrong shape or type, or holds a forbidden value."""


class NotFiniteError(DataError):
    """A vector holds NaN or infinity."""


class OneClassError(DataError):
    """A head's training labels all prefer the same level."""


class TrainingDivergedError(StudentError):
    """The loss became NaN or infinite; a lower learning rate is the usual cure."""


class CheckpointError(StudentError):
    """The weights are missing, altered, oversized, or not those of a student."""


class CopyFormatError(StudentError):
    """A stream is not the expected binary COPY."""


class WidthError(CopyFormatError):
    """A field of a row has not the width that the student needs."""

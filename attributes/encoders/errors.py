"""What can go wrong in an encoder.

EncoderError
├── UnknownEncoderError   the name is not in the registry
├── BadLineError          a line of input is not one JSON string
└── ExportError           the export failed, is damaged, belongs to other weights, or differs from the original
"""

from __future__ import annotations


class EncoderError(Exception):
    """Base of the tree above; its text is one sentence fit for a person."""


class UnknownEncoderError(EncoderError):
    """The name is not in the registry."""


class BadLineError(EncoderError):
    """A line of input is not one JSON string; ``line`` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line


class ExportError(EncoderError):
    """The ONNX export could not be made or cannot be trusted."""

"""The lines of a UTF-8 text file, with the limits and the marks that its readers need."""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from labelhub.lib.tables.cells import MAX_ROW, TOO_LONG, TableError


class Lines:
    """Iterates over the physical lines, ends included.

    The reader calls `begin` before every row, so that errors name it; `hint` is added to the error of a row too long.
    A line that holds a NUL or a byte that is not UTF-8 (decoded to a lone surrogate) is passed on and sets `suspect`:
    only the reader can tell in which column it is.
    """

    def __init__(self, file: BinaryIO, hint: str = "") -> None:
        self._file = file
        self._hint = hint
        self.begin(1)

    def begin(self, row: int) -> None:
        self.row = row
        self.size = 0
        self.suspect = False

    def __iter__(self) -> Iterator[str]:
        first = True
        for raw in iter(partial(self._file.readline, MAX_ROW + 1), b""):
            if first and raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise TableError("the file is UTF-16; save it as UTF-8", self.row)
            self.size += len(raw)
            if self.size > MAX_ROW:
                raise TableError(f"the row {TOO_LONG}{self._hint}", self.row)
            line = self._decoded(raw)
            yield line.removeprefix("\ufeff") if first else line
            first = False

    def _decoded(self, raw: bytes) -> str:
        if b"\0" in raw:
            self.suspect = True
        try:
            return raw.decode()
        except UnicodeDecodeError:
            self.suspect = True
            return raw.decode(errors="surrogateescape")

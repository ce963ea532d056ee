"""PostgreSQL's log with `log_min_duration_statement = 0`, summed by statement."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

# "2026-01-01 10:00:00.000 UTC [17] LOG:  duration: 0.031 ms  statement: SELECT ..."; parse, bind and execute likewise.
ENTRY = re.compile(r"LOG:  duration: (?P<ms>[\d.]+) ms  (?P<step>statement|parse|bind|execute)[^:]*: (?P<text>.*)")
STARTS = re.compile(r"\d{4}-\d\d-\d\d [\d:.]+ \w+ \[\d+\] ")
VALUE = re.compile(r"'(?:[^']|'')*'(?:::\w+)?|\b\d+(?:\.\d+)?\b")
LISTS = re.compile(r"\((?:\?,\s*)+\?\)")
SHOWN = 160


class Total(NamedTuple):
    statement: str
    calls: int
    total_ms: float
    prepare_ms: float  # of it: parsed and planned apart from running, where the client asked for that


def summed(lines: Iterable[str]) -> list[Total]:
    """The costliest first. Values are replaced, so that one statement is one line."""
    calls: dict[str, int] = defaultdict(int)
    total: dict[str, float] = defaultdict(float)
    prepare: dict[str, float] = defaultdict(float)
    for entry in _entries(lines):
        found = ENTRY.search(entry)
        if not found:
            continue
        name = normal(found["text"])
        total[name] += float(found["ms"])
        if found["step"] in ("parse", "bind"):
            prepare[name] += float(found["ms"])
        else:
            calls[name] += 1
    rows = [Total(name, calls[name], round(ms, 3), round(prepare[name], 3)) for name, ms in total.items()]
    return sorted(rows, key=lambda row: -row.total_ms)


def normal(text: str) -> str:
    """One line, its values gone.

    >>> normal("SELECT 'it''s'  FROM t WHERE id IN (1, 2)")
    'SELECT ? FROM t WHERE id IN (?)'
    """
    return LISTS.sub("(?)", VALUE.sub("?", " ".join(text.split())))


def _entries(lines: Iterable[str]) -> Iterable[str]:
    """Records of the log: further lines of a statement do not begin with a time."""
    record: list[str] = []
    for line in lines:
        if STARTS.match(line):
            if record:
                yield " ".join(record)
            record = []
        record.append(line.strip())
    if record:
        yield " ".join(record)


def report(rows: list[Total], labels: int, *, at_most: int = 30) -> list[str]:
    """Milliseconds and calls for each label."""
    each = max(1, labels)
    out = [f"  PostgreSQL's own clock for each of {labels:,} labels: {sum(r.total_ms for r in rows) / each:.3f} ms"]
    out += [f"  {'ms':>7} {'of it prepare':>13} {'calls':>6}  statement"]
    for row in rows[:at_most]:
        figures = f"{row.total_ms / each:7.3f} {row.prepare_ms / each:13.3f} {row.calls / each:6.2f}"
        out.append(f"  {figures}  {row.statement[:SHOWN]}")
    return out

"""Who takes how much of the processors, from /proc. Linux only."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from raters.load.figures import ratio

TICKS = os.sysconf("SC_CLK_TCK")


def seconds_under(root: int) -> float:
    """User and system time of the process and all below it, those that have ended included."""
    times: dict[int, int] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                children[int(fields[1])].append(int(entry.name))
                times[int(entry.name)] = sum(map(int, fields[11:15]))
    found, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        found += times.get(pid, 0)
        waiting += children[pid]
    return found / TICKS


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def seconds_of_all() -> float:
    """What all processes of the machine and its kernel have taken."""
    user, nice, system, _, _, irq, soft_irq, *_ = map(int, Path("/proc/stat").read_text().split(maxsplit=9)[1:9])
    return (user + nice + system + irq + soft_irq) / TICKS


class Mark(NamedTuple):
    at: float
    web: float
    postgres: float
    generator: float
    machine: float


@dataclass(slots=True)
class Shares:
    """Processor time of web, database and load generator between the first call and the last, and of all others."""

    web_pid: int
    postgres_pid: int | None
    marks: list[Mark] = field(default_factory=list)

    def __call__(self) -> None:
        web = seconds_under(self.web_pid)
        postgres = seconds_under(self.postgres_pid) if self.postgres_pid else 0.0
        self.marks.append(Mark(time.perf_counter(), web, postgres, time.process_time(), seconds_of_all()))

    def figures(self, labels: int) -> dict[str, float | None]:
        """Milliseconds for each label, which hold on a busy machine too; and cores that others took meanwhile."""
        begun, ended = self.marks[0], self.marks[-1]
        spent = Mark._make(after - before for before, after in zip(begun, ended, strict=True))
        found: dict[str, float | None] = {}
        for name in ("web", "postgres", "generator"):
            each = round(1000 * ratio(getattr(spent, name), labels), 2)
            found[f"{name}_cpu_ms"] = None if name == "postgres" and self.postgres_pid is None else each
        others = spent.machine - spent.web - spent.postgres - spent.generator
        return {**found, "others_cores": round(max(0.0, others / spent.at), 2)}

"""Whether the intervals of every report hold the truth as often as they promise, by simulation."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from django.core.management.base import CommandParser

from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from raters.stats.coverage import DRAWS, Coverage, simulate
from raters.stats.coverage_designs import DESIGNS

Task = tuple[str, str]  # a topic and the name of one of its designs


class Command(Base):
    help = (
        "Draw samples of known populations and count how often each 95 % interval holds the truth; one row an interval "
        "and design. About ten minutes for all of it on two cores."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("topic", nargs="*", help=f"of {', '.join(DESIGNS)} (default: all)")
        parser.add_argument("--draws", type=int, default=DRAWS)
        parser.add_argument("--design", default="", metavar="WORDS", help="only designs whose name holds these words")
        parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
        parser.add_argument("--seed", type=int, default=0)

    def uses_database(self, **options: Any) -> bool:
        return False

    def work(self, **options: Any) -> dict[str, Any]:
        tasks = _tasks(options["topic"], options["design"])
        if options["draws"] < 1 or options["jobs"] < 1 or options["seed"] < 0:
            raise BadInput("--draws and --jobs: at least 1; --seed: at least 0")
        if options["jobs"] == 1:
            found = [_simulated(task, options["draws"], options["seed"]) for task in tasks]
        else:
            with ProcessPoolExecutor(options["jobs"]) as pool:
                running = [pool.submit(_simulated, task, options["draws"], options["seed"]) for task in tasks]
                found = [future.result() for future in running]
        rows = [row for rows in found for row in rows]
        return {
            "draws": options["draws"],
            "seed": options["seed"],
            "verdicts": dict(Counter(row.verdict for row in rows)),
            "rows": [row.as_dict() for row in rows],
        }


def _tasks(topics: list[str], words: str) -> list[Task]:
    unknown = sorted(set(topics) - DESIGNS.keys())
    if unknown:
        raise BadInput(f"no topic {unknown[0]!r}: {', '.join(DESIGNS)}")
    found = [(topic, name) for topic in topics or DESIGNS for name in DESIGNS[topic] if words in name]
    if not found:
        raise BadInput(f"no design holds {words!r} in its name")
    return found


def _simulated(task: Task, draws: int, seed: int) -> list[Coverage]:
    """In a process of its own, to which a name travels more easily than a design."""
    topic, name = task
    return simulate(DESIGNS[topic][name](), draws=draws, seed=seed)

"""Many raters at once for a bounded time."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .figures import latencies
from .rater import Account, Log, Rater, Target

CLAIM_FIGURES = ("p50_ms", "max_ms")


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many raters, how long each thinks (uniform from half to one and a half of it), how many answers a person
    gives before the next account sits down."""

    raters: int
    think_s: float = 0.0
    shift: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Times:
    seconds: float
    warm_up_s: float = 2.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """A phase: the log of all of it, and its figures, which leave the warm-up out."""

    crowd: Crowd
    log: Log
    seconds: float
    seconds_of_samples: tuple[float, ...]

    @property
    def labels(self) -> int:
        return len(self.seconds_of_samples)

    def figures(self) -> dict[str, object]:
        log, labels = self.log, self.labels
        return {
            "raters": self.crowd.raters,
            "think_s": self.crowd.think_s,
            "labels_per_s": round(labels / self.seconds, 1),
            **latencies(self.seconds_of_samples),
            "labels": labels,
            "seconds": round(self.seconds, 2),
            **{f"claim_{name}": value for name, value in latencies(log.claims).items() if name in CLAIM_FIGURES},
            "server_errors": sum(n for status, n in log.statuses.items() if status >= 500),
            "refused": len(log.refused),
            "errors": dict(log.errors),
            "statuses": {str(status): n for status, n in sorted(log.statuses.items())},
            "connects": log.counts.connects,
            "resent": log.counts.resent,
            "bytes_per_reply": round(log.counts.bytes_in / max(1, log.statuses.total())),
            "changed_accounts": log.changed_accounts,
            "stopped": dict(log.stopped),
        }


def _nothing() -> None:
    """Nobody watches."""


def run(
    target: Target,
    accounts: Sequence[Account],
    crowd: Crowd,
    times: Times,
    *,
    on_measure: Callable[[], None] = _nothing,
) -> Measured:
    """`work` in an event loop of its own, undisturbed by the garbage of whoever calls."""
    gc.collect()
    gc.freeze()
    try:
        return asyncio.run(work(target, accounts, crowd, times, on_measure=on_measure))
    finally:
        gc.unfreeze()


async def work(
    target: Target,
    accounts: Sequence[Account],
    crowd: Crowd,
    times: Times,
    *,
    on_measure: Callable[[], None] = _nothing,
) -> Measured:
    """Let the crowd work. `on_measure` is called when the warm-up is over and again at the end.

    Answers on their way at the end are waited for, but are in no figure.
    """
    log = Log()
    rng = random.Random(times.seed)  # noqa: S311  # nothing secret: the same pace each time
    waiting = iter(accounts)
    raters = [
        Rater(target, waiting, log, random.Random(rng.random()), shift=crowd.shift, think_s=crowd.think_s)  # noqa: S311
        for _ in range(crowd.raters)
    ]
    begin = time.perf_counter() + times.warm_up_s
    working = [asyncio.create_task(rater.work(begin + times.seconds)) for rater in raters]
    await asyncio.sleep(times.warm_up_s)
    on_measure()
    begun = time.perf_counter()
    await asyncio.wait(working, timeout=max(0.0, begin + times.seconds - begun))
    ended = time.perf_counter()
    on_measure()
    await asyncio.gather(*working)
    inside = tuple(s.seconds for s in log.samples if s.at >= begun and s.at + s.seconds <= ended)
    return Measured(crowd, log, ended - begun, inside)

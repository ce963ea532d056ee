"""The report for people: one row for each size and crowd."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from raters.load.ledger import Balance

COLUMNS = (
    ("items", "items", 9), ("raters", "raters", 6), ("think_s", "think s", 7), ("labels_per_s", "labels/s", 8),
    ("p50_ms", "p50 ms", 8), ("p95_ms", "p95 ms", 8), ("p99_ms", "p99 ms", 8), ("max_ms", "max ms", 8),
    ("server_errors", "5xx", 5), ("refused", "4xx", 5), ("web_cpu_ms", "web", 6), ("postgres_cpu_ms", "pg", 6),
    ("generator_cpu_ms", "load", 6), ("others_cores", "others", 6),
)  # fmt: skip


def head() -> str:
    return (
        "  ".join(title.rjust(width) for _, title, width in COLUMNS)
        + "   (web, pg, load: ms of a core for each label; others: cores)"
    )


def row(line: Mapping[str, Any]) -> str:
    cells = "  ".join(_cell(line[name]).rjust(width) for name, _, width in COLUMNS)
    goal = f"  goal {line['goal']:g} {line['unit']}: {'ok' if line['ok'] else 'MISSED'}" if "goal" in line else ""
    wrong = f"  errors: {line['errors']}" if line["errors"] else ""
    return cells + goal + wrong


def books(items: int, balance: Balance) -> str:
    return (
        f"{items:>9,}  {balance.confirmed:,} confirmed, {balance.stored:,} stored: {balance.lost} lost, "
        f"{balance.misplaced} misplaced, {balance.duplicated} duplicated, {balance.over_assigned} items over-assigned, "
        f"{balance.miscounted} miscounted; {balance.stored_unconfirmed} stored without a reply"
    )


def _cell(value: object) -> str:
    return "-" if value is None else f"{value:,}"

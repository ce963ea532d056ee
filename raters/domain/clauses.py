"""The clauses of a definition by their path, so that an answer key can point at the one that decides.

Paths are `includes.0`, `excludes.1`, `edge_cases.2` (counted from 0) and `levels.KEY`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from attributes.schema import DefinitionSpec

LOOKS_LIKE_ONE = re.compile(r"[a-z_]+\.\S+")


@dataclass(frozen=True)
class Clause:
    """`place` is where it stands, in words for people; `text` is quoted from the definition."""

    path: str
    place: str
    text: str


def clauses(spec: DefinitionSpec) -> list[Clause]:
    """Every clause that can decide an item, in the order in which the definition shows them."""
    levels = [Clause(f"levels.{one.key}", f"Level “{one.label}”", one.meaning) for one in spec.levels if one.meaning]
    includes = [Clause(f"includes.{i}", f"Includes, clause {i + 1}", text) for i, text in enumerate(spec.includes)]
    excludes = [Clause(f"excludes.{i}", f"Excludes, clause {i + 1}", text) for i, text in enumerate(spec.excludes)]
    edges = [
        Clause(f"edge_cases.{i}", f"Edge cases, case {i + 1}", f"{edge.case} {edge.decision}")
        for i, edge in enumerate(spec.edge_cases)
    ]
    return [*levels, *includes, *excludes, *edges]


def find(spec: DefinitionSpec, path: str) -> Clause | None:
    return next((clause for clause in clauses(spec) if clause.path == path), None)


def deciding(spec: DefinitionSpec, path: str, level_key: str) -> Clause | None:
    """The clause that a key names; where it names none, what the definition says of the level."""
    return find(spec, path or f"levels.{level_key}")

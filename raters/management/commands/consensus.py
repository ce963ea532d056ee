"""What raters say together, item by item: of a bare file, or of a corpus's golden set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from raters.domain import agreement, consensus, sets
from raters.management import rating_file
from raters.models import RatingItem
from raters.stats.consensus import label_distribution, majority
from raters.stats.dawid_skene import DawidSkene, dawid_skene
from raters.stats.types import BoolArray, FloatArray, Ratings, finite

METHODS = tuple(consensus.METHODS)


class Command(Base):
    help = (
        "Label and distribution of each item of FILE (long: item, rater, label; no database row is written), or of the "
        "golden set of CORPUS ATTRIBUTE. Ties stay ties."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", nargs="+", metavar="FILE | CORPUS ATTRIBUTE")
        parser.add_argument("--method", choices=METHODS, default="majority")
        rating_file.add_arguments(parser)
        parser.add_argument("--definition", type=int, metavar="V")
        parser.add_argument("--set", metavar="ID")
        parser.add_argument("--split", choices=["dev", "test", "all"], default="dev")

    def uses_database(self, **options: Any) -> bool:
        return len(options["target"]) == 2

    def work(self, **options: Any) -> dict[str, Any]:
        target = options["target"]
        if len(target) == 1:
            return self._of_file(Path(target[0]), options)
        if len(target) == 2:
            return self._of_set(target[0], target[1], options)
        raise BadInput("give a FILE, or CORPUS ATTRIBUTE")

    def _of_file(self, file: Path, options: dict[str, Any]) -> dict[str, Any]:
        levels, items, ratings = rating_file.read(file, "nominal", options)
        found = dawid_skene(ratings) if options["method"] == consensus.DAWID_SKENE else None
        rows = _rows(ratings, items, levels, found)
        return {
            "file": file.name,
            **_counts(options["method"], levels, ratings, rows),
            **_model(found, ratings, levels),
            "items": rows,
        }

    def _of_set(self, corpus: str, slug: str, options: dict[str, Any]) -> dict[str, Any]:
        """Items of a sealed test are counted and not listed. The model is fitted on all measured items."""
        attribute = definitions.get_attribute(corpora.get(corpus), slug)
        rating_set = sets.get_set(attribute, options["set"], version=options["definition"])
        loaded = agreement.load(rating_set, options["split"])
        levels, ratings = list(attribute.levels.values_list("key", flat=True)), loaded.ratings
        fitted = consensus.fit(rating_set) if options["method"] == consensus.DAWID_SKENE else None
        found = fitted.of(loaded) if fitted else None
        names = dict(RatingItem.objects.filter(rating_set=rating_set).values_list("pk", "item__external_id"))
        rows = _rows(ratings, [names[pk] for pk in loaded.rating_items], levels, found)
        listed = set(agreement.listed_items(rating_set))
        shown = [row for pk, row in zip(loaded.rating_items, rows, strict=True) if pk in listed]
        return {
            "corpus": corpus,
            "attribute": slug,
            "rating_set": str(rating_set.uid),
            "content_hash": rating_set.content_hash or None,
            "version": rating_set.definition.version,
            "split": options["split"],
            "gold_by": consensus.method_of(rating_set),
            **_counts(options["method"], levels, ratings, rows),
            **_model(found, ratings, levels),
            **({"refusal": fitted.refusal} if fitted else {}),
            "n_sealed": len(rows) - len(shown),
            "items": shown,
        }


def _counts(method: str, levels: list[str], ratings: Ratings, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "method": method,
        "levels": levels,
        "n_items": len(rows),
        "n_raters": ratings.n_raters,
        "n_labels": len(ratings),
        "n_ties": sum(row["tie"] for row in rows),
    }


def _rows(ratings: Ratings, items: list[str], levels: list[str], found: DawidSkene | None) -> list[dict[str, Any]]:
    """A row an item: by the majority, or by the model where there is one."""
    counts = ratings.counts()
    votes = label_distribution(counts)
    if found is None:
        plain = majority(counts)
        label, top, distribution = plain.level, plain.top, votes
    else:
        label, distribution = found.level, found.probability
        top = distribution >= distribution.max(axis=1, keepdims=True) - 1e-9
    return [
        _row(item, int(label[i]), top[i], distribution[i], votes[i], int(counts[i].sum()), levels)
        for i, item in enumerate(items)
    ]


def _model(found: DawidSkene | None, ratings: Ratings, levels: list[str]) -> dict[str, Any]:
    if found is None:
        return {}
    confusion = [[[finite(p) for p in row] for row in table] for table in found.confusion.tolist()]
    return {
        "prior": dict(zip(levels, found.prior.tolist(), strict=True)),
        "log_likelihood": found.log_likelihood,
        "iterations": found.iterations,
        "converged": found.converged,
        "confusion": dict(zip(ratings.rater_names, confusion, strict=True)),
        "warnings": list(found.warnings),
    }


def _row(
    item: str, label: int, top: BoolArray, distribution: FloatArray, votes: FloatArray, n: int, levels: list[str]
) -> dict[str, Any]:
    """An item. `label` is null where nobody rated it and in a tie, and then `tied` names the levels; `votes` are shares
    of its ratings."""
    tie = label < 0 and n > 0
    return {
        "item_id": item,
        "label": None if label < 0 else levels[label],
        "tie": tie,
        "tied": [levels[k] for k in np.flatnonzero(top)] if tie else [],
        "n_labels": n,
        "distribution": {level: finite(share) for level, share in zip(levels, distribution.tolist(), strict=True)},
        "votes": {level: finite(share) for level, share in zip(levels, votes.tolist(), strict=True)},
    }

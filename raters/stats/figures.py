"""What is said of a labeler: figures, each with its interval, or with the reason why there is none."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Against = Literal["pooled", "rater", "rival"]
OF_LEVEL = ("precision", "recall", "f1")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval; None where undefined or refused, and then `reason` says why.

    method   how the interval was obtained, in words; None without one.
    """

    value: float | None
    low: float | None
    high: float | None
    reason: str | None = None
    method: str | None = None

    def as_dict(self) -> dict[str, float | str | None]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LevelRow:
    """Precision, recall and F1 of one level; `n_reference` and `n_given` pairs hold it (parts where references tie)."""

    precision: Figure
    recall: Figure
    f1: Figure
    n_reference: float
    n_given: float

    def as_dict(self) -> dict[str, object]:
        figures = {name: getattr(self, name).as_dict() for name in OF_LEVEL}
        return {**figures, "n_reference": self.n_reference, "n_given": self.n_given}


@dataclass(frozen=True, slots=True)
class Row:
    """One labeler.

    n_items, n_pairs   items and (item, rater) pairs it is scored on; n_failed: items it has no label for.
    difference         its F1 minus that of its rival (`against`: the pooled raters, the row's rater, a rival), on
                       the same pairs and the same resamples of items.
    retention          its F1 as a share of its rival's, >= 0; None unless `against` is a rival.
    excluded_levels    levels absent from reference and prediction, which macro averages leave out; empty if binary.
    levels             a row for each level, where they were asked for.
    annotators         on a rater's row: the annotators on that rater's pairs.
    """

    name: str
    n_items: int
    n_pairs: int
    n_failed: int
    precision: Figure
    recall: Figure
    f1: Figure
    accuracy: Figure
    quadratic_kappa: Figure | None
    mae: Figure | None
    within_one: Figure | None
    difference: Figure
    against: Against
    excluded_levels: tuple[int, ...]
    levels: tuple[LevelRow, ...] = ()
    annotators: tuple[Row, ...] | None = None
    retention: Figure | None = None

    def as_dict(self) -> dict[str, object]:
        """Strict JSON; kappa, MAE and within-one on ordinal rows only, `annotators` on rater rows only."""
        graded = {"quadratic_kappa": self.quadratic_kappa, "mae": self.mae, "within_one": self.within_one}
        levels = {"levels": [level.as_dict() for level in self.levels]} if self.levels else {}
        annotators = {} if self.annotators is None else {"annotators": [row.as_dict() for row in self.annotators]}
        gap = self.difference.as_dict()
        value = gap.pop("value")
        return {
            "name": self.name,
            "n_items": self.n_items,
            "n_pairs": self.n_pairs,
            "n_failed": self.n_failed,
            "precision": self.precision.as_dict(),
            "recall": self.recall.as_dict(),
            "f1": self.f1.as_dict(),
            "accuracy": self.accuracy.as_dict(),
            **{name: figure.as_dict() for name, figure in graded.items() if figure is not None},
            f"vs_{self.against}": {"difference": value, **gap},
            "excluded_levels": list(self.excluded_levels),
            **levels,
            **annotators,
        }

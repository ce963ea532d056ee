import pytest

from raters.load.goals import flatness, goal_of
from raters.load.phase import Crowd

LINE = {"p50_ms": 7.0, "p95_ms": 70.0, "labels_per_s": 200.0}


@pytest.mark.parametrize(
    ("crowd", "goal"),
    [
        (Crowd(1), {"value": 7.0, "unit": "ms", "goal": 8.0, "ok": True}),
        (Crowd(8), {"value": 200.0, "unit": "labels/s"}),
        (Crowd(32), {"value": 200.0, "unit": "labels/s", "goal": 300.0, "ok": False}),
        (Crowd(200, think_s=2.0), {"value": 70.0, "unit": "ms", "goal": 60.0, "ok": False}),
    ],
)
def test_each_crowd_has_the_figure_that_counts_for_it(crowd: Crowd, goal: dict[str, object]) -> None:
    assert goal_of(crowd, LINE) == goal


def line(items: int, p50: float, labels: float, raters: int = 1, think_s: float = 0.0) -> dict[str, object]:
    figures = {"p50_ms": p50, "labels_per_s": labels}
    return {"bench": "raters_load", "items": items, "raters": raters, "think_s": think_s, **figures}


@pytest.mark.parametrize(
    ("raters", "think_s", "value", "ok"), [(1, 0.0, 1.25, True), (200, 2.0, 1.25, True), (32, 0.0, 2.0, False)]
)
def test_flatness_compares_the_largest_corpus_with_the_smallest(
    raters: int, think_s: float, value: float, ok: bool
) -> None:
    sizes = [(1000, 4.0, 100.0), (10_000, 9.0, 10.0), (100_000, 5.0, 50.0)]
    lines = [line(*size, raters, think_s) for size in sizes]
    (flat,) = flatness([*lines, {"bench": "raters_books"}])
    assert (flat["items"], flat["p50_ratio"], flat["labels_ratio"]) == ([1000, 100_000], 1.25, 2.0)
    assert (flat["value"], flat["ok"]) == (value, ok)


def test_one_size_says_nothing_of_flatness() -> None:
    assert flatness([line(1000, 4.0, 100.0), line(1000, 4.0, 100.0, raters=8)]) == []

import json
from typing import Any

from labelhub.reports.charts.agreement import coefficients, level_pairs, pairs
from labelhub.reports.charts.chart import Point, forest, heat
from labelhub.reports.charts.prevalence import histogram, months
from labelhub.reports.charts.student import curve


def points() -> list[Point]:
    return [Point("a", 0.5, 0.4, 0.6, "llm", 10), Point("b", None, labeler="human", n=0, reason="no pairs")]


def test_a_forest_draws_what_is_defined_and_lists_everything() -> None:
    chart = forest("f1", "F1", "", points(), axis="F1")
    assert [trace["y"] for trace in chart.figure["data"]] == [["a"]]
    assert chart.rows == [["a", 0.5, 0.4, 0.6, 10, ""], ["b", None, None, None, 0, "no pairs"]]


def test_intervals_are_drawn_from_the_point() -> None:
    error = forest("f1", "F1", "", points(), axis="F1").figure["data"][0]["error_x"]
    assert [round(error["array"][0], 9), round(error["arrayminus"][0], 9)] == [0.1, 0.1]


def test_figures_carry_no_template_and_the_sheets_colours() -> None:
    figure = forest("f1", "F1", "", points(), axis="F1").figure
    assert "template" not in figure["layout"] or figure["layout"]["template"] == {}
    assert figure["data"][0]["marker"]["color"] == "var(--llm)"
    assert json.dumps(figure, allow_nan=False)


def test_a_heat_map_leaves_undefined_cells_empty() -> None:
    chart = heat("h", "H", "", [[1.0, None]], ["x", "y"], ["z"], corner="c")
    assert chart.figure["data"][0]["text"] == [["1.00", ""]]
    assert chart.rows == [["z", 1.0, None]]


def test_coefficients_leave_out_what_the_scale_has_not() -> None:
    one = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9, "reason": None}
    assert [row[0] for row in coefficients({"gwet_ac1": one}).rows] == ["Gwet's AC1"]


def test_an_axis_from_0_to_1_is_not_cut_short() -> None:
    ends = forest("f1", "F1", "", points(), axis="F1", whole=True).figure["layout"]["xaxis"]["range"]
    assert ends == [-0.02, 1.02]
    below = forest("f1", "F1", "", [Point("a", -0.1, -0.3, 0.1)], axis="F1", whole=True)
    assert below.figure["layout"]["xaxis"]["range"][0] == -0.32


def stored_pairs(*shared: int) -> dict[str, Any]:
    """Raters of whom the first shares this many items with each further one."""
    figure = {"value": 0.4, "low": None, "high": None, "reason": None}
    return {
        "raters": [{"name": f"r{k}"} for k in range(len(shared) + 1)],
        "cells": [
            {"a": 0, "b": k, "agreement": {**figure, "n": n}, "kappa": {**figure, "n": n}}
            for k, n in enumerate(shared, start=1)
        ],
        "fewest": 10,
        "n_left_out": 0,
    }


def test_without_a_pair_there_is_no_matrix() -> None:
    assert pairs(stored_pairs()) is None


def test_pairs_are_symmetric_and_few_items_grey() -> None:
    chart = pairs(stored_pairs(12, 3, 0))
    assert chart is not None
    shaded, grey = chart.figure["data"]
    assert shaded["text"] == [["", "0.40", "", ""], ["0.40", "", "", ""], ["", "", "", ""], ["", "", "", ""]]
    assert grey["text"][0] == ["", "", "n 3", ""] == [row[0] for row in grey["text"]]
    assert chart.rows[1] == ["r0, r2", 3, 0.4, None, None, 0.4, None, None, ""]


def test_level_pairs_share_out_all_pairs_of_answers() -> None:
    counts = [[4, 2, 0], [2, 1, 1], [0, 1, 2]]
    chart = level_pairs({"pairs": counts, "items": counts}, ["a", "b", "c"])
    assert chart is not None
    shares = [cell for row in chart.figure["data"][0]["z"] for cell in row if cell is not None]
    assert sum(shares) == 1.0
    assert ["b, a", 2, 2] in chart.rows
    assert level_pairs({"pairs": counts, "items": counts}, ["a", "b"]) is None


def test_months_are_shares() -> None:
    assert months([("2026-01", 1, 4), ("2026-02", 3, 3)], "Yes").rows == [
        ["2026-01", 0.25, 1, 4],
        ["2026-02", 1.0, 3, 3],
    ]


def test_a_histogram_counts_every_item() -> None:
    assert histogram([1, 0, 2, 0], "Yes").note.startswith("3 items")


def test_a_curve_keeps_the_epoch_before_training() -> None:
    chart = curve([{"epoch": 0, "train_loss": None, "validation_loss": 0.7}])
    assert chart.rows == [["0", None, 0.7]]

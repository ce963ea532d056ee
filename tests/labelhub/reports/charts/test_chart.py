import json

from labelhub.reports.charts.agreement import coefficients, pairs
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


def test_without_pairs_there_is_no_matrix() -> None:
    assert pairs({"pairs": [], "n_pairs_left_out": 3}) is None


def test_pairs_are_symmetric() -> None:
    chart = pairs({"pairs": [{"raters": ["a", "b"], "value": 0.4}], "n_pairs_left_out": 0})
    assert chart is not None
    assert chart.rows == [["a", None, 0.4], ["b", 0.4, None]]


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

import numpy as np

from labelhub.reports.charts import calibration as charts
from raters.stats.calibration_report import Judged, calibration_report


def payload(scale: str, q: int) -> dict:
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(q), 120)
    label = (rng.random((120, 1)) > p.cumsum(axis=1)).sum(axis=1)
    _, report = calibration_report(
        Judged(p, label, p.argmax(axis=1), np.arange(120) % 5, scale, q - 1), draws=5
    )  # fmt: skip
    levels = [{"key": f"l{k}", "label": f"Level {k}"} for k in range(q)]
    return {"report": report, "labeler": "llm", "levels": levels}


def test_a_binary_scale_has_one_diagram_whose_counts_are_the_items() -> None:
    found = charts.charts_of(payload("binary", 2))
    assert [chart.key for chart in found] == ["reliability-level-1", "risk", "losses"]
    counts: dict[str, int] = {}
    for name, _, _, n, *_ in found[0].rows:
        counts[name] = counts.get(name, 0) + n
    assert set(counts.values()) == {120}
    assert found[0].title == "Are they chances? Probability of “Level 1”"


def test_more_levels_have_one_each_and_the_likeliest_first() -> None:
    found = [chart.key for chart in charts.charts_of(payload("nominal", 3))]
    assert found[:4] == ["reliability-top", "reliability-level-0", "reliability-level-1", "reliability-level-2"]


def test_counts_stand_where_they_have_room() -> None:
    bins = [{"mean_probability": p, "n": n} for p, n in ((0.01, 5), (0.03, 6), (0.08, 1200))]
    assert charts._counts(bins) == ["5", "", "1,200"]


def test_every_table_is_as_wide_as_its_head() -> None:
    for scale, q in (("binary", 2), ("ordinal", 3)):
        for table in [*charts.tables_of(payload(scale, q)), *charts.charts_of(payload(scale, q))]:
            assert {len(row) for row in table.rows} == {len(table.columns)}

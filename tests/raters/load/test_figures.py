import math

from raters.load.figures import latencies, percentile, ratio


def test_percentiles_are_values_that_were_seen() -> None:
    ordered = [float(n) for n in range(1, 101)]
    assert [percentile(ordered, p) for p in (50, 95, 99, 100)] == [50.0, 95.0, 99.0, 100.0]
    assert percentile([7.0], 50) == 7.0
    assert percentile([1.0, 2.0], 50) == 1.0


def test_nothing_is_no_number() -> None:
    assert math.isnan(percentile([], 50))
    assert all(math.isnan(value) for value in latencies([]).values())
    assert math.isnan(ratio(1.0, 0.0))


def test_latencies_are_milliseconds_in_any_order() -> None:
    seconds = [0.004, 0.001, 0.003, 0.002]
    assert latencies(seconds) == {"p50_ms": 2.0, "p95_ms": 4.0, "p99_ms": 4.0, "max_ms": 4.0}

import numpy as np
import pytest

from raters.stats import scorecard
from raters.stats.confusion import scores
from raters.stats.leave_one_out import Evaluation, leave_one_out
from raters.stats.linearised import MANY_ITEMS, carries, standard_errors
from raters.stats.types import Ratings

FIGURES = ("precision", "recall", "f1", "accuracy", "quadratic_kappa", "difference")


def drawn(n: int, q: int, seed: int = 0, share: float = 0.3) -> tuple[Ratings, dict[str, np.ndarray]]:
    """Three of four raters an item, two machines of which one fails now and then."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(q, n, p=[1 - share] + [share / (q - 1)] * (q - 1))
    labels = np.where(rng.random((n, 4)) < 0.75, truth[:, None], rng.integers(0, q, (n, 4)))
    labels[np.arange(n), rng.integers(0, 4, n)] = -1
    machines = {name: np.where(rng.random(n) < 0.7, truth, rng.integers(0, q, n)) for name in "mn"}
    machines["n"][rng.random(n) < 0.1] = -1
    return Ratings.from_matrix(labels, q=q), machines


def intervals(evaluation: Evaluation) -> dict[tuple[str, ...], tuple[float, float, float]]:
    """(low, high, value) of every figure with an interval."""
    named = {row.name: row for row in (*evaluation.annotators, *evaluation.raters, evaluation.pooled_raters)}
    for rater in evaluation.raters:
        named |= {f"{row.name} beside {rater.name}": row for row in rater.annotators or ()}
    found = {(name, figure): getattr(row, figure) for name, row in named.items() for figure in FIGURES}
    return {key: (one.low, one.high, one.value) for key, one in found.items() if one and one.low is not None}


@pytest.mark.parametrize(("q", "scale"), [(2, "binary"), (4, "ordinal")])
def test_widths_equal_the_bootstraps_within_five_percent(
    monkeypatch: pytest.MonkeyPatch, q: int, scale: scorecard.Scale
) -> None:
    """Every row: 14,000 items leave each rater about 10,500. 8,000 replicates, whose quantiles still move by 1 %."""
    ratings, machines = drawn(14_000, q)
    fast = intervals(leave_one_out(ratings, machines, scale=scale, positive=1))
    monkeypatch.setattr("raters.stats.linearised.MANY_ITEMS", 10**9)
    slow = intervals(leave_one_out(ratings, machines, scale=scale, positive=1, replicates=8000))
    assert fast.keys() == slow.keys()
    assert len(fast) > 50
    ratios = [(fast[key][1] - fast[key][0]) / (slow[key][1] - slow[key][0]) for key in fast]
    assert np.mean(ratios) == pytest.approx(1, abs=0.01)
    assert max(abs(ratio - 1) for ratio in ratios) < 0.05
    for key, (low, high, value) in fast.items():
        assert value == slow[key][2]
        assert (low, high) == pytest.approx(slow[key][:2], abs=0.1 * (high - low))


def test_the_error_of_a_share_is_the_textbooks() -> None:
    """Accuracy over items of one pair each: sqrt(p (1 - p) / (n - 1))."""
    features = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    multiplicity = np.array([50, 20, 30])

    def accuracy(sums: np.ndarray) -> np.ndarray:
        return scores(sums.reshape(-1, 2, 2), scale="binary", positive=1).accuracy[:, None]

    (se,) = standard_errors(accuracy, features, multiplicity)
    assert se == pytest.approx(np.sqrt(0.8 * 0.2 / 99), rel=1e-5)


@pytest.mark.parametrize(
    ("cells", "n", "expected"),
    [
        ([[900, 100], [100, 900]], MANY_ITEMS + 1, True),
        ([[900, 100], [100, 900]], MANY_ITEMS, False),
        ([[1900, 60], [20, 20]], MANY_ITEMS + 1, False),
        ([[1900, 0], [100, 0]], MANY_ITEMS + 1, True),
    ],
)
def test_when_it_may_stand_for_the_bootstrap(cells: list[list[float]], n: int, expected: bool) -> None:
    """A level that is absent does no harm; one that is rare does."""
    assert carries(np.array([cells], dtype=float), n) is expected


def test_a_rare_level_is_left_to_the_bootstrap(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(scorecard, "resampled_sums", lambda *given: asked.append(1) or np.zeros((0, given[0].shape[1])))
    ratings = Ratings.from_matrix(np.eye(2, dtype=np.int64)[(np.arange(10_400) < 20).astype(int)][:, [1, 1]], q=2)
    leave_one_out(ratings, {}, scale="binary", positive=1)
    assert asked


def test_what_never_changes_has_no_interval() -> None:
    labels = np.tile([0, 1], 6000)
    machine = leave_one_out(
        Ratings.from_matrix(np.column_stack([labels, labels]), q=2), {"m": labels}, scale="binary", positive=1
    ).annotators[0]
    assert (machine.f1.value, machine.f1.low) == (1, None)
    assert machine.f1.reason == "interval refused: every resample gives the same value"
    assert machine.difference.value == 0


def test_without_replicates_there_is_no_interval() -> None:
    ratings, machines = drawn(11_000, 2)
    row = leave_one_out(ratings, machines, scale="binary", positive=1, replicates=0).annotators[0]
    assert (row.f1.low, row.f1.reason) == (None, "no interval asked for")


def test_the_intervals_cover_the_truth() -> None:
    """A machine of accuracy .8 against raters of .9 agrees with either in .74 of the pairs."""
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 2, 10_100)
        labels = np.where(rng.random((10_100, 3)) < [0.9, 0.9, 0.8], truth[:, None], 1 - truth[:, None])
        row = leave_one_out(
            Ratings.from_matrix(labels[:, :2], q=2), {"m": labels[:, 2]}, scale="binary", positive=1
        ).annotators[0]
        covered += row.accuracy.low <= 0.74 <= row.accuracy.high
    assert 52 <= covered <= 60

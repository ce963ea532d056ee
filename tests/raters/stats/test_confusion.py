import numpy as np
import pytest
from sklearn import metrics

from raters.stats.confusion import confusion_matrix, present_levels, scores
from raters.stats.types import Scale


@pytest.mark.parametrize("scale", ["nominal", "ordinal"])
def test_macro_scores_equal_scikit_learn_when_every_level_occurs(scale: Scale) -> None:
    rng = np.random.default_rng(0)
    reference, predicted, weights = rng.integers(0, 4, 200), rng.integers(0, 4, 200), rng.random(200)
    ours = scores(confusion_matrix(reference, predicted, q=4, weights=weights), scale=scale)
    p, r, f, _ = metrics.precision_recall_fscore_support(reference, predicted, average="macro", sample_weight=weights)
    assert (ours.precision, ours.recall, ours.f1) == pytest.approx((p, r, f), abs=1e-12)
    assert ours.accuracy == pytest.approx(metrics.accuracy_score(reference, predicted, sample_weight=weights))
    if scale == "ordinal":
        kappa = metrics.cohen_kappa_score(reference, predicted, weights="quadratic", sample_weight=weights)
        assert ours.quadratic_kappa == pytest.approx(kappa, abs=1e-12)
        assert ours.mae == pytest.approx(metrics.mean_absolute_error(reference, predicted, sample_weight=weights))
        assert ours.within_one == pytest.approx(np.average(abs(reference - predicted) <= 1, weights=weights))
    else:
        assert (ours.quadratic_kappa, ours.mae, ours.within_one) == (None, None, None)


def test_binary_scores_are_those_of_the_positive_level() -> None:
    ours = scores(np.array([[5.0, 1.0], [2.0, 2.0]]), scale="binary", positive=1)
    assert (ours.precision, ours.recall, ours.f1, ours.accuracy) == pytest.approx((2 / 3, 1 / 2, 4 / 7, 0.7))


def test_undefined_is_nan_and_never_zero() -> None:
    nothing_positive = scores(np.array([[5.0, 0.0], [0.0, 0.0]]), scale="binary", positive=1)
    assert np.isnan([nothing_positive.precision, nothing_positive.recall, nothing_positive.f1]).all()
    never_predicted = scores(np.array([[5.0, 0.0], [2.0, 0.0]]), scale="binary", positive=1)
    assert np.isnan(never_predicted.precision)
    assert (never_predicted.recall, never_predicted.f1) == (0, 0)
    empty = scores(np.zeros((3, 3)), scale="ordinal")
    assert np.isnan([empty.f1, empty.accuracy, empty.quadratic_kappa]).all()


def test_an_absent_level_leaves_the_macro_average() -> None:
    confusion = np.array([[4.0, 0.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 0.0]])
    assert present_levels(confusion).tolist() == [True, True, False]
    assert scores(confusion, scale="nominal").f1 == pytest.approx((0.8 + 2 / 3) / 2)


def test_stacked_matrices_are_scored_one_by_one() -> None:
    stack = np.random.default_rng(0).random((5, 3, 3))
    together = scores(stack, scale="ordinal")
    for index, confusion in enumerate(stack):
        alone = scores(confusion, scale="ordinal")
        assert together.f1[index] == pytest.approx(float(alone.f1))
        assert together.quadratic_kappa[index] == pytest.approx(float(alone.quadratic_kappa))


@pytest.mark.parametrize("positive", [None, 2])
def test_a_binary_scale_needs_its_positive_level(positive: int | None) -> None:
    with pytest.raises(ValueError, match="needs its positive level"):
        scores(np.zeros((2, 2)), scale="binary", positive=positive)

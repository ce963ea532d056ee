import numpy as np

from raters.stats.consensus import label_distribution, leave_one_out_consensus, majority


def test_a_tie_is_visible_and_keeps_its_levels() -> None:
    result = majority(np.array([[2, 1, 0], [1, 1, 0], [1, 1, 1], [0, 0, 0], [0, 0, 1]]))
    assert result.level.tolist() == [0, -1, -1, -1, 2]
    assert result.is_tie.tolist() == [False, True, True, False, False]
    assert [np.flatnonzero(row).tolist() for row in result.top] == [[0], [0, 1], [0, 1, 2], [], [2]]


def test_an_unrated_item_has_no_distribution() -> None:
    distribution = label_distribution(np.array([[3, 1], [0, 0]]))
    assert distribution[0].tolist() == [0.75, 0.25]
    assert np.isnan(distribution[1]).all()


def test_the_own_rating_is_left_out() -> None:
    weights = leave_one_out_consensus(np.array([[2, 1, 0], [1, 1, 1], [0, 1, 0], [0, 0, 3]]))
    assert weights[0].tolist() == [[0.5, 0.5, 0], [1, 0, 0], [0, 0, 0]]
    assert weights[1].tolist() == [[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]]
    assert weights[2].tolist() == [[0, 0, 0]] * 3
    assert weights[3].tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]

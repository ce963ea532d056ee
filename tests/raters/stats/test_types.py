import json

import numpy as np
import pytest

from raters.stats.types import Estimate, Ratings


def test_an_estimate_refuses_nan() -> None:
    with pytest.raises(ValueError, match="se is nan"):
        Estimate(0.5, float("nan"), None, None, None, 3, None)


def test_an_undefined_estimate_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        Estimate(None, None, None, None, None, 3, None)


def test_an_estimate_is_strict_json() -> None:
    undefined = Estimate.undefined("no ratings")
    assert json.loads(json.dumps(undefined.as_dict(), allow_nan=False)) == {
        "value": None,
        "se": None,
        "low": None,
        "high": None,
        "method": None,
        "n": 0,
        "reason": "no ratings",
    }


def test_labels_are_indexed_in_order_of_appearance_and_scale() -> None:
    ratings = Ratings.from_labels(["b", "b", "a"], ["x", "y", "x"], ["no", "yes", "yes"], levels=["no", "yes"])
    assert ratings.item.tolist() == [0, 0, 1]
    assert ratings.rater_names == ("x", "y")
    assert ratings.counts().tolist() == [[1, 1], [0, 1]]


def test_a_label_outside_the_scale_is_named_with_its_row() -> None:
    with pytest.raises(ValueError, match="row 1: label 'maybe' is not one of"):
        Ratings.from_labels(["a", "b"], ["x", "x"], ["no", "maybe"], levels=["no", "yes"])


def test_a_repeated_rating_is_refused_unless_asked_for() -> None:
    columns = (["a", "b", "a"], ["x", "x", "x"], ["no", "no", "yes"])
    with pytest.raises(ValueError, match="row 2: rater x has already rated item 0"):
        Ratings.from_labels(*columns, levels=["no", "yes"])
    repeated = Ratings.from_labels(*columns, levels=["no", "yes"], allow_repeats=True)
    assert repeated.counts().tolist() == [[1, 1], [1, 0]]


@pytest.mark.parametrize(("q", "values"), [(2, [1.0]), (2, [2.0, 1.0]), (2, [1.0, np.nan])])
def test_values_are_one_increasing_number_a_level(q: int, values: list[float]) -> None:
    with pytest.raises(ValueError, match="values must"):
        Ratings.from_matrix([[0, 1]], q=q, values=values)


def test_an_index_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match=r"level must lie in 0\.\.1, found 2\.\.2"):
        Ratings.from_matrix([[2, np.nan]], q=2)

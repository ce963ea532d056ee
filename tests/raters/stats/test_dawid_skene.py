import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.stats.dawid_skene import dawid_skene
from raters.stats.types import Ratings

# Dawid and Skene (1979), table 1: 45 patients, five anaesthetists, the first of whom saw each three times.
ANAESTHETISTS = """
111 1 1 1 1, 333 4 3 3 4, 112 2 1 2 2, 222 3 1 2 1, 222 3 2 2 2, 222 3 3 2 2, 122 2 1 1 1, 333 3 4 3 3, 222 2 2
2 3, 232 2 2 2 3, 444 4 4 4 4, 222 3 3 4 3, 111 1 1 1 1, 222 3 2 1 2, 121 1 1 1 1, 111 2 1 1 1, 111 1 1 1 1, 111
1 1 1 1, 222 2 2 2 1, 222 1 3 2 2, 222 2 2 2 2, 222 2 2 2 1, 222 3 2 2 2, 221 2 2 2 2, 111 1 1 1 1, 111 1 1 1 1,
232 2 2 2 2, 111 1 1 1 1, 111 1 1 1 1, 112 1 1 2 1, 111 1 1 1 1, 333 3 2 3 3, 111 1 1 1 1, 222 2 2 2 2, 222 3 2
3 2, 433 4 3 4 3, 221 2 2 3 2, 232 3 2 3 3, 333 3 4 3 2, 111 1 1 1 1, 111 1 1 1 1, 121 2 1 1 1, 232 2 2 2 2, 121
1 1 1 1, 222 2 2 2 2
"""
RATINGS = st.lists(st.lists(st.integers(-1, 2), min_size=3, max_size=3), min_size=2, max_size=15).filter(
    lambda rows: max(map(max, rows)) >= 0
)


def anaesthetists() -> Ratings:
    rows = [
        (item, rater, label)
        for item, patient in enumerate(ANAESTHETISTS.replace("\n", " ").split(","))
        for rater, labels in enumerate(patient.split())
        for label in labels
    ]
    items, raters, labels = zip(*rows, strict=True)
    return Ratings.from_labels(items, raters, labels, levels=list("1234"), allow_repeats=True)


def drawn(n: int, sensitivity: float, specificity: float, share: float, raters: int = 5, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < share
    says_yes = np.where(truth[:, None], rng.random((n, raters)) < sensitivity, rng.random((n, raters)) > specificity)
    return np.column_stack([truth, says_yes]).astype(np.int64)


def test_the_anaesthetists() -> None:
    model = dawid_skene(anaesthetists())
    assert model.prior == pytest.approx([0.40, 0.42, 0.11, 0.07], abs=0.005)
    assert model.prior == pytest.approx([0.39955, 0.42198, 0.11180, 0.06667], abs=1e-5)
    assert model.log_likelihood == pytest.approx(-192.8909, abs=1e-4)
    assert model.converged
    # Table 2: the first observer's errors.
    assert model.confusion[0] == pytest.approx(
        np.array([[0.89, 0.11, 0, 0], [0.07, 0.88, 0.05, 0], [0, 0.34, 0.66, 0], [0, 0, 0.56, 0.44]]), abs=0.006
    )


def test_a_good_rater_outvotes_two_bad_ones() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 400)
    right = rng.random((400, 5)) < [0.98, 0.95, 0.6, 0.6, 0.6]
    labels = np.where(right, truth[:, None], 1 - truth[:, None])
    model = dawid_skene(Ratings.from_matrix(labels, q=2))
    majority = labels.sum(axis=1) > 2
    assert (model.level == truth).mean() > (majority == truth).mean() + 0.03
    assert model.confusion[:, 1, 1] == pytest.approx([0.98, 0.95, 0.6, 0.6, 0.6], abs=0.08)


@settings(max_examples=40, deadline=None)
@given(matrix=RATINGS, seed=st.integers(0, 99))
def test_order_of_items_and_raters_and_names_of_levels_do_not_matter(matrix: list[list[int]], seed: int) -> None:
    """A few steps: ties far from the start may fall either way by rounding."""
    rng, table = np.random.default_rng(seed), np.array(matrix)
    before = dawid_skene(Ratings.from_matrix(table, q=3), max_iterations=5).probability
    items, raters, levels = rng.permutation(len(table)), rng.permutation(3), rng.permutation(3)
    renamed = np.where(table >= 0, levels[table], -1)[items][:, raters]
    after = dawid_skene(Ratings.from_matrix(renamed, q=3), max_iterations=5).probability
    assert after[:, levels] == pytest.approx(before[items], abs=1e-6, nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(matrix=RATINGS)
def test_every_item_twice_changes_nothing(matrix: list[list[int]]) -> None:
    once = dawid_skene(Ratings.from_matrix(matrix, q=3), max_iterations=5)
    twice = dawid_skene(Ratings.from_matrix(matrix + matrix, q=3), max_iterations=5)
    assert twice.probability[: len(matrix)] == pytest.approx(once.probability, abs=1e-6, nan_ok=True)
    assert twice.log_likelihood == pytest.approx(2 * once.log_likelihood, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(matrix=RATINGS)
def test_the_likelihood_never_falls(matrix: list[list[int]]) -> None:
    ratings = Ratings.from_matrix(matrix, q=3)
    likelihoods = [dawid_skene(ratings, max_iterations=k).log_likelihood for k in range(1, 7)]
    assert (np.diff(likelihoods) >= -1e-9).all()


def test_ties_and_unrated_items_are_said() -> None:
    model = dawid_skene(Ratings.from_matrix([[0, 1], [1, 0], [-1, -1]], q=2))
    assert model.level.tolist() == [-1, -1, -1]
    assert model.is_tie.tolist() == [True, True, False]
    assert np.isnan(model.probability[2]).all()


def test_agreement_is_certain() -> None:
    model = dawid_skene(Ratings.from_matrix([[0, 0], [1, 1], [1, 1]], q=3))
    assert model.level.tolist() == [0, 1, 1]
    assert model.prior == pytest.approx([1 / 3, 2 / 3, 0])
    assert np.isnan(model.confusion[:, 2]).all()


def test_nothing_to_warn_of() -> None:
    assert dawid_skene(Ratings.from_matrix(drawn(400, 0.9, 0.9, 0.4)[:, 1:], q=2)).warnings == ()


def test_few_ratings_are_warned_of() -> None:
    (few, *_) = dawid_skene(Ratings.from_matrix(drawn(40, 0.9, 0.9, 0.4, raters=3)[:, 1:], q=2)).warnings
    assert few.startswith("few ratings: a median of 3 an item, 40 by the least busy rater, about")


def test_a_rare_attribute_is_warned_of() -> None:
    """What it finds is far from the majority's share, in one direction or the other."""
    lines = dawid_skene(Ratings.from_matrix(drawn(2000, 0.6, 0.9, 0.055, 3, seed=0)[:, 1:], q=2)).warnings
    assert any("where the majority finds" in line for line in lines)


def test_a_share_that_moves_between_the_halves_is_warned_of() -> None:
    halves = np.vstack([drawn(300, 0.9, 0.9, 0.2)[:, 1:], drawn(300, 0.9, 0.9, 0.6, seed=1)[:, 1:]])
    lines = [line for line in dawid_skene(Ratings.from_matrix(halves, q=2)).warnings if "first half" in line]
    assert lines[-1].startswith("level 1: a share of 0.2")


def test_what_has_not_converged_says_so() -> None:
    model = dawid_skene(anaesthetists(), max_iterations=3)
    assert (model.iterations, model.converged) == (3, False)
    assert "it has not converged" in model.warnings


def test_without_ratings_there_is_nothing_to_fit() -> None:
    with pytest.raises(ValueError, match="needs ratings"):
        dawid_skene(Ratings.from_matrix([[-1]], q=2))

import json

import numpy as np
import pytest

from raters.stats.agreement import agreement_report
from raters.stats.alpha import krippendorff_alpha
from raters.stats.bootstrap import estimates
from raters.stats.gwet import fleiss_kappa_coefficient, gwet_ac1_coefficient, percent_agreement_coefficient
from raters.stats.types import Ratings

SHARED = {
    "n_items",
    "n_raters",
    "n_labels",
    "percent_agreement",
    "krippendorff_alpha",
    "fleiss_kappa",
    "gwet_ac1",
    "brennan_prediger",
    "conger_kappa",
    "scott_pi",
    "cohen_kappa",
    "prevalence",
}


def random_ratings(n: int = 30, q: int = 3) -> Ratings:
    matrix = np.random.default_rng(0).integers(-1, q, (n, 4))
    return Ratings.from_matrix(matrix, q=q, values=np.arange(1.0, q + 1).tolist())


@pytest.mark.parametrize(
    ("level", "more"),
    [("nominal", set()), ("ordinal", {"gwet_ac2"}), ("interval", {"gwet_ac2"}), ("ratio", {"gwet_ac2"})],
)
def test_the_report_has_its_keys_and_is_strict_json(level, more: set[str]) -> None:
    report = agreement_report(random_ratings(), level=level, replicates=200)
    assert set(report) == SHARED | more
    json.dumps(report, allow_nan=False)


def test_counts_and_prevalence() -> None:
    ratings = Ratings.from_matrix([[0, 1, -1], [1, 1, -1], [-1, -1, -1]], q=2)
    report = agreement_report(ratings, level="nominal")
    assert (report["n_items"], report["n_raters"], report["n_labels"]) == (2, 2, 4)
    assert report["prevalence"] == [0.25, 0.75]


def test_the_value_is_that_of_the_metric_alone() -> None:
    report = agreement_report(random_ratings(), level="ordinal", replicates=100)
    alone = krippendorff_alpha(random_ratings(), level="ordinal", replicates=100)
    assert report["krippendorff_alpha"] == alone.as_dict()


@pytest.mark.parametrize("matrix", [[[-1, -1]], [[0, -1], [1, -1]], [[0, -1], [-1, 1]], [[1, 1], [1, 1]]])
def test_a_hopeless_table_is_reported_and_not_raised(matrix: list[list[int]]) -> None:
    report = agreement_report(Ratings.from_matrix(matrix, q=2), level="nominal")
    assert report["krippendorff_alpha"]["value"] is None
    assert report["krippendorff_alpha"]["reason"]
    json.dumps(report, allow_nan=False)


def test_no_labels_have_no_prevalence() -> None:
    assert agreement_report(Ratings.from_matrix([[-1, -1]], q=2), level="nominal")["prevalence"] == [None, None]


def test_intervals_cover_the_truth() -> None:
    """Three raters of accuracy .9, balanced levels: agreement .82, every kappa .64."""
    truths = {"percent_agreement": 0.82, "fleiss_kappa": 0.64, "gwet_ac1": 0.64}
    covered = dict.fromkeys(truths, 0)
    for seed in range(150):
        rng = np.random.default_rng(seed)
        item = rng.integers(0, 2, 80)
        ratings = Ratings.from_matrix(np.where(rng.random((80, 3)) < 0.9, item[:, None], 1 - item[:, None]), q=2)
        coefficients = [
            coefficient(ratings)
            for coefficient in (percent_agreement_coefficient, fleiss_kappa_coefficient, gwet_ac1_coefficient)
        ]
        for name, estimate in estimates(coefficients, ratings, seed=seed, replicates=400).items():
            covered[name] += estimate.low <= truths[name] <= estimate.high
    assert all(0.9 <= hits / 150 <= 0.99 for hits in covered.values()), covered

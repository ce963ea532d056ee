"""Published values: some typed here, and every case of the shared reference file where it lies beside the checkout."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from tests.raters.stats.reference import agreement, comparisons
from tests.raters.stats.reference.inputs import COUNTS, MATRIX, SHARED, TABLE, Case, case

COMPUTE = {**agreement.COMPUTE, **comparisons.COMPUTE}

FOUR_RATERS = [
    [1, 1, None, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [None, 5, 5, 5],
    [None, None, 1, 1],
    [None, None, 3, None],
]
FLEISS_1971 = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
COHEN_1960 = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
CONSTANT = [[1, 1], [1, 1], [1, 1]]
ALONE = [[1, None], [None, 2], [None, 1]]

PUBLISHED = [
    case("Krippendorff 2011 C", "krippendorff_alpha_nominal", MATRIX, FOUR_RATERS, 904 / 1216, 5e-4),
    case("Krippendorff 2011 D", "krippendorff_alpha_interval", MATRIX, FOUR_RATERS, 0.849, 5e-4),
    case("krippendorff package, ordinal", "krippendorff_alpha_ordinal", MATRIX, FOUR_RATERS, 0.815, 5e-4),
    case("krippendorff package, ratio", "krippendorff_alpha_ratio", MATRIX, FOUR_RATERS, 0.797, 5e-4),
    case("Gwet, percent", "percent_agreement", MATRIX, FOUR_RATERS, {"value": 0.81818, "se": 0.12561}, 1e-5),
    case("Gwet, AC1", "gwet_ac1", MATRIX, FOUR_RATERS, {"value": 0.77544, "se": 0.14295}, 1e-5),
    case("Gwet, Fleiss", "fleiss", MATRIX, FOUR_RATERS, {"value": 0.76117, "se": 0.15302}, 1e-5),
    case("Gwet, Conger", "conger_kappa", MATRIX, FOUR_RATERS, {"value": 0.76282, "se": 0.14917}, 1e-5),
    case("Gwet, Brennan-Prediger", "brennan_prediger", MATRIX, FOUR_RATERS, {"value": 0.77273, "se": 0.14472}, 1e-5),
    case("Fleiss 1971", "fleiss_kappa", COUNTS, FLEISS_1971, {"kappa": 0.21, "Pbar": 0.378, "Pe": 0.213}, 5e-4),
    case("Cohen 1960", "cohen_kappa", TABLE, COHEN_1960, {"kappa": 0.492}, 6e-4),
    case(
        "R vcd SexualFun",
        "cohen_kappa",
        TABLE,
        [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]],
        {"kappa": 0.1293, "ase": 0.0686},
        6e-5,
    ),
    case(
        "R irrCAC, AC1 of a table",
        "gwet_ac1",
        TABLE,
        [[13, 0, 0], [0, 20, 7], [0, 4, 56]],
        {"value": 0.8493305, "se": 0.04321747},
        1e-6,
    ),
    case(
        "Gwet 2002",
        "paradox_table",
        TABLE,
        [[118, 5], [2, 0]],
        {"percent": 0.944, "kappa": -0.0234, "ac1": 0.9408, "scott_pi": -0.0288},
        6e-5,
    ),
    case("Newcombe 1998", "wilson_ci95", "successes, n", [15, 148], [0.0624, 0.1605], 6e-5),
    case("Agresti, approval ratings", "mcnemar", "2x2 paired table", [[794, 150], [86, 570]], {"chi2": 17.36}, 5e-3),
    case(
        "three coins",
        "leave_one_out_consensus",
        "simulation",
        {"simulate": "3 raters, independent fair coin labels, 3000 items"},
        {"human_vs_majority_including_self": 0.75, "human_vs_leave_one_out": 0.5},
        0.03,
    ),
    # What is undefined says why, whatever form it comes in.
    *(
        case(f"constant labels, {metric}", metric, MATRIX, CONSTANT, None, 0)
        for metric in ("krippendorff_alpha_nominal", "krippendorff_alpha_ordinal", "cohen_kappa", "scott_pi")
    ),
    case("constant labels, fleiss", "fleiss", COUNTS, [[2, 0], [2, 0]], {"value": None}, 0),
    case("constant labels, AC1", "gwet_ac1", MATRIX, [[1, 1, 1], [1, 1, 1], [2, 2, 2]], {"value": 1.0}, 1e-12),
    case("no item has two ratings", "gwet_ac2", MATRIX, ALONE, None, 0, weights="linear"),
    case("ratio below zero", "krippendorff_alpha_ratio", MATRIX, [[-1, 1], [1, 1]], None, 0),
    case("nobody rated", "wilson_ci95", "successes, n", [0, 0], None, 0),
    case("nothing discordant", "mcnemar", "2x2 paired table", [[5, 0], [0, 5]], None, 0),
    case("too few scores", "conformal_quantile", "scores", {"scores": [0.5, 0.6], "alpha": 0.1}, {"q": None}, 0),
    case("no golden item", "ppi_mean", "counts", {"golden_counts": {}, "unlabeled": {"n": 9, "f1": 3}}, None, 0),
    case(
        "an attribute nobody has",
        "f1",
        "items x attributes 0/1",
        {"gold": [[1, 0], [0, 0]], "pred": [[1, 0], [1, 0]]},
        {"per_attribute": [2 / 3, None], "macro": 2 / 3, "micro": 2 / 3},
        1e-9,
    ),
]


def check(given: Case) -> None:
    expected = given["expected"]
    found = COMPUTE[given["metric"]](given)
    if not isinstance(expected, dict):
        expected, found = {"value": expected}, {"value": found["value"]}
    for key, value in expected.items():
        same(found[key], value, given["tolerance"], key)


def same(found: Any, expected: Any, tolerance: float, key: str) -> None:
    if expected is None and hasattr(found, "reason"):
        assert found.reason, f"{key} is undefined without a reason"
        found = getattr(found, "value", None) if not hasattr(found, "chi2") else found.chi2
    found = getattr(found, "value", found)
    if isinstance(expected, dict):
        for part, value in expected.items():
            same(found[part], value, tolerance, f"{key}.{part}")
    elif isinstance(expected, Sequence) and not isinstance(expected, str):
        assert len(found) == len(expected), key
        for k, value in enumerate(expected):
            same(found[k], value, tolerance, f"{key}[{k}]")
    elif isinstance(expected, int | float) and not isinstance(expected, bool):
        assert found == pytest.approx(expected, abs=tolerance), key
    else:
        assert found == expected, key


def shared_cases() -> list[Any]:
    path = SHARED / "reference_cases.json"
    if not path.exists():
        reason = f"no reference cases at {path}"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="reference_cases.json")]
    return [pytest.param(given, id=given["name"]) for given in json.loads(path.read_text())["cases"]]


@pytest.mark.parametrize("given", PUBLISHED, ids=lambda given: given["name"])
def test_published_values(given: Case) -> None:
    check(given)


@pytest.mark.real_data
@pytest.mark.parametrize("given", shared_cases())
def test_shared_reference_cases(given: Case) -> None:
    """Every one of them: a metric without a runner fails. Only a model without a column in its file is passed over."""
    check(given)

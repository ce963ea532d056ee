"""Published values: a dozen typed here, and every case of the shared reference file that these kernels serve."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raters.stats.alpha import krippendorff_alpha
from raters.stats.alt_test import alt_test
from raters.stats.cohen import cohen_from_table, cohen_kappa
from raters.stats.confusion import confusion_matrix, scores
from raters.stats.consensus import majority
from raters.stats.fidelity import soft_label_fidelity
from raters.stats.gwet import fleiss_kappa, gwet_ac1, gwet_ac2, percent_agreement, scott_pi
from raters.stats.intervals import wilson
from raters.stats.leave_one_out import leave_one_out
from raters.stats.multiplicity import benjamini_hochberg
from raters.stats.paired import chi2_p, mcnemar
from raters.stats.rectified import Labelled, ppi, ppi_plus_plus
from raters.stats.types import Estimate, IntArray, Ratings
from tests.raters.stats import probability_cases

SHARED = Path(__file__).parents[3] / "../shared"

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
MATRIX, COUNTS, TABLE = "items x raters, null = missing", "items x categories counts", "square contingency table"


def case(name: str, metric: str, form: str, data: Any, expected: Any, tolerance: float) -> dict[str, Any]:
    return {
        "name": name,
        "metric": metric,
        "params": {},
        "input_format": form,
        "input": data,
        "expected": expected,
        "tolerance": tolerance,
    }


PUBLISHED = [
    case("Krippendorff 2011 C", "krippendorff_alpha_nominal", MATRIX, FOUR_RATERS, 904 / 1216, 5e-4),
    case("Krippendorff 2011 D", "krippendorff_alpha_interval", MATRIX, FOUR_RATERS, 0.849, 5e-4),
    case("krippendorff package, ordinal", "krippendorff_alpha_ordinal", MATRIX, FOUR_RATERS, 0.815, 5e-4),
    case("krippendorff package, ratio", "krippendorff_alpha_ratio", MATRIX, FOUR_RATERS, 0.797, 5e-4),
    case("Gwet, percent", "percent_agreement", MATRIX, FOUR_RATERS, {"value": 0.81818, "se": 0.12561}, 1e-5),
    case("Gwet, AC1", "gwet_ac1", MATRIX, FOUR_RATERS, {"value": 0.77544, "se": 0.14295}, 1e-5),
    case("Gwet, Fleiss", "fleiss", MATRIX, FOUR_RATERS, {"value": 0.76117, "se": 0.15302}, 1e-5),
    case("Fleiss 1971", "fleiss_kappa", COUNTS, FLEISS_1971, {"kappa": 0.21, "Pbar": 0.378, "Pe": 0.213}, 5e-4),
    case("Cohen 1960", "cohen_kappa", TABLE, [[88, 14, 18], [10, 40, 10], [2, 6, 12]], {"kappa": 0.492}, 6e-4),
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
    case("three coins", "leave_one_out_consensus", "simulation", {}, None, 0.03)
    | {"expected": {"human_vs_majority_including_self": 0.75, "human_vs_leave_one_out": 0.5}},
]


def ratings_of(given: dict[str, Any]) -> Ratings:
    form, data = given["input_format"], given["input"]
    if form.startswith("items x raters"):
        levels = given["params"].get("categories") or sorted({x for row in data for x in row if x is not None})
        matrix = [[-1 if x is None else levels.index(x) for x in row] for row in data]
        return Ratings.from_matrix(matrix, q=len(levels), values=levels)
    if form.startswith("file"):
        return ratings_of_file(SHARED / data["file"])
    table = np.array(data)
    if form == COUNTS:
        size = int(table.sum(axis=1).max())
        rows = [np.repeat(np.arange(table.shape[1]), row).tolist() for row in table]
        return Ratings.from_matrix([row + [-1] * (size - len(row)) for row in rows], q=table.shape[1])
    return Ratings.from_matrix(np.repeat(np.argwhere(table >= 0), table.ravel(), axis=0), q=len(table))


def ratings_of_file(path: Path) -> Ratings:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    items, raters, labels = ([row[column] for row in rows] for column in ("item_id", "rater_id", "label"))
    return Ratings.from_labels(items, raters, labels, levels=sorted(set(labels)))


def alpha(given: dict[str, Any]) -> float | None:
    level = given["metric"].removeprefix("krippendorff_alpha_")
    return krippendorff_alpha(ratings_of(given), level=level, replicates=0).value


def with_se(given: dict[str, Any]) -> dict[str, float | None]:
    function = {
        "percent_agreement": percent_agreement,
        "fleiss": fleiss_kappa,
        "gwet_ac1": gwet_ac1,
        "gwet_ac2": gwet_ac2,
    }
    ratings = ratings_of(given)
    estimate = function[given["metric"]](ratings, replicates=0)
    # The table functions of R irrCAC divide by n where its raw ones divide by n - 1.
    shrink = math.sqrt(1 - 1 / ratings.n_items) if given["input_format"] == TABLE else 1.0
    return {"value": estimate.value, "se": estimate.se * shrink}


def fleiss_parts(given: dict[str, Any]) -> dict[str, float]:
    ratings = ratings_of(given)
    kappa, observed = (f(ratings, replicates=0).value for f in (fleiss_kappa, percent_agreement))
    return {"kappa": kappa, "Pbar": observed, "Pe": (observed - kappa) / (1 - kappa)}


def cohen(given: dict[str, Any]) -> Any:
    ratings = ratings_of(given)
    kappa = cohen_from_table(
        confusion_matrix(*ratings.level.reshape(-1, 2).T, q=ratings.q).astype(np.int64), np.eye(ratings.q)
    )
    figures = {
        "kappa": kappa.estimate.value,
        "ase": kappa.estimate.se,
        "ase0": kappa.ase0,
        "po": percent_agreement(ratings, replicates=0).value,
        "linear": cohen_kappa(ratings, weighting="linear").value,
        "quadratic": cohen_kappa(ratings, weighting="quadratic").value,
    }
    return figures if isinstance(given["expected"], dict) else figures["kappa"]


def paradox(given: dict[str, Any]) -> dict[str, float | None]:
    ratings = ratings_of(given)
    return {
        "percent": percent_agreement(ratings, replicates=0).value,
        "kappa": cohen_kappa(ratings).value,
        "ac1": gwet_ac1(ratings, replicates=0).value,
        "scott_pi": scott_pi(ratings, replicates=0).value,
    }


def coins(given: dict[str, Any]) -> dict[str, float | None]:
    matrix = np.random.default_rng(0).integers(0, 2, (3000, 3))
    ratings = Ratings.from_matrix(matrix, q=2)
    with_self = majority(ratings.counts()).level[:, None] == matrix
    row = leave_one_out(ratings, {}, scale="binary", positive=1, replicates=0).pooled_raters
    return {"human_vs_majority_including_self": with_self.mean(), "human_vs_leave_one_out": row.accuracy.value}


def ties(given: dict[str, Any]) -> dict[str, str]:
    items, raters, labels = zip(*given["input"], strict=True)
    result = majority(Ratings.from_labels(items, raters, labels, levels=sorted(set(labels))).counts())
    names = list(dict.fromkeys(items))
    return {name: "tie" if tie else "majority" for name, tie in zip(names, result.is_tie, strict=True)}


def f1(given: dict[str, Any]) -> dict[str, Any]:
    gold, predicted = np.array(given["input"]["gold"]), np.array(given["input"]["pred"])
    confusions = np.stack([confusion_matrix(g, p, q=2) for g, p in zip(gold.T, predicted.T, strict=True)])
    by_attribute = scores(confusions, scale="binary", positive=1).f1
    micro = float(scores(confusions.sum(axis=0), scale="binary", positive=1).f1)
    return {"per_attribute": by_attribute.tolist(), "macro": float(by_attribute.mean()), "micro": micro}


def fidelity(given: dict[str, Any]) -> dict[str, float | None]:
    with (SHARED / given["input"]["file"]).open(newline="") as file:
        rows = list(csv.DictReader(file))
    human = np.array([[float(row[level]) for level in "ecn"] for row in rows])
    model = np.array([[float(row[f"p_{given['input']['model']}_{k}"]) for k in range(3)] for row in rows])
    result = soft_label_fidelity(human / human.sum(axis=1, keepdims=True), model, replicates=0)
    human_majority = np.array(["ecn".index(row["majority"]) for row in rows])
    return {
        "acc_majority": soft_label_fidelity(np.eye(3)[human_majority], model, replicates=0).top1_agreement.value,
        "jsd_base2_distance": result.jensen_shannon.value,
        "kl_human_model": result.kl_divergence.value,
        "tvd": result.total_variation.value,
        "ece10": probability_cases.confidence_error(model, human_majority),
    }


def alternative(given: dict[str, Any]) -> dict[str, Any]:
    options = given["params"]
    ratings, model = contest_of(given["input"])
    test = alt_test(
        ratings,
        model,
        score=options["scoring"],
        epsilon=options["epsilon"],
        q=options.get("q", 0.05),
        min_items=options.get("min_items_per_rater", 30),
    )
    figures = test.as_dict()
    expected = given["expected"].get("annotators", [])
    names = {
        "h": "rater",
        "n": "n",
        "rho_f": "rho_f",
        "rho_h": "rho_h",
        "dbar": "difference",
        "p": "p",
        "reject": "rejected",
    }
    for theirs, ours in zip(expected, figures["raters"] if expected else [], strict=True):
        for key, name in names.items():
            assert ours[name] == (theirs[key] if key == "h" else pytest.approx(theirs[key], abs=given["tolerance"])), (
                key
            )
    return figures


def contest_of(given: dict[str, Any]) -> tuple[Ratings, IntArray]:
    if "file" in given:
        with (SHARED / given["file"]).open(newline="") as file:
            rows = list(csv.DictReader(file))
        column = given["llm_column"]
        if column not in rows[0]:
            column = {"llm_gpt-4o": "llm_label"}.get(column) or pytest.skip(f"{given['file']} has no column {column}")
        answers = [(row["item_id"], row["rater_id"], row["label"]) for row in rows]
        model = {row["item_id"]: row[column] for row in rows}
    else:
        answers = [(item, rater, label) for rater, own in given["humans"].items() for item, label in own.items()]
        model = given["llm"]
    levels = sorted({label for *_, label in answers} | {label for label in model.values() if label != ""})
    numbers = [float(level) for level in levels] if all(str(level).isdigit() for level in levels) else None
    items, raters, labels = zip(*answers, strict=True)
    ratings = Ratings.from_labels(items, raters, labels, levels=levels, values=numbers)
    position = {level: index for index, level in enumerate(levels)} | {"": -1}
    return ratings, np.array([position[model.get(item, "")] for item in dict.fromkeys(items)])


def paired_table(given: dict[str, Any]) -> dict[str, float | None]:
    (a, b), (c, d) = given["input"]
    found = mcnemar(b, c, a + b + c + d)
    return {"chi2": found.chi2, "p": chi2_p(found.chi2), "chi2_cc": found.chi2_corrected}


def discoveries(given: dict[str, Any]) -> dict[str, int]:
    p, q = np.array(given["input"]), given["params"]["q"]
    return {
        "bh_rejected": int((benjamini_hochberg(p) <= q).sum()),
        "bonferroni_rejected": int((p <= q / len(p)).sum()),
    }


def rectified(given: dict[str, Any]) -> dict[str, Any]:
    golden, rest = given["input"]["golden_counts"], given["input"]["unlabeled"]
    kinds = [golden[key] for key in ("y1f1", "y1f0", "y0f1", "y0f0")]
    y, f = np.repeat([True, True, False, False], kinds), np.repeat([1.0, 0.0, 1.0, 0.0], kinds)
    corpus = np.repeat([1.0, 0.0], [rest["f1"], rest["n"] - rest["f1"]])
    lam = given["params"].get("lam")
    # lam = 0 is what a model without use gets: the classical estimate.
    if lam == 0:
        f, corpus = np.ones_like(f), np.ones_like(corpus)
    found: Estimate = (ppi if lam == 1 else ppi_plus_plus)(Labelled(y, f, corpus))
    return {"estimate": found.value, "ci95": [found.low, found.high]}


COMPUTE = {
    "alt_test": alternative,
    "mcnemar": paired_table,
    "fdr": discoveries,
    "ppi_mean": rectified,
    **{f"krippendorff_alpha_{level}": alpha for level in ("nominal", "ordinal", "interval", "ratio")},
    **dict.fromkeys(("percent_agreement", "fleiss", "gwet_ac1", "gwet_ac2"), with_se),
    "fleiss_kappa": fleiss_parts,
    "cohen_kappa": cohen,
    "scott_pi": lambda given: scott_pi(ratings_of(given), replicates=0).value,
    "paradox_table": paradox,
    "leave_one_out_consensus": coins,
    "wilson_ci95": lambda given: list(wilson(*given["input"])),
    "majority_vote": ties,
    "f1": f1,
    "soft_label_fidelity": fidelity,
    **probability_cases.COMPUTE,
}
COMPARED_ELSEWHERE = {"annotators"}  # `alternative` compares its raters


def check(given: dict[str, Any]) -> None:
    actual, expected = COMPUTE[given["metric"]](given), given["expected"]
    if not isinstance(expected, dict):
        expected, actual = {"value": expected}, {"value": actual}
    for key in expected.keys() - COMPARED_ELSEWHERE:
        if isinstance(expected[key], int | float | list | dict):
            assert actual[key] == pytest.approx(expected[key], abs=given["tolerance"]), key
        else:
            assert actual[key] == expected[key], key


def shared_cases() -> list[Any]:
    path = SHARED / "reference_cases.json"
    if not path.exists():
        reason = f"no reference cases at {path}"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="reference_cases.json")]
    cases = json.loads(path.read_text())["cases"]
    return [pytest.param(given, id=given["name"]) for given in cases if given["metric"] in COMPUTE]


@pytest.mark.parametrize("given", PUBLISHED, ids=lambda given: given["name"])
def test_published_values(given: dict[str, Any]) -> None:
    check(given)


@pytest.mark.real_data
@pytest.mark.parametrize("given", shared_cases())
def test_shared_reference_cases(given: dict[str, Any]) -> None:
    check(given)

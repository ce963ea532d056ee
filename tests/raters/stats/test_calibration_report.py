import csv
import json
from pathlib import Path

import numpy as np
import pytest

from raters.stats.calibration_report import ALPHA, UNEQUAL, Judged, calibration_report, conformal
from raters.stats.selective import lower_bound

STANCE = Path(__file__).parents[3] / "../shared/data/gwsd_stance_llm.csv"


def judged(n: int = 400, seed: int = 0, **options: object) -> Judged:
    """A binary machine that is right about as often as it says, but three times too sure in log-odds."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 2, n)
    label = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(int)
    yes = 1 / (1 + np.exp(-3 * z))
    p = np.column_stack([1 - yes, yes])
    return Judged(p, label, p.argmax(axis=1), np.arange(n) % 5, "binary", 1, **options)


def test_it_is_strict_json_and_the_same_again() -> None:
    (_, report), (_, again) = calibration_report(judged()), calibration_report(judged())
    assert json.dumps(report, allow_nan=False) == json.dumps(again, allow_nan=False)
    (view,) = report["views"]
    assert (view["key"], view["n"], sum(one["n"] for one in view["methods"]["raw"]["bins"])) == ("level-1", 400, 400)


def test_more_levels_ask_for_the_likeliest_and_for_each() -> None:
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(3), 300)
    label = (rng.random((300, 1)) > p.cumsum(axis=1)).sum(axis=1)
    _, report = calibration_report(Judged(p, label, p.argmax(axis=1), np.arange(300) % 5, "nominal", 2), draws=20)
    assert [view["key"] for view in report["views"]] == ["top", "level-0", "level-1", "level-2"]
    assert report["thresholds"] is None
    assert report["views"][0]["positives"] == int((p.argmax(axis=1) == label).sum())


def test_what_goes_past_people_is_certified_by_the_exact_bound() -> None:
    sample = judged(1000)
    _, report = calibration_report(sample, draws=0)
    confidence = sample.p.max(axis=1)
    right = sample.answer == sample.label
    certified = [one for one in report["routing"] if one["threshold"] is not None]
    assert certified
    for one in certified:
        taken = confidence >= one["threshold"]
        assert one["n_decided"] == taken.sum()
        assert one["bound"] == pytest.approx(1 - lower_bound(int(right[taken].sum()), int(taken.sum())))
        assert one["bound"] <= one["error"]
        assert one["humans"]["value"] == pytest.approx(1 - taken.mean())


def test_unequal_chances_certify_nothing() -> None:
    _, report = calibration_report(judged(1000, equal=False), draws=0)
    found = [*report["routing"], *report["thresholds"]["precision"], *report["thresholds"]["recall"]]
    assert {one["threshold"] for one in found} == {None}
    assert UNEQUAL in {one["reason"] for one in found}
    assert {one["humans"] for one in report["routing"]} == {None}


def test_conformal_sets_hold_every_level_as_often_as_promised() -> None:
    shares = []
    for seed in range(60):
        shares.append([one["value"] for one in conformal(judged(200, seed))["levels"]])
    assert np.mean(shares, axis=0) == pytest.approx([1 - ALPHA] * 2, abs=0.02)


def test_a_level_with_too_few_items_stands_in_every_set_and_says_why() -> None:
    sample = judged(100)
    sample.label[sample.label == 0] = 1
    sample.label[:5] = 0
    _, report = calibration_report(sample, draws=0)
    rare = report["conformal"]["levels"][0]
    assert (rare["value"], rare["n"]) == (1.0, 5)
    assert rare["reason"] == "undefined: 5 items, it takes 9 for an error of 0.1"


def test_nothing_is_said_of_nothing() -> None:
    none = np.empty(0, dtype=int)
    _, report = calibration_report(Judged(np.empty((0, 2)), none, none, none, "binary", 1))
    assert report["reason"] == "no item has both gold and an answer of the machine"
    assert report["decisions"]["raw"]["aurc"] is None
    assert report["conformal"]["overall"]["value"] is None


@pytest.mark.real_data
@pytest.mark.skipif(not STANCE.exists(), reason="the public data set is not here")
def test_a_verbalized_confidence_of_real_sentences() -> None:
    """Luo, Card and Jurafsky (2020): 8 raters a sentence, and a model's label with its confidence.

    Truth here: at least 4 of the 8 agree. Figures quoted elsewhere for this set (risk .182, AURC .104, ECE .155) rest on
    the source's own gold, modelled from who the workers were: two sentences with the same votes differ in it, so no
    rule on the votes gives them.
    """
    votes: dict[str, int] = {}
    said: dict[str, tuple[str, str]] = {}
    with STANCE.open(newline="") as file:
        for row in csv.DictReader(file):
            votes[row["item_id"]] = votes.get(row["item_id"], 0) + int(row["label_agree"])
            said[row["item_id"]] = row["llm_label"], row["llm_confidence"]
    known = [item for item, (label, confidence) in said.items() if label and confidence]
    label = np.array([votes[item] >= 4 for item in known], dtype=np.int64)
    answer = np.array([said[item][0] == "1" for item in known], dtype=np.int64)
    confidence = np.array([float(said[item][1]) for item in known])
    yes = np.where(answer == 1, confidence, 1 - confidence)
    sample = Judged(np.column_stack([1 - yes, yes]), label, answer, np.arange(len(known)) % 5, "binary", 1)
    _, report = calibration_report(sample, draws=0)
    raw = report["decisions"]["raw"]
    assert (report["n"], raw["aurc"], raw["risk"]["value"]) == (
        2298,
        pytest.approx(0.0937, abs=1e-4),
        pytest.approx(0.1732, abs=1e-4),
    )
    judged = report["views"][0]["methods"]
    assert judged["raw"]["ece_equal_width"]["value"] == pytest.approx(0.1394, abs=1e-4)
    assert judged[report["chosen"]]["ece_equal_width"]["value"] < 0.03
    surest = next(point for point in raw["points"] if point["threshold"] == 0.95)
    assert (surest["coverage"], surest["risk"]) == (pytest.approx(0.251, abs=1e-3), pytest.approx(0.0277, abs=1e-4))

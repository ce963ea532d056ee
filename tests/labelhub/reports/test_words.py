import pytest

from labelhub.reports import words


def gap(difference: float | None, low: float | None = None, high: float | None = None, reason: str = "") -> dict:
    return {"difference": difference, "low": low, "high": high, "reason": reason}


@pytest.mark.parametrize(
    ("figures", "kind", "text"),
    [
        (gap(0.1, 0.02, 0.2), "good", "Better than the raters"),
        (gap(-0.1, -0.2, -0.02), "bad", "Below the raters"),
        (gap(0.0, -0.04, 0.04), "good", "Matches the raters"),
        (gap(0.0, -0.2, 0.2), "neutral", "Cannot tell"),
        (gap(0.3), "neutral", "Cannot tell"),
        (gap(None, reason="no pairs"), "neutral", "Cannot tell"),
    ],
)
def test_verdict(figures: dict, kind: str, text: str) -> None:
    said = words.verdict(figures)
    assert (said.kind, said.text) == (kind, text)


def test_a_verdict_that_cannot_be_told_says_why() -> None:
    assert words.verdict(gap(0.0, -0.2, 0.2)).why == "interval spans 0"
    assert words.verdict(gap(None, reason="no pairs")).why == "no pairs"


def alpha(value: float | None, low: float | None = None, high: float | None = None, reason: str = "") -> dict:
    return {"value": value, "low": low, "high": high, "reason": reason}


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        (alpha(0.9, 0.82, 0.95), "Reliable"),
        (alpha(0.75, 0.7, 0.8), "Good enough"),
        (alpha(0.7, 0.6, 0.8), "Just enough"),
        (alpha(0.6, 0.5, 0.7), "Uncertain"),
        (alpha(0.4, 0.3, 0.5), "Low"),
        (alpha(0.4, reason="few"), "Too few"),
        (alpha(None, reason="a single rater"), "Undefined"),
    ],
)
def test_agreement(figures: dict, text: str) -> None:
    assert words.agreement(figures).text == text


def test_an_undefined_alpha_says_why() -> None:
    assert words.agreement(alpha(None, reason="a single rater")).why == "Alpha is undefined: a single rater."


def test_negative_numbers_have_a_true_minus_and_none_is_said() -> None:
    assert (words.number(-0.5), words.number(None), words.signed(0.125)) == ("\u22120.50", "n/a", "+0.12")


def duel(difference: float, low: float | None, high: float | None, teacher: float = 0.8, floor: float = 0.7) -> dict:
    f1 = {"value": teacher, "low": floor, "high": 0.9, "reason": None}
    return {**gap(difference, low, high, "no interval"), "n_items": 24, "rival_f1": f1}


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        (duel(0.0, -0.03, 0.03), "Keeps up"),
        (duel(-0.2, -0.3, -0.1), "Falls behind"),
        (duel(0.0, -0.2, 0.2), "Cannot tell yet (24 items)"),
        (duel(0.1, -0.041, 0.2), "Cannot tell yet (24 items)"),
        (duel(0.0, None, None), "Cannot tell yet (24 items)"),
        (duel(0.0, -0.01, 0.01, teacher=0.3, floor=0.1), "Undefined"),
        (None, "Not compared"),
    ],
)
def test_a_student_keeps_up_by_the_interval_only(figures: dict | None, text: str) -> None:
    assert words.keeps_up(figures).text == text


BASELINE = {"f1": {"value": 0.6}, "label": "Yes"}


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (gap(0.1, 0.02, 0.2), False),
        (gap(0.1, -0.02, 0.2), True),
        (gap(-0.3, -0.4, -0.2), True),
        (gap(0.0, reason="every resample gives the same value"), True),
        (gap(0.1, reason="too few"), False),
        (gap(None, reason="undefined"), False),
    ],
)
def test_a_machine_has_to_lie_above_the_constant_answer(figures: dict, said: bool) -> None:
    found = words.no_better({**figures, "n_items": 24}, BASELINE)
    assert (found is not None) == said
    if found:
        assert found.text == "No better than always saying “Yes”"


def measured(alpha_: float | None, ac1: float, same: float = 0.853, **more: dict) -> dict:
    """HS-Brexit: agreement .853, AC1 .810, alpha .347 at a prevalence of .13."""
    figures = {
        "krippendorff_alpha": {"value": alpha_},
        "gwet_ac1": {"value": ac1},
        "percent_agreement": {"value": same},
        "prevalence": [0.87, 0.13],
        **more,
    }
    return {"figures": figures, "levels": [{"label": "No"}, {"label": "Yes"}]}


def test_alpha_and_ac1_far_apart_are_explained_by_the_rare_answer() -> None:
    said = words.paradox(measured(0.347, 0.81))
    assert said.startswith("AC1 (0.81) lies far above alpha (0.35)")
    assert "“Yes” is 13 % of them" in said
    assert words.paradox(measured(0.78, 0.81)) == words.paradox(measured(None, 0.81)) == ""


def test_on_a_scale_it_is_ac2_that_is_explained() -> None:
    assert words.paradox(measured(0.29, 0.3, gwet_ac2={"value": 0.8})).startswith("AC2 (0.80) lies far above alpha")


def test_chance_is_what_alpha_takes_off() -> None:
    assert words.chance(measured(0.347, 0.81)["figures"]) == pytest.approx(0.775, abs=0.001)
    assert words.chance(measured(None, 0.81)["figures"]) is None
    assert words.chance(measured(1.0, 1.0, 1.0)["figures"]) is None


def calibration_of(raw: float, after: float, gain: float = 0.1, null: float = 0.05) -> dict:
    def judged(value: float) -> dict:
        return {"ece_equal_mass": {"value": value, "null_high": null, "n": 80}}

    reasons = {"raw": "not a calibrator", "base_rate": "not a calibrator", "beta": "needs 100 items", "platt": None}
    return {
        "chosen": "platt",
        "n": 80,
        "gain": {"value": gain, "low": gain - 0.05, "high": gain + 0.05},
        "views": [{"methods": {"raw": judged(raw), "platt": judged(after)}}],
        "methods": {
            **{name: {"why_not": why} for name, why in reasons.items()},
            "isotonic": {"why_not": "needs 1000 items"},
            "venn_abers": {"why_not": "needs 100 items"},
        },
    }


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (calibration_of(0.2, 0.04), "Calibrated"),
        (calibration_of(0.2, 0.09), "Partly calibrated"),
        (calibration_of(0.04, 0.05), "Already calibrated"),
        (calibration_of(0.2, 0.04, gain=0.03), "Tells little"),
        ({"chosen": None, "reason": "too few"}, "Not calibrated"),
    ],
)
def test_a_calibration_in_words(report: dict, text: str) -> None:
    assert words.calibration(report).text == text


def test_why_a_method_was_chosen() -> None:
    assert words.calibration_choice(calibration_of(0.2, 0.04)) == (
        "80 items carry only Platt. Left out: beta and Venn-Abers (needs 100 items); isotonic regression (needs 1000 items)."
    )
    assert words.calibration_choice({"chosen": None}) == ""


def prevalence_of(*widths: float, recommended: str = "ppi_plus_plus", caution: str = "") -> dict:
    def share(value: float, width: float) -> dict:
        return {"value": value, "low": value - width / 2, "high": value + width / 2, "n": 60}

    machines = [
        {"machine": f"m{i}", "n_corpus": 900, "caution": caution,
         "levels": [{"recommended": recommended, "ppi_plus_plus": share(0.4, width)}]}
        for i, width in enumerate(widths)
    ]  # fmt: skip
    golden = {"levels": [share(0.3, 0.2)]}
    return {"positive": 0, "levels": [{"label": "Yes"}], "golden": golden, "machines": machines}


def test_the_narrowest_machine_that_beats_gold_alone_is_read() -> None:
    said = words.prevalence(prevalence_of(0.15, 0.1))
    assert (said.text, "m1 on 900 more (PPI++)" in said.why) == ("Gold and machine", True)


@pytest.mark.parametrize(
    "payload",
    [
        prevalence_of(),
        prevalence_of(0.3),
        prevalence_of(0.1, recommended="golden"),
        prevalence_of(0.1, caution="a part of the corpus"),
    ],
)
def test_otherwise_gold_is_read_alone(payload: dict) -> None:
    assert (
        words.prevalence(payload).why
        == "30\u202f% [20\u202f%, 40\u202f%] of the corpus is “Yes”: gold alone, 60 items."
    )


def test_without_gold_there_is_no_estimate() -> None:
    assert words.prevalence({**prevalence_of(0.1), "golden": None}).text == "No estimate"

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
        (alpha(0.7, 0.6, 0.8), "Good enough"),
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

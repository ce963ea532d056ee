from dataclasses import replace
from typing import Literal

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from labelhub.demo.corpus import ATTRIBUTES, AttributeSlug, Brief, load_briefs, load_stock_reasons
from labelhub.demo.simulation import (
    LEVEL_KEYS,
    RATERS,
    SHORTEST_MS,
    SimulatedAnswer,
    SimulatedRater,
    answer,
    noise_sd,
    true_level,
)

BRIEFS = list(load_briefs().values())
CAREFUL, CARELESS = RATERS[0], RATERS[-1]
FAULTLESS = SimulatedRater("F", "f@example.org", skill=1.0, bias=0.0, cannot_tell_rate=0.0, median_seconds=5.0)

attributes = st.sampled_from(ATTRIBUTES)
briefs = st.sampled_from(BRIEFS)
seeds = st.integers(0, 2**32 - 1)


def test_raters_are_eight_and_say_that_they_are_simulated() -> None:
    assert len({rater.email for rater in RATERS}) == len({rater.name for rater in RATERS}) == 8
    assert all(rater.name.endswith(" (simulated)") for rater in RATERS)


@given(st.sampled_from(RATERS), briefs, attributes, seeds)
def test_the_same_generator_state_gives_the_same_answer(
    rater: SimulatedRater, brief: Brief, attribute: AttributeSlug, seed: int
) -> None:
    first = answer(rater, brief, attribute, np.random.default_rng(seed))
    assert first == answer(rater, brief, attribute, np.random.default_rng(seed))
    assert first.level_key is None or first.level_key in LEVEL_KEYS[attribute]
    assert first.confidence in (1, 2, 3)
    assert first.duration_ms >= SHORTEST_MS


@given(briefs, attributes, seeds)
def test_own_reasons_stand_beside_the_level_of_the_brief_only(
    brief: Brief, attribute: AttributeSlug, seed: int
) -> None:
    given_answer = answer(CARELESS, brief, attribute, np.random.default_rng(seed))
    level = given_answer.level_key
    fitting = {""} if level is None else {"", *load_stock_reasons()[attribute][level]}
    if level == true_level(brief, attribute):
        fitting.add(brief.why[attribute])
    assert given_answer.rationale in fitting


@given(briefs, attributes)
def test_noise_grows_with_ambiguity_and_shrinks_with_skill(brief: Brief, attribute: AttributeSlug) -> None:
    clear = replace(brief, ambiguity=dict.fromkeys(ATTRIBUTES, 0.0))
    murky = replace(brief, ambiguity=dict.fromkeys(ATTRIBUTES, 1.0))
    assert noise_sd(CAREFUL, clear, attribute) < noise_sd(CAREFUL, murky, attribute)
    assert noise_sd(CAREFUL, brief, attribute) < noise_sd(CARELESS, brief, attribute)


@given(attributes, seeds)
def test_a_clear_case_gets_the_right_answer_from_a_faultless_rater(attribute: AttributeSlug, seed: int) -> None:
    clear = replace(BRIEFS[0], calming=1.0, energetic=3.0, authentic=1.0, ambiguity=dict.fromkeys(ATTRIBUTES, 0.0))
    assert answer(FAULTLESS, clear, attribute, np.random.default_rng(seed)).level_key == LEVEL_KEYS[attribute][-1]


def test_cannot_tell_comes_at_the_stated_rate() -> None:
    unsure = replace(FAULTLESS, cannot_tell_rate=0.2)
    murky = replace(BRIEFS[0], ambiguity=dict.fromkeys(ATTRIBUTES, 0.5))
    rng = np.random.default_rng(1)
    answers = [answer(unsure, murky, "calming", rng) for _ in range(4_000)]
    silent = [given_answer for given_answer in answers if given_answer.level_key is None]
    assert len(silent) / len(answers) == pytest.approx(0.2, abs=0.02)
    assert set(silent) == {SimulatedAnswer(None, "", 1, given_answer.duration_ms) for given_answer in silent}


@pytest.mark.parametrize("overlap", [4, 5])
@pytest.mark.parametrize(
    ("attribute", "alphas", "f1s"),
    [
        ("calming", (0.62, 0.76), (0.78, 0.90)),
        ("energetic", (0.60, 0.75), (0.62, 0.74)),
        ("authentic", (0.42, 0.58), (0.70, 0.82)),
    ],
)
def test_agreement_is_what_the_demo_should_show(
    attribute: AttributeSlug, alphas: tuple[float, float], f1s: tuple[float, float], overlap: int
) -> None:
    ratings = _ratings(attribute, overlap, seed=11)
    level: Literal["nominal", "ordinal"] = "ordinal" if attribute == "energetic" else "nominal"
    alpha = krippendorff.alpha(ratings.T, level_of_measurement=level)
    assert alphas[0] <= alpha <= alphas[1]
    assert f1s[0] <= _leave_one_out_f1(ratings, len(LEVEL_KEYS[attribute])) <= f1s[1]


def test_skilled_raters_meet_the_brief_more_often() -> None:
    rng = np.random.default_rng(3)

    def hits(rater: SimulatedRater) -> int:
        return sum(answer(rater, b, "energetic", rng).level_key == true_level(b, "energetic") for b in BRIEFS)

    assert hits(CARELESS) + 30 < hits(CAREFUL)


def _ratings(attribute: AttributeSlug, overlap: int, seed: int) -> NDArray[np.float64]:
    """Level positions of shape (items, raters), NaN where a rater did not see or could not tell."""
    rng = np.random.default_rng(seed)
    ratings = np.full((len(BRIEFS), len(RATERS)), np.nan)
    for row, brief in enumerate(BRIEFS):
        for column in rng.permutation(len(RATERS))[:overlap]:
            level_key = answer(RATERS[column], brief, attribute, rng).level_key
            if level_key is not None:
                ratings[row, column] = LEVEL_KEYS[attribute].index(level_key)
    return ratings


def _leave_one_out_f1(ratings: NDArray[np.float64], n_levels: int) -> float:
    """Pooled raters against the majority of the others, ties split: F1 of the last level, or macro for more than 2."""
    confusion = np.zeros((n_levels, n_levels))
    for row in ratings:
        votes = row[~np.isnan(row)].astype(int)
        for j, vote in enumerate(votes):
            others = np.bincount(np.delete(votes, j), minlength=n_levels)
            if others.any():
                winners = others == others.max()
                confusion[winners, vote] += 1 / winners.sum()
    f1 = 2 * confusion.diagonal() / (confusion.sum(axis=0) + confusion.sum(axis=1))
    return float(f1[-1] if n_levels == 2 else f1.mean())

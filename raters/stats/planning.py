"""Before rating starts: how many items, by how many raters, and what that takes in hours.

Each figure rests on assumptions that are part of the answer. A plan is for one attribute.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np

from raters.stats.alt_test import EPSILON, MIN_ITEMS_PER_RATER, Q
from raters.stats.alt_test_power import Design, items_for
from raters.stats.contests import contests, deviations
from raters.stats.intervals import wilson
from raters.stats.types import CONFIDENCE, FloatArray, Ratings

SECONDS_A_RATING = 15.0
SIMULATED = 50_000
MOST = 100  # raters, levels


@dataclass(frozen=True, slots=True)
class Plan:
    """Items to draw, each rated by `raters` people. All None where no number of items will do; `reason` says why.

    assumed   what the numbers rest on, in words.
    """

    items: int | None
    raters: int
    ratings: int | None
    hours: float | None
    assumed: str
    reason: str | None

    def as_dict(self) -> dict[str, float | int | str | None]:
        return asdict(self)


def plan_for_width(
    prevalence: float,
    width: float,
    *,
    raters: int = 3,
    seconds: float = SECONDS_A_RATING,
    confidence: float = CONFIDENCE,
) -> Plan:
    """For an interval of a prevalence at most `width` wide from end to end, if the share comes out as expected.

    The smallest n from which on Wilson's interval at n `prevalence` positives is that narrow. More raters make each
    item's answer surer; the interval is over items. A model's labels beside the golden ones (PPI++) make it narrower.

    >>> plan_for_width(0.5, 0.2).items
    93
    """
    if not 0 <= prevalence <= 1 or not 0 < width < 1:
        raise ValueError(f"prevalence must lie in 0..1 and width between 0 and 1, got {prevalence} and {width}")
    low, high = 0, 1
    while _width(prevalence, high, confidence) > width:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _width(prevalence, middle, confidence) > width else (low, middle)
    assumed = f"{confidence:.0%} Wilson interval of a share of {prevalence:g}, items drawn at random"
    return _plan(high, raters, seconds, assumed)


def effective_share(chance: FloatArray) -> float:
    """What part of a sample its uneven weights leave for shares of the population, in (0, 1].

    chance (N,) in (0, 1]: inclusion probabilities of the whole population, adding up to n. With weights 1 / chance an
    item sampled counts as n_eff / n, n_eff = (sum w)^2 / sum w^2 (Kish 1965), whose sums over the sample are here
    replaced by their expectations N and sum 1 / chance. 1 where all chances are alike. What is asked may go with the
    chances, and then the draw by size gains: this is the loss where it does not.

    >>> effective_share(np.array([0.5, 0.5, 0.5]))
    1.0
    """
    if not len(chance) or not ((chance > 0) & (chance <= 1)).all():
        raise ValueError("one inclusion probability in (0, 1] an item")
    return float(len(chance) ** 2 / (chance.sum() * (1 / chance).sum()))


def _width(prevalence: float, n: int, confidence: float) -> float:
    low, high = wilson(prevalence * n, n, confidence=confidence)
    return high - low


def plan_for_power(
    power: float,
    raters: int,
    *,
    epsilon: float = EPSILON,
    accuracy: float = 0.8,
    model_accuracy: float | None = None,
    levels: int = 2,
    seconds: float = SECONDS_A_RATING,
    q: float = Q,
    seed: int = 0,
) -> Plan:
    """For the alternative annotator test to pass with this chance, when every rater rates every item.

    Raters and model err independently of each other and evenly over the wrong ones of `levels` equally frequent levels;
    the model is as accurate as the raters unless said. The spread of their contests comes from 50,000 simulated items,
    the power from `alt_test_power`.
    """
    model = accuracy if model_accuracy is None else model_accuracy
    if not 0 < power < 1 or not 0 <= epsilon <= 1 or not 0 < q < 1:
        raise ValueError(f"power and q lie between 0 and 1, epsilon in 0..1, got {power}, {q} and {epsilon}")
    if not 2 <= raters <= MOST or not 2 <= levels <= MOST:
        raise ValueError(f"the test needs two raters and two levels, {MOST} at most, got {raters} and {levels}")
    if not 0 < accuracy < 1 or not 0 < model < 1:
        raise ValueError(f"accuracies lie between 0 and 1, got {accuracy} and {model}")
    design = _simulated(raters, accuracy, model, levels, seed)
    items = items_for(design, power, epsilon=epsilon, q=q, seed=seed)
    assumed = (
        f"{raters} raters of accuracy {accuracy:g} who all rate every item, a model of accuracy {model:g}, {levels} "
        f"levels, epsilon {epsilon:g}"
    )
    if items is None:
        reason = "no number of items: the test asks for more than such a model has"
        return Plan(None, raters, None, None, assumed, reason)
    return _plan(max(items, MIN_ITEMS_PER_RATER), raters, seconds, assumed)


def _simulated(raters: int, accuracy: float, model: float, levels: int, seed: int) -> Design:
    rng = np.random.default_rng(seed)
    right = rng.random((SIMULATED, raters + 1)) < np.append(np.full(raters, accuracy), model)
    # Level 0 is the truth of every item: the test knows nothing of levels but whether they are equal.
    labels = np.where(right, 0, rng.integers(1, levels, right.shape))
    ratings = Ratings.from_matrix(labels[:, :raters], q=levels)
    found = contests(ratings, labels[:, raters], score="accuracy")
    parts = deviations(found, np.arange(raters), found.d)
    # Raters are alike: one mean for all, and exactly 0 for a model like them.
    expected = np.zeros(raters) if model == accuracy else np.full(raters, parts.mean.mean())
    return Design(expected, parts.covariance(), parts.n, SIMULATED)


def _plan(items: int, raters: int, seconds: float, assumed: str) -> Plan:
    if raters < 1 or not (math.isfinite(seconds) and seconds > 0):
        raise ValueError(f"a plan needs a rater and seconds a rating above 0, got {raters} and {seconds}")
    ratings = items * raters
    return Plan(items, raters, ratings, ratings * seconds / 3600, f"{assumed}, {seconds:g} s a rating", None)

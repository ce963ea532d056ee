"""Simulated raters, so that the demo shows agreement, ties and dissent without people.

A rater perceives the brief's intensity with a personal lean and Gaussian noise, and answers with the level that the
perceived intensity falls into (Thurstone's law of comparative judgement, with fixed cuts). The noise grows with the
item's ambiguity and shrinks with the rater's skill. Now and then a rater lapses and picks any level, the less skilled
the more often (the lapse rate of psychometric functions).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from labelhub.demo.corpus import AttributeSlug, Brief, load_stock_reasons

LEVEL_KEYS: Final[dict[AttributeSlug, tuple[str, ...]]] = {
    "calming": ("no", "yes"),
    "energetic": ("none", "mild", "lively", "intense"),
    "authentic": ("no", "yes"),
}
CUTS: Final[dict[AttributeSlug, tuple[float, ...]]] = {
    "calming": (0.5,),
    "energetic": (0.5, 1.5, 2.5),
    "authentic": (0.5,),
}
SPAN: Final[dict[AttributeSlug, float]] = {"calming": 1.0, "energetic": 3.0, "authentic": 1.0}

# Chosen so that overlap 4 to 5 gives an alpha near 0.70 (calming), 0.65 (energetic, ordinal) and 0.50 (authentic).
NOISE_FLOOR: Final[dict[AttributeSlug, float]] = {"calming": 0.04, "energetic": 0.05, "authentic": 0.16}
NOISE_PER_AMBIGUITY: Final[dict[AttributeSlug, float]] = {"calming": 0.14, "energetic": 0.18, "authentic": 0.36}

LAPSES_OF_UNSKILLED: Final = 0.4

OWN_REASON_SHARE: Final = 0.4
STOCK_REASON_SHARE: Final = 0.3
DURATION_SPREAD: Final = 0.45
SHORTEST_MS: Final = 1_500

_STOCK_REASONS: Final = load_stock_reasons()


@dataclass(frozen=True, slots=True)
class SimulatedRater:
    """`skill` in (0, 1]; `bias` shifts every perceived intensity by that part of the scale's span.

    `cannot_tell_rate` is the share of "can't tell" on an item of ambiguity 0.5, to which it is proportional;
    `median_seconds` the median time per answer on an unambiguous item.
    """

    name: str
    email: str
    skill: float
    bias: float
    cannot_tell_rate: float
    median_seconds: float


@dataclass(frozen=True, slots=True)
class SimulatedAnswer:
    """`level_key` None is "can't tell"; `rationale` may be empty; `confidence` 1 (guess), 2 or 3 (sure)."""

    level_key: str | None
    rationale: str
    confidence: int
    duration_ms: int


RATERS: Final = (
    SimulatedRater("Amara Obi (simulated)", "amara.obi@example.org", 0.95, 0.00, 0.01, 9.0),
    SimulatedRater("Bram de Wit (simulated)", "bram.dewit@example.org", 0.90, -0.04, 0.02, 7.5),
    SimulatedRater("Chiara Conti (simulated)", "chiara.conti@example.org", 0.85, 0.04, 0.02, 11.0),
    SimulatedRater("Daniel Sato (simulated)", "daniel.sato@example.org", 0.85, -0.02, 0.04, 8.0),
    SimulatedRater("Elif Kaya (simulated)", "elif.kaya@example.org", 0.80, -0.07, 0.03, 6.5),
    SimulatedRater("Femi Adair (simulated)", "femi.adair@example.org", 0.70, 0.05, 0.05, 5.0),
    SimulatedRater("Greta Lund (simulated)", "greta.lund@example.org", 0.65, -0.03, 0.08, 13.0),
    SimulatedRater("Hugo Marsh (simulated)", "hugo.marsh@example.org", 0.45, 0.07, 0.02, 3.5),
)


def true_level(brief: Brief, attribute: AttributeSlug) -> str:
    """The level key of the brief itself, as a rater without lean or noise would answer."""
    return _level_of(brief.intensity(attribute), attribute)


def answer(rater: SimulatedRater, brief: Brief, attribute: AttributeSlug, rng: np.random.Generator) -> SimulatedAnswer:
    """One rater's answer on one item; the same generator state gives the same answer."""
    ambiguity = brief.ambiguity[attribute]
    noise = noise_sd(rater, brief, attribute)
    perceived = rng.normal(brief.intensity(attribute) + rater.bias * SPAN[attribute], noise)
    duration_ms = _duration_ms(rater, ambiguity, rng)
    if rng.random() < 2 * ambiguity * rater.cannot_tell_rate:
        return SimulatedAnswer(None, "", 1, duration_ms)
    if rng.random() < LAPSES_OF_UNSKILLED * (1 - rater.skill):
        return SimulatedAnswer(str(rng.choice(LEVEL_KEYS[attribute])), "", 2, duration_ms)
    level_key = _level_of(perceived, attribute)
    rationale = _rationale(brief, attribute, level_key, rng)
    return SimulatedAnswer(level_key, rationale, _confidence(perceived, noise, attribute), duration_ms)


def noise_sd(rater: SimulatedRater, brief: Brief, attribute: AttributeSlug) -> float:
    """Standard deviation of the rater's perception, in units of the intensity."""
    unskilled = NOISE_FLOOR[attribute] + NOISE_PER_AMBIGUITY[attribute] * brief.ambiguity[attribute]
    return SPAN[attribute] * unskilled * (1.5 - rater.skill)


def _level_of(intensity: float, attribute: AttributeSlug) -> str:
    return LEVEL_KEYS[attribute][int(np.searchsorted(CUTS[attribute], intensity, side="right"))]


def _confidence(perceived: float, noise: float, attribute: AttributeSlug) -> int:
    """How many noise deviations lie between the perceived intensity and the nearest cut: < 0.5, < 1.5, more."""
    distance = min(abs(perceived - cut) for cut in CUTS[attribute])
    return 1 + int(np.searchsorted((0.5, 1.5), distance / noise, side="right"))


def _duration_ms(rater: SimulatedRater, ambiguity: float, rng: np.random.Generator) -> int:
    median_ms = 1_000 * rater.median_seconds * (1 + ambiguity)
    return max(SHORTEST_MS, round(rng.lognormal(np.log(median_ms), DURATION_SPREAD)))


def _rationale(brief: Brief, attribute: AttributeSlug, level_key: str, rng: np.random.Generator) -> str:
    """The brief's own reason only beside the brief's level: it would contradict any other."""
    draw = rng.random()
    if draw < OWN_REASON_SHARE and level_key == true_level(brief, attribute):
        return brief.why[attribute]
    if draw < OWN_REASON_SHARE + STOCK_REASON_SHARE:
        return str(rng.choice(_STOCK_REASONS[attribute][level_key]))
    return ""

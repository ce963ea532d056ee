"""How frequent something is in a corpus that a model has labelled whole and humans in a random part.

y_i in {0, 1} is the human answer on n golden items, f_i the model's label (0, 1, or its probability) on them and on N
items more. The model alone counts its own errors; the golden items say how large these are.

    PPI     theta = lam mean_N(f) + mean_n(y - lam f)         (Angelopoulos et al. 2023; PPI++: Angelopoulos, Duchi,
                                                               Zrnic 2023, with lam chosen from the data)
    Rogan-Gladen   theta = (mean_N(f) + specificity - 1) / (sensitivity + specificity - 1)        (1978)

Golden items drawn with unequal inclusion probabilities pi have weights 1 / pi, their means are Hajek's, and mean_N runs
over the whole corpus (what is left of it after an unequal draw is no random part of it).
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from raters.stats.intervals import normal, student_t
from raters.stats.prevalence import MIN_EFFECTIVE, MIN_POSITIVES, UNWEIGHTED, effective_of_the_rarer
from raters.stats.types import CONFIDENCE, BoolArray, Estimate, FloatArray, finite

MIN_GOLDEN, MIN_ERRORS = 50, 5


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Values (K,) and how often each occurs (K,): ten million labels are a few distinct ones."""

    value: FloatArray
    times: FloatArray

    @property
    def n(self) -> int:
        return int(self.times.sum())

    @property
    def mean(self) -> float:
        return float(self.times @ self.value / self.n)

    @property
    def variance(self) -> float:
        """With the divisor n."""
        return float(self.times @ (self.value - self.mean) ** 2 / self.n)

    def __add__(self, more: FloatArray) -> Tally:
        return Tally(np.concatenate([self.value, more]), np.concatenate([self.times, np.ones(len(more))]))


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """What the estimators take.

    gold, golden_machine   (n,): the human answer and the model's label in [0, 1] on the golden items.
    corpus_machine   (N,): the model's label on the items without gold, or its distinct values (K,) with `times` (K,).
    probability   (n,) inclusion probabilities in (0, 1], or None where unknown: no weights, and the method says so.
    """

    gold: BoolArray
    golden_machine: FloatArray
    corpus_machine: FloatArray
    probability: FloatArray | None = None
    times: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.gold.shape != self.golden_machine.shape:
            raise ValueError(f"{len(self.golden_machine)} labels of the model for {len(self.gold)} golden items")
        for labels in (self.golden_machine, self.corpus_machine):
            if not ((labels >= 0) & (labels <= 1)).all():
                raise ValueError("the model's labels must lie in 0..1")
        if self.times is not None and (self.times.shape != self.corpus_machine.shape or not (self.times > 0).all()):
            raise ValueError("one positive number a distinct label of the model")
        pi = self.probability
        if pi is not None and (pi.shape != self.gold.shape or not ((pi > 0) & (pi <= 1)).all()):
            raise ValueError("one inclusion probability in (0, 1] an item")

    def without(self, tuning: BoolArray) -> Labelled:
        """Without the golden items (n,) that the prompt, the student or a threshold was made with."""
        kept = ~tuning
        pi = None if self.probability is None else self.probability[kept]
        return Labelled(self.gold[kept], self.golden_machine[kept], self.corpus_machine, pi, self.times)

    @property
    def unequal(self) -> bool:
        return self.probability is not None and len(self.gold) > 0 and float(np.ptp(self.probability)) >= 1e-12

    @property
    def weights(self) -> FloatArray:
        """(n,), adding up to 1."""
        raw = 1 / self.probability if self.unequal and self.probability is not None else np.ones(len(self.gold))
        return np.asarray(raw / raw.sum())

    @property
    def corpus(self) -> Tally:
        """The model's labels on the items without gold."""
        times = np.ones(len(self.corpus_machine)) if self.times is None else self.times
        return Tally(self.corpus_machine, times)

    @property
    def everywhere(self) -> Tally:
        """The labels that mean_N runs over."""
        return self.corpus + self.golden_machine if self.unequal else self.corpus


def ppi(labelled: Labelled, *, lam: float = 1.0) -> Estimate:
    """Prediction-powered inference with a given lam: 1 trusts the model's labels, 0 leaves them out. Range [0, 1];
    undefined without golden items or further ones. The interval is refused below 5 golden items on which the model
    errs: they alone say how much it does (with 2 expected, the normal interval holds the truth in .86 to .90).

    >>> golden, corpus = np.repeat([1.0, 0, 1, 0], [50, 10, 20, 120]), np.repeat([1.0, 0], [1900, 3100])
    >>> ppi(Labelled(np.repeat([True, False], [60, 140]), golden, corpus)).value.__round__(4)
    0.33
    """
    if reason := _missing(labelled):
        return Estimate.undefined(reason, len(labelled.gold))
    value, se = _mean_and_error(labelled, lam)
    errors = int((np.abs(labelled.gold - labelled.golden_machine) > 0.5).sum())
    few = lam > 0 and errors < MIN_ERRORS
    why = f"interval refused: the model errs on {errors} golden items (from {MIN_ERRORS} on)" if few else None
    return _estimate(labelled, value, se, normal(value, se), f"PPI, lam {lam:.2f}", why)


def ppi_plus_plus(labelled: Labelled) -> Estimate:
    """PPI with the lam in [0, 1] that makes the variance least; a model without use gives the golden mean.

    Equal weights: lam = Cov(y, f) / ((1 + n / N) Var f). Otherwise the same minimum of the linearised variance.

    The interval counts one false alarm and one miss of the model more than were seen (as Agresti and Min 2005 do for
    paired shares), and is Student's. Without them a model seen to err on 5 items of 100 has intervals that hold the
    truth in .87 to .92 of samples, and one that errs on none has one without width from the golden items.
    """
    if reason := _missing(labelled):
        return Estimate.undefined(reason, len(labelled.gold))
    lam, n = tuning_weight(labelled), len(labelled.gold)
    value, se = _mean_and_error(labelled, lam)
    seen = dataclasses.replace(
        labelled,
        gold=np.append(labelled.gold, [False, True]),
        golden_machine=np.append(labelled.golden_machine, [1.0, 0.0]),
        probability=labelled.probability if labelled.probability is None else _with_average(labelled.probability),
    )
    centre, error = _mean_and_error(seen, lam, everywhere=labelled.everywhere)
    return _estimate(labelled, value, se, student_t(centre, error, n - 1), f"PPI++, lam {lam:.2f}")


def _with_average(probability: FloatArray) -> FloatArray:
    """Inclusion probabilities (n,) and, twice, that of an item of average weight."""
    return np.append(probability, np.repeat(1 / (1 / probability).mean(), 2))


def tuning_weight(labelled: Labelled) -> float:
    """PPI++'s lam, in [0, 1]; 0 where the model's label never varies or there are no items."""
    y, f, w, all_f = labelled.gold.astype(float), labelled.golden_machine, labelled.weights, labelled.everywhere
    if not len(y) or not all_f.n:
        return 0.0
    about_y, about_f = w * (y - w @ y), w * (f - w @ f)
    together = float(about_y @ about_f)
    if labelled.unequal:
        spread = float(about_f @ about_f) + all_f.variance / all_f.n
    else:
        pooled = all_f + f
        spread = pooled.variance * pooled.n / max(pooled.n - 1, 1) * (1 / len(y) + 1 / all_f.n)
    return min(max(together / spread, 0.0), 1.0) if spread > 0 else 0.0


def _mean_and_error(labelled: Labelled, lam: float, everywhere: Tally | None = None) -> tuple[float, float]:
    """The rectified mean and its standard error; `everywhere` instead of the labels' own."""
    w, all_f = labelled.weights, labelled.everywhere if everywhere is None else everywhere
    residual = labelled.gold - lam * labelled.golden_machine
    rectifier = float(w @ residual)
    variance = lam**2 * all_f.variance / all_f.n + float(((w * (residual - rectifier)) ** 2).sum())
    return lam * all_f.mean + rectifier, math.sqrt(variance)


def rogan_gladen(labelled: Labelled) -> Estimate:
    """The model's share corrected for its sensitivity and specificity on the golden items. Labels 0 and 1 only.

    Interval of Lang and Reiczigel (2014) with equal weights, linearised over the golden items otherwise. Range [0, 1],
    cut off there. Undefined without golden items of both kinds, and where sensitivity + specificity <= 1: the model
    then sees nothing.
    """
    n = len(labelled.gold)
    if reason := _missing(labelled):
        return Estimate.undefined(reason, n)
    y, f, w, all_f = labelled.gold, labelled.golden_machine, labelled.weights, labelled.everywhere
    if not np.isin(f, (0, 1)).all() or not np.isin(all_f.value, (0, 1)).all():
        raise ValueError("Rogan-Gladen needs labels 0 and 1")
    if y.all() or not y.any():
        return Estimate.undefined("the golden items are all of one kind", n)
    sensitivity, specificity = float(w @ (y * f) / (w @ y)), float(w @ (~y * (1 - f)) / (w @ ~y))
    youden = sensitivity + specificity - 1
    if youden <= 1e-12:
        return Estimate.undefined("the model's label says nothing about the golden items", n)
    value = min(max((all_f.mean + specificity - 1) / youden, 0.0), 1.0)
    if not labelled.unequal:
        se, interval = _lang_reiczigel(all_f.mean, all_f.n, sensitivity, specificity, y)
        return _estimate(labelled, value, se, interval, "Rogan-Gladen, Lang-Reiczigel interval")
    of_positives = w * y * (f - sensitivity) / (w @ y)
    of_negatives = w * ~y * (1 - f - specificity) / (w @ ~y)
    pull = (-value * of_positives + (1 - value) * of_negatives) / youden
    se = math.sqrt(float(pull @ pull) + all_f.variance / all_f.n / youden**2)
    return _estimate(labelled, value, se, normal(value, se), "Rogan-Gladen")


def _lang_reiczigel(
    apparent: float, size: int, sensitivity: float, specificity: float, y: BoolArray
) -> tuple[float, tuple[float, float]]:
    """Standard error and interval after adding a success and a failure to each share (Lang and Reiczigel 2014)."""
    z = float(ndtri((1 + CONFIDENCE) / 2))
    positives, negatives = int(y.sum()), int((~y).sum())
    p = (size * apparent + z * z / 2) / (size + z * z)
    se, sp = (positives * sensitivity + 1) / (positives + 2), (negatives * specificity + 1) / (negatives + 2)
    youden = se + sp - 1
    if youden <= 0:
        return math.nan, (0.0, 1.0)
    share = (p + sp - 1) / youden
    var_se, var_sp = se * (1 - se) / (positives + 2), sp * (1 - sp) / (negatives + 2)
    shift = 2 * z * z * (share * var_se - (1 - share) * var_sp)
    error = math.sqrt(p * (1 - p) / (size + z * z) + share**2 * var_se + (1 - share) ** 2 * var_sp) / youden
    return error, normal(share + shift, error)


def _missing(labelled: Labelled) -> str | None:
    if not len(labelled.gold):
        return "no item has a gold label"
    return None if labelled.everywhere.n else "no item without gold has a label of the model"


def _estimate(
    labelled: Labelled, value: float, se: float, interval: tuple[float, float], method: str, why: str | None = None
) -> Estimate:
    """With the interval cut to [0, 1], or refused where so few golden items do not carry a normal one."""
    y, n = labelled.gold, len(labelled.gold)
    value = min(max(value, 0.0), 1.0)
    method += ", weighted by 1 / inclusion probability" if labelled.unequal else ""
    method += f", {UNWEIGHTED}" if labelled.probability is None else ""
    few, needed = effective_of_the_rarer(y, labelled.weights), MIN_EFFECTIVE if labelled.unequal else MIN_POSITIVES
    if n < MIN_GOLDEN or few < needed:
        carried = f"{few:.3g} of the rarer kind" + (" once weighted" if labelled.unequal else "")
        why = f"interval refused: {n} golden items, {carried} (from {MIN_GOLDEN} and {needed} on)"
    if why:
        return Estimate(value, finite(se), None, None, method, n, why)
    low, high = (min(max(bound, 0.0), 1.0) for bound in interval)
    return Estimate(value, finite(se), low, high, method, n, None)

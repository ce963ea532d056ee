import csv
from pathlib import Path

import numpy as np
import pytest

from raters.stats.prevalence import UNWEIGHTED, share
from raters.stats.rectified import Labelled, ppi, ppi_plus_plus, rogan_gladen, tuning_weight
from raters.stats.types import Estimate

STANCE = Path(__file__).parents[3] / "../shared/data/gwsd_stance_llm.csv"

# 200 golden items: 50 both positive, 10 and 20 on which human and model differ, 120 neither; 1,900 of 5,000 more.
GOLD = np.repeat([True, False], [60, 140])
MACHINE = np.repeat([1.0, 0.0, 1.0, 0.0], [50, 10, 20, 120])
CORPUS = np.repeat([1.0, 0.0], [1900, 3100])
WORKED = Labelled(GOLD, MACHINE, CORPUS)


def test_the_worked_case() -> None:
    assert ppi(WORKED).value == pytest.approx(0.33)
    assert (ppi(WORKED).low, ppi(WORKED).high) == pytest.approx((0.27509931, 0.38490069), abs=1e-8)
    assert rogan_gladen(WORKED).value == pytest.approx((0.38 + 120 / 140 - 1) / (50 / 60 + 120 / 140 - 1))


def test_ppi_plus_plus_is_tuned() -> None:
    """lam = Cov(y, f) / ((1 + n/N) Var f) = .145 / (1.04 Var f)."""
    pooled = np.concatenate([MACHINE, CORPUS])
    lam = 0.145 / (1.04 * pooled.var(ddof=1))
    assert tuning_weight(WORKED) == pytest.approx(lam)
    found = ppi_plus_plus(WORKED)
    assert found.value == pytest.approx(0.3 + lam * (0.38 - 0.35))
    assert found.high - found.low < ppi(WORKED).high - ppi(WORKED).low


def test_a_useless_model_leaves_the_golden_mean() -> None:
    constant = Labelled(GOLD, np.ones(200), np.ones(5000))
    assert tuning_weight(constant) == 0
    assert ppi_plus_plus(constant).value == pytest.approx(0.3)
    assert ppi(constant, lam=0).low == pytest.approx(0.23648991, abs=1e-8)  # the classical interval
    assert ppi_plus_plus(constant).low == pytest.approx(0.2365, abs=0.003)
    assert rogan_gladen(constant).reason == "the model's label says nothing about the golden items"


def test_a_perfect_model_is_counted_as_it_is() -> None:
    """It has been seen to be right on 200 items, no more: only PPI++ knows what that is worth."""
    perfect = Labelled(GOLD, GOLD.astype(float), CORPUS)
    assert ppi(perfect).value == pytest.approx(0.38)
    assert ppi(perfect).reason == "interval refused: the model errs on 0 golden items (from 5 on)"
    assert ppi_plus_plus(perfect).high - ppi_plus_plus(perfect).low > 2 * 1.96 * np.sqrt(0.38 * 0.62 / 5000)
    assert rogan_gladen(perfect).value == pytest.approx(0.38)


def test_unknown_and_equal_probabilities_weight_nothing_and_only_the_first_is_flagged() -> None:
    equal = Labelled(GOLD, MACHINE, CORPUS, np.full(200, 0.04))
    assert (ppi(equal).value, ppi(equal).low) == (ppi(WORKED).value, ppi(WORKED).low)
    assert UNWEIGHTED in ppi(WORKED).method
    assert UNWEIGHTED not in ppi(equal).method


def test_tuning_items_are_left_out() -> None:
    tuning = np.arange(200) % 4 == 0
    clean = WORKED.without(tuning)
    assert len(clean.gold) == 150
    assert ppi(clean) == ppi(Labelled(GOLD[~tuning], MACHINE[~tuning], CORPUS))
    weighted = Labelled(GOLD, MACHINE, CORPUS, np.linspace(0.1, 0.9, 200)).without(tuning)
    assert weighted.probability.shape == (150,)


@pytest.mark.parametrize("estimator", [ppi, ppi_plus_plus, rogan_gladen])
def test_undefined_has_a_reason(estimator) -> None:
    nothing = np.zeros(0)
    assert estimator(Labelled(nothing.astype(bool), nothing, CORPUS)).reason == "no item has a gold label"
    assert estimator(Labelled(GOLD, MACHINE, nothing)).reason == "no item without gold has a label of the model"


def test_gold_of_one_kind_has_no_sensitivity() -> None:
    assert (
        rogan_gladen(Labelled(np.ones(60, dtype=bool), MACHINE[:60], CORPUS)).reason
        == "the golden items are all of one kind"
    )


@pytest.mark.parametrize("estimator", [ppi, ppi_plus_plus, rogan_gladen])
def test_few_golden_items_or_positives_carry_no_interval(estimator) -> None:
    few = estimator(Labelled(GOLD[::5], MACHINE[::5], CORPUS))
    assert few.value is not None
    assert (few.low, few.reason) == (None, "interval refused: 40 golden items, 12 of the rarer kind (from 50 and 5 on)")
    rare = np.arange(100) < 4
    assert estimator(Labelled(rare, rare * 1.0, CORPUS)).low is None


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="labels of the model for"):
        Labelled(GOLD, MACHINE[1:], CORPUS)
    with pytest.raises(ValueError, match=r"must lie in 0\.\.1"):
        Labelled(GOLD, MACHINE * 2, CORPUS)
    with pytest.raises(ValueError, match=r"must lie in 0\.\.1"):
        Labelled(GOLD, MACHINE * np.nan, CORPUS)
    with pytest.raises(ValueError, match="one inclusion probability"):
        Labelled(GOLD, MACHINE, CORPUS, np.zeros(200))
    with pytest.raises(ValueError, match="needs labels 0 and 1"):
        rogan_gladen(Labelled(GOLD, MACHINE * 0.5, CORPUS))


def corpus(rng: np.random.Generator, size: int = 3000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A third positive; a model that over-calls; items on which it errs are sampled three times as often."""
    y = rng.random(size) < 0.33
    f = np.where(rng.random(size) < np.where(y, 0.9, 0.75), y, ~y).astype(float)
    pi = np.where(y == f, 0.06, 0.18)
    return y, f, pi


@pytest.mark.parametrize("estimator", [ppi, ppi_plus_plus, rogan_gladen])
@pytest.mark.parametrize("design", ["uniform", "unsure first"])
def test_intervals_cover(estimator, design: str) -> None:
    """1,000 draws, 99 % binomial band of 95 %, conservative side open for the finite corpus."""
    rng = np.random.default_rng(7)
    y, f, pi = corpus(rng)
    truth, hits, widths = y.mean(), 0, 0.0
    for _ in range(1000):
        probability = np.full(len(y), 0.08) if design == "uniform" else pi
        drawn = rng.random(len(y)) < probability
        found: Estimate = estimator(Labelled(y[drawn], f[drawn], f[~drawn], probability[drawn]))
        hits += found.low <= truth <= found.high
        widths += found.high - found.low
    assert 0.932 <= hits / 1000 <= 0.985
    assert widths / 1000 < 0.2


def test_without_weights_an_uneven_draw_misleads() -> None:
    """The trap itself: the same draws, taken for uniform ones, miss far more often."""
    rng = np.random.default_rng(7)
    y, f, pi = corpus(rng)
    hits = 0
    for _ in range(200):
        drawn = rng.random(len(y)) < pi
        found = ppi(Labelled(y[drawn], f[drawn], f[~drawn]))
        hits += found.low <= y.mean() <= found.high
    assert hits / 200 < 0.7


def test_ppi_plus_plus_is_never_wider_than_gold_alone_by_much() -> None:
    rng = np.random.default_rng(2)
    y, f, _ = corpus(rng)
    drawn = rng.random(len(y)) < 0.1
    alone = share(y[drawn], np.full(int(drawn.sum()), 0.1))
    found = ppi_plus_plus(Labelled(y[drawn], f[drawn], f[~drawn]))
    assert found.high - found.low < alone.high - alone.low


@pytest.mark.real_data
@pytest.mark.skipif(not STANCE.exists(), reason=f"no data at {STANCE}")
def test_labels_of_a_real_model_that_calls_half_again_too_many_positives() -> None:
    """2,298 sentences, truth .31 by the majority of eight, the model says .51: 500 golden sets of 100."""
    with STANCE.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["llm_label"]]
    votes = np.array([row["label_agree"] == "1" for row in rows]).reshape(-1, 8)
    y, f = votes.mean(axis=1) > 0.5, np.array([float(row["llm_label"]) for row in rows[::8]])
    assert (y.mean(), f.mean()) == pytest.approx((0.314, 0.514), abs=1e-3)
    rng = np.random.default_rng(0)
    found: dict[str, list[tuple[bool, float]]] = {"share": [], "ppi": [], "ppi_plus_plus": []}
    for _ in range(500):
        drawn = np.isin(np.arange(len(y)), rng.choice(len(y), 100, replace=False))
        labelled = Labelled(y[drawn], f[drawn], f[~drawn], np.full(100, 100 / len(y)))
        for estimate, name in (
            (share(y[drawn], labelled.probability), "share"),
            (ppi(labelled), "ppi"),
            (ppi_plus_plus(labelled), "ppi_plus_plus"),
        ):
            found[name].append((estimate.low <= y.mean() <= estimate.high, estimate.high - estimate.low))
    coverage, width = np.array([np.mean(found[name], axis=0) for name in ("share", "ppi", "ppi_plus_plus")]).T
    assert ((coverage >= 0.925) & (coverage <= 0.985)).all()
    assert width[2] < width[1] < width[0]


@pytest.mark.parametrize("pi", [None, np.full(200, 0.04), np.tile([0.02, 0.06], 100)])
def test_a_corpus_may_come_as_distinct_labels_and_their_numbers(pi: np.ndarray | None) -> None:
    long, short = (
        Labelled(GOLD, MACHINE, CORPUS, pi),
        Labelled(GOLD, MACHINE, np.array([0.0, 1.0]), pi, times=np.array([3100.0, 1900.0])),
    )
    for estimator in (ppi, ppi_plus_plus, rogan_gladen):
        one, other = estimator(long), estimator(short)
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high), rel=1e-12)
    with pytest.raises(ValueError, match="one positive number a distinct label"):
        Labelled(GOLD, MACHINE, np.array([0.0, 1.0]), times=np.array([1.0]))

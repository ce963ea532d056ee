"""Every estimate of how frequent something is in a corpus, side by side."""

from __future__ import annotations

import numpy as np

from raters.stats.prevalence import share
from raters.stats.rectified import Labelled, ppi, ppi_plus_plus, rogan_gladen
from raters.stats.types import BoolArray, Estimate

MODEL_ALONE = "no interval: the model's own errors are in it, and more items do not remove them"


def prevalence_report(
    labelled: Labelled,
    *,
    probabilities: Labelled | None = None,
    tuning: BoolArray | None = None,
    gold_only: Labelled | None = None,
    seed: int = 0,
) -> dict[str, object]:
    """Each estimator as `Estimate.as_dict()`, and the one to read.

    labelled        with the model's labels 0 and 1.
    probabilities   the same items with the model's probabilities: a second PPI++, often narrower.
    tuning          golden items (n,) that the prompt, the student or a threshold was made with: they are left out.
    gold_only       golden items that the model has no label for; they enter the golden estimate alone.

    Keys `golden`, `rogan_gladen`, `ppi`, `ppi_plus_plus`, with probabilities `ppi_plus_plus_probability`, `model`;
    `recommended` names PPI++, or `golden` below 50 golden items or 5 of the rarer kind; `n_golden`, `n_corpus` and
    `n_tuning` count.
    """
    used = np.zeros(len(labelled.gold), dtype=np.bool_) if tuning is None else tuning
    clean = labelled.without(used)
    estimates: dict[str, Estimate] = {
        "golden": _golden(clean, gold_only, seed),
        "rogan_gladen": rogan_gladen(clean),
        "ppi": ppi(clean),
        "ppi_plus_plus": ppi_plus_plus(clean),
    }
    if probabilities is not None:
        estimates["ppi_plus_plus_probability"] = ppi_plus_plus(probabilities.without(used))
    estimates["model"] = _model(labelled)
    small = estimates["ppi_plus_plus"].low is None
    return {
        **{name: estimate.as_dict() for name, estimate in estimates.items()},
        "recommended": "golden" if small else "ppi_plus_plus",
        "n_golden": estimates["golden"].n,
        "n_corpus": labelled.corpus.n,
        "n_tuning": int(used.sum()),
    }


def _golden(clean: Labelled, more: Labelled | None, seed: int) -> Estimate:
    if more is None:
        return share(clean.gold, clean.probability, seed=seed)
    pi = None
    if clean.probability is not None and more.probability is not None:
        pi = np.concatenate([clean.probability, more.probability])
    return share(np.concatenate([clean.gold, more.gold]), pi, seed=seed)


def _model(labelled: Labelled) -> Estimate:
    """The share of the model's labels that are positive, over all items."""
    labels = labelled.corpus + labelled.golden_machine
    if not labels.n:
        return Estimate.undefined("the model has no label")
    return Estimate(labels.mean, None, None, None, None, labels.n, MODEL_ALONE)

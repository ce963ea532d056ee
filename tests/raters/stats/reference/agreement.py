"""How the reference cases of agreement and consensus are computed."""

import math
import re
from typing import Any

import numpy as np
import pytest

from raters.stats.alpha import krippendorff_alpha
from raters.stats.cohen import cohen_from_table, contingency
from raters.stats.conger import conger_kappa
from raters.stats.consensus import majority
from raters.stats.dawid_skene import dawid_skene
from raters.stats.gwet import brennan_prediger, fleiss_kappa, gwet_ac1, gwet_ac2, percent_agreement, scott_pi
from raters.stats.leave_one_out import leave_one_out
from raters.stats.types import Estimate, Ratings
from raters.stats.weights import Weighting, agreement_weights
from tests.raters.stats.reference.inputs import Case, from_triples, is_table, levels_of, ratings_of, read

WEIGHTS: dict[str | None, Weighting] = {
    None: "unweighted", "unweighted": "unweighted", "identity": "unweighted",
    "linear": "linear", "equal": "linear", "quadratic": "quadratic", "squared": "quadratic", "ordinal": "ordinal",
}  # fmt: skip


def weighting(given: Case, usual: Weighting = "unweighted") -> Weighting:
    return WEIGHTS[given["params"]["weights"]] if "weights" in given["params"] else usual


def alpha(given: Case) -> dict[str, Any]:
    level = given["metric"].removeprefix("krippendorff_alpha_")
    ratings = ratings_of(given)
    if level == "ratio" and ratings.values is not None and ratings.values[0] < 0:
        with pytest.raises(ValueError, match="values >= 0") as refused:
            krippendorff_alpha(ratings, level=level)
        return {"value": Estimate.undefined(str(refused.value))}
    return of_estimate(krippendorff_alpha(ratings, level=level, replicates=0))


def gwet_family(given: Case) -> dict[str, Any]:
    ratings, metric = ratings_of(given), given["metric"]
    if metric == "fleiss":
        estimate = fleiss_kappa(ratings, weighting=weighting(given), replicates=0)
    elif metric == "brennan_prediger":
        estimate = brennan_prediger(ratings, weighting=weighting(given), replicates=0)
    elif metric == "percent_agreement":
        estimate = percent_agreement(ratings, replicates=0)
    elif metric == "gwet_ac1" and weighting(given) == "unweighted":
        estimate = gwet_ac1(ratings, replicates=0)
    else:
        estimate = gwet_ac2(ratings, weighting=weighting(given, "quadratic"), replicates=0)
    # The table functions of R irrCAC divide by n where its raw ones divide by n - 1.
    shrink = math.sqrt(1 - 1 / ratings.n_items) if is_table(given) else 1.0
    return of_estimate(estimate) | {"se": None if estimate.se is None else estimate.se * shrink}


def of_estimate(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate, "se": estimate.se}


def conger(given: Case) -> dict[str, Any]:
    return of_estimate(conger_kappa(ratings_of(given), weighting=weighting(given)))


def fleiss_parts(given: Case) -> dict[str, Any]:
    ratings = ratings_of(given)
    kappa, observed = (f(ratings, replicates=0) for f in (fleiss_kappa, percent_agreement))
    chance = None if kappa.value in (None, 1) else (observed.value - kappa.value) / (1 - kappa.value)
    return {"value": kappa, "kappa": kappa, "Pbar": observed, "Pe": chance, "se": kappa.se}


def cohen(given: Case) -> dict[str, Any]:
    ratings = ratings_of(given, spaced=True)
    table = contingency(ratings, 0, 1)
    by_weighting = {
        name: cohen_from_table(table, agreement_weights(name, np.arange(float(ratings.q))))
        for name in ("unweighted", "linear", "quadratic")
    }
    asked = by_weighting[weighting(given)]
    estimates = {name: kappa.estimate for name, kappa in by_weighting.items()}
    return {
        **estimates,
        "value": asked.estimate,
        "kappa": asked.estimate,
        "ase": asked.estimate.se,
        "se": asked.estimate.se,
        "ase0": asked.ase0,
        "po": percent_agreement(ratings, replicates=0),
    }


def paradox(given: Case) -> dict[str, Any]:
    ratings = ratings_of(given)
    counts = np.bincount(ratings.level, minlength=ratings.q)
    return {
        "percent": percent_agreement(ratings, replicates=0),
        "kappa": cohen(given)["kappa"],
        "ac1": gwet_ac1(ratings, replicates=0),
        "scott_pi": scott_pi(ratings, replicates=0),
        "fleiss": fleiss_kappa(ratings, replicates=0),
        "alpha": krippendorff_alpha(ratings, level="nominal", replicates=0),
        "brennan_prediger": brennan_prediger(ratings, replicates=0),
        "prevalence": (counts / counts.sum()).tolist(),
    }


def against_majority(given: Case) -> dict[str, Any]:
    """Each rater against the majority with and without their own vote, of given ratings or of tossed coins."""
    if given["input_format"] == "simulation":
        words = given["input"].get("simulate", "3 raters, 3000 items")
        raters, items = (int(re.search(rf"(\d+) {noun}", words)[1]) for noun in ("raters", "items"))
        ratings = Ratings.from_matrix(np.random.default_rng(0).integers(0, 2, (items, raters)), q=2)
    else:
        ratings = ratings_of(given)
    found = majority(ratings.counts())
    own = found.top[ratings.item, ratings.level] / np.maximum(found.top.sum(axis=1), 1)[ratings.item]
    row = leave_one_out(ratings, {}, scale="nominal", replicates=0).pooled_raters
    return {"human_vs_majority_including_self": float(own.mean()), "human_vs_leave_one_out": row.accuracy.value}


def ties(given: Case) -> dict[str, str]:
    rows = given["input"]
    found = majority(from_triples(rows, given["params"]).counts())
    levels = given["params"].get("categories") or levels_of([label for *_, label in rows])
    items = list(dict.fromkeys(item for item, *_ in rows))
    return {item: "tie" if found.is_tie[k] else levels[found.level[k]] for k, item in enumerate(items)}


def priors(given: Case) -> dict[str, Any]:
    ratings = ratings_of(given)
    levels = given["params"].get("categories") or levels_of([label for *_, label in given["input"]])
    model = dawid_skene(ratings)
    items = list(dict.fromkeys(item for item, *_ in given["input"]))
    return {
        "priors": {str(level): share for level, share in zip(levels, model.prior.tolist(), strict=True)},
        "log_likelihood": model.log_likelihood,
        "labels": {
            str(item): "tie" if tie else levels[level]
            for item, level, tie in zip(items, model.level, model.is_tie, strict=True)
        },
        "posterior": {str(item): row for item, row in zip(items, model.probability.tolist(), strict=True)},
    }


def consensus_accuracy(given: Case) -> dict[str, float]:
    """Share of the items with gold that each consensus has right; of a tie, its part."""
    rows = read(given["input"]["file"])
    column = given["input"]["gold"]
    levels = levels_of([row["label"] for row in rows])
    ratings = from_triples([[row["item_id"], row["rater_id"], row["label"]] for row in rows], {"categories": levels})
    order = {item: k for k, item in enumerate(dict.fromkeys(row["item_id"] for row in rows))}
    gold = {order[row["item_id"]]: levels.index(row[column]) for row in rows if row[column]}
    items, truth = np.array(list(gold)), np.array(list(gold.values()))
    top = majority(ratings.counts()).top[items]
    return {
        "dawid_skene": float(np.mean(dawid_skene(ratings).level[items] == truth)),
        "majority": float(np.mean(top[np.arange(len(items)), truth] / top.sum(axis=1))),
    }


COMPUTE = {
    **{f"krippendorff_alpha_{level}": alpha for level in ("nominal", "ordinal", "interval", "ratio")},
    **dict.fromkeys(("percent_agreement", "fleiss", "gwet_ac1", "gwet_ac2", "brennan_prediger"), gwet_family),
    "fleiss_kappa": fleiss_parts,
    "cohen_kappa": cohen,
    "conger_kappa": conger,
    "scott_pi": lambda given: of_estimate(scott_pi(ratings_of(given), replicates=0)),
    "paradox_table": paradox,
    "leave_one_out_consensus": against_majority,
    "majority_vote": ties,
    "dawid_skene": priors,
    "consensus_accuracy": consensus_accuracy,
}

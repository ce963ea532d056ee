"""How the reference cases of labelers, prevalence and probabilities are computed."""

from typing import Any

import numpy as np

from raters.stats.alt_test import alt_test
from raters.stats.calibration_error import Scheme, brier, expected_calibration_error
from raters.stats.calibrators import isotonic
from raters.stats.conformal import conformal_quantile
from raters.stats.confusion import confusion_matrix, scores
from raters.stats.fidelity import distillation_loss, soft_label_fidelity
from raters.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, holm
from raters.stats.paired import chi2_p, mcnemar
from raters.stats.prevalence import share
from raters.stats.rectified import Labelled, ppi, ppi_plus_plus, rogan_gladen, tuning_weight
from raters.stats.types import Estimate, finite
from tests.raters.stats.reference.inputs import Case, contest_of, read


def alternative(given: Case) -> dict[str, Any]:
    options = given["params"]
    ratings, model = contest_of(given["input"])
    figures = alt_test(
        ratings,
        model,
        score=options.get("scoring", "accuracy"),
        epsilon=options["epsilon"],
        q=options.get("q", 0.05),
        min_items=options.get("min_items_per_rater", 30),
        min_raters=options.get("min_raters_per_item", 2),
    ).as_dict()
    rate = figures["winning_rate"]
    return {
        **figures,
        "value": Estimate.undefined(figures["reason"]) if rate is None else rate,
        "annotators": [{theirs: row[ours] for theirs, ours in NAMES.items()} for row in figures["raters"]],
    }


NAMES = {
    "h": "rater",
    "n": "n",
    "rho_f": "rho_f",
    "rho_h": "rho_h",
    "dbar": "difference",
    "p": "p",
    "reject": "rejected",
}


def paired_table(given: Case) -> dict[str, Any]:
    (a, b), (c, d) = given["input"]
    found = mcnemar(b, c, a + b + c + d)
    p = None if found.chi2 is None else chi2_p(found.chi2)
    return {"value": found, "chi2": found.chi2, "p": p, "chi2_cc": found.chi2_corrected} | {
        "p_exact": found.p_exact,
        "p_mid": found.p_mid,
    }


def discoveries(given: Case) -> dict[str, Any]:
    p, q = np.array(given["input"]), given["params"].get("q", 0.05)
    return {
        "bh_rejected": int((benjamini_hochberg(p) <= q).sum()),
        "by_rejected": int((benjamini_yekutieli(p) <= q).sum()),
        "holm_rejected": int((holm(p) <= q).sum()),
        "bonferroni_rejected": int((p <= q / max(len(p), 1)).sum()),
        "bh_adjusted": benjamini_hochberg(p).tolist(),
        "by_adjusted": benjamini_yekutieli(p).tolist(),
        "holm_adjusted": holm(p).tolist(),
    }


def wilson_interval(given: Case) -> dict[str, Any]:
    successes, n = given["input"]
    found = share(np.arange(n) < successes, None)
    return {"value": found if found.value is None else [found.low, found.high]}


def f1(given: Case) -> dict[str, Any]:
    gold, predicted = np.array(given["input"]["gold"]), np.array(given["input"]["pred"])
    confusions = np.stack([confusion_matrix(g, p, q=2) for g, p in zip(gold.T, predicted.T, strict=True)])
    of_each, pooled = (scores(each, scale="binary", positive=1) for each in (confusions, confusions.sum(axis=0)))
    defined = of_each.f1[np.isfinite(of_each.f1)]
    return {
        "per_attribute": [finite(figure) for figure in of_each.f1],
        "precision": [finite(figure) for figure in of_each.precision],
        "recall": [finite(figure) for figure in of_each.recall],
        "macro": float(defined.mean()) if len(defined) else None,
        "micro": finite(float(pooled.f1)),
    }


def fidelity(given: Case) -> dict[str, Any]:
    data = given["input"]
    if "file" in data:
        rows = read(data["file"])
        human = np.array([[float(row[level]) for level in "ecn"] for row in rows])
        model = np.array([[float(row[f"p_{data['model']}_{k}"]) for k in range(3)] for row in rows])
        majority = np.array(["ecn".index(row["majority"]) for row in rows])
    else:
        human, model = (np.array(data[key], dtype=float) for key in ("human", "model"))
        majority = human.argmax(axis=1)
    result = soft_label_fidelity(human / human.sum(axis=1, keepdims=True), model, replicates=0)
    truth = np.eye(model.shape[1])[majority]
    return {
        "acc_majority": soft_label_fidelity(truth, model, replicates=0).top1_agreement,
        "jsd_base2_distance": result.jensen_shannon,
        "kl_human_model": result.kl_divergence,
        "tvd": result.total_variation,
        "ece10": confidence_error(model, majority),
    }


def distillation(given: Case) -> dict[str, Any]:
    data = given["input"]
    teacher, student = (np.array(data[f"{who}_logits"], dtype=float) for who in ("teacher", "student"))
    found = distillation_loss(
        teacher, student, temperature=data["T"], alpha=data["alpha"], label=data.get("hard_label")
    )
    return {"kl": found.kl, "t2_kl": found.soft, "ce": found.hard, "total": found.total}


def rectified(given: Case) -> dict[str, Any]:
    golden, rest = given["input"]["golden_counts"], given["input"]["unlabeled"]
    kinds = [golden.get(key, 0) for key in ("y1f1", "y1f0", "y0f1", "y0f0")]
    y, f = np.repeat([True, True, False, False], kinds), np.repeat([1.0, 0.0, 1.0, 0.0], kinds)
    labelled = Labelled(y, f, np.repeat([1.0, 0.0], [rest["f1"], rest["n"] - rest["f1"]]))
    lam = given["params"].get("lam")
    lam = lam if isinstance(lam, int | float) else tuning_weight(labelled)
    # The textbook's interval at this lam; that of `ppi_plus_plus` allows for errors of the model not seen.
    found = ppi(labelled, lam=lam)
    classical = ppi(labelled, lam=0)
    return {
        "value": found,
        "estimate": found,
        "ci95": [found.low, found.high],
        "se": found.se,
        "lam": lam,
        "ppi_plus_plus": ppi_plus_plus(labelled),
        "naive": rest["f1"] / rest["n"] if rest["n"] else None,
        "golden": classical,
        "golden_ci95": [classical.low, classical.high],
        "rogan_gladen": rogan_gladen(labelled),
    }


def confidence_error(p: np.ndarray, truth: np.ndarray, bins: int = 10, scheme: Scheme = "equal_width") -> Any:
    """ECE of the likeliest level's probability, p (n, q), truth (n,)."""
    right = (p.argmax(axis=1) == truth).astype(int)
    return expected_calibration_error(p.max(axis=1), right, bins=bins, scheme=scheme, draws=0)


def ece(given: Case) -> dict[str, Any]:
    data, bins = given["input"], given["params"].get("bins", 10)
    words = given["params"].get("scheme", "equal width")
    scheme: Scheme = "equal_mass" if "mass" in words else "by_value" if "value" in words else "equal_width"
    if "probs" in data:
        return {"ece": confidence_error(np.array(data["probs"]), np.array(data["labels"]), bins, scheme)}
    p, y = (
        np.array(data[first] if first in data else data[second]) for first, second in (("conf", "p"), ("correct", "y"))
    )
    return {"ece": expected_calibration_error(p, y, bins=bins, scheme=scheme, draws=0)}


def brier_score(given: Case) -> dict[str, Any]:
    return {"value": brier(np.array(given["input"]["p"]), np.array(given["input"]["y"]))}


def isotonic_values(given: Case) -> dict[str, Any]:
    score = np.array(given["input"]["x"], dtype=float)
    return {"value": isotonic(score, np.array(given["input"]["y"]))(score).tolist()}


def quantile(given: Case) -> dict[str, Any]:
    data = given["input"]
    found = conformal_quantile(np.array(data["scores"], dtype=float), data.get("alpha", given["params"].get("alpha")))
    return {"value": found, "k": found.k, "q": found.q}


COMPUTE = {
    "alt_test": alternative,
    "mcnemar": paired_table,
    "fdr": discoveries,
    "wilson_ci95": wilson_interval,
    "f1": f1,
    "soft_label_fidelity": fidelity,
    "kd_loss": distillation,
    "ppi_mean": rectified,
    "ece": ece,
    "brier": brier_score,
    "isotonic": isotonic_values,
    "conformal_quantile": quantile,
}

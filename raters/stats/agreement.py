"""Everything about the agreement of a set of ratings, in one report."""

from __future__ import annotations

import numpy as np

from raters.stats.alpha import alpha_coefficient
from raters.stats.bootstrap import REPLICATES, Coefficient, estimates
from raters.stats.cohen import cohen_table
from raters.stats.conger import conger_kappa
from raters.stats.gwet import (
    brennan_prediger_coefficient,
    fleiss_kappa_coefficient,
    gwet_ac1_coefficient,
    gwet_ac2_coefficient,
    percent_agreement_coefficient,
    scott_pi_coefficient,
)
from raters.stats.types import Measurement, Ratings


def agreement_report(
    ratings: Ratings, *, level: Measurement, seed: int = 0, replicates: int = REPLICATES
) -> dict[str, object]:
    """Every coefficient with its interval, as strict JSON values.

    Keys: `n_items` (items with a rating), `n_raters`, `n_labels`, `percent_agreement`, `krippendorff_alpha` (at
    `level`), `fleiss_kappa`, `gwet_ac1`, `brennan_prediger`, `conger_kappa`, `scott_pi` (all unweighted), above nominal
    level `gwet_ac2` (quadratic weights), each as `Estimate.as_dict()`; `cohen_kappa` as `cohen_table` gives it; and
    `prevalence`, the share of each level among the labels in scale order (null without labels).

    All bootstrapped coefficients share their resamples of items. Raises ValueError for interval or ratio level
    without values.
    """
    bootstrapped = estimates(coefficients(ratings, level), ratings, seed=seed, replicates=replicates)
    return {
        "n_items": int(np.count_nonzero(np.bincount(ratings.item))),
        "n_raters": int(np.count_nonzero(np.bincount(ratings.rater))),
        "n_labels": len(ratings),
        **{name: estimate.as_dict() for name, estimate in bootstrapped.items()},
        "conger_kappa": conger_kappa(ratings).as_dict(),
        "cohen_kappa": cohen_table(ratings, level=level),
        "prevalence": prevalence(ratings),
    }


def coefficients(ratings: Ratings, level: Measurement) -> list[Coefficient]:
    """Those that depend on the items through sums, and so share one bootstrap."""
    return [
        percent_agreement_coefficient(ratings),
        alpha_coefficient(ratings, level),
        fleiss_kappa_coefficient(ratings),
        gwet_ac1_coefficient(ratings),
        *([gwet_ac2_coefficient(ratings)] if level != "nominal" else []),
        brennan_prediger_coefficient(ratings),
        scott_pi_coefficient(ratings),
    ]


def prevalence(ratings: Ratings) -> list[float | None]:
    """Share of each level among the labels, in scale order; None where there is no label."""
    if not len(ratings):
        return [None] * ratings.q
    return [float(share) for share in np.bincount(ratings.level, minlength=ratings.q) / len(ratings)]

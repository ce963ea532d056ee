"""The one list of kernels with the laws each obeys, and why; `laws` says what a law is."""

from __future__ import annotations

from raters.stats.laws import Kernel
from raters.stats.registry_agreement import AGREEMENT
from raters.stats.registry_labels import LABELS
from raters.stats.registry_prevalence import PREVALENCE
from raters.stats.registry_probability import PROBABILITY

REGISTRY: tuple[Kernel, ...] = (*AGREEMENT, *LABELS, *PREVALENCE, *PROBABILITY)

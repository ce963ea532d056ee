"""A small golden set that people have rated, machines that have labeled it, and a student that scored the corpus."""

from __future__ import annotations

import pytest

from attributes.models import Corpus
from raters.models import RatingSet
from tests.labelhub import builders


@pytest.fixture
def rated(corpus: Corpus) -> RatingSet:
    """30 dev items and 10 of the sealed test, four raters, the attribute `calming`; see `builders.rated_set`."""
    return builders.rated_set(corpus)


@pytest.fixture
def compared(rated: RatingSet) -> RatingSet:
    """The same, labeled by a machine called `good` (gold's level) and one called `poor` (always no)."""
    builders.annotate(rated, "good")
    builders.annotate(rated, "poor", always="no")
    return rated

"""Which golden set speaks for an attribute."""

from __future__ import annotations

from django.db.models import Case, IntegerField, QuerySet, Value, When

from attributes.models import Attribute, Corpus
from raters.models import RatingSet
from raters.queries.ratings import HAS_RATINGS


def golden(corpus: Corpus) -> QuerySet[RatingSet]:
    """The corpus's golden sets with what their pages name."""
    sets = RatingSet.objects.filter(definition__attribute__corpus=corpus, purpose=RatingSet.Purpose.GOLDEN)
    return sets.select_related("definition__attribute__corpus")


def rated(sets: QuerySet[RatingSet]) -> QuerySet[RatingSet]:
    """Those that somebody has rated."""
    return sets.filter(HAS_RATINGS)


def best_first(sets: QuerySet[RatingSet], group: str = "definition__attribute") -> QuerySet[RatingSet]:
    """The most telling set first in each group: rated before unrated, newest definition, frozen, newest."""
    frozen = Case(When(state=RatingSet.State.FROZEN, then=Value(1)), default=Value(0), output_field=IntegerField())
    ranked = sets.annotate(is_rated=HAS_RATINGS, is_frozen=frozen)
    return ranked.order_by(group, "-is_rated", "-definition__version", "-is_frozen", "-pk")


def one_per_attribute(corpus: Corpus) -> QuerySet[RatingSet]:
    return best_first(golden(corpus)).distinct("definition__attribute")


def of_attribute(attribute: Attribute) -> QuerySet[RatingSet]:
    """The attribute's golden sets, the most telling first."""
    return best_first(golden(attribute.corpus).filter(definition__attribute=attribute))


def one_per_version(attribute: Attribute) -> QuerySet[RatingSet]:
    """The most telling set of each definition version, oldest version first."""
    sets = golden(attribute.corpus).filter(definition__attribute=attribute)
    return best_first(sets, "definition__version").distinct("definition__version")

"""How much the raters of an item disagree, as a column that the database can sort by."""

from __future__ import annotations

from django.db.models import F, FloatField, Func, OuterRef, QuerySet, Subquery

from ..models import GoldLabel, RatingItem


class NominalDisagreement(Func):
    """The share of pairs of raters with different answers, from the counts per level: NULL with fewer than two.

    N (N - 1) pairs, of which N^2 - sum n^2 differ.
    """

    arity = 1
    output_field = FloatField()
    template = (
        "(SELECT (sum(n) - sum(n * n)::float8 / nullif(sum(n), 0)) / nullif(sum(n) - 1, 0)"
        " FROM unnest(%(expressions)s) AS level(n))"
    )


class OrdinalDisagreement(Func):
    """The mean squared distance between two raters' places on the scale, twice the variance: NULL with fewer than two.

    With n answers at place k: 2 (sum n k^2 - (sum n k)^2 / N) / (N - 1).
    """

    arity = 1
    output_field = FloatField()
    template = (
        "(SELECT 2 * (sum(n * k * k) - sum(n * k)::float8 ^ 2 / nullif(sum(n), 0)) / nullif(sum(n) - 1, 0)"
        " FROM unnest(%(expressions)s) WITH ORDINALITY AS level(n, k))"
    )


def most_disputed_first(items: QuerySet[RatingItem], *, ordinal: bool) -> QuerySet[RatingItem]:
    """Items by the disagreement of their counted answers, as they stood when rating closed; unknown ones last.

    It is what alpha calls the observed disagreement, of one item.
    """
    counts = F("distribution")
    value = OrdinalDisagreement(counts) if ordinal else NominalDisagreement(counts)
    labels = GoldLabel.objects.filter(rating_item=OuterRef("pk"), superseded_at=None)
    measured = labels.annotate(value=value).values("value")
    return items.annotate(disagreement=Subquery(measured)).order_by(F("disagreement").desc(nulls_last=True), "pk")

import datetime as dt

import pytest

from labelhub.reports.domain import comparisons
from labelhub.reports.domain.expenses import Expense
from llm_jobs.models import Price, Request, Run
from raters.models import RatingSet
from tests.labelhub import builders

pytestmark = pytest.mark.django_db


def asked(run: Run, *milliseconds: int | None) -> None:
    """A ledger row an answer; None where no reply came."""
    price = Price.objects.create(model="m", valid_from=dt.date(2026, 1, 1), rates=[])
    for row, latency in zip(run.run_items.order_by("pk"), milliseconds, strict=False):
        Request.objects.create(
            run_item=row, attempt=1, request_hash="h", reserved=1, price=price, latency_ms=latency,
            state="unknown" if latency is None else "settled", cost=None if latency is None else 1,
        )  # fmt: skip


def expense_of(rating_set: RatingSet, name: str) -> Expense:
    evaluation = comparisons.create(rating_set=rating_set, split="dev", reference="leave_one_out")
    return next(one for one in comparisons.contenders(evaluation, {}) if one.name == name).expense


def test_latency_is_the_median_of_answered_requests(rated: RatingSet) -> None:
    asked(builders.annotate(rated, "paid", spent=4_000_000), 1000, 2000, 9000, None)
    found = expense_of(rated, "paid")
    assert (found.seconds, found.latency.n if found.latency else 0) == (2.0, 3)
    assert found.cost_per_1000 == 100_000_000


def test_without_requests_neither_is_known_and_the_reason_is_said(compared: RatingSet) -> None:
    found = expense_of(compared, "good")
    assert (found.cost_per_1000, found.latency, found.seconds, found.reason) == (None, None, None, "labeled elsewhere")

"""Reservations under concurrency, and bills that come late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from attributes.models import Corpus
from llm_jobs.claude import pricing
from llm_jobs.claude.errors import Interrupted, ServerUnavailable
from llm_jobs.claude.runner import Attempt, StopSending
from llm_jobs.domain import annotators, ledger, runs
from llm_jobs.domain.requests import Asking
from llm_jobs.models import Request, Run, RunItem
from tests import factories
from tests.llm_jobs.domain.test_claude_runs import TEXT_ONLY, paid_run
from tests.stubs.anthropic_stub import AnthropicStub


@pytest.fixture
def run(corpus: Corpus, api: AnthropicStub) -> Run:
    factories.items(corpus, 12)
    run = paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY))
    runs.start(run)
    return run


def intend(run: Run, row: RunItem) -> Request:
    price, rates = annotators.price_of(annotators.CLAUDE_DEFAULT)
    return ledger.intend(row, Asking.of_run(run).about(row.item), price=price, rates=rates)


def settle(intent: Request, error: Exception) -> None:
    _, rates = annotators.price_of(annotators.CLAUDE_DEFAULT)
    ledger.settle(Attempt(1, intent, None, error, None, 5), rates=rates)  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
def test_concurrent_reservations_never_pass_the_budget(run: Run) -> None:
    rows = runs.claim_items(run)
    worst = pricing.worst_case(
        Asking.of_run(run).about(rows[0].item), annotators.price_of(annotators.CLAUDE_DEFAULT)[1]
    )
    Run.objects.filter(pk=run.pk).update(budget=int(worst * 4.5))

    def reserve(row: RunItem) -> bool:
        try:
            intend(run, row)
        except StopSending:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        sent = list(pool.map(reserve, rows))
    run.refresh_from_db()
    assert sum(sent) == 4
    assert run.reserved == sum(Request.objects.values_list("reserved", flat=True)) <= run.budget


def test_the_database_itself_refuses_an_overdrawn_run(run: Run) -> None:
    with pytest.raises(IntegrityError, match="run_within_budget"), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(spent=run.budget, reserved=1)


def test_nothing_is_sent_without_a_live_lease(run: Run) -> None:
    (row,) = runs.claim_items(run, 1)
    RunItem.objects.filter(pk=row.pk).update(lease_token="00000000-0000-4000-8000-000000000000")
    with pytest.raises(StopSending):
        intend(run, row)
    assert not Request.objects.exists()


def test_nothing_is_sent_for_a_run_that_was_paused(run: Run) -> None:
    (row,) = runs.claim_items(run, 1)
    runs.pause(run=run)
    with pytest.raises(StopSending):
        intend(run, row)


def test_an_orphan_keeps_its_reserve_until_its_bill_comes(run: Run) -> None:
    (row,) = runs.claim_items(run, 1)
    intent = intend(run, row)
    assert ledger.give_up_orphans(run, ours=[]) == 0  # its holder lives
    RunItem.objects.filter(pk=row.pk).update(lease_until="2020-01-01T00:00Z")
    assert ledger.give_up_orphans(run, ours=[]) == 1
    run.refresh_from_db()
    assert (run.reserved, run.spent) == (intent.reserved, 0)
    settle(intent, ServerUnavailable("503"))
    settle(intent, ServerUnavailable("503"))  # once is enough
    run.refresh_from_db()
    assert (run.reserved, run.spent) == (0, 0)


def test_an_item_leased_again_leaves_its_old_intents_unknown(run: Run) -> None:
    (row,) = runs.claim_items(run, 1)
    intend(run, row)
    assert ledger.give_up_orphans(run, ours=[row]) == 1


def test_a_broken_connection_keeps_the_reserve(run: Run) -> None:
    (row,) = runs.claim_items(run, 1)
    intent = intend(run, row)
    settle(intent, Interrupted("broken"))
    intent.refresh_from_db()
    run.refresh_from_db()
    assert (intent.state, intent.cost, run.reserved) == ("unknown", None, intent.reserved)

"""The `claude` backend against the stub: answers, failures by reason, and a ledger that adds up to the micro-dollar."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import Max, Sum
from pytest_django import Settings

from attributes.models import Corpus, Definition
from llm_jobs.claude import pricing
from llm_jobs.claude.reply import Usage
from llm_jobs.domain import annotators, claude_runs, runs
from llm_jobs.domain.work import work
from llm_jobs.models import Annotation, Request, Run, RunItem
from llm_jobs.queries import runs as queries
from tests import factories
from tests.llm_jobs.conftest import KEY
from tests.stubs.anthropic_answers import item_text
from tests.stubs.anthropic_stub import AnthropicStub

DOLLAR = 1_000_000
TEXT_ONLY = {"fields": ["title", "text"], "frames": False}


def paid_run(corpus: Corpus, *definitions: Definition, budget: int = DOLLAR) -> Run:
    return runs.create(
        annotator=annotators.claude(corpus, annotators.CLAUDE_DEFAULT),
        definitions=definitions,
        items=corpus.items.all(),
        budget=budget,
    )


def faulty(corpus: Corpus, *faults: str, fill: int = 0) -> None:
    """An item for each fault, `i000` on, and `fill` plain ones after them."""
    made = factories.items(corpus, len(faults) + fill)
    for item, fault in zip(made, faults, strict=False):
        item.text = f"Item with [[{fault}]]."
        item.save()


def outcomes(run: Run) -> dict[str, str]:
    rows = Annotation.objects.filter(run_item__run=run).values_list("item__external_id", "level__key", "failure_code")
    return {item: level or failure for item, level, failure in rows}


def check_ledger(run: Run) -> None:
    """What the run says is what its requests add up to, and never more than the budget."""
    rows = Request.objects.filter(run_item__run=run)
    settled = rows.filter(state=Request.State.SETTLED).aggregate(total=Sum("cost"))["total"] or 0
    open_ones = rows.exclude(state=Request.State.SETTLED).aggregate(total=Sum("reserved"))["total"] or 0
    run.refresh_from_db()
    assert (run.spent, run.reserved) == (settled, open_ones)
    assert run.spent + run.reserved <= run.budget


def test_labels_are_what_the_model_said(corpus: Corpus, api: AnthropicStub) -> None:
    factories.items(corpus, 12)
    calming = factories.definition(corpus, inputs=TEXT_ONLY)
    energetic = factories.definition(corpus, factories.ENERGETIC, inputs=TEXT_ONLY)
    run = work(paid_run(corpus, calming, energetic))
    assert (run.state, queries.counts(run)) == (Run.State.DONE, {"done": 12})
    said = {}
    for body in api.requests:
        text = item_text(body)
        for definition in (calming, energetic):
            levels = {level.label: level.key for level in definition.attribute.levels.all()}
            label = api.mind.chosen_level(text, definition.attribute.slug, list(levels), annotators.CLAUDE_DEFAULT)
            said[text, definition.attribute.slug] = levels[label]
    assert len(api.requests) == 12
    stored = Annotation.objects.filter(run_item__run=run).select_related("item", "level", "definition__attribute")
    for annotation in stored:
        text = next(text for text, slug in said if f"\n{annotation.item.title}\n" in text)
        assert annotation.level is not None
        assert annotation.p is not None
        assert annotation.level.key == said[text, annotation.definition.attribute.slug]
        assert sum(annotation.p) == pytest.approx(1)
        assert annotation.p[annotation.level.position] == max(annotation.p)
        assert annotation.rationale == f"The stub reads the item as {annotation.level.label}."
    assert len(stored) == 24


def test_the_bill_is_the_stubs_to_the_token(corpus: Corpus, api: AnthropicStub) -> None:
    faulty(corpus, "refusal", "bad_json*1", fill=10)
    run = work(paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY)))
    check_ledger(run)
    usages = list(Request.objects.filter(run_item__run=run).values_list("usage", flat=True))
    names = {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "cache_read_tokens": "cache_read_input_tokens",
        "cache_write_5m_tokens": "cache_creation_input_tokens",
    }
    ours = {theirs: sum(usage[name] for usage in usages) for name, theirs in names.items()}
    assert ours == {name: api.counters.billed[name] for name in names.values()}
    _, rates = annotators.price_of(annotators.CLAUDE_DEFAULT)
    assert run.spent == sum(pricing.cost_micro_usd(Usage(**usage), rates) for usage in usages)
    assert run.reserved == 0
    assert {usage["cache_read_tokens"] > 0 for usage in usages[1:]} == {True}  # behind one warmed prefix


def test_failures_have_their_reason_and_are_never_labels(corpus: Corpus, api: AnthropicStub) -> None:
    faults = {
        "refusal": "refused",
        "truncated": "truncated",
        "wrong_keys": "schema",
        "prose": "bad_json",
        "400": "bad_request",
    }
    faults |= {"context": "context_exceeded", "unknown_block": "unexpected_content", "html": "malformed_reply"}
    faulty(corpus, *faults, fill=3)
    run = work(paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY)))
    found = outcomes(run)
    assert [found[f"i{i:03}"] for i in range(len(faults))] == list(faults.values())
    assert {found[f"i{i:03}"] for i in range(len(faults), len(faults) + 3)} <= {"yes", "no"}
    assert queries.counts(run) == {"done": 3, "failed": len(faults)}
    assert queries.failures(run) == dict.fromkeys(sorted(faults.values()), 1)
    assert run.state == Run.State.DONE
    check_ledger(run)


def test_a_reply_that_may_have_been_billed_keeps_its_reserve(corpus: Corpus, api: AnthropicStub) -> None:
    faulty(corpus, "html", fill=1)
    run = work(paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY)))
    states = Counter(Request.objects.filter(run_item__run=run).values_list("state", flat=True))
    assert states == {"unknown": 3, "settled": 1}
    assert queries.unsettled(run) == {"n": 3, "reserved": run.reserved}
    check_ledger(run)


def test_busy_servers_are_asked_again(corpus: Corpus, api: AnthropicStub) -> None:
    faulty(corpus, "429*2", "529*2", "500*1", fill=1)
    run = work(paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY)))
    assert queries.counts(run) == {"done": 4}
    assert api.counters.statuses == {429: 2, 529: 2, 500: 1, 200: 4}
    refused = Request.objects.filter(run_item__run=run).exclude(status="end_turn")
    assert set(refused.values_list("state", "cost")) == {("settled", 0)}
    check_ledger(run)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("401", "not_authorized"), ("spend_limit", "spend_limit"), ("429_long", "rate_limited"), ("404", "unknown_model")],
)
def test_the_run_pauses_when_the_service_says_no(corpus: Corpus, api: AnthropicStub, fault: str, reason: str) -> None:
    faulty(corpus, fault, fill=20)
    run = work(paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY)))
    assert run.state == Run.State.PAUSED
    assert run.pause_reason.startswith(f"{reason}: ")
    counts = queries.counts(run)
    assert set(counts) <= {"queued", "done"}  # what was not answered waits, without an attempt counted
    assert not RunItem.objects.filter(run=run, state="queued", attempts__gt=0).exists()
    check_ledger(run)


def test_a_budget_stops_the_run_before_it_could_be_passed(corpus: Corpus, api: AnthropicStub) -> None:
    factories.items(corpus, 60)
    calming = factories.definition(corpus, inputs=TEXT_ONLY)
    probe = work(paid_run(corpus, calming))
    worst = Request.objects.aggregate(worst=Max("reserved"))["worst"]
    budget = probe.spent // 2 + 2 * worst
    run = work(paid_run(corpus, calming, budget=budget))
    assert (run.state, run.pause_reason) == (
        Run.State.PAUSED,
        "budget: the next request might cost more than what is left",
    )
    check_ledger(run)
    assert budget - run.spent <= worst  # close to the limit: reserves were freed and used again on the way
    assert 20 < queries.counts(run)["done"] < 60

    runs.set_budget(run=run, budget=DOLLAR)
    runs.resume(run=run)
    assert work(run).state == Run.State.DONE
    assert api.counters.statuses == {200: 120}  # nothing was asked twice
    check_ledger(run)


def test_only_the_named_inputs_are_sent(corpus: Corpus, api: AnthropicStub) -> None:
    factories.items(corpus, 2, title="Public title {i}", text="Secret text {i}")
    corpus.items.update(metadata={"topic": "birds", "price": "secret"})
    calming = factories.definition(corpus, inputs={"fields": ["title", "metadata.topic"], "frames": False})
    work(paid_run(corpus, calming))
    sent = str(api.requests)
    assert sent.count("Public title") == 2
    assert sent.count("birds") == 2
    assert "ecret" not in sent


def test_an_item_without_inputs_is_not_sent(corpus: Corpus, api: AnthropicStub) -> None:
    factories.items(corpus, 2, text="")
    run = work(paid_run(corpus, factories.definition(corpus, inputs={"fields": ["text"], "frames": False})))
    assert set(outcomes(run).values()) == {"nothing_to_rate"}
    assert api.requests == []


def test_a_changed_prompt_pauses_the_run(corpus: Corpus, api: AnthropicStub) -> None:
    factories.items(corpus, 3)
    run = paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY))
    Run.objects.filter(pk=run.pk).update(prefix_hash="0" * 64)
    run = work(run)
    assert (run.state, queries.counts(run), api.requests) == (Run.State.PAUSED, {"queued": 3}, [])
    assert run.pause_reason == "the prompt is no longer the one this run began with: start a new run"


def test_a_missing_key_pauses_the_run(corpus: Corpus, api: AnthropicStub, settings: Settings) -> None:
    factories.items(corpus, 3)
    run = paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY))
    settings.ANTHROPIC_API_KEY = ""
    assert work(run).pause_reason == "ANTHROPIC_API_KEY is not set"


def test_a_worker_that_shuts_down_gives_back_what_it_did_not_send(corpus: Corpus, api: AnthropicStub) -> None:
    factories.items(corpus, 40)
    api.latency = 0.3
    run = paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY))
    started = time.monotonic()
    run = work(run, lambda: time.monotonic() - started > 1)
    counts = queries.counts(run)
    assert run.state == Run.State.RUNNING  # the sweep rings for it
    assert set(counts) == {"done", "queued"}
    assert sum(counts.values()) == 40
    assert list(queries.claimable()) == [run]
    check_ledger(run)
    api.latency = 0.0
    assert queries.counts(work(run)) == {"done": 40}
    assert api.counters.statuses == {200: 40}


def test_a_pause_by_a_person_is_left_as_it_is(corpus: Corpus, api: AnthropicStub) -> None:
    factories.items(corpus, 30)
    run = paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY))

    def pause_midway() -> bool:
        if len(api.requests) > 4 and Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).exists():
            runs.pause(run=run, reason="by hand")
        return False

    api.latency = 0.2
    paused = work(run, pause_midway)
    assert (paused.state, paused.pause_reason) == (Run.State.PAUSED, "by hand")
    assert set(queries.counts(run)) == {"done", "queued"}
    check_ledger(run)


WORKER = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
from django.conf import settings
name, run, key, url = sys.argv[1:]
settings.DATABASES["default"]["NAME"] = name
settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL = key, url
import django
django.setup()
from llm_jobs.domain.work import work
from llm_jobs.models import Run
work(Run.objects.get(pk=run))
"""


@pytest.mark.django_db(transaction=True)
def test_kill_minus_nine_loses_nothing(corpus: Corpus, api: AnthropicStub, caplog: pytest.LogCaptureFixture) -> None:
    factories.items(corpus, 40)
    api.latency = 0.4
    run = paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY))
    arguments = [connection.settings_dict["NAME"], str(run.pk), KEY, api.base_url]
    root = Path(settings.BASE_DIR)
    worker = subprocess.Popen([sys.executable, "-c", WORKER, *arguments], cwd=root, env=os.environ.copy())
    deadline = time.monotonic() + 60
    while Annotation.objects.count() < 10 and time.monotonic() < deadline:
        assert worker.poll() is None
        time.sleep(0.05)
    worker.kill()
    worker.wait()
    api.latency = 0.0
    assert work(run).state == Run.State.RUNNING  # its leases are still held: nobody else may send
    RunItem.objects.filter(run=run, state="leased").update(lease_until="2020-01-01T00:00Z")
    done_before = Annotation.objects.count()

    run = work(run)
    assert run.state == Run.State.DONE
    assert done_before < 40
    assert sorted(outcomes(run)) == [f"i{i:03}" for i in range(40)]
    assert Annotation.objects.count() == 40
    states = Counter(Request.objects.values_list("state", flat=True))
    # Open at the kill: sent without a reply, or replied and not stored yet. Nothing else was asked twice.
    assert states["unknown"] > 0
    assert states["unknown"] + states["settled"] - 40 <= claude_runs.CONCURRENCY
    assert set(Request.objects.filter(state="unknown").values_list("status", flat=True)) == {"worker_lost"}
    assert sum(api.counters.attempts.values()) <= 40 + claude_runs.CONCURRENCY
    check_ledger(run)
    assert tables_holding(KEY) == []
    assert KEY not in caplog.text


def tables_holding(text: str) -> list[str]:
    """Every table of which a row, written as text, contains it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f"SELECT 1 FROM {table} row WHERE row::text LIKE %s LIMIT 1", [f"%{text}%"])
            found += [table] if cursor.fetchone() else []
    return found


def test_the_key_is_in_no_table_and_no_log(
    corpus: Corpus, api: AnthropicStub, caplog: pytest.LogCaptureFixture
) -> None:
    faulty(corpus, "echo_key", "refusal", fill=2)
    caplog.set_level("DEBUG")
    run = work(paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY)))
    assert run.state == Run.State.PAUSED  # a gateway that answers 502 for ever
    assert tables_holding(KEY) == []
    assert tables_holding("Title 2") != []  # the search finds what is there
    assert KEY not in caplog.text

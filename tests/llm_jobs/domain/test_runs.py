"""A run's life: created once, worked by one, paused, resumed, cancelled, tried again."""

from __future__ import annotations

import uuid

import pytest
from pytest_django import DjangoAssertNumQueries

from attributes.domain import definitions
from attributes.models import AuditEvent, Corpus, Definition
from attributes.schema import parse_spec
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from llm_jobs.domain import annotators, runs, selection
from llm_jobs.domain.work import work
from llm_jobs.models import Annotation, Annotator, Run, RunItem
from llm_jobs.queries import progress
from llm_jobs.queries import runs as queries
from tests import factories


@pytest.fixture
def definition(corpus: Corpus) -> Definition:
    factories.items(corpus, 6)
    return factories.definition(corpus)


@pytest.fixture
def free(corpus: Corpus) -> Annotator:
    """Stands for any free backend; the tests do its work by hand."""
    return Annotator.objects.create(corpus=corpus, name="by hand", backend="local", config={}, fingerprint="f" * 64)


@pytest.fixture
def run(free: Annotator, definition: Definition) -> Run:
    return runs.create(annotator=free, definitions=[definition], items=definition.attribute.corpus.items.all())


def answer(run: Run, definition: Definition, *levels: str | None) -> None:
    """Claim as many items and answer them; None is a failure."""
    rows = runs.claim_items(run, len(levels))
    results = [
        runs.Result(row, definition, level=level, failure_code="" if level else "schema")
        for row, level in zip(rows, levels, strict=True)
    ]
    runs.store(results)


def test_a_form_sent_twice_is_one_run(free: Annotator, definition: Definition, owner: User) -> None:
    uid = uuid.uuid4()
    items = definition.attribute.corpus.items.all()
    first = runs.create(annotator=free, definitions=[definition], items=items, uid=uid, created_by=owner)
    again = runs.create(annotator=free, definitions=[definition], items=items, uid=uid, created_by=owner)
    assert (first.pk, Run.objects.count()) == (again.pk, 1)
    assert queries.counts(first) == {"queued": 6}
    assert definition.attribute.levels.model.objects.count() == 2
    definition.attribute.refresh_from_db()
    assert definition.attribute.levels_locked_at is not None


def test_what_a_run_may_not_rest_on(free: Annotator, definition: Definition, corpus: Corpus) -> None:
    items = corpus.items.all()
    draft = definitions.save_draft(corpus=corpus, spec=parse_spec(factories.ENERGETIC), author=None)
    with pytest.raises(Refused, match="is a draft"):
        runs.create(annotator=free, definitions=[draft], items=items)
    with pytest.raises(BadInput, match="at least one attribute"):
        runs.create(annotator=free, definitions=[], items=items)
    with pytest.raises(BadInput, match="no item to annotate"):
        runs.create(annotator=free, definitions=[definition], items=items.none())
    assert not Run.objects.exists()


def test_a_paid_run_needs_a_budget_and_one_set_of_inputs(corpus: Corpus, definition: Definition) -> None:
    paid = Annotator.objects.create(corpus=corpus, name="c", backend="claude", config={}, fingerprint="c" * 64)
    items = corpus.items.all()
    with pytest.raises(Refused, match="needs a budget"):
        runs.create(annotator=paid, definitions=[definition], items=items)
    title = factories.definition(corpus, factories.ENERGETIC, inputs={"fields": ["title"]})
    with pytest.raises(BadInput, match="different inputs"):
        runs.create(annotator=paid, definitions=[definition, title], items=items, budget=1)


def test_claimed_answered_and_done(run: Run, definition: Definition) -> None:
    assert runs.start(run)
    answer(run, definition, "yes", "no", None)
    assert queries.counts(run) == {"done": 2, "failed": 1, "queued": 3}
    assert queries.failures(run) == {"schema": 1}
    answer(run, definition, "yes", "yes", "yes")
    runs.close(run)
    run.refresh_from_db()
    assert (run.state, run.finished_at is not None) == (Run.State.DONE, True)


def test_a_zombie_cannot_overwrite(run: Run, definition: Definition) -> None:
    (row,) = runs.claim_items(run, 1)
    RunItem.objects.filter(pk=row.pk).update(lease_until="2020-01-01T00:00Z")
    (again,) = runs.claim_items(run, 1)
    assert again.pk == row.pk
    assert runs.store([runs.Result(row, definition, level="no")]) == 0
    assert runs.store([runs.Result(again, definition, level="yes")]) == 1
    assert Annotation.objects.get().level.key == "yes"  # type: ignore[union-attr]


def test_an_item_that_kills_its_workers_is_set_aside(run: Run) -> None:
    for _ in range(3):
        assert runs.claim_items(run, 1)
        RunItem.objects.filter(state="leased").update(lease_until="2020-01-01T00:00Z")
    rest = runs.claim_items(run)
    assert len(rest) == 5
    assert queries.counts(run) == {"failed": 1, "leased": 5}
    assert queries.failures(run) == {"worker_lost": 1}


def test_pause_resume_cancel(run: Run, definition: Definition, owner: User) -> None:
    runs.start(run)
    (held,) = runs.claim_items(run, 1)
    runs.pause(run=run, reason="by hand", actor=owner)
    assert runs.claim_items(run) == []
    assert not runs.start(run)
    with pytest.raises(Refused, match="the run is paused"):
        runs.pause(run=run, actor=owner)
    runs.resume(run=run, actor=owner)
    assert (run.state, run.pause_reason) == (Run.State.QUEUED, "")
    runs.cancel(run=run, actor=owner)
    runs.store([], release=[held])
    runs.close(run)
    assert queries.counts(run) == {"cancelled": 6}
    with pytest.raises(Refused, match="the run is cancelled"):
        runs.resume(run=run, actor=owner)
    assert list(AuditEvent.objects.filter(verb__startswith="run_").order_by("pk").values_list("verb", flat=True)) == [
        "run_created", "run_paused", "run_resumed", "run_cancelled",
    ]  # fmt: skip


def test_failures_are_tried_again_and_answers_stay(run: Run, definition: Definition, corpus: Corpus) -> None:
    energetic = factories.definition(corpus, factories.ENERGETIC)
    run.run_definitions.create(definition=energetic, position=1)
    first, second, *_ = rows = runs.claim_items(run)
    good = [runs.Result(row, d, level=key) for row in rows[2:] for d, key in ((definition, "yes"), (energetic, "mild"))]
    mixed = [runs.Result(first, definition, level="no"), runs.Result(first, energetic, failure_code="schema")]
    lost = [runs.Result(second, d, failure_code="refused") for d in (definition, energetic)]
    runs.store([*good, *mixed, *lost])
    assert queries.counts(run) == {"done": 5, "failed": 1}

    assert runs.retry_failed(run=run) == 2
    assert queries.failures(run) == {}
    again = runs.claim_items(run)
    assert [row.pk for row in again] == [first.pk, second.pk]
    runs.store(
        [runs.Result(row, d, level=key) for row in again for d, key in ((definition, "yes"), (energetic, "mild"))]
    )
    kept = Annotation.objects.get(run_item=first, definition=definition)
    assert kept.level.key == "no"  # type: ignore[union-attr]  # already answered, and paid for
    assert Annotation.objects.count() == 12


def test_what_cannot_go_on_is_not_tried_again(run: Run, definition: Definition) -> None:
    imported = factories.labels(definition, {"i000": None})
    runs.cancel(run=run)
    for ended in (imported, run):
        with pytest.raises(Refused, match="can go on"):
            runs.retry_failed(run=ended)
    with pytest.raises(BadInput, match="imported labels"):
        work(imported)


def test_the_budget_is_for_paid_runs_and_never_below_what_is_spent(run: Run, corpus: Corpus) -> None:
    with pytest.raises(Refused, match="costs nothing"):
        runs.set_budget(run=run, budget=5)
    Annotator.objects.update(backend="claude")
    Run.objects.filter(pk=run.pk).update(budget=10, spent=6)
    run.refresh_from_db()
    with pytest.raises(Refused, match="spent and reserved"):
        runs.set_budget(run=run, budget=5)
    runs.set_budget(run=run, budget=7)
    run.refresh_from_db()
    assert run.budget == 7


def test_the_sweep_rings_for_runs_nobody_works(run: Run, definition: Definition) -> None:
    assert list(queries.claimable()) == [run]
    rows = runs.claim_items(run, 2)
    assert list(queries.claimable()) == []  # a worker holds a live lease
    RunItem.objects.filter(pk__in=[row.pk for row in rows]).update(lease_until="2020-01-01T00:00Z")
    assert list(queries.claimable()) == [run]
    runs.pause(run=run)
    assert list(queries.claimable()) == []


def test_found_by_the_beginning_of_its_uid(run: Run, corpus: Corpus) -> None:
    assert queries.find(corpus, str(run.uid)) == run
    assert queries.find(corpus, str(run.uid)[:8]) == run
    with pytest.raises(BadInput, match="fits 0 runs"):
        queries.find(corpus, "zzz")


def test_progress_is_one_query(
    run: Run, definition: Definition, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    answer(run, definition, "yes", None)
    with django_assert_num_queries(1):
        counts = queries.counts(run)
    made = progress.from_counts(counts, pace=2.0)
    assert (made.total, made.ended, made.waiting, made.seconds_left) == (6, 2, 4, 2.0)


def test_samples_grow_and_repeat(corpus: Corpus, definition: Definition) -> None:
    small = set(selection.drawn(corpus, 3, seed=1))
    assert len(small) == 3
    assert small <= set(selection.drawn(corpus, 5, seed=1))
    assert set(selection.drawn(corpus, 3, seed=1)) == small
    assert len(selection.drawn(corpus, 99, seed=1)) == 6
    for bad in ("none", "0", "-3", "1.5"):
        with pytest.raises(BadInput, match="golden, all or a number"):
            selection.items_for(definition.attribute, bad)


def test_golden_means_dev_and_test(corpus: Corpus) -> None:
    factories.items(corpus, 40)
    definition = factories.definition(corpus)
    golden = factories.rating_set(definition, size=30)
    chosen, purpose = selection.items_for(definition.attribute, "golden")
    expected = golden.rating_items.exclude(split="shots").values_list("item", flat=True)
    assert (set(chosen.values_list("pk", flat=True)), purpose) == (set(expected), "golden")


def test_an_annotator_is_its_configuration(corpus: Corpus) -> None:
    first = annotators.get_or_create(corpus=corpus, name="x", backend="imported", config={"name": "x"})
    assert annotators.get_or_create(corpus=corpus, name="x", backend="imported", config={"name": "x"}) == first
    newer = annotators.get_or_create(corpus=corpus, name="x", backend="imported", config={"name": "x", "v": 2})
    assert newer.name == f"x {newer.fingerprint[:6]}"
    with pytest.raises(BadInput, match="ANTHROPIC_API_KEY is not set"):
        annotators.resolve(corpus, "claude")
    with pytest.raises(BadInput, match=r"no annotator 'y' \(there are: local, claude, x, x "):
        annotators.resolve(corpus, "y")

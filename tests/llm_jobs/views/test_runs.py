"""The pages of runs: who gets in, what they say, what they do."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from attributes.models import Corpus, Definition
from labelhub.accounts.models import User
from llm_jobs import tasks
from llm_jobs.domain import runs
from llm_jobs.models import Annotator, Run, RunItem
from raters.models import Exposure
from tests import factories
from tests.llm_jobs.domain.test_claude_runs import TEXT_ONLY, paid_run
from tests.personas import signed_in, statuses
from tests.stubs.anthropic_stub import AnthropicStub


@pytest.fixture
def definition(corpus: Corpus) -> Definition:
    factories.items(corpus, 6)
    return factories.definition(corpus, inputs=TEXT_ONLY)


@pytest.fixture
def run(definition: Definition) -> Run:
    return factories.labels(definition, {f"i{i:03}": None if i == 5 else "yes" for i in range(6)})


def at(name: str, run: Run | None = None, **more: object) -> str:
    own = {"uid": run.uid} if run else {}
    return reverse(f"llm_jobs:{name}", kwargs={"corpus": "clips", **own, **more})


PAGES = ["runs", "run", "run_live", "run_items", "students"]
FORMS = ["run_new", "run_estimate", "student_new"]
ACTIONS = ["run_pause", "run_resume", "run_cancel", "run_retry", "run_budget"]


@pytest.mark.parametrize("name", PAGES + FORMS)
def test_who_may_read(
    run: Run, name: str, owner: User, editor: User, analyst: User, rater: User, stranger: User
) -> None:
    url = at(name, run if (name.startswith("run_") and name not in FORMS) or name == "run" else None)
    answer = statuses(url, owner=owner, editor=editor, analyst=analyst, rater=rater, stranger=stranger)
    allowed = 403 if name in FORMS else 200
    assert answer == {
        "owner": 200, "editor": 200, "analyst": allowed, "rater": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip
    assert signed_in(owner).delete(url).status_code == 405


@pytest.mark.parametrize("name", ACTIONS)
def test_who_may_act(run: Run, name: str, owner: User, analyst: User, rater: User, stranger: User) -> None:
    answer = statuses(at(name, run), "post", owner=owner, analyst=analyst, rater=rater, stranger=stranger)
    assert answer == {"owner": 302, "analyst": 403, "rater": 403, "stranger": 404, "anonymous": 302}
    assert signed_in(owner).get(at(name, run)).status_code == 405


def test_labels_are_asked_for_by_post(run: Run, analyst: User, rater: User, stranger: User) -> None:
    url = at("run_items_shown", run)
    answer = statuses(url, "post", analyst=analyst, rater=rater, stranger=stranger)
    assert answer == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}
    assert signed_in(analyst).get(url).status_code == 405


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_takes_as_many_queries_for_three_runs_as_for_one(
    definition: Definition, owner: User, n: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for i in range(n):
        factories.labels(definition, {"i000": "yes"}, f"model {i}")
    client = signed_in(owner)
    with django_assert_num_queries(10):
        page = client.get(at("runs"))
    assert page.content.decode().count("row-link") == n


def test_the_list_pages_by_cursor(definition: Definition, owner: User) -> None:
    annotator = factories.annotator(definition.attribute.corpus)
    for _ in range(51):
        Run.objects.create(corpus=annotator.corpus, annotator=annotator, purpose="imported", state="done")
    client = signed_in(owner)
    first = client.get(at("runs"))
    assert len(first.context["page"].rows) == 50
    last = client.get(at("runs") + first.context["page"].next_url)
    assert (len(last.context["page"].rows), last.context["page"].next_url) == (1, None)
    back = client.get(at("runs") + last.context["page"].prev_url)
    assert back.context["page"].rows == first.context["page"].rows
    assert back.context["page"].prev_url is None
    assert client.get(at("runs") + "?after=x").context["page"].rows == first.context["page"].rows


def test_an_empty_corpus_says_what_to_do(corpus: Corpus, owner: User, analyst: User) -> None:
    page = signed_in(owner).get(at("runs")).content.decode()
    assert at("run_new") in page
    assert at("run_new") not in signed_in(analyst).get(at("runs")).content.decode()
    assert "Publish a definition first" in signed_in(owner).get(at("run_new")).content.decode()


def start(client: Client, definition: Definition, **fields: object) -> Run:
    url = at("run_new")
    key = client.get(url).context["form"].initial["key"]
    data = {"key": key, "attributes": [definition.attribute.slug], "annotator": "local", "items": "all", "seed": 0}
    reply = client.post(url, data | fields)
    assert reply.status_code == 302, reply.context["form"].errors
    assert client.post(url, data | fields).headers["Location"] == reply.headers["Location"]  # sent twice: one run
    run = Run.objects.get()
    assert reply.headers["Location"] == at("run", run)
    return run


def test_a_run_is_started_once(
    definition: Definition,
    owner: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as rung:
        run = start(signed_in(owner), definition, items="sample", n=4)
    assert (run.created_by, run.run_items.count(), run.purpose, len(rung)) == (owner, 4, "silver", 2)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"attributes": []}, "attributes"),
        ({"annotator": "claude"}, "annotator"),  # no key is set
        ({"items": "sample"}, "n"),
        ({"items": "golden"}, "__all__"),
        ({"seed": -1}, "seed"),
        ({"key": "x"}, "key"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    definition: Definition, owner: User, fields: dict[str, object], field: str
) -> None:
    data = {
        "key": "7d3c9d2e-7f6b-4a55-9d75-0d7d4a9a4f10", "attributes": [definition.attribute.slug],
        "annotator": "local", "items": "all", "seed": 0,
    }  # fmt: skip
    reply = signed_in(owner).post(at("run_new"), data | fields)
    assert reply.status_code == 422
    assert list(reply.context["form"].errors) == [field]
    assert not Run.objects.exists()


def test_a_paid_run_shows_its_price_and_needs_a_budget(definition: Definition, owner: User, api: AnthropicStub) -> None:
    client = signed_in(owner)
    fields = {"attributes": "calming", "annotator": "claude", "items": "all", "seed": 0}
    fields |= {"key": "7d3c9d2e-7f6b-4a55-9d75-0d7d4a9a4f10"}
    shown = client.get(at("run_estimate"), fields).context
    assert shown["n"] == shown["estimate"].n == 6
    assert 0 < shown["estimate"].expected < shown["estimate"].worst
    assert not Annotator.objects.exists()  # a GET writes nothing
    refused = client.post(at("run_new"), fields)
    assert list(refused.context["form"].errors) == ["budget"]
    run = start(client, definition, annotator="claude", budget="0.50")
    assert (run.budget, api.requests) == (500_000, [])


def test_an_estimate_of_half_a_form_is_no_error(definition: Definition, owner: User) -> None:
    client = signed_in(owner)
    assert "price will stand here" in client.get(at("run_estimate")).content.decode()
    golden = {"attributes": "calming", "annotator": "local", "items": "golden", "seed": 0}
    golden |= {"key": "7d3c9d2e-7f6b-4a55-9d75-0d7d4a9a4f10"}
    assert "has no golden set" in client.get(at("run_estimate"), golden).content.decode()


def test_the_page_asks_again_while_the_run_is_open(definition: Definition, owner: User, run: Run) -> None:
    client = signed_in(owner)
    assert "hx-trigger" not in client.get(at("run_live", run)).content.decode()
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)
    part = client.get(at("run_live", run)).content.decode()
    assert f'hx-get="{at("run_live", run)}" hx-trigger="every 2s"' in part
    assert "6 of 6 items are done" in part


def test_failures_are_shown_by_reason_without_sealed_items(corpus: Corpus, owner: User) -> None:
    factories.items(corpus, 40)
    definition = factories.definition(corpus)
    golden = factories.rating_set(definition, size=30)
    run = factories.labels(definition, {f"i{i:03}": None for i in range(40)})
    sealed = set(golden.rating_items.filter(split="test").values_list("item__title", flat=True))
    page = signed_in(owner).get(at("run", run))
    (failure,) = page.context["failures"]
    assert (failure["code"], failure["n"], len(failure["examples"])) == ("empty", 40, 3)
    assert {item.title for item in failure["examples"]}.isdisjoint(sealed)


def test_pause_resume_retry_cancel_by_hand(definition: Definition, owner: User) -> None:
    free = Annotator.objects.create(
        corpus=definition.attribute.corpus, name="local", backend="local", config={}, fingerprint="f" * 64
    )
    run = runs.create(annotator=free, definitions=[definition], items=definition.attribute.corpus.items.all())
    client = signed_in(owner)
    for name, state in [("run_pause", "paused"), ("run_resume", "queued"), ("run_cancel", "cancelled")]:
        client.post(at(name, run))
        run.refresh_from_db()
        assert run.state == state
    said = client.post(at("run_pause", run), follow=True)
    assert [str(message) for message in said.context["messages"]][-1] == "The run is cancelled."
    assert set(RunItem.objects.values_list("state", flat=True)) == {"cancelled"}


def test_the_budget_is_raised_and_the_run_goes_on(definition: Definition, owner: User, api: AnthropicStub) -> None:
    run = paid_run(definition.attribute.corpus, definition, budget=100)
    runs.pause(run=run, reason="budget: used up")
    client = signed_in(owner)
    client.post(at("run_budget", run), {"budget": "0"})
    run.refresh_from_db()
    assert (run.budget, run.state) == (100, "paused")
    client.post(at("run_budget", run), {"budget": "2.50"})
    run.refresh_from_db()
    assert (run.budget, run.state) == (2_500_000, "queued")


def test_whoever_sees_labels_is_on_record(run: Run, analyst: User, definition: Definition) -> None:
    client = signed_in(analyst)
    assert "Title 0" not in client.get(at("run_items", run)).content.decode()
    assert not Exposure.objects.exists()
    page = client.post(at("run_items_shown", run))
    assert len(page.context["page"].rows) == 6
    client.post(at("run_items_shown", run))
    seen = Exposure.objects.values_list("user", "attribute", "kind").distinct()
    assert list(seen) == [(analyst.pk, definition.attribute_id, "machine")]
    assert Exposure.objects.count() == 6


def test_sealed_items_are_left_out_and_counted(corpus: Corpus, owner: User) -> None:
    factories.items(corpus, 40)
    definition = factories.definition(corpus)
    golden = factories.rating_set(definition, size=40)
    run = factories.labels(definition, {f"i{i:03}": "yes" for i in range(40)})
    sealed = golden.rating_items.filter(split="test")
    client = signed_in(owner)
    shell = client.get(at("run_items", run))
    assert (shell.context["n"], shell.context["n_sealed"]) == (40 - sealed.count(), sealed.count())
    shown = {row.item_id for row in client.post(at("run_items_shown", run)).context["page"].rows}
    assert len(shown) == 40 - sealed.count()
    assert shown.isdisjoint(sealed.values_list("item", flat=True))
    assert not Exposure.objects.filter(item__in=sealed.values("item")).exists()


@pytest.mark.parametrize("n", [1, 3])
def test_labels_take_as_many_queries_for_three_items_as_for_one(
    definition: Definition, owner: User, n: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run = factories.labels(definition, {f"i{i:03}": "yes" for i in range(n)})
    client = signed_in(owner)
    with django_assert_num_queries(10):
        client.post(at("run_items_shown", run))


def test_what_was_sent_is_word_for_word(
    definition: Definition, owner: User, analyst: User, rater: User, stranger: User, api: AnthropicStub
) -> None:
    corpus = definition.attribute.corpus
    run = paid_run(corpus, definition)
    tasks.work_run(run.pk)
    row = run.run_items.select_related("item").order_by("pk").first()
    assert row is not None
    url, answer = at("run_sent", run, pk=row.pk), at("run_answer", run, pk=row.pk)
    assert statuses(url, analyst=analyst, rater=rater, stranger=stranger) == {
        "analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip
    assert signed_in(owner).get(answer).status_code == 405
    client = signed_in(owner)
    page = client.get(url)
    sent = page.context["sent"]
    texts = [body["messages"][0]["content"][0]["text"] for body in api.requests]
    assert sent.exact
    assert sent.request.item_text in texts
    assert "The stub reads" not in page.content.decode()
    assert not Exposure.objects.exists()
    assert "The stub reads" in client.post(answer).content.decode()
    assert list(Exposure.objects.values_list("user", "item")) == [(owner.pk, row.item_id)]

    row.item.title = "Changed since"
    row.item.content_hash = "c" * 64
    row.item.save()
    assert not client.get(url).context["sent"].exact
    row.item.revisions.create(
        content_hash=row.content_hash, snapshot={"title": "Title 0", "text": "Text of item 0.", "metadata": {}}
    )
    assert client.get(url).context["sent"].exact  # made again from the item as it was


def test_item_text_is_escaped_everywhere(corpus: Corpus, owner: User, api: AnthropicStub) -> None:
    factories.items(corpus, 1, title="<script>alert(1)</script>")
    definition = factories.definition(corpus, inputs=TEXT_ONLY)
    run = paid_run(corpus, definition)
    tasks.work_run(run.pk)
    row = run.run_items.get()
    client = signed_in(owner)
    pages = [
        client.get(at("run", run)), client.post(at("run_items_shown", run)), client.get(at("run_sent", run, pk=row.pk))
    ]  # fmt: skip
    assert [page.content.decode().count("<script>alert") for page in pages] == [0, 0, 0]

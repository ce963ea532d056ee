"""What a set may be drawn by, and what it is planned with."""

from __future__ import annotations

import pytest

from attributes.models import Corpus, Definition
from labelhub.workbench.domain import leads
from llm_jobs.models import Run
from raters.sampling import Shares
from tests import factories


@pytest.fixture
def published(corpus: Corpus) -> Definition:
    factories.items(corpus, 4)
    return factories.definition(corpus)


def by_name(corpus: Corpus, sizes: dict[int, float]) -> dict[str, float]:
    return {name: sizes[pk] for name, pk in corpus.items.values_list("external_id", "pk") if pk in sizes}


def test_nothing_to_go_by(published: Definition) -> None:
    assert leads.leads(published.attribute) == []
    assert leads.guess(published.attribute).share == 0.5


def test_the_newest_probabilities_say_how_unsure_a_machine_is(corpus: Corpus, published: Definition) -> None:
    said = dict.fromkeys(("i000", "i001"), "yes")
    factories.labels(published, said, p={"i000": [0.5, 0.5], "i001": [0.5, 0.5]})
    factories.labels(published, said, p={"i000": [0.0, 1.0]})
    ((key, words),) = leads.leads(published.attribute)
    assert words == "How unsure model is"
    found = leads.sizes_by(published.attribute, key)
    assert by_name(corpus, dict(found.of)) == {"i000": 0.0, "i001": 1.0}
    assert found.by == "uncertainty of model"


def test_a_cancelled_run_says_nothing(published: Definition) -> None:
    factories.labels(published, {"i000": "yes"}, p={"i000": [0.5, 0.5]})
    Run.objects.update(state=Run.State.CANCELLED)
    assert leads.leads(published.attribute) == []


def test_machines_that_differ(corpus: Corpus, published: Definition) -> None:
    factories.labels(published, {"i000": "yes", "i001": "yes", "i002": "yes"}, "one")
    factories.labels(published, {"i000": "no", "i001": "yes", "i003": None}, "two")
    assert leads.leads(published.attribute) == [("machines", "Where 2 machines differ")]
    found = leads.sizes_by(published.attribute, "machines")
    assert by_name(corpus, dict(found.of)) == {"i000": 1.0, "i001": 0.0}


def test_raters_that_differed_outside_a_sealed_test(corpus: Corpus) -> None:
    votes = {f"i{i:03}": "yn" for i in range(10)}
    closed = factories.closed_set(corpus, votes, shares=Shares(0, 0.5, 0.5))
    ((key, words),) = leads.leads(closed.definition.attribute)
    assert words == "Where the raters of Golden set differed"
    found = leads.sizes_by(closed.definition.attribute, key)
    dev = set(closed.rating_items.filter(split="dev").values_list("item", flat=True))
    assert dict(found.of) == dict.fromkeys(dev, 1.0)


def test_a_share_is_guessed_by_gold_then_by_a_machine(corpus: Corpus, published: Definition) -> None:
    factories.labels(published, {"i000": "yes", "i001": "no", "i002": "no", "i003": "no"})
    assert leads.guess(published.attribute) == leads.Guess(0.25, "by the labels of model, which may be off")
    votes = {"i000": "yy", "i001": "yy", "i002": "yy", "i003": "nn"}
    factories.closed_set(corpus, votes, of=published, shares=Shares(0, 1, 0))
    assert leads.guess(published.attribute) == leads.Guess(0.75, "by the gold of Golden set")

"""The `local` annotator end to end, with the real encoder on a dozen items."""

from __future__ import annotations

import numpy as np
import pytest

from attributes.domain import embeddings, vectors
from attributes.models import Corpus, Definition
from llm_jobs.domain import annotators, runs
from llm_jobs.domain.work import work
from llm_jobs.models import Annotation, Run
from llm_jobs.queries import runs as queries
from tests import factories

CALM = ["Slow clouds over a lake at dusk", "Rain falls softly on a quiet garden", "Gentle waves, no talking"]
LOUD = ["Shouting match with rapid cuts", "Explosions, sirens and screaming crowds", "Hectic drum and bass rave"]


@pytest.fixture
def definition(corpus: Corpus) -> Definition:
    made = factories.items(corpus, 6, text="")
    for item, title in zip(made, CALM + LOUD, strict=True):
        item.title = title
        item.save()
    return factories.definition(corpus)


def test_labels_probabilities_and_what_a_stop_leaves(corpus: Corpus, definition: Definition) -> None:
    run = runs.create(annotator=annotators.local(corpus), definitions=[definition], items=corpus.items.all())
    corpus.items.filter(external_id="i005").update(title="", text=" ")
    stopped = work(run, lambda: True)
    assert (stopped.state, queries.counts(run)) == (Run.State.RUNNING, {"queued": 6})

    done = work(run)
    assert (done.state, queries.counts(run)) == (Run.State.DONE, {"done": 5, "failed": 1})
    assert queries.failures(run) == {"nothing_to_rate": 1}
    found = Annotation.objects.filter(failure_code="").order_by("item")
    levels = [annotation.level.key for annotation in found]  # type: ignore[union-attr]
    assert levels == ["yes", "yes", "yes", "no", "no"]
    for annotation in found:
        assert annotation.p is not None
        assert sum(annotation.p) == pytest.approx(1)
        assert np.argmax(annotation.p) == annotation.level.position  # type: ignore[union-attr]

    encoder = embeddings.default_encoder()
    items = list(corpus.items.order_by("-pk").values_list("pk", flat=True))
    x = vectors.of_all(items, encoder)
    assert np.linalg.norm(x, axis=1) == pytest.approx(1, abs=1e-3)
    assert vectors.mean(corpus, encoder) == pytest.approx(x.mean(axis=0), abs=1e-3)
    assert (vectors.of_present(items, encoder)[1] == x[::-1]).all()


def test_a_label_rests_on_the_named_fields_alone(corpus: Corpus, definition: Definition) -> None:
    """Raters who see the text only and a machine that reads the title would not be asked the same."""
    for item, title in zip(corpus.items.order_by("pk"), LOUD + CALM, strict=True):
        item.metadata = {"caption": title}  # the opposite of what the item's own title says
        item.save()
    only_caption = factories.definition(corpus, inputs={"fields": ["metadata.caption"], "frames": False})
    run = work(runs.create(annotator=annotators.local(corpus), definitions=[only_caption], items=corpus.items.all()))
    assert run.state == Run.State.DONE
    found = Annotation.objects.order_by("item").values_list("level__key", flat=True)
    assert list(found) == ["no", "no", "no", "yes", "yes", "yes"]

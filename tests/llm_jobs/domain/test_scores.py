"""Scoring a corpus: complete or not at all, and the way back."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import psycopg
import pytest
import torch
from django.db import connection, transaction
from django.urls import reverse

from attributes.domain import vectors
from attributes.models import Corpus, Definition, Encoder, Item, ItemEmbedding, Role
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from labelhub.lib.locks import try_lock
from llm_jobs.domain import exports, scores, students
from llm_jobs.models import Publication, Score, ScoreSet, Student
from llm_jobs.queries.scores import without_score
from llm_jobs.student.checkpoint import load_student
from llm_jobs.student.model import predict
from tests import factories
from tests.llm_jobs import builders
from tests.personas import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
N = 40


EARLIER: set[str] = set()


@pytest.fixture(autouse=True)
def earlier_tables(transactional_db: None) -> None:
    EARLIER.update(_all_tables())


@pytest.fixture
def definitions(corpus: Corpus) -> list[Definition]:
    factories.items(corpus, N)
    return [factories.definition(corpus), factories.definition(corpus, factories.ENERGETIC)]


@pytest.fixture
def encoder(corpus: Corpus, definitions: list[Definition]) -> Encoder:
    return factories.random_vectors(list(corpus.items.order_by("pk")))


@pytest.fixture
def student(definitions: list[Definition], encoder: Encoder) -> Student:
    return builders.student(definitions, encoder)


def tables() -> set[str]:
    """The score tables made in this test; those of earlier tests are empty, but there."""
    return _all_tables() - EARLIER


def _all_tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname ~ '^llm_jobs_score_[0-9]+$'")
        return {name for (name,) in cursor.fetchall()}


def served(definition: Definition) -> ScoreSet:
    return Publication.objects.get(definition=definition, retired_at=None).score_set


def test_every_item_is_scored_as_the_network_says(
    student: Student, definitions: list[Definition], corpus: Corpus, owner: User, tmp_path: Path
) -> None:
    gone = corpus.items.order_by("pk").first()
    assert gone is not None
    corpus.items.filter(pk=gone.pk).update(removed_at="2026-01-01T00:00Z")
    seen: list[tuple[int, int]] = []
    done = scores.score_corpus(
        student=student, definitions=definitions, actor=owner, on_progress=lambda *of: seen.append(of)
    )
    assert (done.state, done.n_items, seen[-1]) == (ScoreSet.State.COMPLETE, N - 1, (N - 1, N - 1))
    items = list(corpus.items.filter(removed_at=None).order_by("pk").values_list("pk", flat=True))
    network = load_student(students.folder_of(student), student.sha256)
    expected = torch.cat(predict(network, torch.from_numpy(vectors.of_all(items, student.encoder))), dim=1).numpy()
    rows = dict(Score.objects.filter(score_set=done).values_list("item_id", "p"))
    assert sorted(rows) == items
    assert np.array([rows[item] for item in items]) == pytest.approx(expected, abs=1e-5)
    assert [served(definition).pk for definition in definitions] == [done.pk, done.pk]

    path = tmp_path / "scores.jsonl"
    written = exports.export(attribute=definitions[1].attribute, what="scores", path=path)
    assert (written.rows, written.names["score_set"]) == (N - 1, str(done.uid))
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s", [done.partition])
        indexes = " ".join(index for (index,) in cursor.fetchall())
    assert "(p[2])" in indexes  # calming: yes
    assert "(p[6])" in indexes  # energetic: intense, the last of four levels


def test_readers_see_the_old_scores_until_the_new_ones_are_whole(
    student: Student, definitions: list[Definition]
) -> None:
    first = scores.score_corpus(student=student, definitions=definitions)
    parameters = connection.connection.info.get_parameters()
    with psycopg.connect(**parameters) as reader:
        count = "SELECT count(*) FROM llm_jobs_score"
        assert reader.execute(count).fetchone() == (N,)
        reader.commit()
        with transaction.atomic():
            second = scores.score_corpus(student=student, definitions=definitions)
            assert reader.execute(count).fetchone() == (N,)
            reader.commit()
        assert reader.execute(count).fetchone() == (2 * N,)
    assert [served(definition).pk for definition in definitions] == [second.pk] * 2
    back = scores.publish_head(score_set=first, definition=definitions[0], note=" worse ", actor=None)
    assert (served(definitions[0]).pk, served(definitions[1]).pk, back.note) == (first.pk, second.pk, "worse")
    assert Publication.objects.filter(definition=definitions[0]).count() == 3
    with pytest.raises(Refused, match="serve .* already"):
        scores.publish_head(score_set=first, definition=definitions[0])


def test_altered_weights_are_refused_and_the_old_scores_stay(student: Student, definitions: list[Definition]) -> None:
    first = scores.score_corpus(student=student, definitions=definitions)
    weights = students.folder_of(student) / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(BadInput, match="student: "):
        scores.score_corpus(student=student, definitions=definitions)
    assert served(definitions[0]).pk == first.pk
    assert tables() == {first.partition}
    assert list(ScoreSet.objects.order_by("pk").values_list("state", flat=True)) == ["complete", "dropped"]


def test_a_row_the_program_cannot_take_names_its_item(
    student: Student, definitions: list[Definition], corpus: Corpus
) -> None:
    item = corpus.items.order_by("pk").first()
    assert item is not None
    corpus.items.filter(pk=item.pk).update(content_hash="short")
    ItemEmbedding.objects.filter(encoder=student.encoder, item=item).update(content_hash="short")
    with pytest.raises(BadInput, match=f"item {item.pk} has a content hash of 5 bytes"):
        scores.score_corpus(student=student, definitions=definitions)
    assert tables() == set()


def test_one_scoring_of_a_corpus_at_a_time(student: Student, definitions: list[Definition]) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with try_lock(f"scoring of corpus {student.corpus_id}") as taken:
            assert taken
            held.set()
            release.wait(30)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    held.wait(30)
    with pytest.raises(Refused, match="is being scored at this moment"):
        scores.score_corpus(student=student, definitions=definitions)
    release.set()
    other.join()
    assert not ScoreSet.objects.exists()


def test_what_a_killed_worker_left_is_cleared_away(student: Student, definitions: list[Definition]) -> None:
    left = ScoreSet.objects.create(student=student, corpus=student.corpus)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {left.partition} (LIKE llm_jobs_score)")
    done = scores.score_corpus(student=student, definitions=[], publish=False)
    left.refresh_from_db()
    assert (left.state, tables()) == (ScoreSet.State.DROPPED, {done.partition})
    assert not Publication.objects.exists()


def test_a_source_that_breaks_is_named_and_nothing_hangs(
    student: Student, definitions: list[Definition], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "COPY (SELECT 1/0 FROM attributes_item WHERE {encoder} > 0 AND {corpus} > 0) TO STDOUT (FORMAT binary)"
    monkeypatch.setattr("llm_jobs.domain.score_pipe.READ", psycopg.sql.SQL(broken))
    with pytest.raises(psycopg.errors.DivisionByZero):
        scores.score_corpus(student=student, definitions=definitions)
    assert tables() == set()


def test_an_empty_corpus_is_said(student: Student, definitions: list[Definition], corpus: Corpus) -> None:
    corpus.items.update(removed_at="2026-01-01T00:00Z")
    with pytest.raises(BadInput, match="has no item to score"):
        scores.score_corpus(student=student, definitions=definitions)


def test_items_that_came_or_changed_since_have_no_score(
    student: Student, definitions: list[Definition], corpus: Corpus, owner: User
) -> None:
    done = scores.score_corpus(student=student, definitions=definitions)
    assert not without_score(done).exists()
    first, second = corpus.items.order_by("pk")[:2]
    corpus.items.filter(pk=first.pk).update(content_hash="c" * 64)
    corpus.items.filter(pk=second.pk).update(content_hash="c" * 64, removed_at="2026-01-01T00:00Z")
    new = Item.objects.create(corpus=corpus, external_id="new", content_hash="n" * 64)
    assert set(without_score(done)) == {first, new}
    url = reverse("llm_jobs:unscored", args=["clips"])
    page = signed_in(owner).get(url).content.decode()
    assert "2 items not scored yet." in page
    assert page.count('name="definitions"') == 2
    analyst = factories.member(corpus, Role.ANALYST)
    assert "<form" not in signed_in(analyst).get(url).content.decode()

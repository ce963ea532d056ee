"""The whole corpus scored by a student, built aside and published at once.

The scores are built and indexed as a table aside (`score_pipe`), then attached as a partition in the transaction that
publishes them: a reader sees the old scores or the new ones, never a part.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now
from psycopg import sql

from attributes.domain import audit, embeddings
from attributes.models import Corpus, Definition
from labelhub.accounts.models import User
from labelhub.lib.copy import raw_cursor
from labelhub.lib.errors import BadInput, Refused
from labelhub.lib.locks import try_lock

from ..models import Publication, ScoreSet, Student
from . import score_pipe
from .students import Progress


def score_corpus(
    *,
    student: Student,
    definitions: Sequence[Definition],
    publish: bool = True,
    actor: User | None = None,
    on_progress: Progress | None = None,
) -> ScoreSet:
    """Score every present item with all heads of the student; publish it for `definitions` unless told not to.

    Raises `BadInput` when the program refuses (a wrong checksum, a vector that is not finite) and `Refused` while
    another scoring of the corpus is under way; then nothing is published and the table aside is gone.
    """
    with try_lock(f"scoring of corpus {student.corpus_id}") as alone:
        if not alone:
            raise Refused(f"{student.corpus.slug} is being scored at this moment")
        _drop_unfinished(student.corpus)
        started = time.monotonic()
        embeddings.embed(corpus=student.corpus, encoder=student.encoder, on_progress=on_progress)
        score_set = ScoreSet.objects.create(student=student, corpus=student.corpus)
        try:
            n = score_pipe.build(score_set, on_progress)
            return _finish(score_set, definitions if publish else (), n, started, actor)
        except BaseException:
            _drop(score_set)
            raise


def _drop_unfinished(corpus: Corpus) -> None:
    """Clear away what killed workers left; nobody else builds here while we hold the corpus's lock."""
    for score_set in ScoreSet.objects.filter(corpus=corpus, state=ScoreSet.State.BUILDING):
        _drop(score_set)


@transaction.atomic
def _drop(score_set: ScoreSet) -> None:
    with raw_cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(score_set.partition)))
    ScoreSet.objects.filter(pk=score_set.pk).update(state=ScoreSet.State.DROPPED)


@transaction.atomic
def _finish(
    score_set: ScoreSet, definitions: Sequence[Definition], n: int, started: float, actor: User | None
) -> ScoreSet:
    with raw_cursor() as cursor:
        attach = sql.SQL("ALTER TABLE llm_jobs_score ATTACH PARTITION {} FOR VALUES IN ({})")
        cursor.execute(attach.format(sql.Identifier(score_set.partition), sql.Literal(score_set.pk)))
    ScoreSet.objects.filter(pk=score_set.pk).update(
        state=ScoreSet.State.COMPLETE, n_items=n, seconds=time.monotonic() - started
    )
    score_set.refresh_from_db()
    audit.record(actor=actor, corpus=score_set.corpus, verb="corpus_scored", target=score_set, n=n)
    publish(score_set=score_set, definitions=definitions, actor=actor)
    return score_set


@transaction.atomic
def publish(
    *, score_set: ScoreSet, definitions: Sequence[Definition], note: str = "", actor: User | None = None
) -> list[Publication]:
    """Let a score set serve these definitions from now on: all of them or, where one is refused, none."""
    return [publish_head(score_set=score_set, definition=each, note=note, actor=actor) for each in definitions]


@transaction.atomic
def publish_head(
    *, score_set: ScoreSet, definition: Definition, note: str = "", actor: User | None = None
) -> Publication:
    """Let a score set serve a definition from now on; publishing an older one again is the way back."""
    Definition.objects.select_for_update().get(pk=definition.pk)  # one publisher at a time
    head = score_set.student.heads.filter(definition=definition).first()
    if head is None:
        raise BadInput(f"{score_set.student} was not trained for {definition}")
    if score_set.state != ScoreSet.State.COMPLETE:
        raise Refused("this score set is not complete")
    serving = Publication.objects.filter(definition=definition, retired_at=None)
    if serving.filter(score_set=score_set).exists():
        raise Refused(f"these scores serve {definition} already")
    serving.update(retired_at=Now())
    publication = Publication.objects.create(
        definition=definition, student_head=head, score_set=score_set, note=note.strip(), by=actor
    )
    audit.record(
        actor=actor, corpus=score_set.corpus, verb="scores_published", target=publication,
        definition=definition.hash, student=str(score_set.student.uid),
    )  # fmt: skip
    return publication

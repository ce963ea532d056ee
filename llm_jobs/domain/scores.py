"""The whole corpus scored by a student: PostgreSQL to PostgreSQL through the student program, published at once.

Scores are built in a table aside, indexed, and attached as a partition in the same transaction that publishes them:
a reader sees the old scores or the new ones, never a part.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from attributes.domain import audit, embeddings
from attributes.models import Definition
from labelhub.accounts.models import User
from labelhub.lib.copy import raw_cursor
from labelhub.lib.errors import BadInput
from labelhub.lib.processes import child_environment

from ..models import Publication, ScoreSet, Student, StudentHead
from . import students

READ = """COPY (
    SELECT e.item_id, e.content_hash, e.vector
    FROM attributes_itemembedding e JOIN attributes_item i ON i.id = e.item_id
    WHERE e.encoder_id = {encoder} AND i.corpus_id = {corpus} AND i.removed_at IS NULL
) TO STDOUT (FORMAT binary)"""
PIPE_BYTES = 1 << 20


def score_corpus(
    *, student: Student, definitions: Sequence[Definition], publish: bool = True, actor: User | None = None
) -> ScoreSet:
    """Score every present item with all heads of the student; publish it for `definitions` unless told not to.

    Raises `BadInput` when the program refuses (a wrong checksum, a vector that is not finite); then nothing is
    published and the table aside is gone.
    """
    started = time.monotonic()
    embeddings.embed(corpus=student.corpus, encoder=student.encoder)
    score_set = ScoreSet.objects.create(student=student, corpus=student.corpus)
    with transaction.atomic():
        table = _build(score_set)
        n = _stream(score_set, table)
        if n == 0:
            raise BadInput(f"{student.corpus.slug} has no item to score")
        _index(table, list(student.heads.all()))
        _attach(score_set, table)
        ScoreSet.objects.filter(pk=score_set.pk).update(
            state=ScoreSet.State.COMPLETE, n_items=n, seconds=time.monotonic() - started
        )
        score_set.refresh_from_db()
        audit.record(actor=actor, corpus=student.corpus, verb="corpus_scored", target=score_set, n=n)
        if publish:
            for definition in definitions:
                publish_head(score_set=score_set, definition=definition, actor=actor)
    return score_set


def _build(score_set: ScoreSet) -> sql.Identifier:
    table = sql.Identifier(score_set.partition)
    with raw_cursor() as cursor:
        cursor.execute(sql.SQL("CREATE TABLE {} (LIKE llm_jobs_score INCLUDING DEFAULTS)").format(table))
    return table


def _stream(score_set: ScoreSet, table: sql.Identifier) -> int:
    """Embeddings -> student program -> scores, all in binary COPY; returns the number of scores."""
    student = score_set.student
    command = [sys.executable, "-m", "llm_jobs.student", "score", str(students.folder_of(student))]
    command += ["--sha256", student.sha256, "--score-set", str(score_set.pk)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=child_environment(),
        cwd=settings.BASE_DIR,
    )
    feeder = _Feeder(student, process)
    follower = _Follower(process)
    feeder.start()
    follower.start()
    try:
        with raw_cursor() as cursor:
            target = sql.SQL("COPY {} (score_set_id, item_id, content_hash, p) FROM STDIN (FORMAT binary)")
            with cursor.copy(target.format(table)) as copy:
                while chunk := process.stdout.read(PIPE_BYTES) if process.stdout else b"":
                    copy.write(chunk)
                follower.join()
                students.check_exit(process.wait(), follower.last)
            n = cursor.rowcount
    finally:
        process.kill()
        process.wait()
        feeder.join()
    feeder.check()
    return n


class _Feeder(threading.Thread):
    """Reads the vectors on a connection of its own and writes them into the program."""

    def __init__(self, student: Student, process: subprocess.Popen[bytes]) -> None:
        super().__init__(name="score-feeder", daemon=True)
        self.statement = sql.SQL(READ).format(encoder=student.encoder_id, corpus=student.corpus_id)
        self.process = process
        self.error: Exception | None = None
        connection.ensure_connection()
        self.parameters = connection.connection.info.get_parameters()
        self.password = connection.connection.info.password

    def run(self) -> None:
        pipe = self.process.stdin
        if pipe is None:
            return
        try:
            with (
                psycopg.connect(**self.parameters, password=self.password) as source,
                source.cursor() as cursor,
                cursor.copy(self.statement) as copy,
                pipe,
            ):
                buffer = bytearray()
                for row in copy:
                    buffer += row
                    if len(buffer) >= PIPE_BYTES:
                        pipe.write(buffer)
                        buffer.clear()
                pipe.write(buffer)
        except BrokenPipeError:
            pass  # the program stopped early; its own message says why
        except psycopg.Error as error:
            self.error = error

    def check(self) -> None:
        if self.error is not None:
            raise self.error


class _Follower(threading.Thread):
    """Keeps the program's last word."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        super().__init__(name="score-follower", daemon=True)
        self.process = process
        self.last = ""

    def run(self) -> None:
        for line in self.process.stderr or ():
            self.last = line.decode(errors="replace").strip() or self.last


def _index(table: sql.Identifier, heads: Sequence[StudentHead]) -> None:
    """The primary key, and for each head an index on the probability of its positive (else last) level."""
    with raw_cursor() as cursor:
        cursor.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (score_set_id, item_id)").format(table))
        for head in heads:
            cursor.execute(sql.SQL("CREATE INDEX ON {} ((p[{}]))").format(table, sql.Literal(positive_slot(head))))
        cursor.execute(sql.SQL("ANALYZE {}").format(table))


def positive_slot(head: StudentHead) -> int:
    """1-based place of the positive level's probability in `Score.p`."""
    return head.p_offset + head.definition.parsed().positive + 1


def _attach(score_set: ScoreSet, table: sql.Identifier) -> None:
    with raw_cursor() as cursor:
        cursor.execute(
            sql.SQL("ALTER TABLE llm_jobs_score ATTACH PARTITION {} FOR VALUES IN ({})").format(
                table, sql.Literal(score_set.pk)
            )
        )


@transaction.atomic
def publish_head(
    *, score_set: ScoreSet, definition: Definition, note: str = "", actor: User | None = None
) -> Publication:
    """Let a score set serve a definition from now on; publishing an older one again is the way back."""
    head = score_set.student.heads.get(definition=definition)
    if score_set.state != ScoreSet.State.COMPLETE:
        raise BadInput("this score set is not complete")
    Publication.objects.filter(definition=definition, retired_at=None).update(retired_at=timezone.now())
    publication = Publication.objects.create(
        definition=definition, student_head=head, score_set=score_set, note=note, by=actor
    )
    audit.record(
        actor=actor, corpus=score_set.corpus, verb="scores_published", target=publication,
        definition=definition.hash, student=str(score_set.student.uid),
    )  # fmt: skip
    return publication

"""PostgreSQL -> student program -> PostgreSQL, all in binary COPY.

    source connection --COPY out--> feeder thread --pipe--> program --pipe--> writer thread --COPY in--> own connection

The calling thread follows the program's progress and keeps Django's connection free for it. The table is created,
filled and indexed in one transaction of the writer's connection: whatever dies leaves nothing behind.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from labelhub.lib.errors import BadInput

from ..models import ScoreSet, StudentHead
from . import programs, students
from .students import Progress

READ = sql.SQL("""COPY (
    SELECT e.item_id, e.content_hash, e.vector
    FROM attributes_itemembedding e JOIN attributes_item i ON i.id = e.item_id
    WHERE e.encoder_id = {encoder} AND i.corpus_id = {corpus} AND i.removed_at IS NULL
) TO STDOUT (FORMAT binary)""")
# The check proves the partition's bounds, so that attaching it does not read it again.
CREATE = sql.SQL("CREATE TABLE {table} (LIKE llm_jobs_score INCLUDING DEFAULTS, CHECK (score_set_id = {score_set}))")
# Frozen rows need no vacuum later; allowed because the table is of the same transaction.
WRITE = sql.SQL("COPY {table} (score_set_id, item_id, content_hash, p) FROM STDIN (FORMAT binary, FREEZE)")
PIPE_BYTES = 1 << 20
Raw = psycopg.Connection[tuple[Any, ...]]


def build(score_set: ScoreSet, on_progress: Progress | None = None) -> int:
    """Build the score set's table aside, with primary key and an index per head; returns the number of scores.

    Raises `BadInput` in the program's own words when it refuses, and for a corpus without items.
    """
    student = score_set.student
    total = student.corpus.items.filter(removed_at=None).count()
    with _connect() as source, _connect() as sink:
        process = programs.start(
            "score", str(students.folder_of(student)), "--sha256", student.sha256, "--score-set", str(score_set.pk),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        feeder = _Worker(
            lambda: _feed(source, process, READ.format(encoder=student.encoder_id, corpus=student.corpus_id))
        )
        writer = _Worker(lambda: _write(sink, process, score_set))
        try:
            feeder.start()
            writer.start()
            last = programs.follow(process, _progress(total, on_progress))
            process.wait()
        finally:
            process.kill()
            process.wait()
            feeder.join()
            writer.join()
        feeder.check()  # first: a source that broke is why the program saw a stream without its end
        if process.returncode != programs.BAD_INPUT:
            writer.check()  # likewise: a writer that broke ends the program
        programs.check_exit(process.returncode, last)
        if not writer.result:
            raise BadInput(f"{student.corpus.slug} has no item to score")
        _index(sink, score_set)
        return writer.result


def _connect() -> Raw:
    """A connection of our own with the parameters of Django's."""
    connection.ensure_connection()
    info = connection.connection.info
    return psycopg.connect(**info.get_parameters(), password=info.password)


def _progress(total: int, on_progress: Progress | None) -> programs.OnLine | None:
    if on_progress is None:
        return None

    def on_line(line: dict[str, Any]) -> None:
        if "scored" in line:
            on_progress(int(line["scored"]), total)

    return on_line


class _Worker(threading.Thread):
    """One end of the pipe; keeps its result or what it raised for the calling thread."""

    def __init__(self, work: Callable[[], int]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.result = 0
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.result = self.work()
        except Exception as error:
            self.error = error

    def check(self) -> None:
        if self.error is not None:
            raise self.error


def _feed(source: Raw, process: subprocess.Popen[bytes], statement: sql.Composed) -> int:
    """Write the vectors into the program; returns the bytes. A program that stopped early says itself why."""
    sent = 0
    pipe = programs.end_of(process.stdin)
    try:
        with pipe, source.cursor() as cursor, cursor.copy(statement) as copy:
            parts: list[bytes | bytearray | memoryview] = []
            waiting = 0
            for part in copy:
                parts.append(part)
                waiting += len(part)
                if waiting >= PIPE_BYTES:
                    sent += pipe.write(b"".join(parts))
                    parts.clear()
                    waiting = 0
            sent += pipe.write(b"".join(parts))
    except BrokenPipeError:
        return sent
    return sent


def _write(sink: Raw, process: subprocess.Popen[bytes], score_set: ScoreSet) -> int:
    """Copy what the program says into a new table; returns the rows. The transaction stays open for the indexes."""
    names = {"table": sql.Identifier(score_set.partition), "score_set": sql.Literal(score_set.pk)}
    pipe = programs.end_of(process.stdout)
    with pipe, sink.cursor() as cursor:
        cursor.execute(CREATE.format(**names))
        with cursor.copy(WRITE.format(table=names["table"])) as copy:
            while chunk := pipe.read(PIPE_BYTES):
                copy.write(chunk)
        return cursor.rowcount


def _index(sink: Raw, score_set: ScoreSet) -> None:
    """The primary key, and for each head an index on the probability of its positive (else last) level."""
    table = sql.Identifier(score_set.partition)
    with sink.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        cursor.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY (score_set_id, item_id)").format(table))
        for head in score_set.student.heads.select_related("definition"):
            slot = sql.Literal(positive_slot(head))
            cursor.execute(sql.SQL("CREATE INDEX ON {} ((p[{}]))").format(table, slot))
        cursor.execute(sql.SQL("ANALYZE {}").format(table))


def positive_slot(head: StudentHead) -> int:
    """1-based place of the positive level's probability in `Score.p`."""
    return head.p_offset + head.definition.parsed().positive + 1

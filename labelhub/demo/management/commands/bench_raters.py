"""How fast raters get their next item, and whether every answer is kept: a load over real HTTP, then the books."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from psycopg import sql

from labelhub.demo.load import matrix, server
from labelhub.lib.commands import strict
from labelhub.lib.errors import BadInput

INSIDE = "LABELHUB_BENCH_RATERS"  # set in the process that works in the throw-away folder
STOP_SECONDS = 60


class Command(BaseCommand):
    help = (
        "Raters over real HTTP against gunicorn and a PostgreSQL of their own: labels/s, latency of submit+next, and "
        "the client's log against the database. JSON lines on stdout, a table on stderr."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--items", type=int, nargs="+", default=list(matrix.ITEMS))
        parser.add_argument(
            "--raters", nargs="+", default=list(matrix.CROWDS), metavar="N[:SECONDS]",
            help="how many at once, and how long each thinks before an answer",
        )  # fmt: skip
        parser.add_argument("--seconds", type=float, default=8.0, help="measured for each, after the warm-up")
        parser.add_argument("--warm-up", type=float, default=2.0)
        parser.add_argument("--port", type=int, default=0, help="of the server under load; any free one by default")
        parser.add_argument("--explain", action="store_true", help="the statements that take PostgreSQL's time")
        parser.add_argument("--profile", action="store_true", help="one web process, sampled: where its time goes")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            plan = as_plan(options)
            if os.environ.get(INSIDE):
                self._measure(plan)
                return
        except (server.PortInUse, BadInput) as error:
            raise CommandError(str(error)) from None
        with throwaway() as environment:
            code = run([sys.executable, sys.argv[0], "bench_raters", *as_arguments(options)], environment)
        if code:
            sys.exit(code)

    def _measure(self, plan: matrix.Plan) -> None:
        sound = True
        for line in matrix.measure(plan, say=self._say):
            self.stdout.write(json.dumps(strict(line), allow_nan=False))
            self.stdout.flush()
            sound &= line.get("sound", True)
        if not sound:
            raise CommandError("answers were lost, stored twice or given beyond the overlap, or the server failed")

    def _say(self, text: str) -> None:
        self.stderr.write(text)


def as_plan(options: dict[str, Any]) -> matrix.Plan:
    return matrix.Plan(
        items=tuple(options["items"]),
        crowds=tuple(matrix.crowd(text) for text in options["raters"]),
        seconds=options["seconds"],
        warm_up_s=options["warm_up"],
        port=options["port"] or server.free_port(),
        explain=options["explain"],
        profile=options["profile"],
    )


def as_arguments(options: dict[str, Any]) -> list[str]:
    arguments = ["--items", *map(str, options["items"]), "--raters", *options["raters"]]
    arguments += ["--seconds", str(options["seconds"]), "--warm-up", str(options["warm_up"])]
    arguments += ["--port", str(options["port"])]
    return arguments + [f"--{name}" for name in ("explain", "profile") if options[name]]


def run(command: list[str], environment: dict[str, str]) -> int:
    process = subprocess.Popen(command, env=environment)
    try:
        return process.wait()
    except KeyboardInterrupt:  # the terminal told the other process too: it stops its servers first
        return process.wait(STOP_SECONDS) or 1


@contextmanager
def throwaway() -> Iterator[dict[str, str]]:
    """The environment of a LabelHub of its own: a data folder, and with DATABASE_URL a database beside the real one.

    The folder lies in the data folder, so that PostgreSQL writes to the same disk as the real one.
    """
    folder = Path(tempfile.mkdtemp(prefix="bench-raters-", dir=settings.LABELHUB_DATA))
    folder.chmod(0o711)  # as the data folder: PostgreSQL may run as another user
    environment = {**os.environ, INSIDE: "1", "LABELHUB_DATA": str(folder)}
    try:
        if settings.DATABASE_URL:
            with scratch_database(settings.DATABASE_URL) as url:
                yield {**environment, "DATABASE_URL": url, "ALLOWED_HOSTS": "127.0.0.1", "TRUSTED_PROXY_COUNT": "1"}
        else:
            yield environment
    finally:
        shutil.rmtree(folder)


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    name = f"bench_raters_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as postgres:
        postgres.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            postgres.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

"""How soon a rater sees the next question in Chromium, and what the screen costs before its video."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from labelhub.demo.load import screen
from labelhub.lib.commands import strict

from .bench_raters import INSIDE, run, throwaway


class Command(BaseCommand):
    help = (
        "The rating screen in Chromium against gunicorn and a PostgreSQL of their own: requests and compressed bytes "
        "before the video, and from the key press to the next question painted. JSON lines on stdout."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--answers", type=int, default=40, help="measured for each connection")

    def handle(self, *args: Any, **options: Any) -> None:
        if os.environ.get(INSIDE):
            return self._measure(options["answers"])
        with throwaway() as environment:
            command = [sys.executable, sys.argv[0], "bench_rating_screen", "--answers", str(options["answers"])]
            code = run(command, environment)
        if code:
            sys.exit(code)
        return None

    def _measure(self, answers: int) -> None:
        try:
            for line in screen.measure(answers, say=self.stderr.write):
                self.stdout.write(json.dumps(strict(line), allow_nan=False))
                self.stdout.flush()
        except screen.CannotMeasure as error:  # the other benches of `make bench` need no browser
            self.stdout.write(json.dumps({"bench": "rating_screen", "skipped": str(error)}))

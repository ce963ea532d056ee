"""Every benchmark of the project, one JSON line per figure."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Run the bench_* commands (all, or those named)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="*", help="such as: import agreement scoring")

    def handle(self, *args: Any, **options: Any) -> None:
        known = sorted(name for name in get_commands() if name.startswith("bench_"))
        wanted = [f"bench_{name}" for name in options["name"]] or known
        for name in wanted:
            call_command(name)

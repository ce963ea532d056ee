"""Everything `make run` does after set-up: database, demo, static files, web, worker and scheduler."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from attributes.models import Corpus
from labelhub.demo import people
from labelhub.demo.seed import SLUG, seed
from labelhub.lib.schema import bring_up_to_date
from labelhub.lib.static_files import collect_if_changed
from labelhub.stack import HOST, PortInUse, require_free_port, run_stack


class Command(BaseCommand):
    help = "Start LabelHub on PORT (default 8000) until Ctrl-C. The first start makes the demo corpus."

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        port = self._port()
        try:
            require_free_port(port)
        except PortInUse as error:
            raise CommandError(str(error)) from None
        bring_up_to_date()
        collect_if_changed()
        if not settings.PRODUCTION and not Corpus.objects.filter(slug=SLUG).exists():
            seed(self._say)
        sys.exit(
            run_stack(
                environment=os.environ,
                port=port,
                data=Path(settings.LABELHUB_DATA),
                on_ready=lambda: self._welcome(port, time.monotonic() - started),
            )
        )

    def _port(self) -> int:
        text = os.environ.get("PORT", "8000")
        if not text.isdigit() or not 0 < int(text) < 65536:
            raise CommandError(f"PORT={text!r} is not a port number")
        return int(text)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _welcome(self, port: int, seconds: float) -> None:
        lines = ["", f"LabelHub is ready after {seconds:.0f} s:  http://{HOST}:{port}", ""]
        if logins := people.read_logins():
            width = max(map(len, logins))
            lines += ["Demo logins (this installation's own):"]
            lines += [f"  {email:<{width}}  {password}" for email, password in logins.items()]
        self._say("\n".join([*lines, "", "Ctrl-C stops everything.", ""]))

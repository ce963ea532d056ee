"""What every command of the project shares: `--json`, and exit codes that scripts can rely on."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from .errors import BadInput, Refused
from .schema import bring_up_to_date

BAD_INPUT, REFUSED = 2, 3


class Command(BaseCommand):
    """Do `work(options)` and print what it returns.

    With `--json` stdout holds exactly one strict JSON object. Bad input ends with exit code 2, a refusal with 3; both
    say why on stderr and change nothing.
    """

    requires_system_checks = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="print one JSON object on stdout, nothing else")
        return parser

    def work(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Do the command's work; what it returns is printed."""
        raise NotImplementedError

    def uses_database(self, **options: Any) -> bool:
        """Whether the database is needed at all; a command on bare files may say no."""
        return True

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options["json"]
        if self.uses_database(**options):
            bring_up_to_date()
        try:
            result = self.work(**options)
        except BadInput as error:
            self._leave(str(error), BAD_INPUT)
        except Refused as error:
            self._leave(f"refused: {error}", REFUSED)
        else:
            self.stdout.write(json.dumps(strict(result), indent=None if as_json else 2, allow_nan=False))

    def _leave(self, message: str, code: int) -> None:
        self.stderr.write(message)
        sys.exit(code)


def strict(value: Any) -> Any:
    """The value as strict JSON: NaN and infinity, which mean undefined, become null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    return value


def where_option(texts: list[str]) -> dict[str, str]:
    """`COL=VALUE` options as a mapping."""
    pairs = {}
    for text in texts:
        column, separator, value = text.partition("=")
        if not separator or not column:
            raise BadInput(f"--where {text!r}: write COLUMN=VALUE")
        pairs[column] = value
    return pairs

"""Make the demo corpus with its whole loop."""

from __future__ import annotations

from typing import Any

from labelhub.demo import people
from labelhub.demo.seed import seed
from labelhub.lib.commands import Command as Base


class Command(Base):
    help = "Make the demo corpus (embedded mode only)."

    def work(self, **options: Any) -> dict[str, Any]:
        corpus = seed(self.stderr.write)
        return {"corpus": corpus.slug, "items": corpus.items.count(), "logins": str(people.logins_file())}

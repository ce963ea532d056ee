"""Make a person the owner of a corpus, creating both where they are missing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from attributes.domain import corpora, people
from labelhub.accounts.links import set_password_path
from labelhub.lib.commands import Command as Base


class Command(Base):
    help = "Make EMAIL owner of CORPUS; a new account gets a link on which its password is set, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("corpus")

    def work(self, *, email: str, corpus: str, **options: Any) -> dict[str, Any]:
        with transaction.atomic():
            place = corpora.get_or_create(slug=corpus)
            user, created = people.create_owner(email=email, corpus=place)
        # No password is typed here: it would stay in the shell's history or in a script.
        link = None if user.has_usable_password() else set_password_path(user)
        return {"email": user.email, "corpus": place.slug, "created": created, "set_password_path": link}

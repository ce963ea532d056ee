"""Make a person the owner of a corpus, creating both where they are missing."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.db import transaction

from attributes.domain import corpora, people
from labelhub.accounts.models import User
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput


class Command(Base):
    help = "Make EMAIL owner of CORPUS. The password is asked for, or read from LABELHUB_OWNER_PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("corpus")

    def work(self, *, email: str, corpus: str, **options: Any) -> dict[str, Any]:
        email = people.check_email(email)
        known = User.objects.filter(email__iexact=email).exists()
        password = None if known else self._password()
        with transaction.atomic():
            place = corpora.get_or_create(slug=corpus)
            user, created = people.create_owner(email=email, corpus=place, password=password)
        return {"email": user.email, "corpus": place.slug, "created": created}

    def _password(self) -> str:
        password = os.environ.get("LABELHUB_OWNER_PASSWORD") or ""
        if not password:
            if not sys.stdin.isatty():
                raise BadInput("a new account needs a password: set LABELHUB_OWNER_PASSWORD, or run this in a terminal")
            password = getpass.getpass("Password for the new account: ")
        try:
            validate_password(password)
        except ValidationError as error:
            raise BadInput(f"password: {' '.join(error.messages)}") from None
        return password

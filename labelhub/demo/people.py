"""The demo's accounts: one login per role for whoever tries the product, and raters that are simulated."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from attributes.domain import people
from attributes.models import Corpus, Role
from labelhub.accounts.models import User

from .simulation import RATERS

LOGINS: dict[str, tuple[Role, ...]] = {
    "owner@demo.invalid": (Role.OWNER,),
    "editor@demo.invalid": (Role.EDITOR,),
    "analyst@demo.invalid": (Role.ANALYST,),
    "rater@demo.invalid": (Role.RATER,),
}
ADJUDICATOR = "Expert (simulated)"


@dataclass(frozen=True)
class Cast:
    """Everybody in the demo. `raters` and `adjudicator` are simulated and cannot log in."""

    owner: User
    raters: list[User]
    adjudicator: User


def logins_file() -> Path:
    return Path(settings.LABELHUB_DATA) / "demo-logins.json"


def read_logins() -> dict[str, str]:
    """E-mail and password of the demo's logins; empty where there is no demo."""
    file = logins_file()
    return dict(json.loads(file.read_text())) if file.exists() else {}


def create(corpus: Corpus) -> Cast:
    """Make the accounts. The passwords are random for this installation, in a file that only its owner can read."""
    passwords = {email: secrets.token_urlsafe(9) for email in LOGINS}
    for email, roles in LOGINS.items():
        user = User.objects.create_user(email, passwords[email], display_name=email.partition("@")[0].capitalize())
        for role in roles:
            people.grant(actor=None, corpus=corpus, user=user, role=role)
    _write_private(logins_file(), json.dumps(passwords, indent=2))
    raters = [_simulated(corpus, rater.email, rater.name, Role.RATER) for rater in RATERS]
    adjudicator = _simulated(corpus, "expert@example.org", ADJUDICATOR, Role.EDITOR)
    return Cast(User.objects.get(email="owner@demo.invalid"), raters, adjudicator)


def _simulated(corpus: Corpus, email: str, name: str, role: Role) -> User:
    user = User.objects.create_user(email, None, display_name=name, is_simulated=True)
    people.grant(actor=None, corpus=corpus, user=user, role=role)
    return user


def _write_private(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)

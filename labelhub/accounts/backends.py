"""Who is signed in: allauth's backend, with the person read by one prepared statement."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from labelhub.lib import sql

from .models import User

FIELDS = tuple(field.attname for field in User._meta.concrete_fields)
USER_SQL = f"SELECT {', '.join(FIELDS)} FROM accounts_user WHERE id = %(id)s"  # noqa: S608  # names of columns


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types
    def get_user(self, user_id: Any) -> User | None:
        row = sql.row(USER_SQL, {"id": user_id})
        user = User.from_db("default", FIELDS, row) if row else None
        return user if user and self.user_can_authenticate(user) else None

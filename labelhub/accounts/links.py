"""Links that let a person in without a password."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from .models import User


def set_password_path(user: User) -> str:
    """The path of the page where this person sets a password; it works once, for `PASSWORD_RESET_TIMEOUT` seconds."""
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})

"""Programs of the project started as processes of their own."""

from __future__ import annotations

import os

SECRETS = ("ANTHROPIC_API_KEY", "SECRET_KEY", "DATABASE_URL", "CELERY_BROKER_URL", "EMAIL_HOST_PASSWORD")


def child_environment() -> dict[str, str]:
    """Our environment without its secrets: a program that handles model weights needs none of them."""
    return {name: value for name, value in os.environ.items() if name not in SECRETS}

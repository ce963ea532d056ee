"""Typed readers of environment variables, and what settings make from them. No Django settings needed."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

SECRET_KEY_LENGTH = 50  # what `check --deploy` asks for
DATABASE_URL_FORM = "postgresql://USER:PASSWORD@HOST:PORT/NAME"
BOOLEANS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


class Environment:
    """Reads `variables`; an empty value counts as unset, a bad one raises ImproperlyConfigured naming the variable."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    def text(self, name: str, default: str = "") -> str:
        return self.variables.get(name, "").strip() or default

    def required(self, name: str, why: str) -> str:
        if value := self.text(name):
            return value
        raise ImproperlyConfigured(f"{name} is not set: {why}.")

    def boolean(self, name: str, default: bool = False) -> bool:
        value = self.text(name)
        if not value:
            return default
        if value.lower() not in BOOLEANS:
            raise ImproperlyConfigured(f"{name}={value!r} is none of {', '.join(BOOLEANS)}.")
        return BOOLEANS[value.lower()]

    def integer(self, name: str, default: int, *, low: int = 0, high: int = 2**31 - 1) -> int:
        value = self.text(name, str(default))
        try:
            number = int(value)
        except ValueError:
            number = None
        if number is None or not low <= number <= high:
            raise ImproperlyConfigured(f"{name}={value!r} is not a whole number from {low} to {high}.")
        return number

    def words(self, name: str, default: tuple[str, ...] = ()) -> list[str]:
        """A list parted by commas."""
        return [word.strip() for word in self.text(name).split(",") if word.strip()] or list(default)

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise ImproperlyConfigured(f"{name}={value!r} is none of {', '.join(allowed)}.")
        return value

    def folder(self, name: str, default: Path) -> Path:
        return Path(self.text(name, str(default))).expanduser().absolute()


def database(url: str, *, statement_timeout_ms: int, pool_size: int) -> dict[str, Any]:
    """Django's entry for a libpq URL; 0 ms = no limit. Parameters without a key of Django's (sslmode) are passed on."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL is not of the form {DATABASE_URL_FORM}.") from error
    if not parts.get("dbname"):
        raise ImproperlyConfigured(f"DATABASE_URL names no database: {DATABASE_URL_FORM}.")
    keys = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    entry: dict[str, Any] = {key: str(parts.pop(part, "") or "") for key, part in keys.items()}
    options: dict[str, Any] = {**parts, "pool": {"min_size": 1, "max_size": pool_size, "timeout": 10}}
    options["prepare_threshold"] = 0  # for cursors that prepare at all: those of labelhub.lib.sql
    # Prepared statements (labelhub.lib.sql) are planned once for each connection, not at every execution.
    # A merge join is chosen in the belief that it may stop early, at the last key that the statistics know of; where
    # they are older than a new set's claims it walks through the items of all sets before it, for every answer.
    server = f"{options.get('options', '')} -c plan_cache_mode=force_generic_plan -c enable_mergejoin=off"
    if statement_timeout_ms:
        server += f" -c statement_timeout={statement_timeout_ms}"
    options["options"] = server.strip()
    return {"ENGINE": "labelhub.postgres", **entry, "OPTIONS": options}


def private_folder(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def stored_secret_key(file: Path) -> str:
    """This installation's own key, made on first use and readable by its owner alone."""
    if not file.exists():
        descriptor, draft = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)  # mode 0600
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_urlsafe(64))
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)  # the first of several processes wins, the others read its key
        Path(draft).unlink()
    return file.read_text()


def checked_secret_key(key: str) -> str:
    if len(key) < SECRET_KEY_LENGTH:
        raise ImproperlyConfigured(f"SECRET_KEY has {len(key)} characters; it needs at least {SECRET_KEY_LENGTH}.")
    return key


def filesystem_transport(folder: Path) -> dict[str, Any]:
    """The options of `labelhub.broker` under `folder`. Its folders must exist before the first message.

    A message that is taken is renamed into `processed` first, on the same file system: two workers cannot both have it.
    """
    queue, control, processed = (private_folder(folder / name) for name in ("queue", "control", "processed"))
    return {
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "control_folder": str(control),
        "processed_folder": str(processed),
        "store_processed": True,
        "polling_interval": 0.1,  # seconds
    }

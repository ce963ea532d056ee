"""Settings of the tests: a data folder of their own, no keys from outside, quick passwords."""

import os
from pathlib import Path

for outside in (
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "DEBUG",
):
    os.environ.pop(outside, None)
data = Path(os.environ.get("LABELHUB_DATA") or Path(__file__).resolve().parent.parent / ".data")
if data.name != "tests":  # the workers of pytest-xdist inherit the variable already set
    os.environ["LABELHUB_DATA"] = str(data / "tests")

from labelhub.embedded_postgres import EmbeddedPostgres
from labelhub.settings import *
from labelhub.settings import LABELHUB_DATA, STORAGES

EMBEDDED_POSTGRES = EmbeddedPostgres(LABELHUB_DATA, throwaway=True)
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT = "memory"
CELERY_BROKER_TRANSPORT_OPTIONS = {}

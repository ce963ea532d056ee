from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class RealField(models.FloatField):  # type: ignore[type-arg]  # generic in the stubs only
    """A four-byte float: half the disk of Django's FloatField, and enough for a probability."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "real"

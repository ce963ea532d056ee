"""What a browser sends for the definition's form."""

from __future__ import annotations

from typing import Any

from attributes.forms.definitions import DefinitionForm
from attributes.schema import parse_spec


def fields(spec: dict[str, Any], **changes: str) -> dict[str, str]:
    """The fields of the form that shows `spec`, as they are posted when nothing is touched."""
    form = DefinitionForm(spec=parse_spec(spec))
    sent: dict[str, str] = {}
    bound = [form.basics, *(row for rows in form.rows.values() for row in [rows.management_form, *rows])]
    for part in bound:
        for field in part:
            value = field.value()
            if isinstance(value, bool):
                value = "on" if value else ""
            sent[field.html_name] = "" if value is None else str(value)
    return sent | changes

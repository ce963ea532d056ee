from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from ..domain.import_rows import ID_COLUMNS, ColumnMap

# Field of an item -> column names that usually hold it, the likeliest first.
USUAL = {
    "id": (*ID_COLUMNS, "video_id", "uuid", "key"),
    "title": ("title", "name", "headline"),
    "text": ("text", "description", "caption", "body", "overview", "content"),
    "language": ("language", "lang", "locale"),
    "group": ("group", "group_key", "author", "channel", "creator", "user_id", "author_id"),
    "time": ("published_at", "published", "time", "timestamp", "created_at", "date"),
}
LABELS = {"id": "Id", "title": "Title", "text": "Text", "language": "Language", "group": "Group", "time": "Published"}
HELP = {
    "id": "Tells items apart. A file with the same ids updates them.",
    "text": "What a judge reads: description, caption, transcript.",
    "group": "Author or channel: items of one group never stand on both sides of a split.",
    "time": "ISO 8601, such as 2026-11-20T08:00:00+00:00.",
}


class UploadForm(forms.Form):
    file = forms.FileField(max_length=200)


class MappingForm(forms.Form):
    """Which column becomes what, guessed by name. Columns that nobody names are not read."""

    def __init__(self, *args: Any, columns: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        guessed: set[str] = set()
        by_lower = {name.lower(): name for name in reversed(columns)}
        for field, usual in USUAL.items():
            guess = next((by_lower[name] for name in usual if name in by_lower and by_lower[name] not in guessed), "")
            guessed.add(guess)
            none = [("", "Choose a column" if field == "id" else "Not in this file")]
            self.fields[field] = forms.ChoiceField(
                label=LABELS[field],
                choices=[*none, *((name, name) for name in columns)],
                required=field == "id",
                initial=guess,
                help_text=HELP.get(field, ""),
            )
        self.fields["meta"] = forms.MultipleChoiceField(
            label="Keep as metadata",
            choices=[(name, name) for name in sorted(columns, key=guessed.__contains__)],  # the unguessed first
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="Shown beside an item, and to judges where a definition asks for it. Keep no column of labels: "
            "it would give the answer away.",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        used: dict[str, str] = {}
        for field in USUAL:
            column = cleaned.get(field)
            if column and column in used:
                self.add_error(field, f"{column} is the {LABELS[used[column]].lower()} already")
            elif column:
                used[column] = field
        return cleaned

    def columns(self) -> ColumnMap:
        values = self.cleaned_data
        named = {field: values[field] or None for field in USUAL if field != "id"}
        return ColumnMap(id=values["id"], meta=tuple(values["meta"]), **named)

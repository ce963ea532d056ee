"""What an adjudicator sends."""

from __future__ import annotations

from typing import Any

from django import forms

from ..models import GoldLabel

REASONS = [("", "Not said"), *GoldLabel.Reason.choices]
REASON_KEYS = {"definition_gap": "g", "rater_slip": "r", "ambiguous": "a", "bad_media": "b"}


class DecisionForm(forms.Form):
    """An adjudicator's decision; no level = undecidable."""

    item = forms.IntegerField(widget=forms.HiddenInput)
    level = forms.CharField(max_length=64, required=False)
    reason_tag = forms.ChoiceField(label="Why did raters differ?", choices=REASONS, required=False)
    note = forms.CharField(
        label="Note", required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 1, "placeholder": "Note, for the record"}),
    )  # fmt: skip
    for_definition = forms.BooleanField(label="The definition needs a change; the note says which", required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("for_definition") and not data.get("note"):
            self.add_error("note", "Say in the note what the definition lacks: its author reads nothing else.")
        return data

    def reasons(self) -> list[tuple[str, str, str, bool]]:
        """(value, label, key, chosen) of each reason."""
        chosen = self["reason_tag"].value() or ""
        return [(str(key), str(label), REASON_KEYS.get(key, ""), key == chosen) for key, label in REASONS]

"""What an adjudicator sends."""

from __future__ import annotations

from django import forms

from ..models import GoldLabel


class DecisionForm(forms.Form):
    """An adjudicator's decision; no level = undecidable."""

    item = forms.IntegerField(widget=forms.HiddenInput)
    level = forms.CharField(max_length=64, required=False)
    reason_tag = forms.ChoiceField(
        label="Why did raters differ?",
        choices=[("", "Not said"), *GoldLabel.Reason.choices],
        required=False,
    )
    note = forms.CharField(
        label="Note", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Stands in the record beside the decision.",
    )  # fmt: skip

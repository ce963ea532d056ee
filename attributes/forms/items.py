from __future__ import annotations

from django import forms

from ..queries.items import Filters


class FilterForm(forms.Form):
    q = forms.CharField(
        max_length=200,
        required=False,
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search title and text"}),
    )
    picture = forms.ChoiceField(
        required=False,
        label="Media",
        choices=[("", "With or without media"), ("with", "With media"), ("without", "Without media")],
    )
    group = forms.CharField(
        max_length=200, required=False, label="Group", widget=forms.TextInput(attrs={"placeholder": "Group"})
    )
    language = forms.CharField(
        max_length=35,
        required=False,
        label="Language",
        widget=forms.TextInput(attrs={"placeholder": "Language", "size": 8}),
    )
    removed = forms.BooleanField(required=False, label="Removed items", widget=forms.CheckboxInput)

    def filters(self) -> Filters:
        """What was asked for; a value that cannot be narrows nothing and is said beside its field."""
        self.is_valid()
        return Filters(**self.cleaned_data)

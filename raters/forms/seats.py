"""What the owner of a set asks of its raters."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.db.models import QuerySet

from labelhub.accounts.models import User

from ..models import RatingSet, SetRater

SHOWN = 500  # people offered in a list; more are found by nobody in a select


class ShareForm(forms.Form):
    """How much a rater is asked for, and with whom they are compared."""

    quota = forms.IntegerField(
        label="Quota", required=False, min_value=1, max_value=10_000_000,
        help_text="Answers wanted of them. Empty: as many as there are.",
    )  # fmt: skip
    cohort = forms.CharField(
        label="Cohort", required=False, max_length=60,
        help_text="A group such as experts: its agreement is shown apart.",
    )  # fmt: skip


class AddRaterForm(ShareForm):
    rater = forms.ChoiceField(label="Person", help_text="Everybody with the rater role who is not listed yet.")
    field_order = ("rater", "quota", "cohort")

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people
        rows = [(str(person.uid), person.name) for person in people[:SHOWN]]
        self.fields["rater"].choices = rows  # type: ignore[attr-defined]  # it is a choice field

    def chosen(self) -> User:
        return self.people.get(uid=self.cleaned_data["rater"])


class ReassignForm(forms.Form):
    to = forms.ChoiceField(label="Give them to")

    def __init__(self, *args: Any, seat: SetRater, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = SetRater.objects.filter(rating_set=seat.rating_set_id, paused_at=None).exclude(pk=seat.pk)
        self.others = others.select_related("user").order_by("user__display_name", "pk")
        rows = [(str(other.user.uid), other.user.name) for other in self.others[:SHOWN]]
        self.fields["to"].choices = rows  # type: ignore[attr-defined]  # it is a choice field

    def chosen(self) -> SetRater:
        return self.others.get(user__uid=uuid.UUID(self.cleaned_data["to"]))


class MessageForm(forms.Form):
    message = forms.CharField(
        label="Message to the raters", required=False, max_length=RatingSet._meta.get_field("message").max_length,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Stands in their queue and beside the question. Say nothing about what is right: rating is blind.",
    )  # fmt: skip


class LeaveOutForm(forms.Form):
    reason = forms.CharField(
        label="Why", max_length=120, widget=forms.TextInput(attrs={"placeholder": "the file is broken"})
    )

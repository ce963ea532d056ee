"""What the rating screen sends."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from ..domain.ratings import CONFIDENCE, MAX_EVIDENCE, Answer

MAX_HAVE = 200


class Uuids(forms.CharField):
    """Several, parted by commas."""

    def clean(self, value: Any) -> list[uuid.UUID]:
        words = [word for word in str(value or "").split(",") if word]
        if len(words) > MAX_HAVE:
            raise forms.ValidationError(f"At most {MAX_HAVE}.")
        try:
            return [uuid.UUID(word) for word in words]
        except ValueError:
            raise forms.ValidationError("Enter UUIDs, parted by commas.") from None


class Milliseconds(forms.CharField):
    """Moments of a video, parted by commas."""

    def clean(self, value: Any) -> list[int]:
        words = [word for word in str(value or "").split(",") if word]
        if len(words) > MAX_EVIDENCE or not all(word.isdecimal() and len(word) < 10 for word in words):
            raise forms.ValidationError(f"Enter at most {MAX_EVIDENCE} moments in milliseconds, parted by commas.")
        return [int(word) for word in words]


class HaveForm(forms.Form):
    """The claims whose content the screen holds already."""

    have = Uuids(required=False)


class SaidForm(forms.Form):
    """What a rater may say of an item."""

    assignment = forms.UUIDField()
    level = forms.CharField(max_length=64, required=False)
    confidence = forms.IntegerField(min_value=CONFIDENCE.start, max_value=CONFIDENCE.stop - 1, required=False)
    rationale = forms.CharField(max_length=4000, required=False)
    evidence_ms = Milliseconds(required=False)


class DraftForm(SaidForm):
    revision = forms.IntegerField(min_value=1, max_value=2**31 - 1)

    def as_draft(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("level", "confidence", "rationale", "evidence_ms")}


class AnswerForm(SaidForm):
    submission_key = forms.UUIDField()
    revises = forms.UUIDField(required=False)
    answer = forms.ChoiceField(choices=[("level", "level"), ("cannot_tell", "can't tell")])
    reason = forms.CharField(max_length=200, required=False)
    duration_ms = forms.IntegerField(required=False)
    have = Uuids(required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("answer") == "level" and not data.get("level"):
            self.add_error("level", "missing")
        return data

    def as_answer(self) -> Answer:
        data = self.cleaned_data
        return Answer(
            level=data["level"] if data["answer"] == "level" else None,
            reason=data["reason"],
            confidence=data["confidence"],
            rationale=data["rationale"],
            evidence_ms=data["evidence_ms"],
            duration_ms=data["duration_ms"],
            revises=data["revises"],
        )


class ClaimForm(HaveForm):
    """What skip, flag and revisit send: the claim they speak of."""

    assignment = forms.UUIDField()
    token = forms.UUIDField(required=False)
    reason = forms.CharField(max_length=200, required=False)
    note = forms.CharField(max_length=2000, required=False)


class ReleaseForm(forms.Form):
    assignments = Uuids()

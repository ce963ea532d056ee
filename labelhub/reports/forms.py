"""What is asked for before machines are held against humans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from attributes.models import Corpus
from llm_jobs.domain.alt_tests import RATER_KINDS
from llm_jobs.models import Evaluation
from raters.models import RatingSet

from .queries import sets


class EvaluationForm(forms.Form):
    rating_set = forms.ModelChoiceField(
        queryset=RatingSet.objects.none(), to_field_name="uid", label="Golden set", empty_label=None
    )
    split = forms.ChoiceField(
        choices=[("dev", "Dev"), ("test", "Test, sealed"), ("all", "Dev and test")],
        initial=Evaluation.Split.DEV,
        widget=forms.RadioSelect,
        help_text="Work on dev. Test is sealed: each machine held against it is counted as a look.",
    )
    reference = forms.ChoiceField(
        choices=Evaluation.Reference.choices,
        initial=Evaluation.Reference.LEAVE_ONE_OUT,
        widget=forms.RadioSelect,
        help_text="Leave-one-out holds each labeler against the other raters. Adjudicated uses only gold that none of "
        "the compared raters voted on.",
    )

    def __init__(self, *args: Any, corpus: Corpus, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["rating_set"]
        field.queryset = sets.golden(corpus).order_by("definition__attribute__name", "-pk")  # type: ignore[attr-defined]  # a choice field
        field.label_from_instance = _name  # type: ignore[attr-defined]  # a choice field


class AltTestForm(forms.Form):
    """One machine on one golden set, and what a human label is worth there."""

    machine = forms.ChoiceField(label="Machine")
    split = forms.ChoiceField(
        choices=[("dev", "Dev"), ("test", "Test, sealed")],
        initial=Evaluation.Split.DEV,
        widget=forms.RadioSelect,
        help_text="Work on dev. Test is sealed: a machine held against it for the first time is counted as a look.",
    )
    epsilon = forms.TypedChoiceField(
        coerce=float,
        choices=[(str(epsilon), f"{kind} ({epsilon:g})") for kind, epsilon in RATER_KINDS],
        initial="0.2",
        label="Raters are",
        widget=forms.RadioSelect,
        help_text="What the machine may lose, epsilon: the dearer a human label, the more.",
    )
    score = forms.ChoiceField(
        choices=[("accuracy", "same level"), ("neg_rmse", "distance on the scale")],
        widget=forms.RadioSelect,
        label="Closeness to the other raters",
        help_text="Distance suits ordered levels.",
    )

    def __init__(self, *args: Any, scale: str, machines: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scale = scale
        self.fields["machine"].choices = [(name, name) for name in machines]  # type: ignore[attr-defined]  # a choice field

    def clean_score(self) -> str:
        score = str(self.cleaned_data["score"])
        if score == "neg_rmse" and self.scale == "nominal":
            raise forms.ValidationError("These levels have no order, and so no distance.")
        return score


class AttributesForm(forms.Form):
    """How every attribute of a corpus is compared."""

    split = forms.ChoiceField(choices=[("dev", "Dev"), ("test", "Test")], initial=Evaluation.Split.DEV)
    epsilon = forms.TypedChoiceField(
        coerce=float,
        choices=[(str(epsilon), f"{kind} ({epsilon:g})") for kind, epsilon in RATER_KINDS],
        initial="0.2",
        label="Raters are",
    )


class ScoresForm(forms.Form):
    """Which scored items a list shows; sent by GET, so that the list has an address."""

    low = forms.FloatField(required=False, min_value=0, max_value=1, label="Raw score from")
    high = forms.FloatField(required=False, min_value=0, max_value=1, label="to")
    answer = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, label="Likeliest answer")

    def __init__(self, *args: Any, levels: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("low", "high"):
            self.fields[name].widget.attrs["step"] = "0.01"
        choices = [("", "any"), *((str(k), label) for k, label in enumerate(levels))]
        self.fields["answer"].choices = choices  # type: ignore[attr-defined]  # a choice field


def _name(rating_set: RatingSet) -> str:
    definition = rating_set.definition
    state = rating_set.get_state_display().lower()
    return f"{definition.attribute.name} {definition.name}: {rating_set.name} ({state})"

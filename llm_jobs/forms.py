"""What people fill in to start a run or train a student."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet

from attributes.domain import definitions
from attributes.models import Attribute, Corpus, Definition, Item
from labelhub.lib.errors import BadInput
from raters.models import RatingSet

from .domain import annotators, selection
from .models import Run
from .queries.annotations import Teacher

NO_KEY = "Claude is not offered: ANTHROPIC_API_KEY is not set on the server."
MICRO = 1_000_000


class RunForm(forms.Form):
    """Who labels what, and for how much at most."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    attributes = forms.ModelMultipleChoiceField(
        Attribute.objects.none(),
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        help_text="Several are asked together, in the version published last.",
    )
    annotator = forms.ChoiceField()
    items = forms.ChoiceField(
        choices=[
            ("golden", "The golden sets of these attributes"),
            ("sample", "A random sample of the corpus"),
            ("all", "The whole corpus"),
        ],
        initial="golden",
        widget=forms.RadioSelect,
    )
    n = forms.IntegerField(label="Size of the sample", min_value=1, required=False)
    seed = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, initial=0, help_text="The same seed draws the same sample."
    )
    budget = forms.DecimalField(
        label="Budget in USD",
        required=False,
        min_value=Decimal("0.01"),
        max_value=Decimal(100_000),
        decimal_places=2,
        help_text="A hard limit: the run pauses before it could be passed.",
    )

    def __init__(self, corpus: Corpus, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.corpus = corpus
        published = corpus.attributes.filter(definitions__state=Definition.State.PUBLISHED).distinct().order_by("name")
        self.fields["attributes"].queryset = published  # type: ignore[attr-defined]
        self.fields["annotator"].choices = annotator_choices()  # type: ignore[attr-defined]
        self.initial.setdefault("key", uuid.uuid4())
        self.initial.setdefault("annotator", "local")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("items") == "sample" and not cleaned.get("n") and "n" not in self.errors:
            self.add_error("n", "Say how many items.")
        if self.model and not cleaned.get("budget") and "budget" not in self.errors and self.needs_budget:
            self.add_error("budget", "A paid run needs a budget.")
        return cleaned

    needs_budget = True

    @property
    def model(self) -> str | None:
        """The Claude model chosen; None for an annotator that costs nothing."""
        return annotators.model_of(self.cleaned_data.get("annotator", ""))

    @property
    def micro_budget(self) -> int:
        """In micro-USD."""
        return int(self.cleaned_data["budget"] * MICRO) if self.model else 0

    def chosen_definitions(self) -> list[Definition]:
        return [definitions.latest_published(attribute) for attribute in self.cleaned_data["attributes"]]

    def chosen_items(self) -> tuple[QuerySet[Item], str]:
        """The items and the run's purpose; `BadInput` where an attribute has no golden set."""
        what = self.cleaned_data["items"]
        if what == "golden":
            return selection.golden(self._golden_sets()), Run.Purpose.GOLDEN
        if what == "all":
            return selection.present(self.corpus), Run.Purpose.SILVER
        return selection.drawn(self.corpus, self.cleaned_data["n"], seed=self.cleaned_data["seed"]), Run.Purpose.SILVER

    def _golden_sets(self) -> list[RatingSet]:
        chosen = self.chosen_definitions()
        found = list(RatingSet.objects.filter(definition__in=chosen, purpose=RatingSet.Purpose.GOLDEN))
        for definition in chosen:
            if definition.pk not in {rating_set.definition_id for rating_set in found}:
                raise BadInput(f"{definition} has no golden set: choose other items")
        return found


class EstimateForm(RunForm):
    """The same form before the budget is decided."""

    needs_budget = False

    def __init__(self, corpus: Corpus, *args: Any, **kwargs: Any) -> None:
        super().__init__(corpus, *args, **kwargs)
        del self.fields["budget"]


class BudgetForm(forms.Form):
    budget = forms.DecimalField(
        label="New budget in USD", min_value=Decimal("0.01"), max_value=Decimal(100_000), decimal_places=2
    )


class StudentForm(forms.Form):
    """Which annotator teaches each attribute."""

    seed = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, initial=0, help_text="The same seed and labels give the same student."
    )

    def __init__(self, teachers: Sequence[tuple[Definition, Sequence[Teacher]]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_field = {f"teacher_{definition.attribute.slug}": definition for definition, _ in teachers}
        for definition, fits in teachers:
            names = [(teacher.annotator.name, teacher.label) for teacher in fits]
            self.fields[f"teacher_{definition.attribute.slug}"] = forms.ChoiceField(
                label=f"{definition.attribute.name} {definition.name}",
                choices=[("", "Leave out"), *names],
                initial=names[0][0] if len(names) == 1 else "",
                required=False,
                help_text="Its teacher." if len(names) == 1 else "Several have labeled it: choose its teacher.",
            )
        self.order_fields([*self.by_field, "seed"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.get(name) for name in self.by_field):
            raise forms.ValidationError("Choose a teacher for at least one attribute.")
        return cleaned

    def chosen(self) -> dict[Definition, str | None]:
        """The teacher's name by definition."""
        return {
            definition: self.cleaned_data[name] for name, definition in self.by_field.items() if self.cleaned_data[name]
        }


class HeadsForm(forms.Form):
    """For which of a student's attributes scores are to serve."""

    definitions = forms.MultipleChoiceField(required=False)

    def __init__(self, heads: Sequence[Definition], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_uid = {str(definition.uid): definition for definition in heads}
        self.fields["definitions"].choices = [(uid, uid) for uid in self.by_uid]  # type: ignore[attr-defined]

    def chosen(self) -> list[Definition]:
        return [self.by_uid[uid] for uid in self.cleaned_data["definitions"]]


class ScoreForm(HeadsForm):
    """Score the corpus, then publish for the chosen attributes or only keep the scores."""

    then = forms.ChoiceField(choices=[("keep", "Score only"), ("publish", "Score and publish")])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("then") == "publish" and not cleaned.get("definitions"):
            raise forms.ValidationError("Choose the attributes to publish, or score only.")
        return cleaned


class PublishForm(HeadsForm):
    """Scores that were made before, to serve from now on."""

    score_set = forms.UUIDField()
    note = forms.CharField(required=False, max_length=500)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("definitions"):
            raise forms.ValidationError("Choose at least one attribute.")
        return cleaned


def annotator_choices() -> list[tuple[str, str]]:
    """`local`, and Claude's models where a key is set."""
    choices = [("local", "local: zero-shot on sentence embeddings, free, weak on nuance")]
    if settings.ANTHROPIC_API_KEY:
        for model in annotators.priced_models():
            default = model == annotators.CLAUDE_DEFAULT
            choices.append(("claude" if default else model, f"{model}{' (usual choice)' if default else ''}"))
    return choices

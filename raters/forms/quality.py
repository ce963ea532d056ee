"""What is asked of the work itself: qualifications, hidden checks, own items again."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from attributes.models import Corpus, Definition
from labelhub.lib.errors import BadInput

from ..domain import keyed
from ..domain.controls import MOST, Controls
from ..domain.qualifications import PASS_MARK
from ..models import RatingSet

MOST_PERCENT = round(100 * MOST)
LINES = "A line an item: external id, level, then as you like a clause such as includes.0 and a note."


def golden_choices(corpus: Corpus) -> list[tuple[str, str]]:
    """Frozen golden sets, the newest first."""
    frozen = RatingSet.objects.filter(purpose=RatingSet.Purpose.GOLDEN, state=RatingSet.State.FROZEN)
    return _named(frozen.filter(definition__attribute__corpus=corpus))


def qualification_choices(corpus: Corpus) -> list[tuple[str, str]]:
    """Qualifications that raters can take now, the newest first."""
    opened = RatingSet.objects.filter(purpose=RatingSet.Purpose.QUALIFICATION, state=RatingSet.State.OPEN)
    return _named(opened.filter(definition__attribute__corpus=corpus))


def _named(found: Any) -> list[tuple[str, str]]:
    rows = found.select_related("definition__attribute").order_by("-pk")
    return [(str(one.uid), f"{one.name} ({one.definition.attribute.name}, {one.definition.name})") for one in rows]


def _set(corpus: Corpus, uid: str) -> RatingSet | None:
    """The set of a choice that was made; None where nothing was chosen."""
    found = RatingSet.objects.select_related("definition__attribute").filter(definition__attribute__corpus=corpus)
    return found.get(uid=uuid.UUID(uid)) if uid else None


class Blaming(forms.Form):
    """Shows what the domain refused beside the field it names."""

    aliases: dict[str, str] = {}

    def blame(self, error: Exception) -> None:
        """The domain says `field: message`; anything else stands above the form."""
        field, _, message = str(error).partition(": ")
        field = self.aliases.get(field, field)
        self.add_error(*((field, message) if field in self.fields else (None, str(error))))


class ControlFields(Blaming):
    """The part of a new golden set's form that most leave as it is."""

    QUALITY = (
        "qualification", "check_rate", "check_n", "check_golden", "check_lines", "repeat_rate", "repeat_after_days",
        "rushed_below_s",
    )  # fmt: skip
    aliases = {"n": "check_n", "golden": "check_golden", "lines": "check_lines"}

    qualification = forms.ChoiceField(
        label="Qualification", required=False, help_text="Only who has passed it may rate this set."
    )
    check_rate = forms.IntegerField(
        label="Hidden checks, %", required=False, initial=0, min_value=0, max_value=MOST_PERCENT,
        help_text="Of what a rater is shown. Their answers say how careful the work is, and nothing else.",
    )  # fmt: skip
    check_n = forms.IntegerField(
        label="Check items", required=False, min_value=1, max_value=1000, help_text="How many to take, of every level."
    )
    check_golden = forms.ChoiceField(
        label="From", required=False, help_text="Items of its dev part that this set does not measure."
    )
    check_lines = forms.CharField(
        label="Or pasted", required=False, max_length=100_000, help_text=LINES,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )  # fmt: skip
    repeat_rate = forms.IntegerField(
        label="Own items again, %", required=False, initial=0, min_value=0, max_value=MOST_PERCENT,
        help_text="The same item to the same person later: do they agree with themselves?",
    )  # fmt: skip
    repeat_after_days = forms.IntegerField(label="After days", required=False, min_value=0, max_value=365, initial=3)
    rushed_below_s = forms.FloatField(
        label="Rushed below, s", required=False, min_value=0, max_value=600, initial=1,
        help_text="A quicker answer counts as rushed on the quality page.",
    )  # fmt: skip

    def offer(self, corpus: Corpus) -> None:
        """Fill the choices with what the corpus has."""
        qualifications = [("", "None: everybody may rate"), *qualification_choices(corpus)]
        self.fields["qualification"].choices = qualifications  # type: ignore[attr-defined]  # choice fields
        golden = [("", "No golden set"), *golden_choices(corpus)]
        self.fields["check_golden"].choices = golden  # type: ignore[attr-defined]

    @property
    def quality_is_open(self) -> bool:
        """Whether something in the part must be looked at."""
        return any(name in self.errors for name in self.QUALITY)

    def controls(self, corpus: Corpus) -> Controls:
        """What was asked for; `BadInput` where check items come from two places or none."""
        data = self.cleaned_data
        after, rushed = data["repeat_after_days"], data["rushed_below_s"]
        return Controls(
            qualification=_set(corpus, data["qualification"]),
            checks=_source(corpus, data["check_golden"], data["check_n"], data["check_lines"]),
            check_rate=(data["check_rate"] or 0) / 100,
            repeat_rate=(data["repeat_rate"] or 0) / 100,
            repeat_after_days=3 if after is None else after,
            rushed_below_ms=1000 if rushed is None else round(1000 * rushed),
        )


class QualificationForm(Blaming):
    """A new qualification."""

    definition = forms.ChoiceField(label="Definition", help_text="What raters learn to judge by.")
    name = forms.CharField(label="Name", max_length=120, help_text="Raters see it. Unique within the definition.")
    golden = forms.ChoiceField(
        label="Items from", required=False,
        help_text="A frozen golden set: of its dev part, unanimous or adjudicated items first, every level.",
    )  # fmt: skip
    n = forms.IntegerField(label="How many", required=False, min_value=1, max_value=200, initial=10)
    lines = forms.CharField(
        label="Or pasted", required=False, max_length=100_000, help_text=LINES,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )  # fmt: skip
    pass_mark = forms.IntegerField(
        label="Pass mark, %", min_value=1, max_value=100, initial=round(100 * PASS_MARK),
        help_text="Of the items right. “Can't tell” is not right.",
    )  # fmt: skip

    def __init__(self, *args: Any, corpus: Corpus, definitions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.corpus = corpus
        self.fields["definition"].choices = definitions  # type: ignore[attr-defined]  # choice fields
        golden = [("", "No golden set"), *golden_choices(corpus)]
        self.fields["golden"].choices = golden  # type: ignore[attr-defined]

    def chosen_definition(self) -> Definition:
        found = Definition.objects.select_related("attribute__corpus").filter(attribute__corpus=self.corpus)
        return found.get(uid=self.cleaned_data["definition"])

    def source(self) -> keyed.Source:
        data = self.cleaned_data
        found = _source(self.corpus, data["golden"], data["n"], data["lines"])
        if not found:
            raise BadInput("golden: say which items it teaches with: of a golden set, or pasted")
        return found


def _source(corpus: Corpus, golden: str, n: int | None, lines: str) -> keyed.Source:
    if golden and lines.strip():
        raise BadInput("lines: take a golden set or paste lines, not both")
    if golden and not n:
        raise BadInput("n: say how many")
    return keyed.Source(n=n or 0, golden=_set(corpus, golden), lines=lines)

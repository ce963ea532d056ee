"""What a set is wished to tell, before it is drawn."""

from __future__ import annotations

from django import forms

from ..stats.alt_test import EPSILON

WIDTH, POWER = "width", "power"


class PlanForm(forms.Form):
    """A width or a power; what is left empty is taken from what is known."""

    aim = forms.ChoiceField(
        label="What it should give", initial=WIDTH,
        choices=((WIDTH, "An interval so narrow"), (POWER, "A test that so surely finds the machine as good")),
    )  # fmt: skip
    width = forms.FloatField(
        label="Width, points", required=False, initial=10, min_value=0.1, max_value=99,
        help_text="Of the 95 % interval of a share, from end to end.",
    )  # fmt: skip
    power = forms.FloatField(
        label="Power, %", required=False, initial=80, min_value=1, max_value=99,
        help_text="Chance that the alternative annotator test passes a machine as good as the raters.",
    )  # fmt: skip
    epsilon = forms.FloatField(
        label="Epsilon", required=False, initial=EPSILON, min_value=0, max_value=1,
        help_text="What a rater's cost forgives the machine.",
    )  # fmt: skip
    prevalence = forms.FloatField(
        label="Share expected, %", required=False, min_value=0, max_value=100, help_text="Empty: as guessed below."
    )
    seconds = forms.FloatField(
        label="Seconds a rating", required=False, min_value=0.5, max_value=3600, help_text="Empty: as measured below."
    )

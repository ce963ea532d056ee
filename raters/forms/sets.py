"""Setting up a rating set."""

from __future__ import annotations

from typing import Any

from django import forms

from attributes.models import Attribute, Corpus, Definition, Item, Membership, Role
from labelhub.accounts.models import User

from ..domain import populations, sets
from ..domain.designs import Design
from ..models import RatingSet
from ..sampling import Shares
from .quality import ControlFields

METADATA_LOOKED_AT = 500  # items whose metadata keys are offered as strata
UNIFORM = "uniform"
PLAIN_STRATA = (("language", "language"), ("group", "group (author, channel)"))


def definition_choices(corpus: Corpus) -> list[tuple[str, str]]:
    """Published definitions, the newest of each attribute first."""
    published = Definition.objects.filter(attribute__corpus=corpus, state=Definition.State.PUBLISHED)
    published = published.select_related("attribute").order_by("attribute__name", "-version")
    return [(str(definition.uid), f"{definition.attribute.name}, {definition.name}") for definition in published]


def strata_choices(corpus: Corpus) -> list[tuple[str, str]]:
    """What the corpus can be stratified by: only what exists."""
    present = Item.objects.filter(corpus=corpus, removed_at=None)
    plain = {"language": present.exclude(language=""), "group": present.exclude(group_key="")}
    offered = [(key, f"By {label}") for key, label in PLAIN_STRATA if plain[key].exists()]
    looked_at = present.order_by("pk").values_list("metadata", flat=True)[:METADATA_LOOKED_AT]
    keys = sorted({key for metadata in looked_at for key in metadata})
    return [*offered, *((key, f"By {key}") for key in keys if key not in (UNIFORM, *plain))]


def rater_choices(corpus: Corpus) -> list[tuple[str, str]]:
    """Everybody with the rater role."""
    holders = Membership.objects.filter(corpus=corpus, role=Role.RATER, disabled_at=None, user__is_active=True)
    return [(str(holder.user.uid), holder.user.name) for holder in holders.select_related("user").order_by("user_id")]


class SetForm(ControlFields):
    """A new golden set."""

    definition = forms.ChoiceField(label="Definition", help_text="What raters will be asked. A set stays with it.")
    name = forms.CharField(label="Name", max_length=120, help_text="Unique among the sets of this definition.")
    size = forms.IntegerField(label="Items", min_value=1, max_value=100_000)
    overlap = forms.IntegerField(
        label="Ratings an item", min_value=1, max_value=sets.MAX_OVERLAP, initial=3,
        help_text="By different people. Agreement needs at least 2; of 3, two can outvote one.",
    )  # fmt: skip
    stratify_by = forms.ChoiceField(
        label="How items are drawn",
        help_text="Stratified: as many from each language, group or kind, so that rare ones are seen too.",
    )  # fmt: skip
    shots = forms.IntegerField(label="Shots, %", min_value=0, max_value=100, initial=10, help_text="For prompts.")
    dev = forms.IntegerField(
        label="Dev, %", min_value=0, max_value=100, initial=50, help_text="To look at, tune and search on."
    )
    test = forms.IntegerField(
        label="Test, %", min_value=0, max_value=100, initial=40, help_text="Sealed: figures and counts only."
    )
    rationale_mode = forms.ChoiceField(
        label="Ask raters why", choices=RatingSet.Ask.choices, initial=RatingSet.Ask.OPTIONAL
    )
    confidence_mode = forms.ChoiceField(
        label="Ask how sure they are", choices=RatingSet.Ask.choices, initial=RatingSet.Ask.OFF
    )
    raters = forms.MultipleChoiceField(
        label="Raters", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Choose nobody, and everybody with the rater role may join.",
    )  # fmt: skip
    seed = forms.IntegerField(
        label="Seed", required=False, min_value=0, max_value=2**31 - 1,
        help_text="The same seed draws the same items again. Left empty, one is drawn and stored.",
    )  # fmt: skip

    def __init__(self, *args: Any, corpus: Corpus, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.corpus = corpus
        self._choose("definition", definition_choices(corpus))
        uniform = [(UNIFORM, "At random: every item has the same chance")]
        self._choose("stratify_by", [*uniform, *strata_choices(corpus)])
        self._choose("raters", rater_choices(corpus))
        self.offer(corpus)

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # all of them are choice fields

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        parts = [data.get(part) for part in ("shots", "dev", "test")]
        if None not in parts and sum(part or 0 for part in parts) != 100:
            self.add_error("test", "Shots, dev and test must sum to 100 %.")
        return data

    def design(self) -> Design:
        data = self.cleaned_data
        return Design(
            size=data["size"],
            overlap=data["overlap"],
            stratify_by="" if data["stratify_by"] == UNIFORM else data["stratify_by"],
            shares=Shares(data["shots"] / 100, data["dev"] / 100, data["test"] / 100),
            seed=data["seed"],
        )

    def chosen_definition(self) -> Definition:
        found = Definition.objects.select_related("attribute__corpus").filter(attribute__corpus=self.corpus)
        return found.get(uid=self.cleaned_data["definition"])

    def chosen_raters(self) -> list[User]:
        return list(User.objects.filter(uid__in=self.cleaned_data["raters"]).order_by("pk"))


def population_sizes(corpus: Corpus) -> list[tuple[str, int]]:
    """How many items each attribute's set would be drawn from."""
    attributes = Attribute.objects.filter(corpus=corpus, definitions__state=Definition.State.PUBLISHED).distinct()
    return [
        (attribute.name, populations.population_of(attribute).count()) for attribute in attributes.order_by("name")[:50]
    ]

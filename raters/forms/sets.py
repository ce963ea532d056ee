"""Setting up a rating set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from attributes.models import Corpus, Definition, Item, Membership, Role
from labelhub.accounts.models import User

from ..domain import sets
from ..domain.designs import LEAST_FLOOR, Design, Method, Sizes
from ..models import RatingSet
from ..sampling import Shares
from .quality import Blaming, ControlFields

METADATA_LOOKED_AT = 500  # items whose metadata keys are offered as strata
NO_KINDS = "No item of the corpus has a language, a channel or metadata to go by."
NO_LEADS = "Nothing to go by yet: no machine has labeled the attribute and nobody has rated it."
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
    return [*offered, *((key, f"By {key}") for key in keys if key not in plain)]


def rater_choices(corpus: Corpus) -> list[tuple[str, str]]:
    """Everybody with the rater role."""
    holders = Membership.objects.filter(corpus=corpus, role=Role.RATER, disabled_at=None, user__is_active=True)
    return [(str(holder.user.uid), holder.user.name) for holder in holders.select_related("user").order_by("user_id")]


class DrawFields(Blaming):
    """What is drawn, and how."""

    METHODS = (
        (Method.UNIFORM, "At random"),
        (Method.STRATIFIED, "Stratified"),
        (Method.DIVERSE, "Diverse"),
        (Method.BY_SIZE, "Uncertain or disputed first"),
    )
    EXPLAINED = {
        Method.UNIFORM: "Every item has the same chance. Figures of the set are figures of the corpus; what is rare is "
        "rarely seen.",
        Method.STRATIFIED: "So many from each language, channel or kind. What is rare is seen; uneven chances make the "
        "intervals for the whole corpus wider.",
        Method.DIVERSE: "Items are grouped by what their text says, and some drawn from each group. Unusual ones are "
        "seen without anybody having looked for them.",
        Method.BY_SIZE: "What a machine is unsure of, or labels differ on, has a higher chance. It tests a definition "
        "where it is hardest, and costs precision for the whole corpus.",
    }

    definition = forms.ChoiceField(label="Definition", help_text="What raters will be asked. A set stays with it.")
    size = forms.IntegerField(label="Items", min_value=1, max_value=100_000, initial=100)
    overlap = forms.IntegerField(
        label="Ratings an item", min_value=1, max_value=sets.MAX_OVERLAP, initial=3,
        help_text="By different people. Agreement needs at least 2; of 3, two can outvote one.",
    )  # fmt: skip
    method = forms.ChoiceField(
        label="How items are drawn", choices=METHODS, initial=Method.UNIFORM, widget=forms.RadioSelect
    )
    stratify_by = forms.ChoiceField(label="Kinds", required=False)
    allocation = forms.ChoiceField(
        label="From each kind or group", required=False, initial="equal",
        choices=(("equal", "The same number"), ("proportional", "In proportion to its size")),
    )  # fmt: skip
    clusters = forms.IntegerField(label="Groups", required=False, min_value=2, max_value=100, initial=10)
    by = forms.ChoiceField(label="Go by", required=False)
    floor = forms.IntegerField(
        label="On everything alike, %", required=False, max_value=100, initial=20,
        min_value=round(100 * LEAST_FLOOR), help_text="Of the draws. Without it what is sure would never be checked.",
    )  # fmt: skip
    shots = forms.IntegerField(label="Shots, %", min_value=0, max_value=100, initial=10, help_text="For prompts.")
    dev = forms.IntegerField(
        label="Dev, %", min_value=0, max_value=100, initial=50, help_text="To look at, tune and search on."
    )
    test = forms.IntegerField(
        label="Test, %", min_value=0, max_value=100, initial=40, help_text="Sealed: figures and counts only."
    )

    def __init__(self, *args: Any, corpus: Corpus, leads: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.corpus = corpus
        self._offer("definition", definition_choices(corpus))
        self._offer("stratify_by", strata_choices(corpus))
        self._offer("by", leads)

    def _offer(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        self.fields[name].choices = list(choices)  # type: ignore[attr-defined]  # all of them are choice fields

    def _nothing_offered(self, name: str) -> bool:
        return not self.fields[name].choices  # type: ignore[attr-defined]

    def methods(self) -> list[tuple[Any, str]]:
        """Each method's button, and what it costs and gives."""
        return [(button, self.EXPLAINED[Method(button.data["value"])]) for button in self["method"]]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        parts = [data.get(part) for part in ("shots", "dev", "test")]
        if None not in parts and sum(part or 0 for part in parts) != 100:
            self.add_error("test", "Shots, dev and test must sum to 100 %.")
        for method, name, nothing in (
            (Method.STRATIFIED, "stratify_by", NO_KINDS), (Method.BY_SIZE, "by", NO_LEADS),
        ):  # fmt: skip
            if data.get("method") == method and not data.get(name) and name not in self.errors:
                self.add_error(name, nothing if self._nothing_offered(name) else "Choose what to go by.")
        return data

    def design(self, sizes: Sizes | None = None) -> Design:
        """The design that was asked for; `sizes` are those of the chosen `by`."""
        data = self.cleaned_data
        return Design(
            size=data["size"],
            overlap=data["overlap"],
            method=Method(data["method"]),
            stratify_by=data["stratify_by"],
            allocation=data["allocation"] or "equal",
            clusters=data["clusters"] or 10,
            sizes=sizes,
            floor=(data["floor"] or 20) / 100,
            shares=Shares(data["shots"] / 100, data["dev"] / 100, data["test"] / 100),
            picks=tuple(data.get("picks", "").split()),
            seed=data.get("seed"),
        )

    def chosen_definition(self) -> Definition:
        found = Definition.objects.select_related("attribute__corpus").filter(attribute__corpus=self.corpus)
        return found.get(uid=self.cleaned_data["definition"])


class SetForm(ControlFields, DrawFields):
    """A new golden set."""

    name = forms.CharField(label="Name", max_length=120, help_text="Unique among the sets of this definition.")
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
    picks = forms.CharField(
        label="Shots picked by hand", required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="External ids, beside the items drawn. Nothing is estimated from them, and they leave the population "
        "with all items of their authors.",
    )  # fmt: skip
    seed = forms.IntegerField(
        label="Seed", required=False, min_value=0, max_value=2**31 - 1,
        help_text="The same seed draws the same items again. Left empty, one is drawn and stored.",
    )  # fmt: skip

    def __init__(self, *args: Any, corpus: Corpus, **kwargs: Any) -> None:
        super().__init__(*args, corpus=corpus, **kwargs)
        self._offer("raters", rater_choices(corpus))
        self.offer(corpus)

    def chosen_raters(self) -> list[User]:
        return list(User.objects.filter(uid__in=self.cleaned_data["raters"]).order_by("pk"))


class TopUpForm(forms.Form):
    """How many more items."""

    size = forms.IntegerField(label="More items", min_value=1, max_value=100_000)

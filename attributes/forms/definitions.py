"""The structured form of a definition: fields and rows in, a `DefinitionSpec` out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar, cast

import yaml
from django import forms

from labelhub.lib.errors import BadInput

from ..domain.definitions import MissingExample
from ..models import Attribute
from ..schema import MAX_CLAUSES, SLUG, DefinitionSpec, SpecError, parse_spec

MAX_FILE = 1 * 2**20


class BasicsForm(forms.Form):
    attribute = forms.RegexField(
        rf"^{SLUG.pattern}\Z",
        max_length=63,
        label="Short name",
        help_text="Stands in addresses, files and commands: lower-case letters, digits, - and _.",
        error_messages={"invalid": "Use lower-case letters, digits, - and _, beginning with a letter or a digit."},
    )
    name = forms.CharField(max_length=120, required=False)
    scale = forms.ChoiceField(choices=Attribute.Scale.choices, widget=forms.RadioSelect, initial="binary")
    question = forms.CharField(max_length=4000, help_text="The one sentence above the buttons.")
    statement = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What the attribute means, in a few sentences that a newcomer understands.",
    )
    includes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="One clause a line.")
    excludes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="One clause a line.")
    fields_shown = forms.CharField(
        required=False,
        label="Fields shown",
        initial="title, text",
        help_text="What raters and models are given of an item: title, text, metadata.KEY, parted by commas.",
    )
    frames = forms.BooleanField(required=False, initial=True, label="Show the video or picture (models get its frames)")
    audio = forms.BooleanField(required=False, initial=True, label="Let raters hear the sound (no model does)")


# Rows are lenient: a blank row is left out, and what a row lacks is found with the whole definition.
class LevelForm(forms.Form):
    key = forms.CharField(max_length=64, required=False)
    label = forms.CharField(max_length=120, required=False)
    meaning = forms.CharField(max_length=4000, required=False)
    positive = forms.BooleanField(required=False)


class EdgeForm(forms.Form):
    case = forms.CharField(max_length=4000, required=False)
    decision = forms.CharField(max_length=4000, required=False)


class ExampleForm(forms.Form):
    item = forms.CharField(max_length=200, required=False, label="Item id")
    level = forms.CharField(max_length=64, required=False, label="Level key")
    why = forms.CharField(max_length=4000, required=False)


def _rows(form: type[forms.Form]) -> type[forms.BaseFormSet[Any]]:
    extra = 0 if form is LevelForm else 1  # every scale comes with its levels
    return forms.formset_factory(form, extra=extra, can_delete=True, max_num=MAX_CLAUSES, absolute_max=MAX_CLAUSES + 5)


class DefinitionForm:
    """One form over `BasicsForm` and the rows of levels, edge cases and examples.

    A fault of the definition as a whole is shown at its field. On an existing attribute the short name stays.
    """

    ROWS: ClassVar = {
        "levels": (LevelForm, ("key", "label", "meaning", "positive")),
        "edge_cases": (EdgeForm, ("case", "decision")),
        "examples": (ExampleForm, ("item", "level", "why")),
    }

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, spec: DefinitionSpec | None = None, slug: str = ""
    ) -> None:
        self.slug = slug
        raw = spec.as_dict() if spec else {"levels": [{"key": "no"}, {"key": "yes", "positive": True}]}
        self.basics = BasicsForm(data, initial=_basics(spec) if spec else None)
        if slug:
            del self.basics.fields["attribute"]
        rows = cast(dict[str, list[dict[str, Any]]], raw)
        self.rows = {
            name: _rows(form)(data, prefix=name, initial=rows.get(name, [])) for name, (form, _) in self.ROWS.items()
        }
        self.spec: DefinitionSpec | None = None

    def is_valid(self) -> bool:
        parts = [self.basics.is_valid(), *(rows.is_valid() for rows in self.rows.values())]
        if not all(parts):
            return False
        try:
            self.spec = parse_spec(self._raw())
        except SpecError as error:
            self._show(error)
            return False
        return True

    def _raw(self) -> dict[str, Any]:
        cleaned = self.basics.cleaned_data
        shown = [name.strip() for name in cleaned["fields_shown"].split(",") if name.strip()]
        return {
            "attribute": self.slug or cleaned["attribute"],
            **{name: cleaned[name] for name in ("name", "scale", "question", "statement")},
            **{name: _lines(cleaned[name]) for name in ("includes", "excludes")},
            **{name: self._kept(name) for name in self.ROWS},
            "inputs": {"fields": shown, "frames": cleaned["frames"], "audio": cleaned["audio"]},
        }

    def _kept(self, name: str) -> list[dict[str, Any]]:
        """The rows that are filled in and not struck out."""
        return [{key: row.cleaned_data[key] for key in self.ROWS[name][1]} for row in self._filled(name)]

    def _filled(self, name: str) -> list[forms.Form]:
        kept = [row for row in self.rows[name] if row.cleaned_data and not row.cleaned_data["DELETE"]]
        return [row for row in kept if any(row.cleaned_data[key] for key in self.ROWS[name][1])]

    def show_missing(self, error: MissingExample) -> None:
        """Say at its row which example's item is not there."""
        self._filled("examples")[error.index].add_error("item", f"{error}."[:1].upper() + f"{error}."[1:])

    def _show(self, error: SpecError) -> None:
        head, _, rest = error.place.partition("[")
        index, _, field = rest.partition("].")
        if head in self.rows and index.isdigit():
            row = self._filled(head)[int(index)]
            row.add_error(field if field in row.fields else None, error.message)
        elif head in self.basics.fields:
            self.basics.add_error(head, f"{error.place}: {error.message}" if rest else error.message)
        elif head.startswith("inputs"):
            self.basics.add_error("fields_shown", error.message)
        else:
            self.basics.add_error(None, str(error))


def _basics(spec: DefinitionSpec) -> dict[str, Any]:
    return {
        "attribute": spec.attribute,
        "name": spec.name,
        "scale": spec.scale,
        "question": spec.question,
        "statement": spec.statement,
        "includes": "\n".join(spec.includes),
        "excludes": "\n".join(spec.excludes),
        "fields_shown": ", ".join(spec.inputs.fields),
        "frames": spec.inputs.frames,
        "audio": spec.inputs.audio,
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class PublishForm(forms.Form):
    """The note of a version. It is part of the editor's form, so that what is on the screen is what is published."""

    note = forms.CharField(
        max_length=2000,
        label="What changed",
        widget=forms.Textarea(attrs={"rows": 3, "form": "definition"}),
        help_text="One or two sentences for the version's history: what was unclear, and how it is decided now.",
    )


class DefinitionFileForm(forms.Form):
    file = forms.FileField(max_length=200)

    def content(self) -> object:
        """The file as plain data; `BadInput` says where it cannot be read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE:
            raise BadInput(f"{file.name}: larger than a definition can be (1 MB)")
        return load(file.name, file.read())


def load(name: str, content: bytes) -> object:
    """JSON where the name says so, else YAML."""
    try:
        text = content.decode("utf-8")
        return json.loads(text) if name.endswith(".json") else yaml.safe_load(text)
    except UnicodeDecodeError as error:
        raise BadInput(f"{name}: byte {error.start}: not UTF-8") from None
    except (json.JSONDecodeError, yaml.YAMLError, RecursionError) as error:
        raise BadInput(f"{name}: {error}") from None

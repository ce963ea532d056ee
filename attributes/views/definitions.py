"""A version of a definition: read it, compare it, take it along."""

from __future__ import annotations

import uuid

import yaml
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from labelhub.lib import pages

from ..domain import access, diffs
from ..models import Definition, Item
from ..queries.definitions import history
from .access import CorpusRequest, corpus_view

STATES = {
    Definition.State.DRAFT: ("neutral", "Draft"),
    Definition.State.CANDIDATE: ("accent", "Candidate"),
    Definition.State.PUBLISHED: ("good", "Published"),
    Definition.State.RETIRED: ("neutral", "Retired"),
}


@corpus_view(access.ANALYSE)
def show(request: CorpusRequest, attribute: str, uid: uuid.UUID) -> HttpResponse:
    """The version as raters see it, with who made it and what it rests on."""
    definition = find(request, attribute, uid)
    spec = definition.parsed()
    versions = list(history(definition.attribute)[: pages.PAGE_SIZE])
    in_force = next((other for other in versions if other.state == Definition.State.PUBLISHED), None)
    context = {
        "definition": definition,
        "attribute": definition.attribute,
        "spec": spec,
        "status": status(definition),
        "in_force": in_force,
        "is_current": in_force == definition,
        "examples": _examples(request, definition),
        "versions": [_entry(request, other, definition) for other in versions],
        "can_edit": not request.roles.isdisjoint(access.EDIT),
        "can_retire": definition.state == Definition.State.PUBLISHED
        and any(other.state == Definition.State.PUBLISHED for other in versions if other != definition),
    }
    return render(request, "attributes/definition.html", context)


@corpus_view(access.ANALYSE)
def compare(request: CorpusRequest, attribute: str, uid: uuid.UUID) -> HttpResponse:
    """The version against another one, by default the one it was made from."""
    definition = find(request, attribute, uid)
    others = list(history(definition.attribute).exclude(pk=definition.pk)[: pages.PAGE_SIZE])
    against = _against(request, definition, others)
    sections = diffs.definitions(against.parsed(), definition.parsed()) if against else []
    context = {
        "definition": definition,
        "attribute": definition.attribute,
        "against": against,
        "others": others,
        "sections": sections,
        "n_changed": sum(section.changed for section in sections),
    }
    return render(request, "attributes/definition_diff.html", context)


def _against(request: CorpusRequest, definition: Definition, others: list[Definition]) -> Definition | None:
    wanted = request.GET.get("against", "")
    if wanted:
        found = next((other for other in others if str(other.uid) == wanted), None)
        if found is None:
            raise Http404("no such version")
        return found
    return next((other for other in others if other.pk == definition.parent_id), others[0] if others else None)


@corpus_view(access.ANALYSE)
def export(request: CorpusRequest, attribute: str, uid: uuid.UUID) -> HttpResponse:
    """The definition as YAML, which `import_definition` and the import page read back."""
    definition = find(request, attribute, uid)
    text = yaml.safe_dump(definition.parsed().as_dict(), sort_keys=False, allow_unicode=True, width=110)
    response = HttpResponse(text, content_type="application/yaml")
    response["Content-Disposition"] = f'attachment; filename="{definition.attribute.slug}-{definition.name}.yaml"'
    return response


def find(request: CorpusRequest, attribute: str, uid: uuid.UUID) -> Definition:
    definition = (
        Definition.objects.filter(attribute__corpus=request.corpus, attribute__slug=attribute, uid=uid)
        .select_related("attribute__corpus", "author", "published_by", "parent")
        .first()
    )
    if definition is None:
        raise Http404("no such definition")
    return definition


def status(definition: Definition) -> dict[str, str]:
    kind, text = STATES[Definition.State(definition.state)]
    return {"kind": kind, "text": text}


def _entry(request: CorpusRequest, version: Definition, shown: Definition) -> dict[str, object]:
    """A version for components/timeline.html."""
    when = version.published_at or version.created_at
    who = version.published_by or version.author
    return {
        "label": version.name if version.version else str(version.State(version.state).label),
        "url": reverse("attributes:definition", args=[request.corpus.slug, version.attribute.slug, version.uid]),
        "status": status(version),
        "when": f"{when:%-d %b %Y}",
        "author": who.name if who else "the server",
        "note": version.note,
        "current": version == shown,
    }


def _examples(request: CorpusRequest, definition: Definition) -> list[dict[str, object]]:
    """The examples with their items, where these are in the corpus."""
    spec = definition.parsed()
    known = Item.objects.filter(corpus=request.corpus, external_id__in=[example.item for example in spec.examples])
    items = {item.external_id: item for item in known}
    labels = {level.key: level.label for level in spec.levels}
    tied = dict(definition.examples.values_list("item__external_id", "content_hash"))
    return [
        {
            "example": example,
            "level": labels[example.level],
            "item": items.get(example.item),
            "changed": example.item in tied
            and example.item in items
            and items[example.item].content_hash != tied[example.item],
        }
        for example in spec.examples
    ]

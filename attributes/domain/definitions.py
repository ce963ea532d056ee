"""Attributes and their definitions: drafts, candidates, publishing."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import Attribute, Corpus, Definition, DefinitionExample, Item, Level
from ..schema import DefinitionSpec, SpecError, parse_spec
from . import audit


def get_attribute(corpus: Corpus, slug: str) -> Attribute:
    """The attribute of that slug; `BadInput` lists those there are."""
    attribute = Attribute.objects.filter(corpus=corpus, slug=slug).first()
    if attribute is None:
        known = ", ".join(corpus.attributes.order_by("slug").values_list("slug", flat=True))
        raise BadInput(f"corpus {corpus.slug} has no attribute {slug!r} (there are: {known or 'none'})")
    return attribute


def latest_published(attribute: Attribute) -> Definition:
    """The published version in force; `BadInput` when nothing was published."""
    published = attribute.definitions.filter(state=Definition.State.PUBLISHED).order_by("-version").first()
    if published is None:
        raise BadInput(f"{attribute.slug} has no published definition")
    return published


def get_version(attribute: Attribute, version: int | None = None) -> Definition:
    """A numbered version, the latest published one by default."""
    if version is None:
        return latest_published(attribute)
    definition = attribute.definitions.filter(version=version).first()
    if definition is None:
        known = ", ".join(str(v) for v in attribute.definitions.exclude(version=None).values_list("version", flat=True))
        raise BadInput(f"{attribute.slug} has no version {version} (there are: {known or 'none'})")
    return definition


def read_spec(raw: object) -> DefinitionSpec:
    """`parse_spec` with the product's own error."""
    try:
        return parse_spec(raw)
    except SpecError as error:
        raise BadInput(f"definition: {error}") from None


@transaction.atomic
def save_draft(
    *, corpus: Corpus, spec: DefinitionSpec, author: User | None, draft: Definition | None = None, revision: int = 0
) -> Definition:
    """Create a draft, or save one that stands at `revision`; `Refused` when somebody saved it in between."""
    attribute = _attribute_for(corpus, spec, author)
    values: dict[str, Any] = {"spec": spec.as_dict(), "hash": spec.hash}
    if draft is None:
        parent = attribute.definitions.exclude(version=None).order_by("-version").first()
        return Definition.objects.create(attribute=attribute, author=author, parent=parent, **values)
    saved = Definition.objects.filter(pk=draft.pk, state=Definition.State.DRAFT, revision=revision).update(
        **values, revision=revision + 1
    )
    if not saved:
        raise Refused("this draft was changed or published in the meantime: reload to see what it says now")
    draft.refresh_from_db()
    return draft


@transaction.atomic
def make_candidate(*, draft: Definition, actor: User | None) -> Definition:
    """Freeze what the draft says now as a candidate, which runs may rest on; the draft goes on."""
    candidate, created = Definition.objects.get_or_create(
        attribute=draft.attribute,
        hash=draft.hash,
        state=Definition.State.CANDIDATE,
        defaults={"spec": draft.spec, "parent": draft.parent, "author": draft.author},
    )
    if created:
        _tie_examples(candidate)
        audit.record(actor=actor, corpus=draft.attribute.corpus, verb="candidate_made", target=candidate)
    return candidate


@transaction.atomic
def publish(*, draft: Definition, actor: User | None, note: str = "") -> Definition:
    """Number a draft or candidate and put it in force; the version before it stays readable and usable.

    Refused when it says the same as the version in force. Two publishers at once get two numbers: the attribute's
    row is locked.
    """
    attribute = Attribute.objects.select_for_update().get(pk=draft.attribute_id)
    draft = Definition.objects.select_for_update().get(pk=draft.pk)
    if draft.state not in (Definition.State.DRAFT, Definition.State.CANDIDATE):
        raise Refused(f"{draft} is published already")
    latest = attribute.definitions.filter(state=Definition.State.PUBLISHED).order_by("-version").first()
    if latest and latest.hash == draft.hash:
        raise Refused(f"nothing changed since v{latest.version}")
    _apply_levels(attribute, draft.parsed())
    _tie_examples(draft)
    highest = attribute.definitions.aggregate(highest=Max("version"))["highest"] or 0
    Definition.objects.filter(pk=draft.pk).update(
        state=Definition.State.PUBLISHED,
        version=highest + 1,
        note=note,
        published_by=actor,
        published_at=Now(),
    )
    draft.refresh_from_db()
    audit.record(
        actor=actor,
        corpus=attribute.corpus,
        verb="definition_published",
        target=draft,
        before_hash=latest.hash if latest else "",
        after_hash=draft.hash,
        version=draft.version,
        note=note,
    )
    return draft


@transaction.atomic
def import_definition(
    *, corpus: Corpus, spec: DefinitionSpec, actor: User | None = None, note: str = ""
) -> tuple[Definition, bool]:
    """Publish the next version, unless the latest one says the same; returns (definition, changed)."""
    attribute = _attribute_for(corpus, spec, actor)
    latest = attribute.definitions.filter(state=Definition.State.PUBLISHED).order_by("-version").first()
    if latest and latest.hash == spec.hash:
        return latest, False
    draft = save_draft(corpus=corpus, spec=spec, author=actor)
    return publish(draft=draft, actor=actor, note=note), True


def lock_levels(attribute: Attribute) -> None:
    """Fix keys and order of the levels: called when the first answer of a person or a machine may rest on them."""
    Attribute.objects.filter(pk=attribute.pk, levels_locked_at=None).update(levels_locked_at=Now())


def _attribute_for(corpus: Corpus, spec: DefinitionSpec, actor: User | None) -> Attribute:
    attribute, created = Attribute.objects.get_or_create(
        corpus=corpus, slug=spec.attribute, defaults={"name": spec.name, "scale": spec.scale}
    )
    if created:
        _write_levels(attribute, spec)
        audit.record(actor=actor, corpus=corpus, verb="attribute_created", target=attribute, slug=attribute.slug)
    return attribute


def _write_levels(attribute: Attribute, spec: DefinitionSpec) -> None:
    Level.objects.bulk_create(
        Level(attribute=attribute, key=level.key, label=level.label, position=i, is_positive=level.positive)
        for i, level in enumerate(spec.levels)
    )


def _apply_levels(attribute: Attribute, spec: DefinitionSpec) -> None:
    """Bring the attribute's levels to what the definition says, as long as nobody answered."""
    current = [(level.key, level.is_positive) for level in attribute.levels.all()]
    wanted = [(level.key, level.positive) for level in spec.levels]
    if attribute.levels_locked_at and (current != wanted or attribute.scale != spec.scale):
        keys = ", ".join(key for key, _ in current)
        raise Refused(f"{attribute.slug} has answers: its scale stays {attribute.scale} with levels {keys}")
    if current != wanted or attribute.scale != spec.scale:
        attribute.levels.all().delete()
        _write_levels(attribute, spec)
    for level, said in zip(attribute.levels.all(), spec.levels, strict=True):
        Level.objects.filter(pk=level.pk).exclude(label=said.label).update(label=said.label)
    Attribute.objects.filter(pk=attribute.pk).update(name=spec.name, scale=spec.scale)


def _tie_examples(definition: Definition) -> None:
    """Link the examples to their items; an example whose item is not in the corpus is an error."""
    spec = definition.parsed()
    corpus = definition.attribute.corpus_id
    items = {
        item.external_id: item
        for item in Item.objects.filter(corpus=corpus, external_id__in=[e.item for e in spec.examples])
    }
    levels = {level.key: level for level in definition.attribute.levels.all()}
    for i, example in enumerate(spec.examples):
        if example.item not in items:
            raise BadInput(f"definition: examples[{i}].item: no item {example.item!r} in this corpus")
        item = items[example.item]
        DefinitionExample.objects.update_or_create(
            definition=definition,
            item=item,
            defaults={"content_hash": item.content_hash, "level": levels[example.level], "why": example.why},
        )

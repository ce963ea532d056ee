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

RESERVED = ("new", "import")  # words that stand in an address where an attribute's slug would


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


class Conflict(Refused):
    """Somebody saved or published the draft in between; `current` is what it says now."""

    def __init__(self, current: Definition) -> None:
        super().__init__("this draft was changed or published in the meantime: look at what it says now")
        self.current = current


class MissingExample(BadInput):
    """An example names an item that the corpus does not have; `index` is its place among the examples."""

    def __init__(self, index: int, item: str) -> None:
        super().__init__(f"example {index + 1}: no item {item} in this corpus")
        self.index = index


@transaction.atomic
def save_draft(
    *, corpus: Corpus, spec: DefinitionSpec, author: User | None, draft: Definition | None = None, revision: int = 0
) -> Definition:
    """Create a draft, or save one that stands at `revision`; `Conflict` when somebody saved it in between.

    `MissingExample` where an example's item is not there: found when it is written, not when it is published.
    """
    _example_items(corpus, spec)
    values: dict[str, Any] = {"spec": spec.as_dict(), "hash": spec.hash}
    if draft is None:
        attribute = _attribute_for(corpus, spec, author)
        parent = attribute.definitions.exclude(version=None).order_by("-version").first()
        created = Definition.objects.create(attribute=attribute, author=author, parent=parent, **values)
        audit.record(
            actor=author, corpus=corpus, verb="draft_created", target=created, after_hash=spec.hash, slug=attribute.slug
        )
        return created
    if spec.attribute != draft.attribute.slug:
        raise BadInput(f"this is a draft of {draft.attribute.slug}, not of {spec.attribute}")
    before = draft.hash
    saved = Definition.objects.filter(pk=draft.pk, state=Definition.State.DRAFT, revision=revision).update(
        **values, revision=revision + 1
    )
    draft.refresh_from_db()
    if not saved:
        raise Conflict(draft)
    if before != spec.hash:
        audit.record(
            actor=author,
            corpus=corpus,
            verb="draft_saved",
            target=draft,
            before_hash=before,
            after_hash=spec.hash,
            slug=spec.attribute,
        )
    return draft


@transaction.atomic
def start_draft(*, attribute: Attribute, actor: User) -> Definition:
    """The attribute's open draft, the newest where there are several, or a new one that says what is in force."""
    Attribute.objects.select_for_update().get(pk=attribute.pk)  # two who press at once get the same draft
    open_draft = attribute.definitions.filter(state=Definition.State.DRAFT).order_by("-pk").first()
    if open_draft:
        return open_draft
    return save_draft(corpus=attribute.corpus, spec=latest_published(attribute).parsed(), author=actor)


@transaction.atomic
def discard_draft(*, draft: Definition, actor: User) -> None:
    """Throw a draft away; what it was made from stays."""
    corpus, slug = draft.attribute.corpus, draft.attribute.slug
    audit.record(actor=actor, corpus=corpus, verb="draft_discarded", target=draft, before_hash=draft.hash, slug=slug)
    gone, _ = Definition.objects.filter(pk=draft.pk, state=Definition.State.DRAFT).delete()
    if not gone:
        raise Refused(f"{draft} is no draft any more: it stays")


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
def publish(*, draft: Definition, actor: User | None, note: str = "", revision: int | None = None) -> Definition:
    """Number a draft or candidate and put it in force; the version before it stays readable and usable.

    Refused when it says the same as the version in force; `Conflict` when a draft is not at the `revision` that the
    publisher read. Two publishers at once get two numbers: the attribute's row is locked.
    """
    attribute = Attribute.objects.select_for_update().get(pk=draft.attribute_id)
    draft = Definition.objects.select_for_update().get(pk=draft.pk)
    if draft.state not in (Definition.State.DRAFT, Definition.State.CANDIDATE):
        raise Refused(f"{draft} is published already")
    if revision is not None and draft.revision != revision:
        raise Conflict(draft)
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
def retire(*, definition: Definition, actor: User) -> Definition:
    """Take a published version out of force, for good; of those left, the highest number is in force.

    It stays readable, and so does what rests on it, but no rating set and no run begins under it any more. Refused for
    the only published version: an attribute that was published once always says what it means.
    """
    attribute = Attribute.objects.select_for_update().get(pk=definition.attribute_id)
    published = attribute.definitions.filter(state=Definition.State.PUBLISHED)
    if not published.exclude(pk=definition.pk).exists():
        raise Refused(f"{definition} is the only version in force: publish another one first")
    if not published.filter(pk=definition.pk).update(state=Definition.State.RETIRED):
        raise Refused(f"{definition} is not published")
    definition.refresh_from_db()
    audit.record(
        actor=actor, corpus=attribute.corpus, verb="definition_retired", target=definition, version=definition.version
    )
    return definition


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
    if spec.attribute in RESERVED:
        raise BadInput(f"attribute: {spec.attribute!r} is a word of the product's addresses: choose another")
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
    items = _example_items(definition.attribute.corpus, spec)
    levels = {level.key: level for level in definition.attribute.levels.all()}
    for example in spec.examples:
        item = items[example.item]
        DefinitionExample.objects.update_or_create(
            definition=definition,
            item=item,
            defaults={"content_hash": item.content_hash, "level": levels[example.level], "why": example.why},
        )


def _example_items(corpus: Corpus, spec: DefinitionSpec) -> dict[str, Item]:
    """The examples' items by id."""
    found = Item.objects.filter(corpus=corpus, external_id__in=[example.item for example in spec.examples])
    items = {item.external_id: item for item in found} if spec.examples else {}
    for i, example in enumerate(spec.examples):
        if example.item not in items:
            raise MissingExample(i, example.item)
    return items

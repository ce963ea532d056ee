import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from attributes.domain import definitions
from attributes.models import Attribute, AuditEvent, Corpus, Definition, Level
from attributes.schema import DefinitionSpec, parse_spec
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from tests import factories
from tests.factories import CALMING, ENERGETIC


def spec(**changes: Any) -> DefinitionSpec:
    return parse_spec({**CALMING, **changes})


def test_import_publishes_numbers_and_notices_that_nothing_changed(corpus: Corpus) -> None:
    first, changed = definitions.import_definition(corpus=corpus, spec=spec(), note="First")
    same, changed_again = definitions.import_definition(corpus=corpus, spec=spec())
    second, _ = definitions.import_definition(corpus=corpus, spec=spec(statement="Slower."))
    assert (changed, changed_again, same) == (True, False, first)
    assert (first.version, second.version) == (1, 2)
    assert first.hash == spec().hash
    assert definitions.latest_published(first.attribute) == second
    assert definitions.get_version(first.attribute, 1) == first
    assert second.parent == first


def test_what_there_is_stands_in_the_error(corpus: Corpus) -> None:
    attribute = factories.definition(corpus).attribute
    assert definitions.get_attribute(corpus, "calming") == attribute
    with pytest.raises(BadInput, match=r"has no attribute 'calm' \(there are: calming\)"):
        definitions.get_attribute(corpus, "calm")
    with pytest.raises(BadInput, match=r"has no version 7 \(there are: 1\)"):
        definitions.get_version(attribute, 7)


def test_a_draft_alone_is_not_in_force(corpus: Corpus, editor: User) -> None:
    draft = definitions.save_draft(corpus=corpus, spec=spec(), author=editor)
    with pytest.raises(BadInput, match="has no published definition"):
        definitions.latest_published(draft.attribute)


@pytest.mark.parametrize("slug", definitions.RESERVED)
def test_words_of_addresses_are_no_names(corpus: Corpus, slug: str) -> None:
    with pytest.raises(BadInput, match="choose another"):
        definitions.save_draft(corpus=corpus, spec=spec(attribute=slug), author=None)
    assert not Attribute.objects.exists()


def test_saving_compares_the_revision(corpus: Corpus, editor: User, owner: User) -> None:
    draft = definitions.save_draft(corpus=corpus, spec=spec(), author=editor)
    theirs = definitions.save_draft(
        corpus=corpus, spec=spec(statement="Theirs."), author=owner, draft=draft, revision=1
    )
    assert theirs.revision == 2
    with pytest.raises(definitions.Conflict) as conflict:
        definitions.save_draft(corpus=corpus, spec=spec(statement="Mine."), author=editor, draft=draft, revision=1)
    assert conflict.value.current.parsed().statement == "Theirs."
    saved = AuditEvent.objects.get(verb="draft_saved")
    assert (saved.actor, saved.before_hash, saved.after_hash) == (owner, spec().hash, spec(statement="Theirs.").hash)


def test_a_draft_stays_with_its_attribute(corpus: Corpus, editor: User) -> None:
    draft = definitions.save_draft(corpus=corpus, spec=spec(), author=editor)
    with pytest.raises(BadInput, match="draft of calming, not of energetic"):
        definitions.save_draft(corpus=corpus, spec=parse_spec(ENERGETIC), author=editor, draft=draft, revision=1)
    assert list(Attribute.objects.values_list("slug", flat=True)) == ["calming"]


def test_a_published_draft_is_saved_no_more(corpus: Corpus, editor: User) -> None:
    draft = definitions.save_draft(corpus=corpus, spec=spec(), author=editor)
    definitions.publish(draft=draft, actor=editor, note="First")
    with pytest.raises(definitions.Conflict):
        definitions.save_draft(corpus=corpus, spec=spec(statement="x"), author=editor, draft=draft, revision=1)


def test_editing_starts_from_what_is_in_force_and_goes_on(corpus: Corpus, editor: User, owner: User) -> None:
    published = factories.definition(corpus)
    draft = definitions.start_draft(attribute=published.attribute, actor=editor)
    assert (draft.state, draft.hash, draft.parent) == ("draft", published.hash, published)
    assert definitions.start_draft(attribute=published.attribute, actor=owner) == draft


def test_a_draft_can_be_thrown_away_and_nothing_else(corpus: Corpus, editor: User) -> None:
    published = factories.definition(corpus)
    draft = definitions.start_draft(attribute=published.attribute, actor=editor)
    definitions.discard_draft(draft=draft, actor=editor)
    with pytest.raises(Refused, match="stays"):
        definitions.discard_draft(draft=published, actor=editor)
    assert list(Definition.objects.all()) == [published]


def test_a_retired_version_gives_way_to_the_one_before(corpus: Corpus, editor: User) -> None:
    first = factories.definition(corpus)
    with pytest.raises(Refused, match="the only version in force"):
        definitions.retire(definition=first, actor=editor)
    second = factories.definition(corpus, statement="Slower still.")
    retired = definitions.retire(definition=second, actor=editor)
    assert (retired.state, retired.version, retired.is_fixed) == ("retired", 2, False)
    assert definitions.latest_published(first.attribute) == first
    with pytest.raises(Refused, match="only version"):
        definitions.retire(definition=first, actor=editor)
    third = factories.definition(corpus, statement="Slowest.")
    assert third.version == 3
    with pytest.raises(Refused, match="is not published"):
        definitions.retire(definition=second, actor=editor)
    assert AuditEvent.objects.filter(verb="definition_retired").count() == 1


def test_publishing_needs_the_revision_that_was_read(corpus: Corpus, editor: User) -> None:
    draft = definitions.save_draft(corpus=corpus, spec=spec(), author=editor)
    definitions.save_draft(corpus=corpus, spec=spec(statement="New."), author=editor, draft=draft, revision=1)
    with pytest.raises(definitions.Conflict):
        definitions.publish(draft=draft, actor=editor, note="n", revision=1)
    assert definitions.publish(draft=draft, actor=editor, note="n", revision=2).version == 1


def test_publishing_twice_or_without_a_change_is_refused(corpus: Corpus, editor: User) -> None:
    published = factories.definition(corpus)
    with pytest.raises(Refused, match="is published already"):
        definitions.publish(draft=published, actor=editor)
    draft = definitions.start_draft(attribute=published.attribute, actor=editor)
    with pytest.raises(Refused, match="nothing changed since v1"):
        definitions.publish(draft=draft, actor=editor)


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_at_once_get_two_numbers(corpus: Corpus, editor: User) -> None:
    drafts = [
        definitions.save_draft(corpus=corpus, spec=spec(statement=text), author=editor) for text in ("One.", "Two.")
    ]
    together = threading.Barrier(2)
    versions: list[int | None] = []

    def publish(draft: Definition) -> None:
        try:
            together.wait()
            versions.append(definitions.publish(draft=draft, actor=editor).version)
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(version or 0 for version in versions) == [1, 2]


def test_candidates_are_frozen_copies_made_once(corpus: Corpus, editor: User) -> None:
    draft = definitions.save_draft(corpus=corpus, spec=spec(), author=editor)
    candidate = definitions.make_candidate(draft=draft, actor=editor)
    assert definitions.make_candidate(draft=draft, actor=editor) == candidate
    assert (candidate.is_fixed, draft.is_fixed) == (True, False)
    definitions.save_draft(corpus=corpus, spec=spec(statement="On."), author=editor, draft=draft, revision=1)
    candidate.refresh_from_db()
    assert candidate.hash == spec().hash
    assert definitions.publish(draft=candidate, actor=editor).version == 1


@pytest.mark.parametrize("change", [{"spec": {}}, {"hash": "0" * 64}, {"version": 9}])
def test_the_database_itself_keeps_a_published_version(corpus: Corpus, change: dict[str, Any]) -> None:
    published = factories.definition(corpus)
    with pytest.raises(IntegrityError), transaction.atomic():
        Definition.objects.filter(pk=published.pk).update(**change)
    published.refresh_from_db()
    assert published.parsed() == spec()


def test_levels_follow_the_definition_until_somebody_answered(corpus: Corpus) -> None:
    attribute = factories.definition(corpus, ENERGETIC).attribute
    factories.definition(corpus, ENERGETIC, levels=["none", "some", "much"])
    assert [level.key for level in attribute.levels.all()] == ["none", "some", "much"]
    definitions.lock_levels(attribute)
    with pytest.raises(Refused, match="energetic has answers: its scale stays ordinal with levels none, some, much"):
        factories.definition(corpus, ENERGETIC, levels=["none", "much"])
    assert [level.key for level in attribute.levels.all()] == ["none", "some", "much"]


def test_labels_may_change_after_the_lock(corpus: Corpus) -> None:
    attribute = factories.definition(corpus).attribute
    definitions.lock_levels(attribute)
    named = [{"key": "no", "label": "Not at all"}, {"key": "yes", "label": "Calming", "positive": True}]
    factories.definition(corpus, levels=named)
    assert [level.label for level in attribute.levels.all()] == ["Not at all", "Calming"]


@pytest.mark.parametrize("change", [{"key": "x"}, {"position": 5}, {"is_positive": True}])
def test_the_database_itself_keeps_locked_levels(corpus: Corpus, change: dict[str, Any]) -> None:
    attribute = factories.definition(corpus).attribute
    definitions.lock_levels(attribute)
    with pytest.raises(IntegrityError), transaction.atomic():
        Level.objects.filter(attribute=attribute, key="no").update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Level.objects.filter(attribute=attribute, key="no").delete()


def test_examples_are_tied_to_items_of_the_corpus(corpus: Corpus) -> None:
    item = factories.items(corpus, 1)[0]
    tied = factories.definition(corpus, examples=[{"item": "i000", "level": "yes", "why": "waves"}])
    example = tied.examples.get()
    assert (example.item, example.level.key, example.content_hash) == (item, "yes", item.content_hash)
    with pytest.raises(BadInput, match="example 1: no item nope in this corpus"):
        factories.definition(corpus, examples=[{"item": "nope", "level": "yes", "why": "waves"}])
    assert tied.attribute.definitions.count() == 1


def test_a_spec_at_fault_names_its_field() -> None:
    with pytest.raises(BadInput, match="definition: question: is empty"):
        definitions.read_spec({"attribute": "calming"})

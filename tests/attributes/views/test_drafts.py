import pytest
from django.test import Client
from django.urls import reverse

from attributes.domain import definitions
from attributes.models import Corpus, Definition
from attributes.schema import parse_spec
from labelhub.accounts.models import User
from tests import factories
from tests.factories import CALMING
from tests.personas import signed_in

from .forms import fields


@pytest.fixture
def draft(corpus: Corpus, editor: User) -> Definition:
    return definitions.save_draft(corpus=corpus, spec=parse_spec(CALMING), author=editor)


def url(name: str, draft: Definition) -> str:
    return reverse(f"attributes:{name}", args=["clips", draft.attribute.slug, draft.uid])


def said(client: Client, path: str) -> list[str]:
    return [str(message) for message in client.get(path).context["messages"]]


def test_editing_begins_with_the_version_in_force(corpus: Corpus, editor: User) -> None:
    published = factories.definition(corpus)
    client = signed_in(editor)
    start = reverse("attributes:draft_start", args=["clips", "calming"])
    first, second = client.post(start)["Location"], client.post(start)["Location"]
    assert first == second
    response = client.get(first)
    assert response.context["draft"].hash == published.hash
    assert "Made from v1." in response.content.decode()
    assert client.post(reverse("attributes:draft_start", args=["clips", "nothing"])).status_code == 404


def test_saving_unchanged_fields_keeps_the_hash(editor: User, draft: Definition) -> None:
    before = draft.hash
    client = signed_in(editor)
    response = client.post(url("definition_save", draft), fields(CALMING, revision="1"))
    assert response["Location"] == url("definition_edit", draft)
    draft.refresh_from_db()
    assert (draft.hash, draft.revision) == (before, 2)


def test_saving_changes_rows_and_clauses(editor: User, draft: Definition) -> None:
    sent = fields(CALMING, revision="1", includes="one\n\n  two  \n", statement="New.")
    sent |= {"edge_cases-0-DELETE": "on", "edge_cases-1-case": "rain", "edge_cases-1-decision": "calming"}
    signed_in(editor).post(url("definition_save", draft), sent)
    draft.refresh_from_db()
    spec = draft.parsed()
    assert (spec.includes, spec.statement) == (("one", "two"), "New.")
    assert [(edge.case, edge.decision) for edge in spec.edge_cases] == [("rain", "calming")]


def test_a_conflict_shows_both_and_saves_nothing(corpus: Corpus, editor: User, owner: User, draft: Definition) -> None:
    theirs = parse_spec({**CALMING, "statement": "Theirs is calm."})
    definitions.save_draft(corpus=corpus, spec=theirs, author=owner, draft=draft, revision=1)
    client = signed_in(editor)
    mine = fields(CALMING, revision="1", statement="Mine is calm.")
    response = client.post(url("definition_save", draft), mine)
    text = response.content.decode()
    assert response.status_code == 409
    assert "owner saved this draft while you were writing." in text
    assert "<del>Theirs </del><ins>Mine </ins>is calm." in text
    assert 'name="revision" value="2"' in text
    assert ">Mine is calm.</textarea>" in text.replace("\n", "")
    draft.refresh_from_db()
    assert draft.parsed() == theirs
    client.post(url("definition_save", draft), mine | {"revision": "2"})
    draft.refresh_from_db()
    assert draft.parsed().statement == "Mine is calm."


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30])
def test_a_revision_that_is_none_is_a_conflict(editor: User, draft: Definition, revision: str) -> None:
    response = signed_in(editor).post(url("definition_save", draft), fields(CALMING, revision=revision))
    assert response.status_code == 409


def test_a_draft_published_meanwhile_is_not_saved(editor: User, draft: Definition) -> None:
    definitions.publish(draft=draft, actor=editor, note="n")
    client = signed_in(editor)
    response = client.post(url("definition_save", draft), fields(CALMING, revision="1", statement="Late."))
    assert response["Location"] == url("definition", draft)
    assert said(client, url("definition", draft)) == [
        "Somebody published this draft as v1 in the meantime; it was not saved."
    ]
    assert client.get(url("definition_edit", draft))["Location"] == url("definition", draft)


def test_the_preview_is_what_raters_see_and_saves_nothing(corpus: Corpus, editor: User) -> None:
    client = signed_in(editor)
    preview = reverse("attributes:definition_preview", args=["clips"])
    text = client.post(preview, fields(CALMING, statement="<b>Soft</b>")).content.decode()
    assert CALMING["question"] in text
    assert "&lt;b&gt;Soft&lt;/b&gt;" in text
    assert "<html" not in text
    assert client.post(preview, fields(CALMING, question="")).status_code == 204
    assert client.post(preview, {}).status_code == 204
    assert not Definition.objects.exists()


def test_publishing_takes_a_note_and_the_revision_that_was_read(
    corpus: Corpus, editor: User, draft: Definition
) -> None:
    client = signed_in(editor)
    publish = url("definition_publish", draft)
    client.post(publish, {"revision": "1", "note": ""})
    assert said(client, url("definition_edit", draft)) == ["Say in the note what changed; it was not published."]
    definitions.save_draft(
        corpus=corpus, spec=parse_spec({**CALMING, "statement": "x"}), author=editor, draft=draft, revision=1
    )
    client.post(publish, {"revision": "1", "note": "First"})
    assert said(client, url("definition_edit", draft))[0].startswith("Not published. This draft was changed")
    response = client.post(publish, {"revision": "2", "note": "First"})
    assert response["Location"] == url("definition", draft)
    draft.refresh_from_db()
    assert (draft.version, draft.note, draft.published_by) == (1, "First", editor)


def test_examples_of_items_that_are_not_there_stop_the_publishing(corpus: Corpus, editor: User) -> None:
    spec = parse_spec({**CALMING, "examples": [{"item": "nope", "level": "yes", "why": "x"}]})
    draft = definitions.save_draft(corpus=corpus, spec=spec, author=editor)
    client = signed_in(editor)
    client.post(url("definition_publish", draft), {"revision": "1", "note": "First"})
    assert said(client, url("definition_edit", draft)) == [
        "Not published. Definition: examples[0].item: no item 'nope' in this corpus."
    ]
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_candidate_is_made_of_what_is_saved(editor: User, draft: Definition) -> None:
    response = signed_in(editor).post(url("definition_candidate", draft))
    candidate = Definition.objects.get(state="candidate")
    assert response["Location"] == url("definition", candidate)


def test_throwing_a_draft_away(editor: User, draft: Definition) -> None:
    client = signed_in(editor)
    assert client.post(url("definition_discard", draft))["Location"] == "/c/clips/attributes/"
    assert not Definition.objects.exists()
    assert client.get(url("definition_edit", draft)).status_code == 404


def test_locked_levels_are_said(editor: User, draft: Definition) -> None:
    definitions.lock_levels(draft.attribute)
    assert "Locked by answers" in signed_in(editor).get(url("definition_edit", draft)).content.decode()

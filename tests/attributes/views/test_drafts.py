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
    client.post(publish, fields(CALMING, revision="1", note=""))
    assert said(client, url("definition_edit", draft)) == [
        "The draft is saved but not published: say in the note what changed."
    ]
    definitions.save_draft(
        corpus=corpus, spec=parse_spec({**CALMING, "statement": "x"}), author=editor, draft=draft, revision=2
    )
    response = client.post(publish, fields(CALMING, revision="2", note="First"))
    assert (response.status_code, Definition.objects.get().state) == (409, "draft")
    response = client.post(publish, fields(CALMING, revision="3", note="First"))
    assert response["Location"] == url("definition", draft)
    draft.refresh_from_db()
    assert (draft.version, draft.note, draft.published_by) == (1, "First", editor)


def test_what_is_published_is_what_the_screen_shows(editor: User, draft: Definition) -> None:
    sent = fields(CALMING, revision="1", note="First", statement="Typed and never saved.")
    signed_in(editor).post(url("definition_publish", draft), sent)
    draft.refresh_from_db()
    assert (draft.version, draft.parsed().statement) == (1, "Typed and never saved.")


def test_what_cannot_be_saved_is_not_published(editor: User, draft: Definition) -> None:
    response = signed_in(editor).post(
        url("definition_publish", draft), fields(CALMING, revision="1", note="First", question="")
    )
    assert response.status_code == 422
    assert "Not saved: look at the marked fields." in response.content.decode()
    draft.refresh_from_db()
    assert (draft.state, draft.revision) == ("draft", 1)


def test_publishing_without_a_change_says_so_and_keeps_the_draft(corpus: Corpus, editor: User) -> None:
    published = factories.definition(corpus)
    draft = definitions.start_draft(attribute=published.attribute, actor=editor)
    client = signed_in(editor)
    client.post(url("definition_publish", draft), fields(CALMING, revision="1", note="Again"))
    assert said(client, url("definition_edit", draft)) == [
        "The draft is saved but not published. Nothing changed since v1."
    ]


@pytest.mark.parametrize("name", ["definition_save", "definition_publish", "definition_candidate"])
def test_an_example_of_an_item_that_is_not_there_is_named_at_its_row(
    name: str, editor: User, draft: Definition
) -> None:
    row = {"examples-0-item": "V9999", "examples-0-level": "yes", "examples-0-why": "x"}
    response = signed_in(editor).post(url(name, draft), fields(CALMING, revision="1", note="First", **row))
    assert response.status_code == 422
    assert "Example 1: no item V9999 in this corpus." in response.content.decode()
    assert Definition.objects.get().parsed().examples == ()


def test_a_candidate_is_made_of_what_the_screen_shows(editor: User, draft: Definition) -> None:
    response = signed_in(editor).post(
        url("definition_candidate", draft), fields(CALMING, revision="1", statement="Try this.")
    )
    candidate = Definition.objects.get(state="candidate")
    assert response["Location"] == url("definition", candidate)
    assert candidate.parsed().statement == "Try this."


def test_throwing_a_draft_away(editor: User, draft: Definition) -> None:
    client = signed_in(editor)
    assert client.post(url("definition_discard", draft))["Location"] == "/c/clips/attributes/"
    assert not Definition.objects.exists()
    assert client.get(url("definition_edit", draft)).status_code == 404


def test_locked_levels_are_said(editor: User, draft: Definition) -> None:
    definitions.lock_levels(draft.attribute)
    assert "Locked by answers" in signed_in(editor).get(url("definition_edit", draft)).content.decode()


def test_retiring_says_what_is_in_force_then(corpus: Corpus, editor: User) -> None:
    first = factories.definition(corpus)
    second = factories.definition(corpus, statement="Slower still.")
    client = signed_in(editor)
    assert 'data-dialog-open="retire"' in client.get(url("definition", second)).content.decode()
    page = client.post(url("definition_retire", second), follow=True)
    assert [str(message) for message in page.context["messages"]] == ["v2 is retired; v1 is in force."]
    assert 'data-dialog-open="retire"' not in client.get(url("definition", first)).content.decode()
    page = client.post(url("definition_retire", first), follow=True)
    said = [str(message) for message in page.context["messages"]]
    assert said == ["Calming v1 is the only version in force: publish another one first."]

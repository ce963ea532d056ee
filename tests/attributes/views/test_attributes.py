from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from attributes.domain import definitions
from attributes.models import Attribute, Corpus, Definition
from attributes.schema import parse_spec
from labelhub.accounts.models import User
from tests import factories
from tests.factories import CALMING, ENERGETIC
from tests.personas import signed_in

from .forms import fields

LIST = "/c/clips/attributes/"


@pytest.mark.parametrize("n", [1, 3])
def test_the_list_costs_the_same_for_many(
    corpus: Corpus, analyst: User, n: int, django_assert_num_queries: object
) -> None:
    for i in range(n):
        factories.definition(corpus, attribute=f"calming-{i}")
    client = signed_in(analyst)
    with django_assert_num_queries(7):  # type: ignore[operator]
        response = client.get(LIST)
    assert len(response.context["page"].rows) == n


def test_states_are_counted(corpus: Corpus, editor: User) -> None:
    attribute = factories.definition(corpus).attribute
    factories.definition(corpus, statement="Second.")
    draft = definitions.start_draft(attribute=attribute, actor=editor)
    definitions.make_candidate(draft=draft, actor=editor)
    response = signed_in(editor).get(LIST)
    row = response.context["page"].rows[0]
    assert (row.current, row.n_draft, row.n_candidate, row.n_published, row.n_retired) == (2, 1, 1, 2, 0)
    assert row.draft_uid == draft.uid
    assert "1 attribute; 1 has a draft that is not published." in response.content.decode()


def test_an_empty_list_says_what_to_do(editor: User, analyst: User) -> None:
    assert "Define the first one" in signed_in(editor).get(LIST).content.decode()
    assert "Define the first one" not in signed_in(analyst).get(LIST).content.decode()


def test_a_new_attribute_begins_with_a_draft(corpus: Corpus, editor: User) -> None:
    client = signed_in(editor)
    assert client.get(f"{LIST}new/").status_code == 200
    spec = {**CALMING, "examples": [], "inputs": {"fields": ["title", "metadata.mood"], "frames": False}}
    response = client.post(f"{LIST}new/save/", fields(spec, attribute="calming"))
    draft = Definition.objects.get()
    assert response["Location"] == f"{LIST}calming/definitions/{draft.uid}/edit/"
    assert (draft.state, draft.author) == ("draft", editor)
    assert draft.parsed() == parse_spec({**spec, "levels": CALMING.get("levels")})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"attribute": ""}, "This field is required."),
        ({"attribute": "a b"}, "Use lower-case letters, digits, - and _"),
        ({"attribute": "new"}, "is a word of the product"),
        ({"question": ""}, "This field is required."),
        ({"levels-1-key": "no"}, "stands twice"),
        ({"levels-1-DELETE": "on"}, "a binary scale has 2 levels, this has 1"),
        ({"levels-0-positive": "on"}, "at most one level is positive"),
        ({"edge_cases-0-decision": ""}, "is empty"),
        ({"fields_shown": "titel"}, "is not title, text or metadata.KEY"),
        ({"fields_shown": "", "frames": ""}, "a judge must be given something"),
    ],
)
def test_what_is_at_fault_is_said_and_nothing_saved(editor: User, change: dict[str, str], message: str) -> None:
    response = signed_in(editor).post(f"{LIST}new/save/", fields(CALMING, attribute="calming") | change)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not Attribute.objects.exists()


def test_a_name_that_is_taken(corpus: Corpus, editor: User) -> None:
    factories.definition(corpus)
    response = signed_in(editor).post(f"{LIST}new/save/", fields(CALMING, attribute="calming"))
    assert response.status_code == 422
    assert "edit its definition instead" in response.content.decode()
    assert Definition.objects.count() == 1


def upload(client: Client, content: str | bytes, name: str = "calming.yaml") -> HttpResponse:
    raw = content.encode() if isinstance(content, str) else content
    return client.post(reverse("attributes:definition_upload", args=["clips"]), {"file": SimpleUploadedFile(name, raw)})


@pytest.mark.parametrize("spec", [CALMING, ENERGETIC])
def test_a_file_becomes_a_draft(corpus: Corpus, editor: User, spec: dict[str, Any]) -> None:
    client = signed_in(editor)
    response = upload(client, yaml.safe_dump(spec))
    draft = Definition.objects.get()
    assert draft.hash == parse_spec(spec).hash
    assert response["Location"].endswith(f"/definitions/{draft.uid}/edit/")
    assert client.get(response["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("attribute: calming", "a.yaml", "Definition: question: is empty."),
        ("a: [1", "a.yaml", "a.yaml: while parsing a flow sequence"),
        ("{", "a.json", "a.json: Expecting property name"),
        (b"\xff\xfe", "a.yaml", "a.yaml: byte 0: not UTF-8."),
        ("- 1", "a.yaml", "Definition: definition: expected named fields."),
    ],
)
def test_a_file_that_is_no_definition(editor: User, content: str, name: str, message: str) -> None:
    response = upload(signed_in(editor), content, name)
    assert response.status_code == 422
    assert response.context["form"].errors["file"][0].startswith(message)
    assert not Attribute.objects.exists()


def test_editors_edit_a_definition_from_the_list(corpus: Corpus, editor: User, analyst: User) -> None:
    factories.definition(corpus)
    action = reverse("attributes:draft_start", args=["clips", "calming"])
    assert action in signed_in(editor).get(LIST).content.decode()
    assert action not in signed_in(analyst).get(LIST).content.decode()
    page = reverse("workbench:attribute", args=["clips", "calming"])
    assert action in signed_in(editor).get(page).content.decode()
    assert action not in signed_in(analyst).get(page).content.decode()

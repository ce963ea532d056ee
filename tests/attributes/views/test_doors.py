"""Who may open which page: every URL of the app, every kind of person."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import URLPattern, reverse

from attributes.domain import definitions, jobs, people, uploads
from attributes.models import Corpus, Item, Job, Role
from attributes.urls import urlpatterns
from labelhub.accounts.models import User
from tests import factories
from tests.personas import signed_in, statuses

ANALYSE = {"analyst", "editor", "owner"}
EDIT = {"editor", "owner"}
OWN = {"owner"}
ANY = {"rater", "analyst", "editor", "owner"}
# URL name -> method, who may, what is asked for besides the corpus.
DOORS: dict[str, tuple[str, set[str], str]] = {
    "home": ("get", ANY, ""),
    "attributes": ("get", ANALYSE, ""),
    "attribute_new": ("get", EDIT, ""),
    "attribute_create": ("post", EDIT, ""),
    "definition_import": ("get", EDIT, ""),
    "definition_upload": ("post", EDIT, ""),
    "definition_preview": ("post", EDIT, ""),
    "draft_start": ("post", EDIT, "attribute"),
    "definition": ("get", ANALYSE, "draft"),
    "definition_diff": ("get", ANALYSE, "draft"),
    "definition_export": ("get", ANALYSE, "draft"),
    "definition_edit": ("get", EDIT, "draft"),
    "definition_save": ("post", EDIT, "draft"),
    "definition_publish": ("post", EDIT, "draft"),
    "definition_candidate": ("post", EDIT, "draft"),
    "definition_discard": ("post", EDIT, "draft"),
    "definition_retire": ("post", EDIT, "draft"),
    "items": ("get", ANALYSE, ""),
    "item": ("get", ANALYSE, "item"),
    "item_frames": ("post", ANALYSE, "item"),
    "item_remove": ("post", EDIT, "item"),
    "item_restore": ("post", EDIT, "item"),
    "import": ("get", EDIT, ""),
    "import_upload": ("post", EDIT, ""),
    "import_map": ("get", EDIT, "upload"),
    "import_start": ("post", EDIT, "upload"),
    "media": ("get", ANY, "media"),
    "thumbnail": ("get", ANY, "media"),
    "frame": ("get", ANALYSE, "frame"),
    "jobs": ("get", ANALYSE, ""),
    "embed": ("post", EDIT, ""),
    "job": ("get", ANALYSE, "job"),
    "job_cancel": ("post", EDIT, "job"),
    "people": ("get", OWN, ""),
    "log": ("get", OWN, ""),
    "invite_new": ("post", OWN, ""),
    "invite_withdraw": ("post", OWN, "invite"),
    "member_grant": ("post", OWN, "member"),
    "member_revoke": ("post", OWN, "member"),
    "member_disable": ("post", OWN, "member"),
}
OUTSIDE = {"start", "invite", "invite_accept", "invite_join"}  # no corpus's pages: tested beside their views
THEIR_OWN = {"import_map", "import_start"}  # an upload is its sender's: for the others it does not exist


def test_every_page_is_here() -> None:
    names = {pattern.name for pattern in urlpatterns if isinstance(pattern, URLPattern)}
    assert names == set(DOORS) | OUTSIDE


@pytest.fixture
def cast(owner: User, editor: User, analyst: User, rater: User) -> dict[str, User]:
    return {"owner": owner, "editor": editor, "analyst": analyst, "rater": rater}


@pytest.fixture
def door(corpus: Corpus, cast: dict[str, User], film: Item) -> Callable[[str, str], str]:
    """The address of a page, with rows that are there."""
    draft = definitions.save_draft(corpus=corpus, spec=factories.parse_spec(factories.CALMING), author=None)
    job = jobs.enqueue(corpus=corpus, kind=Job.Kind.EMBED, params={}, dedupe="")
    content = b"id\na\n"
    upload = uploads.receive(corpus=corpus, actor=cast["owner"], name="a.csv", size=len(content), chunks=[content])
    invitation, _ = people.invite(actor=cast["owner"], corpus=corpus, email="new@example.com", role=Role.RATER)
    rows: dict[str, list[Any]] = {
        "": [],
        "attribute": ["calming"],
        "draft": ["calming", draft.uid],
        "item": [film.pk],
        "upload": [upload.uid],
        "media": [film.media.uid],
        "frame": [film.media.uid, 0],
        "job": [job.uid],
        "invite": [invitation.uid],
        "member": [cast["rater"].uid],
    }
    return lambda name, slug="clips": reverse(f"attributes:{name}", args=[slug, *rows[DOORS[name][2]]])


@pytest.mark.parametrize("name", DOORS)
def test_who_may_open_it(
    name: str, door: Callable[..., str], cast: dict[str, User], stranger: User, former_rater: User
) -> None:
    method, allowed, _ = DOORS[name]
    kept_out = {who: person for who, person in cast.items() if who not in allowed}
    found = statuses(door(name), method, stranger=stranger, former=former_rater, **kept_out)
    assert found == {"anonymous": 302, "stranger": 404, "former": 404} | dict.fromkeys(kept_out, 403)
    for who in allowed:
        expected = {404} if (name in THEIR_OWN and who != "owner") or name == "frame" else {200, 302, 204, 422}
        data = {"role": "analyst"} if name in ("member_grant", "member_revoke") else {}
        response = getattr(signed_in(cast[who]), method)(door(name), data)
        if response.streaming:
            assert b"".join(response)  # read to its end, a file is closed
        assert response.status_code in expected, (who, response.status_code)
        if name in ("definition_discard", "member_disable", "invite_withdraw"):
            break  # the second one would find it done


@pytest.mark.parametrize("name", DOORS)
def test_other_methods_are_refused(name: str, door: Callable[..., str], owner: User) -> None:
    method = DOORS[name][0]
    client = signed_in(owner)
    wrong = ["post", "put", "delete"] if method == "get" else ["get", "put", "delete"]
    assert [getattr(client, other)(door(name)).status_code for other in wrong] == [405, 405, 405]


@pytest.mark.parametrize("name", [name for name, (_, _, row) in DOORS.items() if row])
def test_rows_of_another_corpus_are_not_there(name: str, door: Callable[..., str], stranger: User) -> None:
    """The stranger owns `elsewhere`; what lies in `clips` is not found under that name."""
    assert getattr(signed_in(stranger), DOORS[name][0])(door(name, "elsewhere")).status_code == 404


@pytest.mark.parametrize("name", ["definition", "import_map", "media", "job"])
def test_rows_that_never_were(name: str, owner: User) -> None:
    args = ["clips", "calming", uuid.uuid4()] if name == "definition" else ["clips", uuid.uuid4()]
    assert signed_in(owner).get(reverse(f"attributes:{name}", args=args)).status_code == 404


def test_a_script_without_a_session_is_told_so(corpus: Corpus, client: Any) -> None:
    response = client.get(reverse("attributes:items", args=["clips"]), headers={"HX-Request": "true"})
    assert response.status_code == 401

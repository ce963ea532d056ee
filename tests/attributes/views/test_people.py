import re

import pytest
from django.test import Client
from django.urls import reverse

from attributes.domain import access, people
from attributes.models import AuditEvent, Corpus, Invite, Membership, Role
from labelhub.accounts.models import User
from tests import factories
from tests.personas import signed_in

PAGE = "/c/clips/people/"


def url(name: str, *args: object) -> str:
    return reverse(f"attributes:{name}", args=["clips", *args])


def said(client: Client, path: str) -> list[str]:
    return [str(message) for message in client.get(path).context["messages"]]


@pytest.mark.parametrize("n", [1, 3])
def test_the_page_costs_the_same_for_many_people(
    corpus: Corpus, owner: User, n: int, django_assert_num_queries: object
) -> None:
    for i in range(n):
        factories.member(corpus, Role.RATER, Role.ANALYST, email=f"p{i}@example.com")
        people.invite(actor=owner, corpus=corpus, email=f"new{i}@example.com", role=Role.RATER)
    client = signed_in(owner)
    with django_assert_num_queries(9):  # type: ignore[operator]
        response = client.get(PAGE)
    assert len(response.context["page"].rows) == n + 1
    assert len(response.context["invites"]) == n


def test_the_page_names_people_roles_and_what_was_done(corpus: Corpus, owner: User, rater: User) -> None:
    text = signed_in(owner).get(PAGE).content.decode()
    assert "2 people have or had a role here; 0 invitations are open." in text
    assert "Take the role rater from rater" in text
    assert text.count("Role granted") == 2


def test_many_people_come_in_pages(corpus: Corpus, owner: User) -> None:
    others = User.objects.bulk_create(User(email=f"p{i}@example.com") for i in range(60))
    Membership.objects.bulk_create(Membership(user=user, corpus=corpus, role=Role.RATER) for user in others)
    client = signed_in(owner)
    first = client.get(PAGE).context["page"]
    assert (len(first.rows), first.prev_url) == (50, None)
    second = client.get(PAGE + first.next_url).context["page"]
    assert (len(second.rows), second.next_url) == (11, None)
    assert client.get(PAGE + second.prev_url).context["page"].rows == first.rows


def test_a_cursor_that_is_none_is_no_page(owner: User) -> None:
    assert signed_in(owner).get(f"{PAGE}?after=x' OR 1=1").status_code == 404


def test_giving_and_taking_a_role(corpus: Corpus, owner: User, rater: User) -> None:
    client = signed_in(owner)
    response = client.post(url("member_grant", rater.uid), {"role": "analyst"})
    assert response["Location"] == PAGE
    assert access.roles_of(rater, corpus) == {Role.RATER, Role.ANALYST}
    client.post(url("member_revoke", rater.uid), {"role": "rater"})
    assert access.roles_of(rater, corpus) == {Role.ANALYST}
    assert said(client, PAGE) == ["rater is analyst now.", "rater is no longer rater."]


@pytest.mark.parametrize("role", ["", "king"])
def test_a_role_that_is_none(owner: User, rater: User, role: str) -> None:
    assert signed_in(owner).post(url("member_grant", rater.uid), {"role": role}).status_code == 404


def test_somebody_who_was_never_here_gets_no_role_by_address(owner: User, stranger: User) -> None:
    assert signed_in(owner).post(url("member_grant", stranger.uid), {"role": "rater"}).status_code == 404
    assert not Membership.objects.filter(user=stranger, corpus__slug="clips").exists()


def test_disabling_ends_the_access_of_an_open_session(corpus: Corpus, owner: User, rater: User) -> None:
    theirs = signed_in(rater)
    home = reverse("attributes:home", args=["clips"])
    assert theirs.get(home).status_code == 302
    client = signed_in(owner)
    client.post(url("member_disable", rater.uid))
    assert said(client, PAGE) == ["rater has no access to Clips any more. Their work stays."]
    assert theirs.get(home).status_code == 404
    assert "No access" in client.get(PAGE).content.decode()


def test_the_last_owner_is_told_why_they_stay(corpus: Corpus, owner: User) -> None:
    client = signed_in(owner)
    for name, data in (("member_revoke", {"role": "owner"}), ("member_disable", {})):
        client.post(url(name, owner.uid), data)
    assert said(client, PAGE) == ["Owner is the last owner of Clips: make somebody else owner first."] * 2
    assert access.roles_of(owner, corpus) == {Role.OWNER}


def test_who_gives_up_their_own_ownership_lands_on_their_work(corpus: Corpus, owner: User) -> None:
    factories.member(corpus, Role.OWNER)
    assert signed_in(owner).post(url("member_revoke", owner.uid), {"role": "owner"})["Location"] == "/"


def test_an_invitation_shows_its_link_once(corpus: Corpus, owner: User) -> None:
    client = signed_in(owner)
    response = client.post(url("invite_new"), {"email": "new@example.com", "role": "editor"})
    text = response.content.decode()
    link = re.search(r'value="http://testserver(/invite/[^"]+/)"', text)
    assert link is not None
    assert f'data-copy="http://testserver{link[1]}"' in text
    assert "no-store" in response["Cache-Control"]
    assert Client().get(link[1]).status_code == 200
    assert link[1].split("/")[2] not in client.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"email": "nobody", "role": "rater"}, "Enter a valid email address."),
        ({"email": "new@example.com", "role": "king"}, "Select a valid choice."),
        ({"email": "owner@example.com", "role": "owner"}, "Owner@example.com is owner here already."),
    ],
)
def test_an_invitation_that_cannot_be_made(owner: User, data: dict[str, str], message: str) -> None:
    response = signed_in(owner).post(url("invite_new"), data)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not Invite.objects.exists()


def test_withdrawing_an_invitation(corpus: Corpus, owner: User) -> None:
    invitation, token = people.invite(actor=owner, corpus=corpus, email="new@example.com", role=Role.RATER)
    client = signed_in(owner)
    client.post(url("invite_withdraw", invitation.uid))
    client.post(url("invite_withdraw", invitation.uid))
    assert said(client, PAGE) == [
        "The link for new@example.com works no longer.",
        "This invitation is not open any more.",
    ]
    assert Client().get(f"/invite/{token}/").status_code == 410


def test_the_whole_log_is_paged_newest_first(corpus: Corpus, owner: User) -> None:
    AuditEvent.objects.bulk_create(
        AuditEvent(corpus=corpus, verb=f"thing_{i}", object_type="x", object_id="1", data={"n": i}) for i in range(60)
    )
    client = signed_in(owner)
    response = client.get(url("log"))
    page = response.context["page"]
    first = page.rows[0]
    assert (first.sentence, first.target, first.details) == ("Thing 59", "x 1", "count 59")
    assert len(client.get(url("log") + page.next_url).context["page"].rows) == AuditEvent.objects.count() - 50


@pytest.mark.parametrize(
    ("verb", "data", "target", "details"),
    [
        ("role_granted", {"of": "Ann", "person": "a@example.com", "role": "rater"}, "Ann", "person a@example.com, role rater"),
        ("role_granted", {"person": "a@example.com", "role": "rater"}, "a@example.com", "role rater"),
        ("rating_closed", {"of": "Set", "gold": {"tie": 2, "majority": 1}}, "Set", "labels tie 2, majority 1"),
        ("run_created", {"of": "run 1 of model", "definitions": ["a", "b"], "n": 9742, "budget": 2_500_000},
         "run 1 of model", "attributes 2, count 9,742, budget $2.50"),
        ("student_trained", {"of": "student 1", "silver": "abc"}, "student 1", ""),
        ("adjudicated", {"of": "Clip in Set", "level": "yes"}, "Clip in Set", ""),  # a label is read where it is recorded
    ],
)  # fmt: skip
def test_the_log_says_of_what(verb: str, data: dict[str, object], target: str, details: str) -> None:
    event = AuditEvent(verb=verb, object_type="x.y", object_id="1", data=data)
    assert (event.target, event.details) == (target, details)


def test_every_event_names_what_it_is_about(corpus: Corpus, owner: User, rater: User) -> None:
    people.invite(actor=owner, corpus=corpus, email="new@example.com", role=Role.RATER)
    definition = factories.definition(corpus)
    said = dict(AuditEvent.objects.values_list("verb", "data__of"))
    assert said["corpus_created"] == "Clips"
    assert said["invited"] == "new@example.com"
    assert said["definition_published"] == str(definition)

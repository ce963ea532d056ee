import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from attributes.domain import access, people
from attributes.models import Corpus, Invite, Role
from labelhub.accounts.models import User
from tests.personas import signed_in

PASSWORD = "a quiet river bends"


@pytest.fixture
def link(corpus: Corpus, owner: User) -> str:
    _, token = people.invite(actor=owner, corpus=corpus, email="new@example.com", role=Role.RATER)
    return f"/invite/{token}/"


def test_a_new_person_makes_an_account_and_is_signed_in(corpus: Corpus, link: str) -> None:
    client = Client()
    page = client.get(link)
    assert page.status_code == 200
    assert "Join Clips" in page.content.decode()
    response = client.post(f"{link}join/", {"name": "Nia", "password": PASSWORD})
    assert response["Location"] == "/c/clips/"
    user = User.objects.get(email="new@example.com")
    assert (user.name, access.roles_of(user, corpus)) == ("Nia", {Role.RATER})
    assert client.get("/c/clips/")["Location"] == "/c/clips/rate/"
    client.logout()
    assert client.post("/accounts/login/", {"login": "new@example.com", "password": PASSWORD})["Location"] == "/"


@pytest.mark.parametrize(
    ("name", "password", "message"),
    [
        ("", PASSWORD, "This field is required."),
        ("Nia", "", "This field is required."),
        ("Nia", "short", "This password is too short."),
        ("Nia", "password12", "This password is too common."),
        ("Marguerite", "marguerite", "too similar to the display name"),
        ("Nia", "new@example.com", "too similar to the email"),
    ],
)
def test_what_a_new_person_chooses_is_checked(link: str, name: str, password: str, message: str) -> None:
    response = Client().post(f"{link}join/", {"name": name, "password": password})
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not User.objects.filter(email="new@example.com").exists()


def test_somebody_signed_in_accepts_with_one_press(corpus: Corpus, link: str, stranger: User) -> None:
    client = signed_in(stranger)
    text = client.get(link).content.decode()
    assert "You are signed in as <strong>stranger@example.com</strong>. The invitation is for another address" in text
    assert client.post(f"{link}accept/")["Location"] == "/c/clips/"
    assert access.roles_of(stranger, corpus) == {Role.RATER}


def test_somebody_with_an_account_is_sent_to_sign_in_and_back(corpus: Corpus, owner: User, stranger: User) -> None:
    _, token = people.invite(actor=owner, corpus=corpus, email=stranger.email, role=Role.ANALYST)
    client = Client()
    text = client.get(f"/invite/{token}/").content.decode()
    assert f'<input type="hidden" name="next" value="/invite/{token}/">' in text
    assert "Password" not in text
    client.post(f"/invite/{token}/join/", {"name": "Twice", "password": PASSWORD})
    assert User.objects.filter(email=stranger.email).count() == 1
    assert client.post(f"/invite/{token}/accept/")["Location"] == f"/invite/{token}/"


def test_a_used_link_says_so(link: str, stranger: User) -> None:
    client = signed_in(stranger)
    client.post(f"{link}accept/")
    for response in (client.get(link), client.post(f"{link}accept/"), client.post(f"{link}join/")):
        assert response.status_code == 410
        assert "This invitation was used already" in response.content.decode()


def test_an_expired_link_says_so(link: str) -> None:
    Invite.objects.update(expires_at=timezone.now() - dt.timedelta(minutes=1))
    response = Client().get(link)
    assert response.status_code == 410
    assert "This invitation has expired" in response.content.decode()
    assert "Ask owner for a new link" in response.content.decode()


def test_a_link_that_never_was(db: None, stranger: User) -> None:
    assert Client().get("/invite/nothing/").status_code == 404
    assert signed_in(stranger).post("/invite/nothing/accept/").status_code == 404
    assert Client().post("/invite/nothing/join/").status_code == 404


def test_methods(link: str) -> None:
    client = Client()
    assert client.post(link).status_code == 405
    assert [client.get(link + action).status_code for action in ("accept/", "join/")] == [405, 405]


def test_looking_uses_nothing_and_is_not_stored(link: str) -> None:
    response = Client().get(link)
    assert "no-store" in response["Cache-Control"]
    assert Invite.objects.get().used_by is None


def test_there_is_no_other_way_to_an_account(db: None) -> None:
    response = Client().post(
        "/accounts/signup/", {"email": "x@example.com", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert response.status_code == 200
    assert not User.objects.exists()

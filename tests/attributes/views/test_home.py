from django.test import Client
from django.urls import reverse

from attributes.models import Corpus, Role
from labelhub.accounts.models import User
from tests import factories
from tests.personas import signed_in


def test_each_role_lands_on_its_own_work(corpus: Corpus, owner: User, editor: User, analyst: User, rater: User) -> None:
    home = reverse("attributes:home", args=["clips"])
    landed = [signed_in(person).get(home)["Location"] for person in (owner, editor, analyst, rater)]
    assert landed == ["/c/clips/attributes/", "/c/clips/attributes/", "/c/clips/reports/", "/c/clips/rate/"]


def test_the_start_is_the_first_corpus(corpus: Corpus, rater: User) -> None:
    assert signed_in(rater).get("/")["Location"] == "/c/clips/"


def test_without_a_corpus_the_start_says_what_to_do(db: None) -> None:
    response = signed_in(factories.user("nobody@example.com")).get("/")
    assert response.status_code == 200
    assert "Ask one of its owners for an invitation" in response.content.decode()


def test_the_start_asks_strangers_to_sign_in(db: None) -> None:
    assert Client().get("/")["Location"] == "/accounts/login/?next=/"


def test_the_navigation_shows_what_the_roles_allow(corpus: Corpus, owner: User) -> None:
    factories.definition(corpus)
    analyst = factories.member(corpus, Role.ANALYST)
    url = reverse("attributes:attributes", args=["clips"])
    assert ">People<" in signed_in(owner).get(url).content.decode()
    assert ">People<" not in signed_in(analyst).get(url).content.decode()

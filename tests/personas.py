"""Who walks through the tests: one person per role, and those who must be kept out."""

from __future__ import annotations

import pytest
from django.test import Client

from attributes.domain import corpora, people
from attributes.models import Corpus, Role
from labelhub.accounts.models import User

from . import factories


@pytest.fixture
def corpus(db: None) -> Corpus:
    return corpora.get_or_create(slug="clips", name="Clips")


@pytest.fixture
def owner(corpus: Corpus) -> User:
    return factories.member(corpus, Role.OWNER, email="owner@example.com")


@pytest.fixture
def editor(corpus: Corpus) -> User:
    return factories.member(corpus, Role.EDITOR, email="editor@example.com")


@pytest.fixture
def analyst(corpus: Corpus) -> User:
    return factories.member(corpus, Role.ANALYST, email="analyst@example.com")


@pytest.fixture
def rater(corpus: Corpus) -> User:
    return factories.member(corpus, Role.RATER, email="rater@example.com")


@pytest.fixture
def other_rater(corpus: Corpus) -> User:
    return factories.member(corpus, Role.RATER, email="other.rater@example.com")


@pytest.fixture
def stranger(db: None) -> User:
    """Owner of another corpus, nobody in this one."""
    elsewhere = corpora.get_or_create(slug="elsewhere")
    return factories.member(elsewhere, Role.OWNER, email="stranger@example.com")


@pytest.fixture
def former_rater(corpus: Corpus, owner: User) -> User:
    person = factories.member(corpus, Role.RATER, email="former@example.com")
    people.disable(actor=owner, corpus=corpus, user=person)
    return person


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def statuses(url: str, method: str = "get", **people_: User) -> dict[str, int]:
    """Each person's status code at a URL; `anonymous` is always asked too."""
    clients = {name: signed_in(person) for name, person in people_.items()} | {"anonymous": Client()}
    return {name: getattr(client, method)(url).status_code for name, client in clients.items()}

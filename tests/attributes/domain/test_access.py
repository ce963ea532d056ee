import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from attributes.domain import access, people
from attributes.models import Corpus, Role
from labelhub.accounts.models import User
from tests import factories


def test_roles_are_those_held_now(corpus: Corpus, owner: User) -> None:
    person = factories.member(corpus, Role.RATER, Role.ANALYST)
    assert access.roles_of(person, corpus) == {Role.RATER, Role.ANALYST}
    people.revoke(actor=owner, corpus=corpus, user=person, role=Role.RATER)
    assert access.roles_of(person, corpus) == {Role.ANALYST}


def test_nobody_has_roles_elsewhere(corpus: Corpus, stranger: User, former_rater: User) -> None:
    assert access.roles_of(stranger, corpus) == frozenset()
    assert access.roles_of(former_rater, corpus) == frozenset()
    assert access.roles_of(AnonymousUser(), corpus) == frozenset()


def test_an_inactive_account_has_no_roles(corpus: Corpus, owner: User) -> None:
    owner.is_active = False
    assert access.roles_of(owner, corpus) == frozenset()


def test_a_member_with_the_role_enters(corpus: Corpus, editor: User) -> None:
    assert access.enter(editor, "clips", access.EDIT) == (corpus, {Role.EDITOR})


def test_a_stranger_does_not_learn_that_the_corpus_exists(corpus: Corpus, stranger: User) -> None:
    with pytest.raises(Http404) as there:
        access.enter(stranger, "clips", access.ANY)
    with pytest.raises(Http404) as nowhere:
        access.enter(stranger, "no-such-corpus", access.ANY)
    assert str(there.value) == str(nowhere.value)


def test_the_wrong_role_is_refused(corpus: Corpus, rater: User) -> None:
    with pytest.raises(PermissionDenied):
        access.enter(rater, "clips", access.EDIT)


def test_corpora_by_name(corpus: Corpus, owner: User, stranger: User, former_rater: User) -> None:
    assert access.corpora_of(owner) == [corpus]
    assert [c.slug for c in access.corpora_of(stranger)] == ["elsewhere"]
    assert access.corpora_of(former_rater) == []
    assert access.corpora_of(AnonymousUser()) == []

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection
from django.db.utils import InternalError
from django.utils import timezone

from attributes.domain import access, corpora, people
from attributes.models import AuditEvent, Corpus, Invite, Membership, Role
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from tests import factories

PASSWORD = "a long enough password"


def verbs(corpus: Corpus) -> list[str]:
    return list(AuditEvent.objects.filter(corpus=corpus).order_by("pk").values_list("verb", flat=True))


def test_create_owner_makes_the_account_once(corpus: Corpus) -> None:
    first, created = people.create_owner(email="Ada@Example.com", corpus=corpus, password=PASSWORD)
    again, created_again = people.create_owner(email="ada@example.com", corpus=corpus)
    assert (created, created_again) == (True, False)
    assert first == again
    assert first.email == "ada@example.com"
    assert access.roles_of(first, corpus) == {Role.OWNER}


@pytest.mark.parametrize("email", ["", "ada", "ada@", "a b@example.com"])
def test_an_address_that_is_none(corpus: Corpus, email: str) -> None:
    with pytest.raises(BadInput, match="is not an e-mail address"):
        people.create_owner(email=email, corpus=corpus)
    assert User.objects.count() == 0


def test_giving_a_role_twice_changes_nothing(corpus: Corpus, owner: User, rater: User) -> None:
    before = verbs(corpus)
    people.grant(actor=owner, corpus=corpus, user=rater, role=Role.RATER)
    assert verbs(corpus) == before
    assert Membership.objects.filter(user=rater).count() == 1


def test_a_role_taken_away_can_be_given_again(corpus: Corpus, owner: User, rater: User) -> None:
    people.revoke(actor=owner, corpus=corpus, user=rater, role=Role.RATER)
    assert access.roles_of(rater, corpus) == frozenset()
    people.grant(actor=owner, corpus=corpus, user=rater, role=Role.RATER)
    assert access.roles_of(rater, corpus) == {Role.RATER}
    assert verbs(corpus)[-2:] == ["role_revoked", "role_granted"]


def test_the_last_owner_stays(corpus: Corpus, owner: User) -> None:
    with pytest.raises(Refused, match="owner is the last owner of Clips: make somebody else owner first"):
        people.revoke(actor=owner, corpus=corpus, user=owner, role=Role.OWNER)
    with pytest.raises(Refused):
        people.disable(actor=owner, corpus=corpus, user=owner)
    assert access.roles_of(owner, corpus) == {Role.OWNER}


def test_an_owner_without_an_active_account_does_not_count(corpus: Corpus, owner: User) -> None:
    other = factories.member(corpus, Role.OWNER)
    User.objects.filter(pk=other.pk).update(is_active=False)
    with pytest.raises(Refused):
        people.revoke(actor=owner, corpus=corpus, user=owner, role=Role.OWNER)


def test_of_two_owners_one_can_go(corpus: Corpus, owner: User) -> None:
    other = factories.member(corpus, Role.OWNER)
    people.disable(actor=owner, corpus=corpus, user=other)
    assert access.roles_of(other, corpus) == frozenset()


@pytest.mark.django_db(transaction=True)
def test_two_owners_remove_each_other_at_the_same_moment(corpus: Corpus, owner: User) -> None:
    other = factories.member(corpus, Role.OWNER, email="second@example.com")
    refused: list[str] = []
    together = threading.Barrier(2)

    def remove(actor: User, target: User) -> None:
        try:
            together.wait()
            people.revoke(actor=actor, corpus=corpus, user=target, role=Role.OWNER)
        except Refused as error:
            refused.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=remove, args=pair) for pair in ((owner, other), (other, owner))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Membership.objects.filter(corpus=corpus, role=Role.OWNER, disabled_at=None).count() == 1


def test_an_invitation_lets_a_new_person_in_once(corpus: Corpus, owner: User) -> None:
    invitation, token = people.invite(actor=owner, corpus=corpus, email="New@Example.com", role=Role.EDITOR)
    assert people.find_invite(token) == invitation
    assert people.why_closed(invitation) == ""
    assert token not in str(Invite.objects.values())
    user = people.join(invitation=invitation, name="New", password=PASSWORD)
    assert (user.email, user.name) == ("new@example.com", "New")
    assert user.check_password(PASSWORD)
    assert access.roles_of(user, corpus) == {Role.EDITOR}
    found = people.find_invite(token)
    assert found is not None
    assert people.why_closed(found) == "was used already"
    with pytest.raises(Refused, match="this invitation was used already"):
        people.accept_invite(invitation=invitation, user=owner)


def test_who_has_an_account_accepts_instead_of_joining(corpus: Corpus, owner: User, stranger: User) -> None:
    invitation, _ = people.invite(actor=owner, corpus=corpus, email=stranger.email, role=Role.RATER)
    assert people.has_account(invitation)
    with pytest.raises(Refused, match="has an account"):
        people.join(invitation=invitation, name="Twice", password=PASSWORD)
    people.accept_invite(invitation=invitation, user=stranger)
    assert access.roles_of(stranger, corpus) == {Role.RATER}


def test_an_expired_invitation_is_refused_even_between_look_and_press(corpus: Corpus, owner: User, rater: User) -> None:
    invitation, _ = people.invite(actor=owner, corpus=corpus, email="late@example.com", role=Role.EDITOR)
    Invite.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    with pytest.raises(Refused, match="has expired"):
        people.accept_invite(invitation=invitation, user=rater)
    assert access.roles_of(rater, corpus) == {Role.RATER}


def test_a_withdrawn_invitation_lets_nobody_in(corpus: Corpus, owner: User, rater: User) -> None:
    invitation, _ = people.invite(actor=owner, corpus=corpus, email="x@example.com", role=Role.EDITOR)
    people.revoke_invite(actor=owner, invitation=invitation)
    with pytest.raises(Refused, match="was withdrawn"):
        people.accept_invite(invitation=invitation, user=rater)
    with pytest.raises(Refused, match="not open any more"):
        people.revoke_invite(actor=owner, invitation=invitation)


def test_a_new_link_for_the_same_person_and_role_replaces_the_old_one(corpus: Corpus, owner: User) -> None:
    old, _ = people.invite(actor=owner, corpus=corpus, email="x@example.com", role=Role.EDITOR)
    new, _ = people.invite(actor=owner, corpus=corpus, email="x@example.com", role=Role.EDITOR)
    other_role, _ = people.invite(actor=owner, corpus=corpus, email="x@example.com", role=Role.RATER)
    assert list(people.pending(corpus).order_by("pk")) == [new, other_role]
    old.refresh_from_db()
    assert people.why_closed(old) == "was withdrawn"


def test_inviting_somebody_to_a_role_they_have(corpus: Corpus, owner: User, rater: User) -> None:
    with pytest.raises(Refused, match="rater@example.com is rater here already"):
        people.invite(actor=owner, corpus=corpus, email="Rater@example.com", role=Role.RATER)


def test_an_unknown_token_finds_nothing(db: None) -> None:
    assert people.find_invite("x" * 43) is None


def test_the_log_cannot_be_changed(corpus: Corpus, owner: User) -> None:
    with pytest.raises((IntegrityError, InternalError)):
        AuditEvent.objects.filter(corpus=corpus).update(verb="nothing")


def test_corpora_are_made_once_and_named_in_errors(corpus: Corpus) -> None:
    assert corpora.get_or_create(slug="clips") == corpus
    assert corpora.get("clips") == corpus
    with pytest.raises(BadInput, match=r"no corpus 'clisp' \(there are: clips\)"):
        corpora.get("clisp")
    with pytest.raises(BadInput, match="use lower-case letters"):
        corpora.get_or_create(slug="Clips!")

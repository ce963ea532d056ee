from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.test import Client

from attributes.domain.access import roles_of
from attributes.models import Corpus, Role
from labelhub.accounts.models import User
from tests import factories


def create_owner(capsys: pytest.CaptureFixture[str], email: str, corpus: str) -> dict[str, object]:
    call_command("create_owner", email, corpus, "--json")
    return dict(json.loads(capsys.readouterr().out))


def test_a_new_owner_sets_a_password_by_link(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    said = create_owner(capsys, "Ana@Example.com", "clips")
    ana = User.objects.get(email="ana@example.com")
    assert roles_of(ana, Corpus.objects.get(slug="clips")) == {Role.OWNER}
    assert (said["email"], said["corpus"], said["created"]) == ("ana@example.com", "clips", True)
    client = Client()
    page = client.get(str(said["set_password_path"]), follow=True)
    form = {"password1": factories.PASSWORD, "password2": factories.PASSWORD}
    client.post(page.request["PATH_INFO"], form)
    assert client.login(email="ana@example.com", password=factories.PASSWORD)


def test_a_known_person_keeps_the_password(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    factories.user("ben@example.com")
    said = create_owner(capsys, "ben@example.com", "clips")
    assert (said["created"], said["set_password_path"]) == (False, None)


def test_no_address_is_refused(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("create_owner", "nobody", "clips", "--json")
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", "'nobody' is not an e-mail address\n")
    assert not Corpus.objects.exists()

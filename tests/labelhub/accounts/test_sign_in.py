import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from labelhub.accounts.models import User
from tests import factories
from tests.factories import PASSWORD


@pytest.fixture
def ada(db: None) -> User:
    return factories.user("ada@example.com")


def sign_in(client: Client, email: str, password: str = PASSWORD, **fields: str) -> object:
    return client.post("/accounts/login/", {"login": email, "password": password, **fields})


def test_sign_in_by_address_whatever_its_case(ada: User) -> None:
    client = Client()
    response = sign_in(client, "Ada@Example.com")
    assert response.status_code == 302  # type: ignore[attr-defined]
    assert client.get("/").status_code == 200


def test_a_wrong_password_or_an_inactive_account(ada: User) -> None:
    client = Client()
    sign_in(client, "ada@example.com", "wrong")
    assert "_auth_user_id" not in client.session
    ada.is_active = False
    ada.save()
    sign_in(client, "ada@example.com")
    assert "_auth_user_id" not in client.session


def test_who_stands_for_a_rater_of_a_file_cannot_sign_in(db: None) -> None:
    User.objects.create_user("r1@imported.invalid", None, is_imported=True)
    client = Client()
    sign_in(client, "r1@imported.invalid", "")
    assert "_auth_user_id" not in client.session


def test_next_leads_nowhere_else(ada: User) -> None:
    response = sign_in(Client(), "ada@example.com", next="https://evil.example/")
    assert response["Location"] == "/"  # type: ignore[index]


def test_signing_out_takes_a_post(ada: User) -> None:
    client = Client()
    client.force_login(ada)
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302


def test_sign_up_is_closed(db: None) -> None:
    assert "Accounts are by invitation" in Client().get("/accounts/login/").content.decode()
    text = Client().get("/accounts/signup/").content.decode()
    assert "password1" not in text


def test_addresses_differ_by_more_than_case(ada: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="ADA@example.com")])
    assert User.objects.get_by_natural_key("ADA@EXAMPLE.COM") == ada


def test_what_a_person_is_called(ada: User) -> None:
    assert (ada.name, str(ada)) == ("ada", "ada")
    ada.display_name = "Ada L."
    assert ada.name == "Ada L."

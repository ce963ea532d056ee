import pytest

from attributes.domain import access
from attributes.models import Corpus, Role
from labelhub.accounts.models import User

from .conftest import Run


def test_it_makes_the_person_and_the_corpus(db: None, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELHUB_OWNER_PASSWORD", "a quiet river bends")
    assert run("create_owner", "Ada@example.com", "films")[:2] == (
        0,
        {"email": "ada@example.com", "corpus": "films", "created": True},
    )
    user = User.objects.get()
    assert user.check_password("a quiet river bends")
    assert access.roles_of(user, Corpus.objects.get()) == {Role.OWNER}
    assert run("create_owner", "ada@example.com", "films")[1] == {
        "email": "ada@example.com",
        "corpus": "films",
        "created": False,
    }


@pytest.mark.parametrize(
    ("email", "corpus", "password", "message"),
    [
        ("nobody", "films", "a quiet river bends", "'nobody' is not an e-mail address"),
        ("ada@example.com", "Films!", "a quiet river bends", "use lower-case letters"),
        ("ada@example.com", "films", "short", "password: This password is too short."),
        ("ada@example.com", "films", "", "set LABELHUB_OWNER_PASSWORD"),
    ],
)
def test_bad_input_changes_nothing(
    db: None, run: Run, monkeypatch: pytest.MonkeyPatch, email: str, corpus: str, password: str, message: str
) -> None:
    monkeypatch.setenv("LABELHUB_OWNER_PASSWORD", password)
    code, result, said = run("create_owner", email, corpus)
    assert (code, result) == (2, None)
    assert message in said
    assert (User.objects.count(), Corpus.objects.count()) == (0, 0)

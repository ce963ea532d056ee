from __future__ import annotations

import pytest
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import explanations, keyed, qualifications
from raters.models import Exposure, RatingSet
from tests import factories
from tests.personas import signed_in, statuses


@pytest.fixture
def lesson(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 4)
    source = keyed.Source(lines="i000, yes, includes.0\ni001, no, , <b>loud</b>")
    return qualifications.create(definition=factories.definition(corpus), name="Lesson", source=source, pass_mark=1)


def url(rating_set: RatingSet, name: str = "explanations") -> str:
    return reverse(f"raters:{name}", args=["clips", rating_set.uid])


def test_doors(lesson: RatingSet, editor: User, analyst: User, rater: User, stranger: User) -> None:
    assert statuses(url(lesson), editor=editor, analyst=analyst, rater=rater, stranger=stranger) == {
        "editor": 200, "analyst": 403, "rater": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip
    for name in ("explanations_open", "explanations_save"):
        assert statuses(url(lesson, name), "post", editor=editor, analyst=analyst, stranger=stranger) == {
            "editor": 302, "analyst": 403, "stranger": 404, "anonymous": 302,
        }  # fmt: skip
        assert signed_in(editor).get(url(lesson, name)).status_code == 405
    assert signed_in(editor).post(url(lesson)).status_code == 405


def test_a_golden_set_explains_nothing(lesson: RatingSet, editor: User) -> None:
    golden = factories.rating_set(lesson.definition, size=2, overlap=1)
    assert signed_in(editor).get(url(golden)).status_code == 404


def test_answers_are_shown_after_asking(lesson: RatingSet, editor: User) -> None:
    client = signed_in(editor)
    page = client.get(url(lesson)).content.decode()
    assert ("Seeing the answers is recorded" in page, "Clause that decides" in page) == (True, False)
    assert not Exposure.objects.exists()
    page = client.post(url(lesson, "explanations_open"), follow=True).content.decode()
    assert page.count("Clause that decides") == 2
    assert '<option value="includes.0" selected>' in page
    assert "&lt;b&gt;loud&lt;/b&gt;" in page


def test_saving(lesson: RatingSet, editor: User) -> None:
    first, second = explanations.of_set(lesson)
    client = signed_in(editor)
    client.post(url(lesson, "explanations_open"))
    said = {
        "key": [first.pk, second.pk], f"clause-{first.pk}": "includes.0", f"note-{first.pk}": "",
        f"clause-{second.pk}": "excludes.0", f"note-{second.pk}": "They shout.",
    }  # fmt: skip
    assert "1 explanation changed." in client.post(url(lesson, "explanations_save"), said, follow=True).content.decode()
    second.refresh_from_db()
    assert (second.clause, second.note) == ("excludes.0", "They shout.")
    bad = {**said, f"clause-{first.pk}": "includes.7"}
    page = client.post(url(lesson, "explanations_save"), bad, follow=True).content.decode()
    assert "Nothing was changed: clause: the definition has no clause" in page

import pytest
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import consensus
from raters.models import RatingSet
from tests.labelhub import builders
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(corpus: Corpus) -> RatingSet:
    made = builders.rated_set(corpus, raters=5, frozen=False)
    RatingSet.objects.filter(pk=made.pk).update(state=RatingSet.State.ADJUDICATING)
    made.refresh_from_db()
    return made


def url(rating_set: RatingSet, name: str = "set_consensus") -> str:
    return reverse(f"raters:{name}", args=["clips", rating_set.uid])


@pytest.mark.parametrize("name", ["set_consensus", "set_consensus_figures"])
def test_who_may_read(name: str, closed: RatingSet, analyst: User, rater: User, stranger: User) -> None:
    found = statuses(url(closed, name), analyst=analyst, rater=rater, stranger=stranger)
    assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}


def test_who_may_choose(closed: RatingSet, analyst: User, editor: User, stranger: User) -> None:
    there = url(closed, "set_consensus_choose")
    found = statuses(there, "post", analyst=analyst, editor=editor, stranger=stranger)
    assert found == {"analyst": 403, "editor": 302, "stranger": 404, "anonymous": 302}
    assert signed_in(editor).get(there).status_code == 405


def test_both_stand_side_by_side_without_an_item(closed: RatingSet, analyst: User) -> None:
    page = signed_in(analyst).get(url(closed, "set_consensus_figures")).content.decode()
    for level in consensus.summary(closed)["levels"]:
        assert f"{level['majority']:.3f}" in page
        assert f"{level['model']:.3f}" in page
    assert "Errors of the raters" in page
    assert "Title" not in page
    assert "Derive gold by Dawid-Skene" not in page


def test_an_editor_chooses_and_goes_back(closed: RatingSet, editor: User) -> None:
    client, figures = signed_in(editor), url(closed, "set_consensus_figures")
    assert "Derive gold by Dawid-Skene" in client.get(figures).content.decode()
    page = client.post(url(closed, "set_consensus_choose"), {"method": "dawid_skene"}, follow=True)
    assert "Gold is derived by Dawid-Skene." in page.content.decode()
    assert "Go back to the majority" in client.get(figures).content.decode()
    page = client.post(url(closed, "set_consensus_choose"), {"method": "majority"}, follow=True)
    assert "Gold is derived by the majority." in page.content.decode()


def test_a_refusal_is_said_and_cannot_be_pressed(corpus: Corpus, editor: User) -> None:
    few = builders.rated_set(corpus, raters=2, frozen=False)
    RatingSet.objects.filter(pk=few.pk).update(state=RatingSet.State.ADJUDICATING)
    client = signed_in(editor)
    page = client.get(url(few, "set_consensus_figures")).content.decode()
    assert "Not to be taken as gold here:" in page
    assert '<button class="btn" disabled>Derive gold by Dawid-Skene' in page
    said = client.post(url(few, "set_consensus_choose"), {"method": "dawid_skene"}, follow=True).content.decode()
    assert "Nothing was changed: Dawid-Skene is not to be believed here" in said

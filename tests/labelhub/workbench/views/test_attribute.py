import pytest
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.reports.domain import agreement, comparisons
from raters.domain import definition_notes
from raters.models import RatingSet
from tests import factories
from tests.labelhub import builders
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db
URL = reverse("workbench:attribute", args=["clips", "calming"])


def test_who_may_read(corpus: Corpus, owner: User, editor: User, analyst: User, rater: User, stranger: User) -> None:
    factories.definition(corpus)
    people = {"owner": owner, "editor": editor, "analyst": analyst, "rater": rater, "stranger": stranger}
    expected = {"owner": 200, "editor": 200, "analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}
    assert statuses(URL, **people) == expected


def test_it_rejects_post(corpus: Corpus, owner: User) -> None:
    factories.definition(corpus)
    assert signed_in(owner).post(URL).status_code == 405


def test_an_unknown_attribute_is_not_found(corpus: Corpus, analyst: User) -> None:
    assert signed_in(analyst).get(URL).status_code == 404


def test_it_shows_the_definition_as_raters_see_it(corpus: Corpus, analyst: User) -> None:
    factories.definition(corpus)
    page = signed_in(analyst).get(URL).content.decode()
    assert "A calming video lowers arousal: slow, quiet, predictable." in page
    assert "not computed yet" in page


def test_its_numbers_are_those_stored(compared: RatingSet, analyst: User) -> None:
    alpha = agreement.compute(rating_set=compared, split="dev").payload["figures"]["krippendorff_alpha"]
    result = comparisons.create(rating_set=compared, split="dev", reference="leave_one_out").result
    page = signed_in(analyst).get(URL).content.decode()
    assert f"{alpha['value']:.3f}" in page
    assert f"{result['pooled_raters']['f1']['value']:.3f}" in page


def test_markup_in_a_definition_is_escaped(corpus: Corpus, analyst: User) -> None:
    factories.definition(corpus, statement="<b>bold</b><script>alert(1)</script>")
    page = signed_in(analyst).get(URL).content.decode()
    assert "<script>alert" not in page
    assert "&lt;b&gt;bold" in page


@pytest.mark.parametrize("n", [1, 3])
def test_queries_do_not_grow_with_versions(n: int, corpus: Corpus, analyst: User, django_assert_num_queries) -> None:
    factories.items(corpus, 12)
    for k in range(n):
        what = factories.definition(corpus, statement=f"Wording {k}.")
        rating_set = builders.rated_set(corpus, dev=12, test=0, of=what)
        agreement.compute(rating_set=rating_set, split="dev")
    client = signed_in(analyst)
    client.get(URL)
    with django_assert_num_queries(20):
        client.get(URL)


def test_notes_from_adjudication_stand_beside_the_definition(corpus: Corpus, analyst: User, editor: User) -> None:
    closed = factories.closed_set(corpus, {"i000": "yn", "i001": "yn", "i002": "yn", "i003": "yn", "i004": "yn"})
    for split in ("dev", "test"):
        row = closed.rating_items.filter(split=split).first()
        definition_notes.leave(rating_item=row, note=f"Say what rain is <on {split}>.", actor=editor)
    page = signed_in(analyst).get(URL).content.decode()
    assert "Say what rain is &lt;on dev&gt;." in page
    assert "on test" not in page  # an item of a sealed test is not named

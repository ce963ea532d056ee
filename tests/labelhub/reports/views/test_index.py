import pytest
from django.test import Client
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.reports.domain import overview
from labelhub.reports.models import ReportSnapshot
from llm_jobs.models import Evaluation
from raters.models import RatingSet
from tests import factories
from tests.labelhub import builders
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db
INDEX = reverse("reports:index", args=["clips"])
REFRESH = reverse("reports:refresh", args=["clips"])


def test_who_may_read(owner: User, editor: User, analyst: User, rater: User, stranger: User) -> None:
    people = {"owner": owner, "editor": editor, "analyst": analyst, "rater": rater, "stranger": stranger}
    expected = {"owner": 200, "editor": 200, "analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}
    assert statuses(INDEX, **people) == expected


def test_it_rejects_get(analyst: User) -> None:
    assert signed_in(analyst).get(REFRESH).status_code == 405


def test_who_may_refresh(analyst: User, rater: User, stranger: User) -> None:
    found = statuses(REFRESH, "post", analyst=analyst, rater=rater, stranger=stranger)
    assert found == {"analyst": 302, "rater": 403, "stranger": 404, "anonymous": 302}


def test_an_empty_corpus_says_what_to_do(analyst: User) -> None:
    page = signed_in(analyst).get(INDEX).content.decode()
    assert "No attribute yet" in page
    assert "Bring figures up to date" not in page


def test_an_attribute_without_ratings_says_so(corpus: Corpus, analyst: User) -> None:
    factories.definition(corpus)
    assert "Defined, not rated: sample a golden set." in signed_in(analyst).get(INDEX).content.decode()


def test_figures_are_those_stored(compared: RatingSet, analyst: User) -> None:
    builders.student(compared)
    overview.refresh(corpus=compared.definition.attribute.corpus, user=analyst)
    (line,) = overview.lines(compared.definition.attribute.corpus)
    snapshot, evaluation = ReportSnapshot.objects.get(kind="agreement"), Evaluation.objects.get()
    assert line.alpha == snapshot.payload["figures"]["krippendorff_alpha"]
    assert line.pooled == evaluation.result["pooled_raters"]
    assert line.best is not None
    assert line.best.name == "good"
    page = signed_in(analyst).get(INDEX).content.decode()
    for value in (line.alpha["value"], line.pooled["f1"]["value"], line.best.row["f1"]["value"]):
        assert f"{value:.3f}" in page


def test_a_get_writes_nothing(compared: RatingSet, analyst: User) -> None:
    signed_in(analyst).get(INDEX)
    assert (ReportSnapshot.objects.count(), Evaluation.objects.count()) == (0, 0)


@pytest.mark.parametrize("n", [1, 3])
def test_queries_do_not_grow_with_attributes(n: int, corpus: Corpus, analyst: User, django_assert_num_queries) -> None:
    factories.items(corpus, 12)
    for k in range(n):
        what = factories.definition(corpus, attribute=f"a{k}", name=f"A{k}")
        builders.rated_set(corpus, dev=12, test=0, of=what)
    client: Client = signed_in(analyst)
    overview.refresh(corpus=corpus, user=analyst)
    client.get(INDEX)
    with django_assert_num_queries(14):
        client.get(INDEX)

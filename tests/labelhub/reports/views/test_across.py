import csv

import pytest
from django.urls import reverse

from attributes.models import Corpus, Job
from labelhub.accounts.models import User
from labelhub.reports.domain import across, work
from raters.models import RatingSet
from tests.labelhub import builders
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db
PAGE = reverse("reports:attributes", args=["clips"])
COMPUTE = reverse("reports:attributes_compute", args=["clips"])


def test_who_may_read(compared: RatingSet, corpus: Corpus, analyst: User, rater: User, stranger: User) -> None:
    stored = across.compute(corpus=corpus, split="dev", epsilon=0.2)
    for url in (PAGE, reverse("reports:attributes_snapshot", args=["clips", stored.uid])):
        found = statuses(url, analyst=analyst, rater=rater, stranger=stranger)
        assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}
    there = reverse("reports:attributes_snapshot", args=["elsewhere", stored.uid])
    assert signed_in(stranger).get(there).status_code == 404


def test_where_nothing_is_stored_it_is_asked_for(compared: RatingSet, analyst: User) -> None:
    client = signed_in(analyst)
    assert "Nothing is computed" in client.get(PAGE).content.decode()
    response = client.post(COMPUTE, {"split": "dev", "epsilon": "0.1"})
    job = Job.objects.get(params__what="attributes")
    assert response.url == reverse("reports:work", args=["clips", job.uid])
    made = work.run(job, lambda done, total: None)
    job.state, job.result = Job.State.DONE, made
    job.save()
    assert client.get(response.url).url == reverse("reports:attributes_snapshot", args=["clips", made["attributes"]])
    assert client.post(COMPUTE, {"split": "all", "epsilon": "0.1"}).status_code == 422
    assert client.get(COMPUTE).status_code == 405


def test_the_figures_are_those_stored(compared: RatingSet, corpus: Corpus, analyst: User) -> None:
    stored = across.compute(corpus=corpus, split="dev", epsilon=0.2)
    client = signed_in(analyst)
    page = client.get(PAGE, {"correction": "by"}).content.decode()
    for one in stored.payload["machines"]:
        if one["across"]["macro"]["value"] is not None:
            assert f"{one['across']['macro']['value']:.3f}" in page
    assert 'aria-current="true">Benjamini-Yekutieli' in page
    assert stored.inputs_hash in page
    for key in ("macro", "f1", "attributes"):
        table = client.get(reverse("reports:attributes_csv", args=["clips", stored.uid, key])).content.decode()
        assert len(list(csv.DictReader(table.splitlines()))) >= 1


@pytest.mark.parametrize("n", [1, 3])
def test_queries_do_not_grow_with_machines(
    n: int, rated: RatingSet, corpus: Corpus, analyst: User, django_assert_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for k in range(n):
        builders.annotate(rated, f"m{k}")
    across.compute(corpus=corpus, split="dev", epsilon=0.2)
    client = signed_in(analyst)
    with django_assert_num_queries(5):
        client.get(PAGE)

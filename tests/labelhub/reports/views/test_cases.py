from urllib.parse import urlencode

import pytest
from django.urls import reverse

from labelhub.accounts.models import User
from labelhub.reports.domain import cases, comparisons
from llm_jobs.models import Evaluation
from raters.domain import agreement
from raters.models import Exposure, RatingSet
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db


def disputed(rating_set: RatingSet, name: str = "disputed") -> str:
    return reverse(f"reports:{name}", args=["clips", rating_set.uid])


def differing(evaluation: Evaluation, name: str = "differing", annotator: str = "poor") -> str:
    url = reverse(f"reports:{name}", args=["clips", evaluation.uid])
    return f"{url}?{urlencode({'annotator': annotator})}" if name == "differing" else url


def evaluated(rating_set: RatingSet, split: str = "dev") -> Evaluation:
    return comparisons.create(rating_set=rating_set, split=split, reference="leave_one_out")


def test_who_may_read(compared: RatingSet, analyst: User, rater: User, stranger: User) -> None:
    for page in (disputed(compared), differing(evaluated(compared))):
        found = statuses(page, analyst=analyst, rater=rater, stranger=stranger)
        assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}


def test_opening_rejects_get(compared: RatingSet, analyst: User) -> None:
    for page in (disputed(compared, "disputed_open"), differing(evaluated(compared), "differing_open")):
        assert signed_in(analyst).get(page).status_code == 405


def test_nothing_is_shown_before_the_seeing_is_recorded(compared: RatingSet, analyst: User) -> None:
    page = signed_in(analyst).get(disputed(compared)).content.decode()
    assert "Seeing these answers is recorded" in page
    assert "because of" not in page
    assert Exposure.objects.count() == 0


def test_opening_records_and_shows(compared: RatingSet, analyst: User) -> None:
    page = signed_in(analyst).post(disputed(compared, "disputed_open"), follow=True).content.decode()
    assert "because of" in page
    seen = Exposure.objects.filter(user=analyst)
    assert seen.filter(kind="peer").count() == len(cases.disputed(compared))
    labelled = compared.rating_items.filter(pk__in=cases.disputed(compared), gold_labels__superseded_at=None)
    gold = seen.filter(kind="gold").values_list("item", flat=True)  # the list shows the gold label too
    assert set(gold) == set(labelled.values_list("item", flat=True)) != set()
    assert set(seen.values_list("kind", flat=True)) == {"peer", "gold"}


def test_opening_a_machines_items_records_the_machine_too(compared: RatingSet, analyst: User) -> None:
    evaluation = evaluated(compared)
    response = signed_in(analyst).post(differing(evaluation, "differing_open"), {"annotator": "poor"}, follow=True)
    page = response.content.decode()
    assert "poor says so" in page
    assert "because of" in page
    assert set(Exposure.objects.values_list("kind", flat=True)) == {"peer", "machine", "gold"}


def test_a_sealed_split_is_refused(compared: RatingSet, analyst: User) -> None:
    evaluation = evaluated(compared, "test")
    client = signed_in(analyst)
    response = client.get(differing(evaluation))
    assert response.status_code == 403
    assert "No item of a sealed test is shown" in response.content.decode()
    client.post(differing(evaluation, "differing_open"), {"annotator": "poor"})
    assert Exposure.objects.count() == 0


def test_an_unknown_machine_leads_back_to_the_report(compared: RatingSet, analyst: User) -> None:
    evaluation = evaluated(compared)
    response = signed_in(analyst).get(differing(evaluation, annotator="nobody"))
    assert response.url == reverse("reports:evaluation", args=["clips", evaluation.uid])


def test_queries_do_not_grow_with_items(compared: RatingSet, analyst: User, django_assert_max_num_queries) -> None:
    client = signed_in(analyst)
    client.post(disputed(compared, "disputed_open"))
    with django_assert_max_num_queries(18):
        client.get(disputed(compared))


def test_one_cell_of_the_report_is_opened_alone(rated: RatingSet, analyst: User) -> None:
    uid = agreement.load(rated, "dev").uids[0]
    client, address = signed_in(analyst), f"{disputed(rated)}?rater={uid}"
    page = client.get(address).content.decode()
    assert f'<input type="hidden" name="rater" value="{uid}">' in page
    assert "gave a level that is not the commonest of the others" in page
    opened = client.post(disputed(rated, "disputed_open"), {"rater": uid})
    assert opened.url == address
    assert "because of i000" in client.get(address).content.decode()
    assert set(Exposure.objects.values_list("item__external_id", flat=True)) == {"i000", "i007", "i014", "i021", "i028"}
    assert "Seeing these answers is recorded" in client.get(disputed(rated)).content.decode()


def test_an_unknown_cell_has_no_items_and_tells_nobodys_name(rated: RatingSet, analyst: User, stranger: User) -> None:
    page = signed_in(analyst).get(f"{disputed(rated)}?rater={stranger.uid}&other=1").content.decode()
    assert "No dev item of" in page
    assert stranger.name not in page

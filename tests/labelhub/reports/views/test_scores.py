import csv
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.urls import reverse

from attributes.domain import people
from attributes.models import AuditEvent, Corpus, Role
from labelhub.accounts.models import User
from labelhub.reports.domain import calibration, prevalence, scored
from labelhub.reports.domain.scored import Wanted
from labelhub.reports.queries import scores
from llm_jobs.domain import machines
from raters.models import Exposure, RatingSet
from tests import factories
from tests.labelhub import builders
from tests.personas import signed_in, statuses

pytestmark = pytest.mark.django_db
PAGE = reverse("reports:scores", args=["clips", "calming"])
ROWS = reverse("reports:scores_rows", args=["clips", "calming"])
CSV = reverse("reports:scores_csv", args=["clips", "calming"])


@pytest.fixture
def served(compared: RatingSet, corpus: Corpus) -> RatingSet:
    """40 golden items, and 120 others of which every second is calming with probability 0.9, the others with 0.1."""
    builders.items_from(corpus, 100, 120)
    builders.student(compared)
    return compared


def test_who_may_read(served: RatingSet, analyst: User, rater: User, stranger: User) -> None:
    for address, method in ((PAGE, "get"), (ROWS, "post"), (CSV, "post")):
        found = statuses(address, method, analyst=analyst, rater=rater, stranger=stranger)
        assert found == {"analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}
    assert [signed_in(analyst).get(address).status_code for address in (ROWS, CSV)] == [405, 405]


def test_the_page_itself_shows_and_records_nothing(served: RatingSet, analyst: User) -> None:
    page = signed_in(analyst).get(PAGE).content.decode()
    assert ("0.900" in page, ROWS in page, "submit, load" in page) == (False, True, True)
    assert not Exposure.objects.exists()


def test_what_is_seen_is_recorded(served: RatingSet, analyst: User) -> None:
    response = signed_in(analyst).post(ROWS)
    assert "0.900" in response.content.decode()
    shown = {row.item.pk for row, _ in response.context["rows"]}
    seen = Exposure.objects.filter(user=analyst, kind="machine", attribute=served.definition.attribute)
    assert (set(seen.values_list("item", flat=True)), len(shown)) == (shown, 50)


def test_who_also_rates_is_asked_first(corpus: Corpus, served: RatingSet, analyst: User) -> None:
    people.grant(actor=None, corpus=corpus, user=analyst, role=Role.RATER)
    page = signed_in(analyst).get(PAGE).content.decode()
    assert ("You also rate in this corpus." in page, "submit, load" in page) == (True, False)


def test_a_download_is_seen_row_by_row(served: RatingSet, analyst: User) -> None:
    assert len(list(signed_in(analyst).post(CSV).streaming_content)) == 121
    assert Exposure.objects.filter(user=analyst, kind="machine").count() == 120


def test_of_a_large_download_only_itself_is_recorded_and_raters_are_refused(
    corpus: Corpus, served: RatingSet, analyst: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scored, "RECORDED", 100)
    client = signed_in(analyst)
    assert len(list(client.post(CSV).streaming_content)) == 121
    assert (Exposure.objects.count(), AuditEvent.objects.filter(verb="scores_downloaded").count()) == (0, 1)
    people.grant(actor=None, corpus=corpus, user=analyst, role=Role.RATER)
    assert "narrow the list to 100 items" in client.post(CSV, follow=True).content.decode()
    assert len(list(client.post(CSV + "?low=0.5").streaming_content)) == 61
    assert Exposure.objects.count() == 60


def test_without_scores_the_page_says_what_to_do(corpus: Corpus, analyst: User) -> None:
    factories.definition(corpus)
    assert "Nothing is scored yet" in signed_in(analyst).get(PAGE).content.decode()
    assert signed_in(analyst).post(CSV).status_code == 404
    assert signed_in(analyst).post(ROWS).status_code == 404


def test_pages_hold_every_item_once_in_spite_of_ties(served: RatingSet, analyst: User) -> None:
    publication = prevalence.publication_of(served.definition.attribute)
    assert publication is not None
    seen, place = [], None
    while True:
        rows, place = scored.page(publication, Wanted(), place)
        seen += [(row.score, row.item.external_id) for row in rows]
        if place is None:
            break
    assert len(seen) == len({item for _, item in seen}) == 120
    assert [p for p, _ in seen] == sorted((p for p, _ in seen), reverse=True)
    assert not {item for _, item in seen} & {f"i{k:03}" for k in range(40)}  # golden


def test_the_next_page_has_an_address(served: RatingSet, analyst: User) -> None:
    client = signed_in(analyst)
    response = client.post(ROWS + "?low=0.05")
    assert len(response.context["rows"]) == 50
    following = response.context["next_url"]
    assert f"{PAGE}{following.replace('&', '&amp;')}" in response.content.decode()
    page = client.get(PAGE + following)
    assert page.context["form"].cleaned_data["low"] == 0.05
    second = client.post(ROWS + following)
    assert len(second.context["rows"]) == 50
    assert not {r.item for r, _ in response.context["rows"]} & {r.item for r, _ in second.context["rows"]}


@pytest.mark.parametrize(
    ("query", "n"),
    [({}, 120), ({"low": "0.9"}, 60), ({"high": "0.5"}, 60), ({"answer": "0"}, 60), ({"low": "0.95"}, 0)],
)
def test_range_and_answer(query: dict[str, str], n: int, served: RatingSet, analyst: User) -> None:
    lines = b"".join(signed_in(analyst).post(f"{CSV}?{urlencode(query)}").streaming_content).decode().splitlines()
    rows = list(csv.DictReader(lines))
    assert len(rows) == n
    assert lines[0] == "item,title,answer,raw_score_no,raw_score_yes"
    if "answer" in query:
        assert {row["answer"] for row in rows} == {"no"}


@pytest.mark.parametrize("query", [{"low": "2"}, {"low": "x"}, {"answer": "7"}])
def test_what_is_no_filter_is_said(query: dict[str, str], served: RatingSet, analyst: User) -> None:
    assert signed_in(analyst).get(PAGE, query).status_code == 200
    assert signed_in(analyst).post(f"{CSV}?{urlencode(query)}").status_code == 404
    assert signed_in(analyst).get(PAGE, {"after": "zzz"}).status_code == 404


def test_a_page_reads_the_index_on_the_probability(compared: RatingSet, corpus: Corpus) -> None:
    builders.items_from(corpus, 1_000, 5_000)
    builders.student(compared)
    publication = prevalence.publication_of(compared.definition.attribute)
    assert publication is not None
    slot = scored.slot_of(publication)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {publication.score_set.partition} SET p[{slot + 1}] = random()")
        cursor.execute(f"CREATE INDEX of_p ON {publication.score_set.partition} ((p[{slot + 1}]))")
        cursor.execute(f"ANALYZE {publication.score_set.partition}, attributes_item, raters_ratingitem")
    for after in (None, (0.5, 3)):
        plan = scores.in_order(scored.find(publication, Wanted()), slot, after=after)[:50].explain()
        assert "of_p" in plan
        assert "Seq Scan on llm_jobs_score" not in plan


def test_a_score_is_called_raw_until_it_is_calibrated(served: RatingSet, analyst: User) -> None:
    client = signed_in(analyst)
    assert "with the raw score of" in client.get(PAGE).content.decode()
    assert "Raw score, not calibrated" in client.post(ROWS).content.decode()
    machine = machines.named(served.definition, "student")
    calibration.compute(rating_set=served, machine=machine, user=analyst)
    assert "with the calibrated probability of" in client.get(PAGE).content.decode()
    response = client.post(ROWS)
    assert "Raw score, not calibrated" not in response.content.decode()
    row, _ = response.context["rows"][0]
    # 15 of the 15 dev items with a score of 0.9 are so; Platt's targets keep away from 1.
    assert (row.score, row.p) == (pytest.approx(0.9), pytest.approx(16 / 17, abs=0.01))
    head, first, *_ = b"".join(client.post(CSV).streaming_content).decode().splitlines()
    assert head == "item,title,answer,raw_score_no,raw_score_yes,p_no,p_yes"
    assert [float(cell) for cell in first.split(",")[-2:]] == pytest.approx([1 - row.p, row.p])

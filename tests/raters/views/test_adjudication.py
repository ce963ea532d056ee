"""Deciding ties."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import cases, sets
from raters.models import Exposure, Flag, GoldLabel, Rating, RatingItem, RatingSet
from tests import factories
from tests.personas import signed_in, statuses

VOTES = {"i000": "yn", "i001": "ny", "i002": "yy", "i003": "nn"}


@pytest.fixture
def closed(corpus: Corpus) -> RatingSet:
    return factories.closed_set(corpus, VOTES)


def post(person: User, golden: RatingSet, name: str, **fields: Any) -> str:
    response = signed_in(person).post(
        reverse(f"raters:{name}", args=["clips", golden.uid]), fields, headers={"HX-Request": "true"}
    )
    assert response.status_code == 200
    return response.content.decode()


def item(golden: RatingSet, external_id: str) -> RatingItem:
    return golden.rating_items.get(item__external_id=external_id)


def test_doors(closed: RatingSet, editor: User, owner: User, analyst: User, rater: User, stranger: User) -> None:
    people = {"editor": editor, "owner": owner, "analyst": analyst, "rater": rater, "stranger": stranger}
    doors = {"editor": 200, "owner": 200, "analyst": 403, "rater": 403, "stranger": 404, "anonymous": 302}
    assert statuses(reverse("raters:adjudicate", args=["clips", closed.uid]), **people) == doors
    for name in ("adjudicate_case", "adjudicate_decide"):
        url = reverse(f"raters:{name}", args=["clips", closed.uid])
        assert statuses(url, "post", **people) == doors
        assert signed_in(owner).get(url).status_code == 405
    assert signed_in(owner).post(reverse("raters:adjudicate", args=["clips", closed.uid])).status_code == 405


def test_the_page_shows_no_vote_and_records_nothing(closed: RatingSet, editor: User) -> None:
    page = signed_in(editor).get(reverse("raters:adjudicate", args=["clips", closed.uid])).content.decode()
    assert "What the raters said" not in page
    assert Exposure.objects.count() == 0


def test_a_case_shows_the_votes_and_records_that_they_were_seen(closed: RatingSet, editor: User) -> None:
    page = post(editor, closed, "adjudicate_case")
    assert ("Title 0" in page, "Text of item 0." in page) == (True, True)
    assert "The two raters differ." in page
    yes, no = (page[page.index(f'value="{key}"') :].partition("</button>")[0] for key in ("yes", "no"))
    assert ("Rater 1" in yes, "Rater 2" in yes, "Rater 2" in no) == (True, False, True)
    assert Exposure.objects.values_list("user", "item__external_id", "kind").get() == (editor.pk, "i000", "peer")


def test_names_are_hidden_until_asked_for(closed: RatingSet, editor: User) -> None:
    hidden = post(editor, closed, "adjudicate_case")
    assert ("Rater 1" in hidden, "rater0" in hidden) == (True, False)
    shown = post(editor, closed, "adjudicate_case", names="shown", show=item(closed, "i000").pk)
    assert ("Rater 1" in shown, "rater0" in shown) == (False, True)


def test_names_stay_as_this_person_left_them(closed: RatingSet, editor: User, owner: User) -> None:
    client = signed_in(editor)
    url = reverse("raters:adjudicate_case", args=["clips", closed.uid])

    def shows_names(**fields: Any) -> bool:
        return "rater0" in client.post(url, fields).content.decode()

    assert [shows_names(), shows_names(names="shown"), shows_names(), shows_names(names="hidden"), shows_names()] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert "rater0" not in post(owner, closed, "adjudicate_case")


def test_what_raters_left_beside_their_answers(corpus: Corpus, editor: User) -> None:
    factories.items(corpus, 1)
    opened = factories.rating_set(factories.definition(corpus), size=1, overlap=2, confidence_mode="optional")
    first, second = factories.raters(corpus, 2)
    factories.rate(first, opened, "yes", rationale="slow water", confidence=4, duration_ms=9000, evidence_ms=[12_400])
    factories.rate(second, opened, "no", duration_ms=400)
    page = post(editor, sets.close_rating(rating_set=opened, actor=None), "adjudicate_case")
    assert ("slow water" in page, "sure 4 of 5" in page, "9.0 s" in page) == (True, True, True)
    assert ('data-seek="12400"' in page, "0:12" in page) == (True, True)
    assert page.count("Rater 2, rushed") == 1
    assert page.count("Rushed") == 1


def test_the_least_agreed_comes_first(corpus: Corpus, editor: User) -> None:
    votes = {"i000": "yyyn", "i001": "yynn", "i002": "yyyn", "i003": "ynnn", "i004": "yy?n", "i005": "yyyy"}
    closed = factories.closed_set(corpus, votes)
    sets.unseal(rating_set=closed, actor=editor)
    rows = [row.item.external_id for row in cases.of_kind(closed, "disagreeing")]
    assert rows[0] == "i004"  # one of three pairs agrees; of the others one of two
    assert rows[1:] == ["i000", "i002", "i003"]
    seen, after = [], 0
    for _ in range(5):
        row = cases.next_case(closed, "disagreeing", after=after)
        assert row is not None
        seen.append(row.item.external_id)
        after = row.pk
    assert seen == ["i004", "i000", "i002", "i003", "i004"]


def test_on_an_ordinal_scale_far_apart_is_less_agreed(corpus: Corpus) -> None:
    levels = {"a": "none", "b": "mild", "d": "intense"}
    factories.items(corpus, 3)
    opened = factories.rating_set(factories.definition(corpus, factories.ENERGETIC), size=3, overlap=3)
    votes = {"i000": "aab", "i001": "aad", "i002": "aaa"}
    for i, person in enumerate(factories.raters(corpus, 3)):
        factories.rate_all(person, opened, lambda key, i=i: levels[votes[key][i]])
    closed = sets.close_rating(rating_set=opened, actor=None)
    sets.unseal(rating_set=closed, actor=factories.member(corpus))
    found = {row.item.external_id: vars(row)["disagreement"] for row in cases.of_kind(closed, "disagreeing")}
    assert found == {"i001": 6.0, "i000": pytest.approx(2 / 3)}  # the mean squared distance of three pairs
    assert list(found) == ["i001", "i000"]


def test_a_note_for_the_definition(closed: RatingSet, editor: User) -> None:
    fields = {"item": item(closed, "i000").pk, "level": "no", "note": "rain is missing", "for_definition": "on"}
    post(editor, closed, "adjudicate_decide", **fields)
    flag = Flag.objects.get()
    assert (flag.kind, flag.note, flag.rater, flag.resolved_by) == ("definition", "rain is missing", editor, None)
    again = post(editor, closed, "adjudicate_decide", **{**fields, "note": "rain and snow are missing"})
    assert "could not be read" not in again
    assert Flag.objects.get().note == "rain and snow are missing"  # deciding again neither doubles nor resolves it
    assert "rain and snow are missing" in post(editor, closed, "adjudicate_case", show=item(closed, "i000").pk)


def test_an_earlier_decision_is_a_gold_label_seen(closed: RatingSet, editor: User, owner: User) -> None:
    post(editor, closed, "adjudicate_decide", item=item(closed, "i000").pk, level="no", reason_tag="bad_media")
    page = post(owner, closed, "adjudicate_case", show=item(closed, "i000").pk)
    assert ("Decided before: <strong>No</strong>, by editor" in page) is True
    assert 'value="bad_media" checked' in page
    seen = Exposure.objects.filter(user=owner, item__external_id="i000").values_list("kind", flat=True)
    assert sorted(seen) == ["gold", "peer"]


def test_a_decision_is_stored_and_the_next_case_comes(closed: RatingSet, editor: User) -> None:
    page = post(
        editor, closed, "adjudicate_decide",
        item=item(closed, "i000").pk, level="no", reason_tag="definition_gap", note="the edge case is missing",
    )  # fmt: skip
    label = GoldLabel.objects.get(source="adjudicated")
    assert label.level is not None
    assert (label.level.key, label.reason_tag, label.note) == ("no", "definition_gap", "the edge case is missing")
    assert "Title 0: No." in page
    assert f'"show": "{item(closed, "i000").pk}"' in page  # one press takes it back
    assert "Text of item 1." in page
    assert "1 item is tied and waits for a decision" in page


def test_undecidable(closed: RatingSet, editor: User) -> None:
    page = post(editor, closed, "adjudicate_decide", item=item(closed, "i000").pk, level="")
    assert "Title 0: undecidable." in page
    assert GoldLabel.objects.get(source="adjudicated").level is None
    assert "2 of 4 items have a level, 1 is undecidable; 1 item is tied and waits for a decision." in page
    assert 'id="set-tied" hx-swap-oob="true">1<' in page


def test_freezing_is_offered_as_soon_as_the_last_tie_is_decided(closed: RatingSet, editor: User) -> None:
    freeze = 'data-dialog-open="freeze-set"'
    page = post(editor, closed, "adjudicate_decide", item=item(closed, "i000").pk, level="yes")
    assert freeze not in page
    assert "1 tied item waits for a decision" in post(editor, closed, "adjudicate_case", kind="flagged")
    page = post(editor, closed, "adjudicate_decide", item=item(closed, "i001").pk, level="yes")
    assert "No tie is left" in page
    assert page.count(freeze) == 2  # beside the set's name, and here
    assert "must be decided first" not in page


def test_leaving_one_for_later_goes_round(closed: RatingSet, editor: User) -> None:
    first, second = item(closed, "i000").pk, item(closed, "i001").pk
    assert "Text of item 1." in post(editor, closed, "adjudicate_case", after=first)
    assert "Text of item 0." in post(editor, closed, "adjudicate_case", after=second)


@pytest.mark.parametrize(
    ("external_id", "fields", "message"),
    [
        ("i002", {"level": "no"}, "there is nothing to adjudicate"),
        ("i000", {"level": "maybe"}, "is not on the scale"),
        ("i000", {"level": "no", "reason_tag": "mood"}, "could not be read"),
    ],
)
def test_bad_decisions_store_nothing(
    closed: RatingSet, editor: User, external_id: str, fields: dict[str, str], message: str
) -> None:
    page = post(editor, closed, "adjudicate_decide", item=item(closed, external_id).pk, **fields)
    assert message in page
    assert not GoldLabel.objects.filter(source="adjudicated").exists()


def test_an_item_of_another_set_is_not_decided(closed: RatingSet, corpus: Corpus, editor: User) -> None:
    other = factories.rating_set(closed.definition, size=1, name="other")
    page = post(editor, closed, "adjudicate_decide", item=other.rating_items.get().pk, level="no")
    assert "This item is not in the set" in page


def test_what_is_not_up_is_not_shown(closed: RatingSet, editor: User) -> None:
    """Asking for an agreed item by its number neither shows nor exposes it."""
    page = post(editor, closed, "adjudicate_case", show=item(closed, "i002").pk)
    assert "there is nothing to adjudicate" in page
    assert "Text of item 2." not in page
    assert Exposure.objects.count() == 0


def test_the_kinds(corpus: Corpus, editor: User, rater: User) -> None:
    closed = factories.closed_set(corpus, {f"i{i:03}": ["yyn", "yn?", "yyy"][i % 3] for i in range(30)})
    flagged = closed.rating_items.filter(split="dev", gold_labels__source="unanimous").first()
    assert flagged is not None
    Flag.objects.create(rating_item=flagged, rater=rater, note="look again")
    assert "look again" in post(editor, closed, "adjudicate_case", kind="flagged")
    majority = closed.rating_items.filter(gold_labels__source="majority").exclude(split="test").count()
    assert f"Decided by majority {majority}" in post(editor, closed, "adjudicate_case", kind="disagreeing")
    assert "Nothing waits here" in post(editor, closed, "adjudicate_case", kind="decided")


def test_before_closing_nobody_looks(corpus: Corpus, editor: User) -> None:
    factories.items(corpus, 2)
    opened = factories.rating_set(factories.definition(corpus), size=2)
    page = signed_in(editor).get(reverse("raters:adjudicate", args=["clips", opened.uid])).content.decode()
    assert "Rating is not closed yet" in page
    case = post(editor, opened, "adjudicate_case", show=opened.rating_items.first().pk)  # type: ignore[union-attr]
    assert ("What the raters said" in case, Exposure.objects.count()) == (False, 0)


def test_a_decision_sent_before_the_scripts_were_there_is_stored_and_leads_back(
    closed: RatingSet, editor: User
) -> None:
    tied = GoldLabel.objects.filter(source=GoldLabel.Source.TIE).first()
    assert tied is not None
    client = signed_in(editor)
    client.post(reverse("raters:adjudicate_case", args=["clips", closed.uid]), headers={"HX-Request": "true"})
    url = reverse("raters:adjudicate_decide", args=["clips", closed.uid])
    response = client.post(url, {"item": tied.rating_item_id, "level": "yes"})
    assert response["Location"] == reverse("raters:adjudicate", args=["clips", closed.uid])
    assert GoldLabel.objects.get(rating_item=tied.rating_item_id, superseded_at=None).source == "adjudicated"


def test_what_was_not_stored_stays_written_beside_its_item(closed: RatingSet, editor: User) -> None:
    second = item(closed, "i001").pk
    fields = {
        "item": second,
        "level": "maybe",
        "reason_tag": "bad_media",
        "note": "half is black",
        "for_definition": "on",
    }
    page = post(editor, closed, "adjudicate_decide", **fields)
    assert "is not on the scale" in page
    assert ("Text of item 1." in page, "half is black</textarea>" in page) == (True, True)
    assert 'value="bad_media" checked' in page
    assert re.search(r'name="for_definition"[^>]* checked', page)


def test_an_item_is_opened_by_its_number(closed: RatingSet, editor: User) -> None:
    page = signed_in(editor).get(reverse("raters:adjudicate", args=["clips", closed.uid]), {"show": "17"})
    assert '"show": "17"' in page.content.decode()


def test_why_somebody_could_not_tell_is_said_in_the_words_they_chose(closed: RatingSet, editor: User) -> None:
    tied = item(closed, "i000")
    Rating.objects.create(
        rating_item=tied, rater=editor, answer="cannot_tell", reason="quality: snow", submission_key=uuid.uuid4()
    )
    assert "Picture or sound is too poor: snow" in post(editor, closed, "adjudicate_case", show=tied.pk)

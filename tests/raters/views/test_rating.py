"""The rating screen's server side, as `static/js/line.js` expects it."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attributes.models import Corpus, Item, Media
from labelhub.accounts.models import User
from raters.domain import gold, sets
from raters.models import AnswerKey, Assignment, Flag, Rating, RatingItem, RatingSet, SetRater
from tests import factories
from tests.personas import signed_in, statuses

ACTIONS = ("claim", "submit", "skip", "revisit", "draft", "flag", "release")


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 4, metadata={"topic": "sea", "secret": "concealed"})
    return factories.rating_set(factories.definition(corpus), size=4, overlap=2)


class Screen:
    """A rater's browser on a set."""

    def __init__(self, rater: User, rating_set: RatingSet) -> None:
        self.client, self.uid = signed_in(rater), rating_set.uid

    def post(self, action: str, status: int = 200, **fields: Any) -> dict[str, Any]:
        url = reverse(f"raters:rate_{action}", args=["clips", self.uid])
        response = self.client.post(url, fields, headers={"X-Requested-With": "XMLHttpRequest"})
        assert response.status_code == status, response.content
        reply: dict[str, Any] = response.json() if response.content else {}
        return reply

    def claim(self, *have: dict[str, Any]) -> dict[str, Any]:
        return self.post("claim", have=",".join(item["assignment"] for item in have))

    def item(self) -> dict[str, Any]:
        """The item on the screen."""
        shown: dict[str, Any] = self.claim()["items"][0]
        return shown

    def submit(self, item: dict[str, Any], status: int = 200, **fields: Any) -> dict[str, Any]:
        values = {
            "assignment": item["assignment"], "token": item["token"], "answer": "level", "level": "yes", "reason": "",
            "confidence": "", "rationale": "", "duration_ms": "1200", "submission_key": str(uuid.uuid4()),
        }  # fmt: skip
        return self.post("submit", status, **values | fields)


@pytest.fixture
def screen(rater: User, opened: RatingSet) -> Screen:
    return Screen(rater, opened)


def test_doors(opened: RatingSet, rater: User, owner: User, stranger: User, former_rater: User) -> None:
    url = reverse("raters:rate", args=["clips", opened.uid])
    people = {"rater": rater, "owner": owner, "stranger": stranger, "former": former_rater}
    found = statuses(url, **people)
    assert found == {"rater": 200, "owner": 403, "stranger": 404, "former": 404, "anonymous": 302}
    assert signed_in(rater).post(url).status_code == 405
    for action in ACTIONS:
        url = reverse(f"raters:rate_{action}", args=["clips", opened.uid])
        assert statuses(url, "post", owner=owner, stranger=stranger, former=former_rater) == {
            "owner": 403, "stranger": 404, "former": 404, "anonymous": 302,
        }  # fmt: skip
        assert signed_in(rater).get(url).status_code == 405


def test_refusals_are_json_so_that_the_screen_can_say_them(opened: RatingSet, owner: User, rater: User) -> None:
    assert Screen(owner, opened).post("claim", 403) == {
        "error": "role", "message": "You no longer have the rater role here.",
    }  # fmt: skip
    opened.uid = uuid.uuid4()
    assert Screen(rater, opened).post("claim", 404)["error"] == "not_found"


def test_a_script_without_a_session_gets_401(opened: RatingSet) -> None:
    url = reverse("raters:rate_claim", args=["clips", opened.uid])
    assert Client().post(url, headers={"X-Requested-With": "XMLHttpRequest"}).status_code == 401


def test_the_shell_writes_nothing_and_asks_little(
    opened: RatingSet, rater: User, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(rater)
    with django_assert_max_num_queries(8):
        page = client.get(reverse("raters:rate", args=["clips", opened.uid])).content.decode()
    assert Assignment.objects.count() == SetRater.objects.count() == 0
    assert "Would this video calm most viewers?" in page
    assert re.findall(r'data-level="([a-z]+)"', page) == ["no", "yes"]
    assert 'data-confidence="off" data-rationale="optional"' in page


def test_a_claim_brings_the_item_and_those_that_come_next(screen: Screen) -> None:
    said = screen.claim()
    assert len(said["items"]) == 3
    assert said["held"] == [item["assignment"] for item in said["items"]]
    assert said["held"] == [str(row.uid) for row in Assignment.objects.order_by("turn")]
    assert said["progress"] == {"mine": 0, "mine_total": None, "left": 4}
    assert (said["recent"], said["message"]) == ([], "")
    assert screen.claim() == said


def test_what_the_screen_has_is_not_sent_again(screen: Screen) -> None:
    first, second, third = screen.claim()["items"]
    said = screen.claim(first, third)
    assert said["items"] == [second]
    assert said["held"] == [item["assignment"] for item in (first, second, third)]
    assert "recent" not in said


def test_each_item_says_which_answers_count_as_rushed(screen: Screen, opened: RatingSet) -> None:
    clip = Item.objects.earliest("pk")
    Media.objects.create(item=clip, sha256="0" * 64, path="x", duration_ms=15_000)
    limits = {item["title"]: item["rushed_below_ms"] for item in screen.claim()["items"]}
    assert limits.pop(clip.title, 5000) == 5000  # a third of the clip
    assert set(limits.values()) == {opened.rushed_below_ms}


def test_the_owners_words_are_shown(screen: Screen, opened: RatingSet) -> None:
    RatingSet.objects.filter(pk=opened.pk).update(message="Sound on, please.")
    assert screen.claim()["message"] == "Sound on, please."


def test_an_answer_is_saved_and_the_next_item_comes(screen: Screen) -> None:
    first, second, third = screen.claim()["items"]
    key = str(uuid.uuid4())
    have = f"{second['assignment']},{third['assignment']}"
    following = screen.submit(first, submission_key=key, evidence_ms="1200,40", have=have)
    rating = Rating.objects.get()
    assert following["saved"] == {"submission_key": key, "counted": True}
    assert following["held"][:2] == [second["assignment"], third["assignment"]]
    assert [item["assignment"] for item in following["items"]] == following["held"][2:]
    assert following["progress"] == {"mine": 1}
    assert (rating.duration_ms, rating.level and rating.level.key, rating.evidence_ms) == (1200, "yes", [1200, 40])


def test_the_same_key_again_stores_nothing(screen: Screen) -> None:
    first, key = screen.item(), str(uuid.uuid4())
    replies = [screen.submit(first, submission_key=key) for _ in range(3)]
    assert replies[0] == replies[1] == replies[2]
    assert Rating.objects.count() == 1


def test_a_second_answer_from_another_tab_is_told(screen: Screen) -> None:
    item, key = screen.item(), str(uuid.uuid4())
    screen.submit(item, submission_key=key)
    conflict = screen.submit(item, 409, level="no")
    assert conflict["error"] == "conflict"
    assert conflict["message"].startswith("You have answered this item elsewhere")
    assert screen.submit(item, level="no", revises=key)["saved"]["counted"]
    assert Rating.objects.get(superseded_at=None).level == Rating.objects.latest("pk").level


def test_answers_are_not_taken_for_those_of_somebody_else(screen: Screen, other_rater: User) -> None:
    refused = screen.submit(screen.item(), 403, rater=str(other_rater.uid))
    assert refused["error"] == "other_person"
    assert Rating.objects.count() == 0


def test_a_draft_is_kept_and_an_older_one_does_not_replace_it(screen: Screen) -> None:
    item = screen.item()
    said = {"assignment": item["assignment"], "rationale": "slow", "evidence_ms": "300", "level": "yes"}
    assert screen.post("draft", revision=2, **said) == {"revision": 2}
    assert screen.post("draft", revision=1, **said | {"rationale": "s"}) == {"revision": 2}
    draft = screen.item()["draft"]
    assert draft == {"level": "yes", "confidence": None, "rationale": "slow", "evidence_ms": [300], "revision": 2}
    screen.submit(item)
    assert screen.post("draft", revision=3, **said) == {"revision": 2}
    assert Assignment.objects.get(uid=item["assignment"]).draft is None


def test_a_draft_of_anothers_claim_is_refused(screen: Screen, opened: RatingSet, other_rater: User) -> None:
    item = screen.item()
    Screen(other_rater, opened).post("draft", 400, assignment=item["assignment"], revision=1, rationale="x")
    assert Assignment.objects.get(uid=item["assignment"]).draft is None


def test_leaving_the_screen_gives_back_what_was_held_ahead(screen: Screen) -> None:
    first, second, third = screen.claim()["items"]
    screen.post("release", 204, assignments=f"{second['assignment']},{third['assignment']}")
    assert list(Assignment.objects.filter(state="leased").values_list("uid", flat=True)) == [
        uuid.UUID(first["assignment"])
    ]
    assert sum(RatingItem.objects.values_list("claimed", flat=True)) == 1


def test_cannot_tell(screen: Screen) -> None:
    screen.submit(screen.item(), answer="cannot_tell", level="", reason="quality")
    assert Rating.objects.values_list("answer", "reason").get() == ("cannot_tell", "quality")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"level": "maybe"}, "level: 'maybe' is not on the scale"),
        ({"level": ""}, "level: missing"),
        ({"answer": "cannot_tell", "level": ""}, "reason: say why you can't tell"),
        ({"assignment": "x"}, "assignment: Enter a valid UUID."),
        ({"submission_key": ""}, "submission_key: This field is required."),
        ({"confidence": "9"}, "confidence: Ensure this value is less than or equal to 5."),
        ({"duration_ms": "NaN"}, "duration_ms: Enter a whole number."),
        ({"evidence_ms": "12,x"}, "evidence_ms: Enter at most 50 moments in milliseconds, parted by commas."),
        ({"have": "12"}, "have: Enter UUIDs, parted by commas."),
        ({"rationale": "x" * 4001}, "rationale: Ensure this value has at most 4000 characters (it has 4001)."),
    ],
)
def test_bad_answers_are_final_and_named(screen: Screen, fields: dict[str, str], message: str) -> None:
    assert screen.submit(screen.item(), 400, **fields) == {"error": "bad_input", "message": message}
    assert Rating.objects.count() == 0


def test_a_late_answer_is_kept_and_told(screen: Screen, opened: RatingSet, corpus: Corpus) -> None:
    item = screen.item()
    Assignment.objects.update(state="queued", lease_token=None)
    RatingItem.objects.update(claimed=0)
    for person in factories.raters(corpus, 2):
        factories.rate_all(person, opened)
    reply = screen.submit(item)
    assert reply["saved"]["counted"] is False
    assert reply["notice"] == "Your answer came late: it is kept, but not counted."
    assert (reply["end"]["state"], "The set is complete" in reply["end"]["html"]) == ("empty", True)


def test_skip_returns_the_item_with_its_reason(screen: Screen) -> None:
    item = screen.item()
    skipping = {"assignment": item["assignment"], "token": item["token"], "reason": "media"}
    following = screen.post("skip", note="black", **skipping)
    assert item["assignment"] not in following["held"]
    assert Assignment.objects.get(uid=item["assignment"]).skip_reason == "media: black"
    assert screen.post("skip", **skipping)["held"] == following["held"]  # the reply was lost, and it is sent again
    assert RatingItem.objects.get(assignments__uid=item["assignment"]).skips == 1
    other = following["items"][0]["assignment"]
    again = screen.post("skip", 409, assignment=other, token=item["token"], reason="media")
    assert again == {"error": "refused", "message": "This item is no longer reserved for you."}
    assert screen.post("skip", 409, assignment=other, reason="media")["error"] == "refused"


def test_an_earlier_answer_is_shown_again_and_a_new_one_supersedes(screen: Screen) -> None:
    first = screen.item()
    key = str(uuid.uuid4())
    screen.submit(first, rationale="slow", submission_key=key)
    back = screen.post("revisit", assignment=first["assignment"])
    assert back["item"]["html"] == first["html"]
    given = back["given"]
    assert (given["level"], given["rationale"], given["submission_key"]) == ("yes", "slow", key)
    assert screen.claim()["recent"] == [given]
    screen.submit(first, level="no", revises=key)
    in_force = Rating.objects.filter(superseded_at=None).values_list("level__key", "counted")
    assert list(in_force) == [("no", True)]


def test_a_skipped_item_is_shown_again(screen: Screen) -> None:
    item = screen.item()
    screen.post("skip", assignment=item["assignment"], token=item["token"], reason="later")
    assert [entry["kind"] for entry in screen.claim()["recent"]] == ["skipped"]
    back = screen.post("revisit", assignment=item["assignment"])
    assert (back["given"]["kind"], back["item"]["assignment"]) == ("skipped", item["assignment"])
    assert screen.claim()["held"][0] == item["assignment"]
    assert screen.submit(back["item"])["saved"]["counted"]


def test_flag(screen: Screen) -> None:
    item = screen.item()
    reply = screen.post("flag", assignment=item["assignment"], token=item["token"], note="cut off")
    assert reply["message"].startswith("Flagged.")
    assert Flag.objects.values_list("note", flat=True).get() == "cut off"


@pytest.mark.parametrize(
    ("change", "state", "title"),
    [
        ({"paused_at": "2026-01-01T00:00Z"}, "paused", "Your work here is paused"),
        ({"quota": 0}, "empty", "You have done your share"),
    ],
)
def test_endings_say_why(
    screen: Screen, opened: RatingSet, rater: User, change: dict[str, Any], state: str, title: str
) -> None:
    sets.add_raters(opened, [rater])
    SetRater.objects.update(**change)
    said = screen.claim()
    assert (said["end"]["state"], title in said["end"]["html"]) == (state, True)
    assert said["held"] == said["items"] == []


def test_a_closed_set_says_so(screen: Screen, opened: RatingSet) -> None:
    sets.close_rating(rating_set=opened, actor=None)
    ending = screen.claim()["end"]
    assert (ending["state"], "Rating is closed" in ending["html"]) == ("paused", True)


def test_a_frozen_set_refuses_answers(screen: Screen, opened: RatingSet, corpus: Corpus, owner: User) -> None:
    item = screen.item()
    Assignment.objects.update(state="queued", lease_token=None)
    RatingItem.objects.update(claimed=0)
    for person in factories.raters(corpus, 2):
        factories.rate_all(person, opened)
    sets.close_rating(rating_set=opened, actor=owner)
    gold.freeze(rating_set=opened, actor=owner)
    assert screen.submit(item, 409)["message"] == "The golden set is frozen: this answer comes too late."


def video(item: Item) -> Media:
    return Media.objects.create(item=item, sha256="0" * 64, path="x.mp4", kind="video")


@pytest.mark.parametrize(
    ("inputs", "shown", "hidden"),
    [
        ({"fields": ["title"], "frames": True, "audio": True}, ["<video", "Title "], ["Text of", "sea", "data-silent"]),
        ({"fields": ["title", "text"], "frames": False}, ["Title ", "Text of"], ["<video", "sea"]),
        ({"fields": ["metadata.topic"], "frames": True, "audio": False}, ["<video", "data-silent", "topic: sea"], ["Title ", "Text of"]),
    ],
)  # fmt: skip
def test_the_fragment_shows_what_the_definition_names_and_nothing_else(
    corpus: Corpus, rater: User, inputs: dict[str, Any], shown: list[str], hidden: list[str]
) -> None:
    item = factories.items(corpus, 1, metadata={"topic": "sea", "secret": "concealed"})[0]
    video(item)
    opened = factories.rating_set(factories.definition(corpus, inputs=inputs), size=1)
    html = Screen(rater, opened).item()["html"]
    assert [word in html for word in shown] == [True] * len(shown)
    assert [word in html for word in [*hidden, "concealed", item.external_id]] == [False] * (len(hidden) + 2)


def test_an_item_whose_media_is_missing_says_so(corpus: Corpus, rater: User) -> None:
    factories.items(corpus, 1, title="", text="")
    opened = factories.rating_set(factories.definition(corpus), size=1)
    assert "cannot be shown" in Screen(rater, opened).item()["html"]


def test_item_text_is_escaped(corpus: Corpus, rater: User) -> None:
    factories.items(corpus, 1, title="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>")
    opened = factories.rating_set(factories.definition(corpus), size=1)
    html = Screen(rater, opened).item()["html"]
    assert ("<script" in html, "<img" in html, "&lt;script&gt;" in html) == (False, False, True)


def test_rating_is_blind(opened: RatingSet, corpus: Corpus, rater: User, other_rater: User) -> None:
    """Others' answers, flags and machine labels change no byte of what a rater is sent."""
    SetRater.objects.create(rating_set=opened, user=rater, order_seed=3)
    alone = Screen(rater, opened)
    before = [json.dumps(alone.claim()), alone.client.get(reverse("raters:rate", args=["clips", opened.uid])).content]
    factories.rate_all(other_rater, opened, lambda _: "no")
    Flag.objects.create(rating_item=opened.rating_items.first(), rater=other_rater, note="see here")
    factories.labels(opened.definition, {"i000": "yes", "i001": "no", "i002": "yes", "i003": None})
    after = [json.dumps(alone.claim()), alone.client.get(reverse("raters:rate", args=["clips", opened.uid])).content]
    assert [without_csrf(said) for said in before] == [without_csrf(said) for said in after]


def without_csrf(said: str | bytes) -> str:
    """The token is masked anew in every response."""
    return re.sub(r'csrf-token" content="[^"]*"', "", said.decode() if isinstance(said, bytes) else said)


def test_a_changed_definition_is_announced_until_it_is_used(opened: RatingSet, rater: User, corpus: Corpus) -> None:
    factories.rate(rater, opened, "yes")
    newer = factories.definition(corpus, question="Does it calm you?")
    second = factories.rating_set(newer, size=4, name="second")
    url = reverse("raters:rate", args=["clips", second.uid])
    words = "you rated Calming by v1 before, this is v2"
    assert words in signed_in(rater).get(url).content.decode()
    factories.rate(rater, second, "yes")
    assert words not in signed_in(rater).get(url).content.decode()


def test_an_answer_asks_the_database_no_more_for_more_items(corpus: Corpus, rater: User) -> None:
    counts = []
    of = factories.definition(corpus)
    factories.items(corpus, 30)
    for n in (5, 30):
        opened = factories.rating_set(of, size=n, name=f"of {n}")
        screen = Screen(rater, opened)
        first, second, third = screen.claim()["items"]
        with CaptureQueriesContext(connection) as queries:
            screen.submit(first, have=f"{second['assignment']},{third['assignment']}")
        counts.append(len(queries))
    assert max(counts) <= 18  # one more where the draw starts behind the last free item


def test_a_qualification_tells_what_was_right_and_why(corpus: Corpus, rater: User) -> None:
    factories.items(corpus, 2)
    lessons = factories.rating_set(factories.definition(corpus), size=2, opened=False)
    yes = lessons.definition.attribute.levels.get(key="yes")
    lessons.rating_items.update(role="teach")
    for row in lessons.rating_items.all():
        AnswerKey.objects.create(rating_item=row, level=yes, clause="includes.0", note="See the water.")
    RatingSet.objects.filter(pk=lessons.pk).update(purpose="qualification", pass_mark=1)
    lessons.refresh_from_db()
    screen = Screen(rater, sets.open_for_rating(rating_set=lessons, actor=None))
    reply = screen.submit(screen.item(), level="no")
    assert reply["feedback"]["right"] is False
    for words in ("the answer is Yes", "slow movement of water", "See the water.", "1 to go"):
        assert words in reply["feedback"]["html"]
    last = screen.submit(screen.item())
    assert last["feedback"]["right"] is True
    assert "Not passed: 1 of 2 right, 2 were needed" in last["feedback"]["html"]

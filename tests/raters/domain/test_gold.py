"""Consensus, adjudication, freezing."""

from __future__ import annotations

import pytest

from attributes.models import AuditEvent, Corpus, Role
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from raters.domain import gold, revisits, sets
from raters.domain.gold import consensus_source
from raters.models import Exposure, Flag, GoldLabel, RatingItem, RatingSet
from raters.queries import ratings as queries
from tests import factories

VOTES = {"i000": "yyy", "i001": "yyn", "i002": "yn?", "i003": "y??", "i004": "nnn"}


@pytest.fixture
def closed(corpus: Corpus) -> RatingSet:
    return factories.closed_set(corpus, VOTES)


def by_item(rating_set: RatingSet) -> dict[str, tuple[str, str | None, list[int]]]:
    labels = queries.gold(rating_set.rating_items.all()).select_related("level", "rating_item__item")
    return {
        label.rating_item.item.external_id: (label.source, label.level and label.level.key, label.distribution)
        for label in labels
    }


def item(rating_set: RatingSet, external_id: str) -> RatingItem:
    return rating_set.rating_items.get(item__external_id=external_id)


@pytest.mark.parametrize(
    ("distribution", "source"),
    [([2, 0], "unanimous"), ([2, 1], "majority"), ([1, 1], "tie"), ([2, 2, 1], "tie"), ([1, 0], None), ([0, 0], None)],
)
def test_how_consensus_comes_about(distribution: list[int], source: str | None) -> None:
    assert consensus_source(distribution) == source


def test_closing_derives_gold_with_visible_ties(closed: RatingSet) -> None:
    assert by_item(closed) == {
        "i000": ("unanimous", "yes", [0, 3]),
        "i001": ("majority", "yes", [1, 2]),
        "i002": ("tie", None, [1, 1]),
        "i004": ("unanimous", "no", [3, 0]),
    }
    assert gold.missing(closed) == {"tied": 1, "too_few_ratings": 1}


def test_settling_again_changes_nothing(closed: RatingSet) -> None:
    before = by_item(closed)
    gold.settle(closed)
    assert by_item(closed) == before
    assert GoldLabel.objects.filter(superseded_at=None).count() == 4


def test_an_adjudicated_tie(closed: RatingSet, editor: User) -> None:
    label = gold.adjudicate(
        rating_item=item(closed, "i002"), level_key="no", adjudicator=editor, reason_tag="ambiguous", note=" both "
    )
    assert (label.source, label.distribution, label.note, label.saw_machine) == ("adjudicated", [1, 1], "both", False)
    assert by_item(closed)["i002"] == ("adjudicated", "no", [1, 1])
    assert Exposure.objects.filter(user=editor, item=item(closed, "i002").item, kind="peer").exists()
    assert AuditEvent.objects.filter(verb="adjudicated", actor=editor).count() == 1


def test_undecidable_is_an_outcome(closed: RatingSet, editor: User) -> None:
    gold.adjudicate(rating_item=item(closed, "i002"), level_key=None, adjudicator=editor)
    assert by_item(closed)["i002"] == ("adjudicated", None, [1, 1])
    assert gold.missing(closed) == {"too_few_ratings": 1}


def test_a_decision_can_be_corrected_until_the_set_is_frozen(closed: RatingSet, editor: User) -> None:
    tied = item(closed, "i002")
    gold.adjudicate(rating_item=tied, level_key="no", adjudicator=editor)
    gold.adjudicate(rating_item=tied, level_key="yes", adjudicator=editor)
    assert by_item(closed)["i002"][1] == "yes"
    gold.freeze(rating_set=closed, actor=editor)
    with pytest.raises(Refused, match="frozen: close rating first"):
        gold.adjudicate(rating_item=tied, level_key="no", adjudicator=editor)


def test_who_had_seen_a_machine_label_is_recorded(closed: RatingSet, editor: User) -> None:
    gold.expose(user=editor, rating_items=[item(closed, "i002")], kind=Exposure.Kind.MACHINE)
    assert gold.adjudicate(rating_item=item(closed, "i002"), level_key="no", adjudicator=editor).saw_machine is True


def test_agreement_is_not_up_for_adjudication(closed: RatingSet, editor: User) -> None:
    with pytest.raises(Refused, match="nothing to adjudicate"):
        gold.adjudicate(rating_item=item(closed, "i000"), level_key="no", adjudicator=editor)
    with pytest.raises(Refused, match="nothing to adjudicate"):
        gold.open_case(adjudicator=editor, rating_set=closed, rating_item=item(closed, "i000"))


@pytest.mark.parametrize(
    ("said", "message"),
    [({"level_key": "maybe"}, "not on the scale"), ({"level_key": "no", "reason_tag": "x"}, "reason")],
)
def test_bad_decisions(closed: RatingSet, editor: User, said: dict[str, str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        gold.adjudicate(rating_item=item(closed, "i002"), adjudicator=editor, **said)
    assert by_item(closed)["i002"][0] == "tie"


def test_of_a_sealed_test_only_ties_are_up(corpus: Corpus) -> None:
    votes = {f"i{i:03}": ["yn?", "yyn", "yyy"][i % 3] for i in range(30)}
    closed = factories.closed_set(corpus, votes)
    rater = corpus.memberships.filter(role=Role.RATER).first()
    assert rater is not None
    Flag.objects.bulk_create(Flag(rating_item=row, rater=rater.user) for row in closed.rating_items.all())
    sealed = queries.may_be_adjudicated(closed).filter(split=RatingItem.Split.TEST)
    assert sealed.count() > 0
    assert {item.item.external_id for item in sealed} <= {key for key, word in votes.items() if word == "yn?"}
    others = queries.may_be_adjudicated(closed).exclude(split=RatingItem.Split.TEST)
    assert others.count() == closed.rating_items.exclude(split="test").count()


def test_deciding_resolves_the_flags(closed: RatingSet, editor: User) -> None:
    raised = Flag.objects.create(rating_item=item(closed, "i002"), rater=editor, note="?")
    gold.adjudicate(rating_item=item(closed, "i002"), level_key="no", adjudicator=editor)
    raised.refresh_from_db()
    assert raised.resolved_by == editor


def test_freezing_needs_ties_decided(closed: RatingSet, owner: User) -> None:
    with pytest.raises(Refused, match="1 tied item waits for adjudication"):
        gold.freeze(rating_set=closed, actor=owner)


def test_freezing_needs_gold(corpus: Corpus, owner: User) -> None:
    empty = factories.closed_set(corpus, {"i000": "y?"})
    with pytest.raises(Refused, match="no item has the two ratings"):
        gold.freeze(rating_set=empty, actor=owner)


def test_a_frozen_set_has_the_hash_of_its_contents(closed: RatingSet, owner: User) -> None:
    gold.adjudicate(rating_item=item(closed, "i002"), level_key="no", adjudicator=owner)
    before = gold.content_hash(closed)
    frozen = gold.freeze(rating_set=closed, actor=owner)
    assert (frozen.state, frozen.content_hash, frozen.frozen_by) == ("frozen", before, owner)
    assert gold.content_hash(frozen) == before
    with pytest.raises(Refused, match="is frozen"):
        gold.freeze(rating_set=closed, actor=owner)


def test_the_hash_depends_on_gold_and_not_on_row_order(closed: RatingSet, editor: User) -> None:
    before = gold.content_hash(closed)
    gold.settle(closed)
    assert gold.content_hash(closed) == before
    gold.adjudicate(rating_item=item(closed, "i002"), level_key="no", adjudicator=editor)
    assert gold.content_hash(closed) != before


def test_reopening_keeps_decisions_and_derives_the_rest_anew(closed: RatingSet, corpus: Corpus, editor: User) -> None:
    gold.adjudicate(rating_item=item(closed, "i002"), level_key="no", adjudicator=editor)
    opened = sets.reopen(rating_set=closed, actor=editor)
    assert by_item(opened) == {"i002": ("adjudicated", "no", [1, 1])}
    rater = User.objects.get(email="rater0@example.com")
    last = revisits.recent(rater=rater, rating_set=opened)[0].rating
    assert last is not None
    factories.correct(rater, last, "no")
    again = sets.close_rating(rating_set=opened, actor=editor)
    assert by_item(again)["i002"] == ("adjudicated", "no", [1, 1])
    assert len(by_item(again)) == 4

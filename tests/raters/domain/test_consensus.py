"""Majority beside Dawid-Skene, and gold by the one or the other."""

from __future__ import annotations

import numpy as np
import pytest

from attributes.models import AuditEvent, Corpus
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from raters.domain import consensus, gold, sets
from raters.models import GoldLabel, RatingSet
from raters.queries import ratings as queries
from tests import factories
from tests.labelhub import builders

pytestmark = pytest.mark.django_db

NOISE = np.random.default_rng(3).random((80, 5)) < 0.42


@pytest.fixture
def noisy(corpus: Corpus) -> RatingSet:
    """80 items, five raters: two never err, three do in two of five answers. Its rating is closed."""
    made = builders.rated_set(
        corpus, dev=60, test=20, raters=5, frozen=False, errs=lambda i, k: k > 1 and bool(NOISE[i, k])
    )
    RatingSet.objects.filter(pk=made.pk).update(state=RatingSet.State.ADJUDICATING)
    made.refresh_from_db()
    return made


def right(rating_set: RatingSet) -> float:
    labels = queries.gold(rating_set.rating_items.all()).values_list("rating_item__item__external_id", "level__key")
    return float(np.mean([key == ("yes" if int(item[1:]) % 2 == 0 else "no") for item, key in labels]))


def test_the_model_weighs_raters_by_their_errors(noisy: RatingSet, editor: User) -> None:
    by_majority = right(noisy)
    chosen = gold.choose_consensus(rating_set=noisy, method="dawid_skene", actor=editor)
    assert consensus.method_of(chosen) == "dawid_skene"
    assert right(noisy) == 1.0 > by_majority
    event = AuditEvent.objects.get(verb="consensus_chosen")
    assert (event.actor, event.data["method"]) == (editor, "dawid_skene")


def test_sources_say_how_gold_came_about(noisy: RatingSet, editor: User) -> None:
    gold.choose_consensus(rating_set=noisy, method="dawid_skene", actor=editor)
    labels = queries.gold(noisy.rating_items.all())
    assert set(labels.values_list("source", flat=True)) == {"unanimous", "model"}
    assert all(sum(label.distribution) == 5 for label in labels)
    assert all(max(label.distribution) == 5 for label in labels.filter(source="unanimous"))
    apart = labels.filter(source="model").first()
    assert apart is not None
    assert queries.may_be_adjudicated(noisy).filter(pk=apart.rating_item_id, split="dev").exists() or (
        apart.rating_item.split == "test"
    )


def test_what_was_adjudicated_stays_and_one_can_go_back(noisy: RatingSet, editor: User) -> None:
    before = dict(queries.gold(noisy.rating_items.all()).values_list("rating_item", "level"))
    contested = queries.disagreeing(noisy).first()
    assert contested is not None
    gold.adjudicate(rating_item=contested, level_key=None, adjudicator=editor)
    gold.choose_consensus(rating_set=noisy, method="dawid_skene", actor=editor)
    assert queries.gold(noisy.rating_items.filter(pk=contested.pk)).get().source == "adjudicated"
    gold.choose_consensus(rating_set=noisy, method="majority", actor=editor)
    after = dict(queries.gold(noisy.rating_items.all()).values_list("rating_item", "level"))
    assert {pk: level for pk, level in after.items() if before[pk] != level} == {contested.pk: None}


def test_the_frozen_set_keeps_the_models_gold(noisy: RatingSet, editor: User) -> None:
    gold.choose_consensus(rating_set=noisy, method="dawid_skene", actor=editor)
    frozen = gold.freeze(rating_set=noisy, actor=editor)
    assert queries.gold(frozen.rating_items.all()).filter(source=GoldLabel.Source.MODEL).exists()
    assert frozen.content_hash == gold.content_hash(frozen)


def test_too_few_answers_are_refused_with_a_reason(corpus: Corpus, editor: User) -> None:
    few = builders.rated_set(corpus, raters=3, frozen=False)
    RatingSet.objects.filter(pk=few.pk).update(state=RatingSet.State.ADJUDICATING)
    with pytest.raises(Refused, match="not to be believed here: few ratings: a median of 3 an item"):
        gold.choose_consensus(rating_set=few, method="dawid_skene", actor=editor)
    few.refresh_from_db()
    assert consensus.method_of(few) == "majority"
    assert consensus.summary(few)["refusal"].startswith("few ratings")


def test_only_a_closed_set_has_gold_to_derive(noisy: RatingSet, editor: User) -> None:
    with pytest.raises(BadInput, match="'mace' is not one of majority, dawid_skene"):
        gold.choose_consensus(rating_set=noisy, method="mace", actor=editor)
    reopened = sets.reopen(rating_set=noisy, actor=editor)
    with pytest.raises(Refused, match="open: gold is derived when rating is closed"):
        gold.choose_consensus(rating_set=reopened, method="dawid_skene", actor=editor)


def test_closing_anew_begins_with_the_majority(noisy: RatingSet, editor: User) -> None:
    gold.choose_consensus(rating_set=noisy, method="dawid_skene", actor=editor)
    closed = sets.close_rating(rating_set=sets.reopen(rating_set=noisy, actor=editor), actor=editor)
    assert consensus.method_of(closed) == "majority"
    assert not queries.gold(closed.rating_items.all()).filter(source="model").exists()


def test_the_summary_adds_up(noisy: RatingSet) -> None:
    found = consensus.summary(noisy)
    assert (found["n_items"], found["n_raters"], found["n_labels"]) == (80, 5, 400)
    assert sum(map(sum, found["table"])) == 80
    agreeing = sum(found["table"][k][k] for k in range(2))
    assert found["n_differ"] == 80 - agreeing > found["n_differ_listed"] > 0
    assert sum(level["majority"] for level in found["levels"]) == pytest.approx(1)
    assert sum(level["model"] for level in found["levels"]) == pytest.approx(1)
    good, *_, poor = found["raters"]
    assert (good["n"], poor["n"]) == (80, 80)
    assert good["rows"][0]["cells"][0]["value"] == pytest.approx(1, abs=0.01)
    assert poor["rows"][0]["cells"][0]["value"] < 0.8


def test_without_ratings_there_is_no_summary(corpus: Corpus) -> None:
    factories.items(corpus, 5)
    assert consensus.summary(factories.rating_set(factories.definition(corpus), size=5)) == {}

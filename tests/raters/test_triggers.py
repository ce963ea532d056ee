"""What the database itself refuses, whatever code asks for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import gold, topups
from raters.models import Draw, GoldLabel, Look, Rating, RatingItem, RatingSet
from raters.sampling import Shares
from tests import factories


@pytest.fixture
def opened(corpus: Corpus, rater: User) -> RatingSet:
    factories.items(corpus, 3)
    drawn = factories.rating_set(factories.definition(corpus), size=2)
    factories.rate(rater, drawn, "yes")
    return drawn


@pytest.fixture
def frozen(corpus: Corpus, owner: User) -> RatingSet:
    return gold.freeze(rating_set=factories.closed_set(corpus, {"i000": "yy", "i001": "nn"}), actor=owner)


def refuses(action: Callable[[], object], message: str) -> None:
    with pytest.raises(IntegrityError, match=message), transaction.atomic():
        action()


def test_ratings_are_append_only(opened: RatingSet) -> None:
    rating = Rating.objects.get()
    ratings = Rating.objects.filter(pk=rating.pk)
    refuses(lambda: ratings.update(rationale="other"), "append-only")
    refuses(lambda: ratings.update(superseded_at=timezone.now(), counted=False), "append-only")
    refuses(lambda: ratings.delete(), "append-only")
    ratings.update(superseded_at=timezone.now())
    refuses(lambda: ratings.update(superseded_at=None), "append-only")


def test_what_was_drawn_is_fixed_once_a_set_opens(opened: RatingSet, corpus: Corpus) -> None:
    rows = opened.rating_items.all()
    other = factories.rating_set(opened.definition, size=1, name="other", opened=False)
    refuses(lambda: rows.update(inclusion_probability=0.1), "are fixed once a set opens")
    refuses(lambda: rows.update(split="shots", fold=None), "are fixed once a set opens")
    refuses(lambda: rows.update(stratum="x"), "are fixed once a set opens")
    refuses(lambda: rows.filter(pk=rows[0].pk).update(rating_set=other), "are fixed once a set opens")
    refuses(lambda: rows.filter(counted=0).delete(), "exclude the item, with a reason")
    missing = corpus.items.exclude(pk__in=rows.values("item")).get()
    refuses(
        lambda: RatingItem.objects.create(rating_set=opened, item=missing, content_hash="x", fold=0, overlap=1),
        "its items were drawn",
    )
    rows.update(exclude_reason="corrupt media")


def test_a_draft_may_still_change(corpus: Corpus) -> None:
    factories.items(corpus, 2)
    draft = factories.rating_set(factories.definition(corpus), size=2, opened=False)
    draft.rating_items.update(stratum="x")
    draft.rating_items.all().delete()
    draft.delete()


def test_slots_are_bounded(opened: RatingSet) -> None:
    refuses(lambda: opened.rating_items.update(claimed=F("overlap") + 1), "rating_item_not_over_rated")
    refuses(lambda: opened.rating_items.update(counted=F("overlap"), claimed=1), "rating_item_not_over_rated")


def test_definition_and_purpose_are_fixed_once_a_set_opens(opened: RatingSet) -> None:
    sets = RatingSet.objects.filter(pk=opened.pk)
    other = factories.definition(opened.definition.attribute.corpus, question="Calm?")
    refuses(lambda: sets.update(definition=other), "definition and purpose are fixed")
    refuses(lambda: sets.update(purpose="review"), "definition and purpose are fixed")
    refuses(lambda: sets.update(state="draft"), "definition and purpose are fixed")


def test_a_frozen_set_stays(frozen: RatingSet, rater: User) -> None:
    sets = RatingSet.objects.filter(pk=frozen.pk)
    refuses(lambda: sets.update(state="open"), "the rating set is frozen")
    refuses(lambda: sets.update(content_hash="0"), "the rating set is frozen")
    refuses(lambda: sets._raw_delete("default"), "the rating set is frozen")
    refuses(lambda: frozen.rating_items.update(counted=0), "the rating set is frozen")
    refuses(lambda: GoldLabel.objects.update(superseded_at=timezone.now()), "the rating set is frozen")
    refuses(lambda: GoldLabel.objects.all().delete(), "the rating set is frozen")
    refuses(lambda: Rating.objects.update(superseded_at=timezone.now()), "the rating set is frozen")
    item = frozen.rating_items.first()
    refuses(
        lambda: Rating.objects.create(
            rating_item=item, rater=rater, answer="cannot_tell", submission_key=rater.uid, counted=False
        ),
        "the rating set is frozen",
    )
    sets.update(name="renamed")


def test_a_test_is_unsealed_for_good(frozen: RatingSet) -> None:
    sets = RatingSet.objects.filter(pk=frozen.pk)
    sets.update(unsealed_at=timezone.now())
    refuses(lambda: sets.update(unsealed_at=None), "unsealed for good")
    refuses(lambda: sets.update(unsealed_at=timezone.now()), "unsealed for good")


def test_a_gold_label_stays_with_its_item(corpus: Corpus) -> None:
    closed = factories.closed_set(corpus, {"i000": "yy", "i001": "nn"})
    first, second = GoldLabel.objects.order_by("pk")
    assert first.rating_item.rating_set == closed
    refuses(lambda: GoldLabel.objects.filter(pk=first.pk).update(rating_item=second.rating_item), "stays with its item")


def test_chances_rise_only_with_a_draw_of_the_same_transaction(opened: RatingSet) -> None:
    """Which a first draw is not: its items were drawn before the set opened."""
    refuses(lambda: opened.rating_items.update(inclusion_probability=1.0), "are fixed once a set opens")
    draw = Draw.objects.create(rating_set=opened, number=2, design={}, frame=b"")
    refuses(lambda: opened.rating_items.update(inclusion_probability=0.1), "are fixed once a set opens")
    refuses(lambda: opened.rating_items.update(inclusion_probability=None), "are fixed once a set opens")
    opened.rating_items.update(inclusion_probability=1.0)
    refuses(lambda: Draw.objects.filter(pk=draw.pk).update(design={"size": 1}), "a draw stays as it was made")
    refuses(lambda: Draw.objects.filter(pk=draw.pk).delete(), "a draw stays as it was made")


@pytest.mark.django_db(transaction=True)
def test_a_draw_of_an_earlier_transaction_opens_nothing(corpus: Corpus, rater: User) -> None:
    factories.items(corpus, 3)
    drawn = factories.rating_set(factories.definition(corpus), size=2)
    topups.top_up(rating_set=drawn, size=1, actor=rater)
    other = factories.items_more(corpus, ["z1"])[0]
    refuses(
        lambda: RatingItem.objects.create(rating_set=drawn, item=other, content_hash="x", fold=0, overlap=1),
        "its items were drawn",
    )


def test_nothing_is_drawn_into_a_closed_set(corpus: Corpus) -> None:
    closed = factories.closed_set(corpus, {"i000": "yy", "i001": "nn"})
    refuses(lambda: Draw.objects.create(rating_set=closed, number=2, design={}, frame=b""), "rating is closed")


def test_how_a_set_is_drawn_and_split_is_fixed_once_it_opens(opened: RatingSet) -> None:
    sets = RatingSet.objects.filter(pk=opened.pk)
    refuses(lambda: sets.update(design={**opened.design, "shares": {}}), "drawn and split is fixed")
    sets.update(design={**opened.design, "named_raters": True, "size": 3})


def test_a_drawn_item_has_a_chance_before_a_set_opens(corpus: Corpus) -> None:
    factories.items(corpus, 3)
    draft = factories.rating_set(factories.definition(corpus), size=3, opened=False, shares=Shares(0, 1, 0))
    draft.rating_items.update(inclusion_probability=None)
    refuses(lambda: RatingSet.objects.filter(pk=draft.pk).update(state="open"), "has no inclusion probability")


def test_a_look_stays_counted(frozen: RatingSet) -> None:
    look = Look.objects.create(rating_set=frozen, split="test", subject_hash="0" * 64)
    looks = Look.objects.filter(pk=look.pk)
    refuses(lambda: looks.update(subject_hash="1" * 64), "stays counted")
    refuses(lambda: looks.delete(), "stays counted")

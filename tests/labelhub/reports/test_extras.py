"""Hidden checks, lessons and repeats enter no figure: not agreement, gold, evaluation, exports, nor any count of work.

Everything that is said of a set is taken down, then its raters answer checks and repeats, wrongly, and it is compared.
"""

from __future__ import annotations

import csv
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from attributes.models import Corpus, Level
from labelhub.accounts.models import User
from labelhub.reports.domain import agreement as agreement_report
from labelhub.workbench.queries import loop
from llm_jobs.domain import evaluations, exports
from llm_jobs.domain.selection import golden as golden_items
from llm_jobs.domain.student_report import measured_set
from raters.domain import agreement, cases, figures, gold, keyed, overview, qualifications, sets
from raters.models import Rating, RatingItem, RatingSet, SetRater
from raters.queries import ratings as queries
from tests import factories


@pytest.fixture
def rated(corpus: Corpus) -> RatingSet:
    """Twelve items rated by three people, and two hidden checks that nobody has been shown yet."""
    factories.items(corpus, 12)
    published = factories.definition(corpus)
    draft = factories.rating_set(published, size=12, overlap=3, opened=False)
    factories.items_more(corpus, ("check1", "check2"))
    keyed.add_lines(rating_set=draft, lines="check1, yes, includes.0\ncheck2, no", actor=None)
    sets.open_for_rating(rating_set=draft, actor=None)
    for k, rater in enumerate(factories.raters(corpus, 3)):
        factories.rate_all(rater, draft, lambda key, k=k: "yes" if (int(key[1:]) + k) % 3 else "no")
    factories.labels(published, {f"i{i:03}": "yes" for i in range(12)} | {"check1": "yes", "check2": "yes"})
    return draft


def add_extras(rating_set: RatingSet) -> int:
    """Each rater answers both checks, and three of their items again, always against what was right or said."""
    levels = list(Level.objects.filter(attribute=rating_set.definition.attribute))
    raters = list(User.objects.filter(set_raters__rating_set=rating_set))
    rows = []
    for rater in raters:
        for check in rating_set.rating_items.filter(role="check"):
            rows.append((check, rater, 1, next(one for one in levels if one != check.answer_key.level)))
        for said in Rating.objects.filter(rating_item__rating_set=rating_set, rater=rater, occasion=1)[:3]:
            rows.append((said.rating_item, rater, 2, next(one for one in levels if one != said.level)))
    Rating.objects.bulk_create(
        Rating(
            rating_item=item, rater=rater, occasion=occasion, level=level, submission_key=uuid.uuid4(), duration_ms=9
        )
        for item, rater, occasion, level in rows
    )
    SetRater.objects.filter(rating_set=rating_set).update(extra=5)
    return len(rows)


def everything(rating_set: RatingSet) -> dict[str, Any]:
    """All that is said of the set while rating goes on."""
    cache.clear()
    rating_set.refresh_from_db()
    loaded = agreement.load(rating_set, "all")
    seats = list(overview.seats(rating_set))
    paces = [(pace.seat.user_id, pace.n, pace.median_s, pace.cannot_tell) for pace in overview.paces(rating_set, seats)]
    return {
        "ratings": [loaded.ratings.item.tolist(), loaded.ratings.level.tolist(), loaded.rating_items, loaded.raters],
        "agreement": figures.figures(rating_set, "all"),
        "overview": overview.overview(rating_set),
        "paces": sorted(paces),
        "items": overview.listed_items(rating_set).count(),
        "chances": overview.probabilities(rating_set),
        "hash": gold.content_hash(rating_set),
        "report": agreement_report.inputs_of(rating_set, "dev"),
        "loop": loop.progress(rating_set),
        "machine items": list(golden_items([rating_set]).values_list("external_id", flat=True)),
        "evaluation": _evaluated(rating_set),
    }


def _evaluated(rating_set: RatingSet) -> Any:
    made = evaluations.evaluate(rating_set=rating_set, split="dev", user=None)
    return made.pk, made.inputs, made.result


def test_no_figure_of_an_open_set_changes(rated: RatingSet) -> None:
    before = everything(rated)
    assert add_extras(rated) == 15
    assert everything(rated) == before


def test_checks_are_no_items_of_the_set(rated: RatingSet) -> None:
    found = overview.overview(rated)
    assert (found.n_items, found.wanted, found.answers, found.complete) == (12, 36, 36, 12)
    assert set(overview.listed_items(rated).values_list("role", flat=True)) == {"measure"}
    assert sum(row["n"] for row in overview.probabilities(rated)) == 12
    assert not golden_items([rated]).filter(external_id__startswith="check").exists()


@pytest.mark.parametrize("extras", [True, False])
def test_gold_rests_on_measures_alone(rated: RatingSet, extras: bool) -> None:
    if extras:
        add_extras(rated)
    closed = sets.close_rating(rating_set=rated, actor=None)
    labels = queries.gold(RatingItem.objects.filter(rating_set=closed))
    assert labels.count() == 12
    assert not labels.filter(rating_item__role="check").exists()
    assert {sum(label.distribution) for label in labels} == {3}
    assert gold.missing(closed) == {}
    first = closed.rating_items.filter(role="measure").order_by("pk")[0]
    assert len(cases.load(first).votes) == 3


def test_a_set_with_extras_only_has_no_ratings(corpus: Corpus, rater: User) -> None:
    factories.items(corpus, 4)
    published = factories.definition(corpus)
    draft = factories.rating_set(published, size=2, opened=False)
    factories.items_more(corpus, ("check1",))
    keyed.add_lines(rating_set=draft, lines="check1, yes", actor=None)
    opened = sets.open_for_rating(rating_set=draft, actor=None)
    check = opened.rating_items.get(role="check")
    Rating.objects.create(rating_item=check, rater=rater, level=check.answer_key.level, submission_key=uuid.uuid4())
    assert not RatingSet.objects.filter(queries.HAS_RATINGS).exists()
    assert measured_set(published) is None


def test_exports_hold_measures_alone(rated: RatingSet, owner: User, tmp_path: Path) -> None:
    export: Callable[..., Any] = exports.export
    add_extras(rated)
    lesson = qualifications.create(
        definition=rated.definition, name="Lesson", source=keyed.Source(lines="check2, no"), pass_mark=1
    )
    taught = lesson.rating_items.get()
    Rating.objects.create(rating_item=taught, rater=owner, level=taught.answer_key.level, submission_key=uuid.uuid4())
    sets.unseal(rating_set=rated, actor=owner)
    path = tmp_path / "ratings.csv"
    assert export(attribute=rated.definition.attribute, what="ratings", path=path).rows == 36
    with path.open(newline="") as file:
        assert {row["item_id"] for row in csv.DictReader(file)} == {f"i{i:03}" for i in range(12)}


def test_extras_fill_no_slot(rated: RatingSet) -> None:
    add_extras(rated)
    keyed_items = rated.rating_items.exclude(role="measure")
    assert set(keyed_items.values_list("overlap", "counted", "claimed")) == {(0, 0, 0)}

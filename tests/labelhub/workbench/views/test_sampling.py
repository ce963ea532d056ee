"""A new golden set: the form, and what it foretells."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from attributes.models import Corpus, Definition
from labelhub.accounts.models import User
from labelhub.workbench.domain import leads
from raters.models import RatingSet
from tests import factories
from tests.personas import signed_in, statuses

NEW = "/c/clips/golden-sets/new/"


@pytest.fixture(autouse=True)
def nothing_kept(db: None) -> None:
    cache.clear()


@pytest.fixture
def published(corpus: Corpus) -> Definition:
    factories.items(corpus, 12, language="en")
    return factories.definition(corpus)


def fields(published: Definition, **changes: Any) -> dict[str, Any]:
    return {
        "definition": str(published.uid), "name": "First", "size": 10, "overlap": 2, "method": "uniform",
        "shots": 10, "dev": 50, "test": 40, "rationale_mode": "optional", "confidence_mode": "off", "seed": "",
    } | changes  # fmt: skip


def test_the_doors_of_a_new_one(published: Definition, editor: User, analyst: User, stranger: User) -> None:
    for method in ("get", "post"):
        found = statuses(NEW, method, editor=editor, analyst=analyst, stranger=stranger)
        editors = 200 if method == "get" else 422
        assert found == {"editor": editors, "analyst": 403, "stranger": 404, "anonymous": 302}
    assert signed_in(editor).put(NEW).status_code == 405


def test_a_new_set_is_a_draft(published: Definition, editor: User, rater: User, other_rater: User) -> None:
    people = [str(rater.uid), str(other_rater.uid)]
    response = signed_in(editor).post(
        NEW, fields(published, raters=people, seed=5, method="stratified", stratify_by="language")
    )
    made = RatingSet.objects.get()
    assert response.status_code == 302
    assert response["Location"] == reverse("raters:set_design", args=["clips", made.uid])
    assert (made.name, made.state, made.overlap, made.created_by) == ("First", "draft", 2, editor)
    assert (made.design["seed"], made.design["method"], made.is_named) == (5, "stratified", True)
    assert {seat.user for seat in made.set_raters.all()} == {rater, other_rater}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 13}, "cannot draw 13 of 12 items"),
        ({"size": 0}, "greater than or equal to 1"),
        ({"overlap": 51}, "less than or equal to 50"),
        ({"test": 50}, "Shots, dev and test must sum to 100"),
        ({"name": ""}, "This field is required"),
        ({"stratify_by": "password"}, "Select a valid choice"),
        ({"definition": "00000000-0000-0000-0000-000000000000"}, "Select a valid choice"),
        ({"raters": ["00000000-0000-0000-0000-000000000000"]}, "Select a valid choice"),
    ],
)
def test_a_bad_form_comes_back_with_its_values(
    published: Definition, editor: User, rater: User, change: dict[str, Any], message: str
) -> None:
    response = signed_in(editor).post(NEW, fields(published, **change))
    assert (response.status_code, message in response.content.decode()) == (422, True)
    assert RatingSet.objects.count() == 0


def test_too_few_named_raters_are_blamed_at_their_field(published: Definition, editor: User, rater: User) -> None:
    page = signed_in(editor).post(NEW, fields(published, raters=[str(rater.uid)])).content.decode()
    assert "1 people cannot give 2 ratings an item" in page


def test_the_form_offers_what_exists(corpus: Corpus, editor: User) -> None:
    assert "No published definition" in signed_in(editor).get(NEW).content.decode()
    factories.items(corpus, 2, language="en", metadata={"topic": "sea"})
    factories.definition(corpus)
    page = signed_in(editor).get(NEW).content.decode()
    assert [f"By {what}<" in page for what in ("language", "topic", "group (author, channel)")] == [True, True, False]
    assert "Nobody has the rater role yet." in page


def foretold(person: User, published: Definition, **changes: Any) -> str:
    asked = {**fields(published), "aim": "width", "width": 40, **changes}
    return signed_in(person).get(f"{NEW}preview/", asked).content.decode()


def test_the_doors_of_its_parts(published: Definition, editor: User, analyst: User, stranger: User) -> None:
    for part in ("preview/", "go-by/"):
        found = statuses(NEW + part, editor=editor, analyst=analyst, stranger=stranger)
        assert found == {"editor": 200, "analyst": 403, "stranger": 404, "anonymous": 302}
        assert signed_in(editor).post(NEW + part).status_code == 405


def test_it_foretells_what_a_draw_gives_tells_and_costs(published: Definition, editor: User) -> None:
    page = foretold(editor, published)
    assert "12 items" in page
    assert "83.3\u202f%" in page  # 10 of 12
    assert "20 ratings, 5\u202fmin" in page
    assert "15 s a rating is assumed: no person has rated enough to tell." in page
    assert "If 50\u202f% of the items are positive (nothing is known yet" in page
    assert 'data-fill="id_size"' not in page  # 21 items with gold are more than there are
    assert "more than there are" in page
    assert 'data-fill="id_size"' in foretold(editor, published, width=60)


def test_it_foretells_strata(published: Definition, editor: User) -> None:
    published.attribute.corpus.items.filter(external_id__lt="i003").update(language="sv")
    page = foretold(editor, published, method="stratified", stratify_by="language", allocation="equal", size=6)
    rows = " ".join(page.split())
    assert '<th scope="row">en</th><td class="num">9</td><td class="num">3</td>' in rows
    assert '<th scope="row">sv</th><td class="num">3</td><td class="num">3</td>' in rows
    assert "For shares of the corpus" in page


def test_it_says_which_field_keeps_it_from_foretelling(published: Definition, editor: User) -> None:
    assert "Items: cannot draw 13 of 12 items" in foretold(editor, published, size=13)
    assert "Test, %: Shots, dev and test must sum to 100" in foretold(editor, published, test=50)
    assert "Kinds: Choose what to go by." in foretold(editor, published, method="stratified")
    assert "Go by: Nothing to go by yet" in foretold(editor, published, method="by_size")
    assert "How items are drawn: no item of the corpus has an embedding yet" in foretold(
        editor, published, method="diverse"
    )
    assert "Width, points" in foretold(editor, published, width=0)


def test_it_plans_for_the_power_of_the_test(published: Definition, editor: User) -> None:
    page = foretold(editor, published, aim="power", power=80, epsilon=0.3)
    assert "2 raters of accuracy 0.8 who all rate every item" in page
    assert "the test needs two raters" in foretold(editor, published, aim="power", overlap=1)


def test_a_set_is_drawn_by_what_a_machine_is_unsure_of(published: Definition, editor: User) -> None:
    unsure = {f"i{i:03}": [0.5, 0.5] if i < 4 else [0.0, 1.0] for i in range(12)}
    factories.labels(published, dict.fromkeys(unsure, "yes"), p=unsure)
    page = signed_in(editor).get(NEW).content.decode()
    assert "How unsure model is" in page
    lead = leads.leads(published.attribute)[0][0]
    asked = {"method": "by_size", "by": lead, "floor": 20, "size": 4}
    assert "With something to go by" in foretold(editor, published, **asked)
    assert signed_in(editor).post(NEW, fields(published, **asked)).status_code == 302
    made = RatingSet.objects.get()
    assert made.design["by"] == "uncertainty of model"
    low = made.rating_items.filter(item__external_id__gte="i004").values_list("inclusion_probability", flat=True)
    assert all(chance == pytest.approx(0.2 * 4 / 12) for chance in low)


def test_shots_may_be_picked_by_hand(published: Definition, editor: User) -> None:
    page = signed_in(editor).post(NEW, fields(published, picks="i001 nowhere")).content.decode()
    assert "no item &#x27;nowhere&#x27; that the set may hold" in page
    signed_in(editor).post(NEW, fields(published, picks="i001\ni002"))
    made = RatingSet.objects.get()
    assert set(made.rating_items.filter(inclusion_probability=None).values_list("split", flat=True)) == {"shots"}


def test_the_form_asks_as_often_for_many_items(
    published: Definition, editor: User, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(editor)
    with django_assert_max_num_queries(26):
        client.get(NEW)
    with django_assert_max_num_queries(26):
        client.get(f"{NEW}preview/", fields(published))

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from attributes.models import Corpus, Item
from labelhub.lib import pages
from labelhub.lib.errors import BadInput
from tests import factories

request = RequestFactory()


@pytest.fixture
def rows(corpus: Corpus) -> list[Item]:
    return factories.items(corpus, 7)


def walk(start: str, *, newest_first: bool, forward: bool) -> list[list[str]]:
    """The ids on each page from `start` on."""
    seen, url = [], start
    while True:
        page = pages.keyset(request.get(f"/{url}"), Item.objects.all(), size=3, newest_first=newest_first)
        seen.append([item.external_id[-1] for item in page.rows])
        following = page.next_url if forward else page.prev_url
        if following is None:
            return seen
        url = following


@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_follow_each_other_and_lead_back(rows: list[Item], newest_first: bool) -> None:
    order = [str(i) for i in range(7)][:: -1 if newest_first else 1]
    assert walk("", newest_first=newest_first, forward=True) == [order[:3], order[3:6], order[6:]]
    last = rows[0 if newest_first else 6].pk
    assert walk(f"?before={last}", newest_first=newest_first, forward=False) == [order[3:6], order[:3]]


def test_the_ends_have_no_neighbours(rows: list[Item]) -> None:
    page = pages.keyset(request.get("/"), Item.objects.all(), size=7)
    assert (page.prev_url, page.next_url) == (None, None)
    assert pages.keyset(request.get(f"/?after={rows[-1].pk}"), Item.objects.all()) == pages.Page([], None, None)


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "\u0661", "9" * 30])
def test_a_cursor_that_is_none(db: None, cursor: str) -> None:
    with pytest.raises(BadInput, match="is no place in this list"):
        pages.keyset(request.get("/", {"after": cursor}), Item.objects.all())


def test_an_address_keeps_the_rest_of_the_query() -> None:
    asked = request.get("/?q=a+b&lang=de&lang=en&after=3")
    assert QueryDict(pages.address(asked, before="9")[1:]) == QueryDict("q=a+b&lang=de&lang=en&before=9")
    assert QueryDict(pages.address(asked, q="")[1:]) == QueryDict("lang=de&lang=en")


def test_counting_stops_at_the_limit(rows: list[Item]) -> None:
    assert str(pages.bounded_count(Item.objects.all(), 6)) == "6+"
    assert str(pages.bounded_count(Item.objects.all(), 7)) == "7"
    assert str(pages.BoundedCount(10_000, more=True)) == "10,000+"

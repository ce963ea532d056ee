import pytest
from django.db import connection

from attributes.domain import search
from attributes.models import Corpus, Item, ItemSearch, Job
from attributes.queries.items import Filters, filtered
from tests import factories


def found(corpus: Corpus, q: str) -> list[str]:
    return list(filtered(corpus, Filters(q=q)).order_by("pk").values_list("external_id", flat=True))


@pytest.fixture
def indexed(corpus: Corpus) -> list[Item]:
    rows = factories.items(corpus, 3)
    Item.objects.filter(pk=rows[0].pk).update(title="Der See", text="Nebel über dem Wasser")
    Item.objects.filter(pk=rows[1].pk).update(title="Sea & Lake", text="fog over the water")
    search.index(corpus=corpus)
    return rows


def test_words_phrases_and_exclusions(corpus: Corpus, indexed: list[Item]) -> None:
    assert found(corpus, "wasser") == ["i000"]
    assert found(corpus, "WATER fog") == ["i001"]
    assert found(corpus, "nebel or fog") == ["i000", "i001"]
    assert found(corpus, '"over the water"') == ["i001"]
    assert found(corpus, '"water the over"') == []
    assert found(corpus, "fog -sea") == []


def test_no_stemming_and_no_stop_words(corpus: Corpus, indexed: list[Item]) -> None:
    assert found(corpus, "waters") == []
    assert found(corpus, "the") == ["i001"]


def test_an_exact_id_is_found(corpus: Corpus, indexed: list[Item]) -> None:
    assert found(corpus, "i002") == ["i002"]
    assert found(corpus, "i00") == []


@pytest.mark.parametrize("q", ["'", "a & | !", '"', "\\", ":*", "(", "%", "-", "or"])
def test_any_text_may_be_searched_for(corpus: Corpus, indexed: list[Item], q: str) -> None:
    assert len(found(corpus, q)) <= 3


def test_nothing_of_another_corpus(corpus: Corpus, indexed: list[Item]) -> None:
    other = Corpus.objects.create(slug="other", name="Other")
    factories.items(other, 3)
    search.index(corpus=other)
    assert found(corpus, "text") == ["i002"]


def test_a_match_can_be_answered_by_the_index(corpus: Corpus) -> None:
    factories.items(corpus, search.AT_ONCE + 200, text="word{i} in a text that all of them have")
    search.index(corpus=corpus)
    rows = filtered(corpus, Filters(q="word17")).select_related("media").order_by("pk")[:50]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows would be read from end to end
    plan = rows.explain()
    assert "Bitmap Index Scan on item_search_words" in plan, plan
    assert "Index Scan using item_external_id" in plan
    assert [item.external_id for item in rows] == ["i017"]


def test_only_what_is_missing_or_changed_is_indexed(corpus: Corpus, indexed: list[Item]) -> None:
    assert search.index(corpus=corpus) == 0
    Item.objects.filter(pk=indexed[2].pk).update(text="a mountain", content_hash="0" * 64)
    told: list[tuple[int, int]] = []
    assert search.index(corpus=corpus, on_progress=lambda done, total: told.append((done, total))) == 1
    assert told == [(1, 1)]
    assert found(corpus, "mountain") == ["i002"]
    assert ItemSearch.objects.count() == 3


def test_a_large_change_is_left_to_a_job(corpus: Corpus, indexed: list[Item]) -> None:
    assert search.index_or_enqueue(corpus=corpus, changed=search.AT_ONCE) is None
    assert search.indexing(corpus) is None
    job = search.index_or_enqueue(corpus=corpus, changed=search.AT_ONCE + 1)
    assert job == search.indexing(corpus) == Job.objects.get()

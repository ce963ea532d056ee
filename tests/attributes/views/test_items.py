from pathlib import Path

import pytest
from django.urls import reverse

from attributes.domain import items as domain
from attributes.domain import search
from attributes.models import Corpus, FrameSet, Item, ItemRevision
from labelhub.accounts.models import User
from tests import factories
from tests.personas import signed_in

PAGE = "/c/clips/corpus/"


def url(name: str, item: Item) -> str:
    return reverse(f"attributes:{name}", args=["clips", item.pk])


@pytest.mark.parametrize("n", [1, 3])
def test_the_page_costs_the_same_for_many_items(
    corpus: Corpus, analyst: User, film: Item, n: int, django_assert_num_queries: object
) -> None:
    factories.items(corpus, n)
    client = signed_in(analyst)
    with django_assert_num_queries(9):  # type: ignore[operator]
        response = client.get(PAGE)
    assert len(response.context["cards"]) == n + 1


def test_a_video_is_a_card_with_thumbnail_and_length(analyst: User, film: Item) -> None:
    text = signed_in(analyst).get(PAGE).content.decode()
    assert "1 item, 1 with media." in text
    assert f'src="/c/clips/media/{film.media.uid}/thumbnail/"' in text
    assert "0:01" in text


def test_items_of_text_are_a_list(corpus: Corpus, analyst: User) -> None:
    factories.items(corpus, 2, text="The text of {i}")
    response = signed_in(analyst).get(PAGE)
    assert response.context["as_grid"] is False
    assert "The text of 1" in response.content.decode()


def test_an_empty_corpus_says_what_to_do(editor: User, analyst: User) -> None:
    assert "Import items" in signed_in(editor).get(PAGE).content.decode()
    text = signed_in(analyst).get(PAGE).content.decode()
    assert "An editor or owner of this corpus brings items in" in text
    assert "Import items" not in text


def test_pages_by_cursor_keep_the_filters(corpus: Corpus, analyst: User) -> None:
    factories.items(corpus, 100, language="en")
    client = signed_in(analyst)
    first = client.get(PAGE, {"language": "en"}).context["page"]
    assert (len(first.rows), first.prev_url) == (48, None)
    second = client.get(PAGE + first.next_url).context["page"]
    third = client.get(PAGE + second.next_url).context["page"]
    assert (len(second.rows), len(third.rows), third.next_url) == (48, 4, None)
    assert [item.external_id for item in third.rows] == ["i096", "i097", "i098", "i099"]
    assert client.get(PAGE + third.prev_url).context["page"].rows == second.rows
    assert "language=en" in third.prev_url


def test_filters(corpus: Corpus, analyst: User, film: Item) -> None:
    a, b, c = factories.items(corpus, 3)
    Item.objects.filter(pk=a.pk).update(group_key="Quiet & Co", language="de")
    Item.objects.filter(pk=b.pk).update(language="de")
    domain.remove(item=c, actor=None)
    search.index(corpus=corpus)
    client = signed_in(analyst)

    def shown(**query: str) -> list[str]:
        return [item.external_id for item in client.get(PAGE, query).context["page"].rows]

    assert shown() == ["film", "i000", "i001"]
    assert shown(picture="with") == ["film"]
    assert shown(picture="without") == ["i000", "i001"]
    assert shown(group="Quiet & Co") == ["i000"]
    assert shown(language="de") == ["i000", "i001"]
    assert shown(language="de", q="item 1") == ["i001"]
    assert shown(removed="on") == ["i002"]
    assert shown(q="nothing at all") == []


def test_removed_items_are_counted(corpus: Corpus, analyst: User) -> None:
    domain.remove(item=factories.items(corpus, 3)[0], actor=None)
    assert "2 items, 0 with media. 1 removed" in signed_in(analyst).get(PAGE).content.decode()


def test_counting_stops_in_time(corpus: Corpus, analyst: User, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.items(corpus, 3)
    monkeypatch.setattr("labelhub.lib.pages.bounded_count.__defaults__", (2,))
    assert "2+ items" in signed_in(analyst).get(PAGE).content.decode()


def test_a_search_that_is_catching_up_says_so(corpus: Corpus, analyst: User, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.items(corpus, 3)
    monkeypatch.setattr(search, "AT_ONCE", 1)
    search.index_or_enqueue(corpus=corpus, changed=3)
    assert "The search is catching up." in signed_in(analyst).get(PAGE).content.decode()


def test_texts_are_escaped(corpus: Corpus, analyst: User) -> None:
    item = factories.items(corpus, 1, title="<script>alert(1)</script>")[0]
    client = signed_in(analyst)
    for path in (PAGE, url("item", item)):
        text = client.get(path).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_an_item_with_its_facts(corpus: Corpus, analyst: User, film: Item) -> None:
    Item.objects.filter(pk=film.pk).update(metadata={"mood": "soft"}, group_key="A & B")
    text = signed_in(analyst).get(url("item", film)).content.decode()
    assert f'src="/c/clips/media/{film.media.uid}/"' in text
    assert "<dt>mood</dt><dd>soft</dd>" in text
    assert 'href="/c/clips/corpus/?group=A%20%26%20B"' in text
    assert "h264" in text


def test_frames_are_cut_on_request_and_then_shown(analyst: User, film: Item) -> None:
    client = signed_in(analyst)
    assert "Cut the frames" in client.get(url("item", film)).content.decode()
    assert not FrameSet.objects.exists()
    assert client.post(url("item_frames", film))["Location"] == url("item", film)
    text = client.get(url("item", film)).content.decode()
    assert text.count("<figure>") == 4
    assert client.get(f"/c/clips/media/{film.media.uid}/frames/4/").status_code == 404


def test_a_file_that_broke_says_so(analyst: User, film: Item, data_folder: Path) -> None:
    (data_folder / "media" / film.media.path).write_bytes(b"broken")
    client = signed_in(analyst)
    client.post(url("item_frames", film))
    messages = [str(m) for m in client.get(url("item", film)).context["messages"]]
    assert messages[0].startswith("No frames could be cut: ")


def test_revisions_show_what_changed(corpus: Corpus, analyst: User) -> None:
    item = factories.items(corpus, 1, title="New title", text="Same")[0]
    ItemRevision.objects.create(item=item, content_hash="a" * 64, snapshot={"title": "Old title", "text": "Same"})
    text = signed_in(analyst).get(url("item", item)).content.decode()
    assert "<del>Old </del><ins>New </ins>title" in text
    assert "changed 1 time since it came" in text


def test_removing_and_restoring(corpus: Corpus, editor: User) -> None:
    item = factories.items(corpus, 1)[0]
    client = signed_in(editor)
    for name in ("item_remove", "item_remove", "item_restore", "item_restore"):
        assert client.post(url(name, item))["Location"] == url("item", item)
    assert [str(m) for m in client.get(url("item", item)).context["messages"]] == [
        "Title 0 is removed. It can be restored from its page.",
        "This item is removed already.",
        "Title 0 is back.",
        "This item is not removed.",
    ]

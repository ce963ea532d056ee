import csv
import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from attributes.domain import imports, items
from attributes.domain.imports import ColumnMap, ImportResult
from attributes.models import AuditEvent, Corpus, Item, ItemSearch, Job, Media
from attributes.schema import digest
from labelhub.lib import tables
from labelhub.lib.errors import BadInput

ALL = ColumnMap(
    id="id", title="title", text="text", language="language", meta=("mood", "pace"), group="channel", time="when"
)
HEADER = ["id", "title", "text", "language", "mood", "pace", "channel", "when", "label"]
RAIN = ["v1", "Rain", "On a roof", "en", "soft", "", "Quiet", "2026-01-02T03:04:05+01:00", "yes"]
DRUM = ["v2", "Drums", "Two kits", "en", "", "fast", "Loud", "2026-01-02", "no"]


def table(folder: Path, *rows: list[str], header: list[str] = HEADER, name: str = "items.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def load(corpus: Corpus, path: Path, columns: ColumnMap = ALL, **options: Any) -> ImportResult:
    return imports.import_items(corpus=corpus, path=path, columns=columns, **options)


def counts(result: ImportResult) -> tuple[int, int, int]:
    return result.created, result.updated, result.unchanged


def test_items_come_in_with_the_named_columns_only(corpus: Corpus, tmp_path: Path) -> None:
    result = load(corpus, table(tmp_path, RAIN, DRUM))
    assert result == ImportResult(created=2, updated=0, unchanged=0, rejected=0, ignored_columns=("label",))
    rain, drum = Item.objects.order_by("pk")
    assert (rain.external_id, rain.title, rain.text, rain.language) == ("v1", "Rain", "On a roof", "en")
    assert (rain.group_key, rain.metadata) == ("Quiet", {"mood": "soft"})
    assert rain.published_at == dt.datetime(2026, 1, 2, 2, 4, 5, tzinfo=dt.UTC)
    assert drum.published_at == dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    assert drum.metadata == {"pace": "fast"}
    assert rain.content_hash == imports.content_hash("Rain", "On a roof", "en", {"mood": "soft"}, "")


@pytest.mark.parametrize(
    "metadata", [{}, {"b": "2", "a": 'quo"te'}, {"ä": "\u2028 \x07\\ \t"}, {"k": "\U0001f600", "A": ""}]
)
def test_the_hash_is_that_of_the_canonical_json(metadata: dict[str, str]) -> None:
    said = ('A "title"\n', "täxt \x00\x1f\x7f/", "en")
    assert imports.content_hash(*said, metadata, "ab") == digest([*said, metadata, "ab"])


def test_importing_again_changes_nothing(corpus: Corpus, tmp_path: Path) -> None:
    path = table(tmp_path, RAIN, DRUM)
    load(corpus, path)
    before = list(Item.objects.order_by("pk").values())
    assert counts(load(corpus, path)) == (0, 0, 2)
    assert list(Item.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("name", ["items.csv", "items.tsv", "items.jsonl", "items.parquet"])
def test_every_format_means_the_same(corpus: Corpus, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    tables.write(path, dict.fromkeys(HEADER, str), [[cell or None for cell in row] for row in (RAIN, DRUM)])
    load(corpus, path)
    assert counts(load(corpus, table(tmp_path, RAIN, DRUM, name="again.csv"))) == (0, 0, 2)


def test_a_changed_item_keeps_what_it_said(corpus: Corpus, tmp_path: Path) -> None:
    load(corpus, table(tmp_path, RAIN, DRUM))
    old = Item.objects.get(external_id="v1")
    assert counts(load(corpus, table(tmp_path, [*RAIN[:2], "On a tin roof", *RAIN[3:]], DRUM))) == (0, 1, 1)
    item = Item.objects.get(external_id="v1")
    assert (item.pk, item.text) == (old.pk, "On a tin roof")
    revision = item.revisions.get()
    assert revision.content_hash == old.content_hash
    assert revision.snapshot == {"title": "Rain", "text": "On a roof", "language": "en", "metadata": {"mood": "soft"}}


def test_a_new_group_is_an_update_without_a_revision(corpus: Corpus, tmp_path: Path) -> None:
    load(corpus, table(tmp_path, RAIN))
    assert counts(load(corpus, table(tmp_path, [*RAIN[:6], "Other", *RAIN[7:]]))) == (0, 1, 0)
    item = Item.objects.get()
    assert (item.group_key, item.revisions.count()) == ("Other", 0)


def test_a_removed_item_that_comes_again_is_back(corpus: Corpus, tmp_path: Path) -> None:
    path = table(tmp_path, RAIN)
    load(corpus, path)
    items.remove(item=Item.objects.get(), actor=None)
    assert counts(load(corpus, path)) == (0, 1, 0)
    assert Item.objects.get().removed_at is None


def test_rows_of_one_id_that_agree_are_one_item(corpus: Corpus, tmp_path: Path) -> None:
    bare = ["v1", "Rain", "", "", "", "", "", "", "yes"]
    rest = ["v1", "", "On a roof", "en", "", "slow", "Quiet", "", "no"]
    assert counts(load(corpus, table(tmp_path, bare, DRUM, RAIN, rest, RAIN))) == (2, 0, 0)
    item = Item.objects.get(external_id="v1")
    assert (item.title, item.text, item.language, item.group_key) == ("Rain", "On a roof", "en", "Quiet")
    assert item.metadata == {"mood": "soft", "pace": "slow"}
    assert item.content_hash == imports.content_hash("Rain", "On a roof", "en", item.metadata, "")


@pytest.mark.parametrize(
    ("place", "value", "column"),
    [(1, "Snow", "title"), (4, "loud", "mood"), (6, "Else", "channel"), (7, "2026-01-03", "when")],
)
def test_rows_of_one_id_that_contradict_name_both(
    corpus: Corpus, tmp_path: Path, place: int, value: str, column: str
) -> None:
    other = [*RAIN[:place], value, *RAIN[place + 1 :]]
    with pytest.raises(BadInput, match=rf"^items.csv: row 4, column '{column}': id 'v1' says .* here and .* in row 2$"):
        load(corpus, table(tmp_path, RAIN, DRUM, other))
    assert not Item.objects.exists()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([" ", *DRUM[1:]], "items.csv: row 3, column 'id': the id is empty"),
        (["x" * 201, *DRUM[1:]], "items.csv: row 3, column 'id': the id is longer than 200 characters"),
        ([*DRUM[:7], "yesterday", ""], "items.csv: row 3, column 'when': 'yesterday' is not an ISO 8601 time"),
        (DRUM[:3], "items.csv: row 3"),
        (["v2", "a\x00b", *DRUM[2:]], "items.csv: row 3, column 'title'"),
    ],
)
def test_one_bad_row_lets_nothing_in(corpus: Corpus, tmp_path: Path, row: list[str], message: str) -> None:
    load(corpus, table(tmp_path, DRUM, name="first.csv"))
    before = list(Item.objects.values())
    with pytest.raises(BadInput) as error:
        load(corpus, table(tmp_path, RAIN, row))
    assert str(error.value).startswith(message)
    assert list(Item.objects.values()) == before


def test_a_file_that_is_not_utf8(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(b"id,title\nv1,caf\xe9\n")
    with pytest.raises(BadInput, match="UTF-8"):
        load(corpus, path, ColumnMap(id="id", title="title"))


def test_a_column_that_is_not_there(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="column 'body': there is no such column; there are: id, title"):
        load(corpus, table(tmp_path, RAIN), ColumnMap(id="id", text="body"))


def test_columns_are_guessed_by_their_usual_names() -> None:
    assert imports.default_map(["item_id", "title", "label"]) == ColumnMap(id="item_id", title="title")
    assert imports.default_map(["key", "text"], id="key", group=None) == ColumnMap(id="key", text="text")
    with pytest.raises(BadInput, match="Found id and item_id; name it with --id"):
        imports.default_map(["id", "item_id"])
    with pytest.raises(BadInput, match="Found none of id, item_id, external_id"):
        imports.default_map(["title"])


def test_the_same_id_in_two_corpora(corpus: Corpus, tmp_path: Path) -> None:
    other = Corpus.objects.create(slug="other", name="Other")
    path = table(tmp_path, RAIN)
    assert counts(load(corpus, path)) == counts(load(other, path)) == (1, 0, 0)


def test_progress_is_told_and_can_stop_the_import(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attributes.domain.import_rows.PROGRESS_ROWS", 2)
    path = table(tmp_path, *[[f"v{i}", *RAIN[1:]] for i in range(5)])
    told: list[tuple[int, int | None]] = []
    load(corpus, path, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(2, None), (4, None), (5, None)]

    def stop(done: int, total: int | None) -> None:
        raise RuntimeError("cancelled")

    with pytest.raises(RuntimeError):
        load(corpus, table(tmp_path, DRUM), on_progress=stop)
    assert not Item.objects.filter(external_id="v2", title="Drums").exists()


def test_few_items_can_be_searched_at_once(corpus: Corpus, tmp_path: Path) -> None:
    load(corpus, table(tmp_path, RAIN))
    assert ItemSearch.objects.get().words == "'a':3 'on':2 'rain':1 'roof':4"
    assert not Job.objects.exists()


def test_many_items_are_indexed_by_a_job(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attributes.domain.search.AT_ONCE", 1)
    load(corpus, table(tmp_path, RAIN, DRUM))
    assert not ItemSearch.objects.exists()
    assert Job.objects.get().kind == Job.Kind.INDEX_ITEMS


def test_the_import_is_in_the_log(corpus: Corpus, owner: Any, tmp_path: Path) -> None:
    load(corpus, table(tmp_path, RAIN), name="films.csv", actor=owner)
    event = AuditEvent.objects.get(verb="items_imported")
    assert event.actor == owner
    assert event.data == {"of": "Clips", "file": "films.csv", "created": 1, "updated": 0, "unchanged": 0}


def test_media_of_a_folder(corpus: Corpus, tmp_path: Path, video: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "store"
    folder = tmp_path / "clips"
    folder.mkdir()
    shutil.copy(video, folder / "rain.mp4")
    path = tmp_path / "items.jsonl"
    path.write_text(
        "".join(json.dumps({"id": f"v{i}", "file": name}) + "\n" for i, name in enumerate(["rain.mp4", ""]))
    )
    columns = ColumnMap(id="id", file="file")
    with pytest.raises(BadInput, match="say where they lie with --media DIR"):
        load(corpus, path, columns)
    assert counts(load(corpus, path, columns, media_dir=folder)) == (2, 0, 0)
    media = Media.objects.get()
    assert (media.item.external_id, media.kind, media.state) == ("v0", "video", "ready")
    assert (tmp_path / "store" / media.path).read_bytes() == video.read_bytes()
    assert counts(load(corpus, path, columns, media_dir=folder)) == (0, 0, 2)
    assert Media.objects.get().uid == media.uid


@pytest.mark.parametrize(
    ("name", "message"),
    [("gone.mp4", "no such file"), ("../secret.mp4", "lies outside the media folder"), ("text.mp4", "text.mp4: ")],
)
def test_a_file_that_cannot_be_used(corpus: Corpus, tmp_path: Path, settings: Any, name: str, message: str) -> None:
    settings.MEDIA_ROOT = tmp_path / "store"
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "text.mp4").write_text("no video")
    (tmp_path / "secret.mp4").write_text("secret")
    with pytest.raises(BadInput, match=f"items.csv: row 2, column 'file': .*{message}"):
        load(
            corpus,
            table(tmp_path, ["v1", name], header=["id", "file"]),
            ColumnMap(id="id", file="file"),
            media_dir=folder,
        )
    assert not Item.objects.exists()


def test_of_several_faults_the_first_row_is_named(corpus: Corpus, tmp_path: Path) -> None:
    snow, kits = ["v1", "Snow", *RAIN[2:]], ["v2", "Kits", *DRUM[2:]]
    with pytest.raises(BadInput, match="row 4, column 'title': id 'v2'"):
        load(corpus, table(tmp_path, RAIN, DRUM, kits, snow, ["", *RAIN[1:]]))
    with pytest.raises(BadInput, match="row 3, column 'id': the id is empty"):
        load(corpus, table(tmp_path, RAIN, ["", *RAIN[1:]], snow))
    assert not Item.objects.exists()

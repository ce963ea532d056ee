from pathlib import Path

import pytest

from attributes.models import Corpus, Item, Media

from .conftest import Run


@pytest.fixture
def films(tmp_path: Path) -> Path:
    path = tmp_path / "films.csv"
    path.write_text("key,title,plot,genre,label,clip\nf1,Rain,On a roof,drama,yes,film.mp4\nf2,Drums,,,no,\n")
    return path


def test_it_makes_the_corpus_and_keeps_named_columns(db: None, run: Run, films: Path) -> None:
    args = ("import_corpus", "films", films, "--id", "key", "--text", "plot", "--meta", "genre")
    counts = {"corpus": "films", "rejected": 0, "ignored_columns": ["label", "clip"]}
    assert run(*args)[:2] == (0, counts | {"created": 2, "updated": 0, "unchanged": 0})
    assert run(*args)[:2] == (0, counts | {"created": 0, "updated": 0, "unchanged": 2})
    item = Item.objects.get(external_id="f1")
    assert (item.title, item.text, item.metadata) == ("Rain", "On a roof", {"genre": "drama"})


def test_media_of_a_folder(db: None, run: Run, films: Path, video: Path, data_folder: Path) -> None:
    code, _, _ = run("import_corpus", "films", films, "--id", "key", "--file", "clip", "--media", video.parent)
    assert code == 0
    assert Media.objects.get().item.external_id == "f1"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "which column is the id? Found none of id, item_id, external_id; name it with --id"),
        (("--id", "uid"), "films.csv: column 'uid': there is no such column; there are: key, title"),
        (("--id", "key", "--time", "genre"), "films.csv: row 2, column 'genre': 'drama' is not an ISO 8601 time"),
        (("--id", "key", "--file", "clip"), "say where they lie with --media DIR"),
        (("--id", "key", "--file", "clip", "--media", "."), "films.csv: row 2, column 'clip': film.mp4: no such file"),
    ],
)
def test_bad_input_makes_nothing(
    db: None, run: Run, films: Path, data_folder: Path, options: tuple[str, ...], message: str
) -> None:
    code, result, said = run("import_corpus", "films", films, *options)
    assert (code, result) == (2, None)
    assert message in said
    assert not Corpus.objects.exists()


def test_a_file_that_is_not_there(db: None, run: Run) -> None:
    code, _, said = run("import_corpus", "films", "/no/such.csv")
    assert (code, said) == (2, "no file /no/such.csv\n")

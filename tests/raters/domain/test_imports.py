"""Ratings made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from attributes.models import Corpus, Definition, Item
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from raters.domain import imports
from raters.domain.imports import RatingColumns
from raters.models import GoldLabel, Rating, RatingSet, SetRater
from tests import factories

HEAD = "item_id,rater_id,label\n"
DATA = Path(__file__).parents[3] / "../shared/data"


@pytest.fixture
def published(corpus: Corpus) -> Definition:
    factories.items(corpus, 3)
    return factories.definition(corpus)


def write(tmp_path: Path, text: str | bytes, name: str = "ratings.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def bring_in(
    published: Definition, path: Path, *, create_items: bool = False, **columns: Any
) -> imports.ImportedRatings:
    return imports.import_ratings(
        attribute=published.attribute, path=path, columns=RatingColumns(**columns), create_items=create_items
    )


def nothing_was_written() -> bool:
    return not (RatingSet.objects.exists() or Rating.objects.exists() or User.objects.filter(is_imported=True).exists())


def test_a_file_becomes_a_frozen_set(published: Definition, tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "i000,a,yes\ni000,b,yes\ni001,a,yes\ni001,b,no\ni002,a,no\ni002,b,\n")
    done = bring_in(published, path)
    assert (done.n_items, done.n_raters, done.n_ratings, done.missing) == (3, 2, 5, 1)
    golden = done.rating_set
    assert (golden.state, golden.name, golden.overlap, golden.is_imported) == ("frozen", "ratings", 2, True)
    assert set(golden.rating_items.values_list("split", "inclusion_probability")) == {("dev", None)}
    sources = GoldLabel.objects.values_list("rating_item__item__external_id", "source", "distribution")
    assert sorted(sources) == [("i000", "unanimous", [0, 2]), ("i001", "tie", [1, 1])]
    assert sorted(SetRater.objects.values_list("user__display_name", "answered")) == [("a", 3), ("b", 2)]
    assert set(User.objects.filter(is_imported=True).values_list("is_active", "password")) == {(False, "!")}


def test_the_same_rater_again_is_the_same_account(published: Definition, tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "i000,a,yes\n")
    first, second = bring_in(published, path), bring_in(published, path)
    assert (first.rating_set.name, second.rating_set.name) == ("ratings", "ratings 2")
    assert User.objects.filter(is_imported=True).count() == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("item_id,rater_id\ni000,a\n", "label"),
        (HEAD + "i000,a,maybe\n", "row 2, column 'label': 'maybe' is not a level (no, yes)"),
        (HEAD + "i000,a,yes\ni000,a,no\n", "row 3, column 'rater_id': rater 'a' has answered item 'i000' in row 2"),
        (HEAD + ",a,yes\n", "row 2, column 'item_id': is empty"),
        (HEAD + "i000,,yes\n", "row 2, column 'rater_id': is empty"),
        (HEAD + "i000,a,yes\nzzz,a,yes\n", "row 3, column 'item_id': no item 'zzz' in this corpus"),
        (HEAD + "zzz,a,\ni000,a,yes\n", "row 2, column 'item_id': no item 'zzz' in this corpus"),
        (HEAD + "zzz,a,yes\nyyy,a,no\n", "no item 'zzz' in this corpus (and 1 more)"),
        (HEAD, "no rating in it"),
        (HEAD + "i000,a,\n", "no rating in it"),
        (HEAD + f"{'x' * 201},a,yes\n", "row 2, column 'item_id': is longer than 200 characters"),
        ((HEAD + "i000,a,yes\n").encode() + b"i001,\xff,no\n", "ratings.csv"),
    ],
)
def test_bad_files_say_where_and_write_nothing(
    published: Definition, tmp_path: Path, text: str | bytes, message: str
) -> None:
    with pytest.raises(BadInput) as caught:
        bring_in(published, write(tmp_path, text))
    assert message in str(caught.value)
    assert nothing_was_written()


def test_an_attribute_without_definition_in_force(corpus: Corpus, tmp_path: Path) -> None:
    factories.items(corpus, 1)
    published = factories.definition(corpus)
    Definition.objects.update(state="retired")
    with pytest.raises(BadInput, match="no published definition"):
        bring_in(published, write(tmp_path, HEAD + "i000,a,yes\n"))
    assert nothing_was_written()


def test_unknown_items_are_made_on_request(published: Definition, tmp_path: Path) -> None:
    done = bring_in(published, write(tmp_path, HEAD + "zzz,a,yes\ni000,a,no\n"), create_items=True)
    assert done.n_items == 2
    assert Item.objects.get(external_id="zzz").title == ""


def test_cannot_tell_is_kept_apart(published: Definition, tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "i000,a,unsure\ni000,b,yes\n")
    done = bring_in(published, path, cannot_tell="unsure")
    assert done.n_ratings == 2
    assert sorted(Rating.objects.values_list("answer", "level__key")) == [("cannot_tell", None), ("level", "yes")]


def test_probabilities_are_kept(published: Definition, tmp_path: Path) -> None:
    path = write(tmp_path, "item_id,rater_id,label,p\ni000,a,yes,0.25\ni000,b,yes,0.25\ni001,a,no,1\n")
    golden = bring_in(published, path, pi="p").rating_set
    pairs = golden.rating_items.values_list("item__external_id", "inclusion_probability")
    assert sorted(pairs) == [("i000", 0.25), ("i001", 1.0)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("i000,a,yes,0\n", "row 2, column 'p': '0' is not a probability above 0 and up to 1"),
        ("i000,a,yes,1.5\n", "row 2, column 'p': '1.5' is not a probability"),
        ("i000,a,yes,nan\n", "row 2, column 'p': 'nan' is not a probability"),
        ("i000,a,yes,\n", "row 2, column 'p': '' is not a probability"),
        ("i000,a,yes,half\n", "row 2, column 'p': 'half' is not a probability"),
        ("i000,a,yes,0.5\ni000,b,yes,0.6\n", "row 3, column 'p': item 'i000' has another probability above"),
    ],
)
def test_bad_probabilities(published: Definition, tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        bring_in(published, write(tmp_path, "item_id,rater_id,label,p\n" + rows), pi="p")
    assert message in str(caught.value)
    assert nothing_was_written()


def test_a_suffix_chooses_items_and_is_cut_off(published: Definition, tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "i000__calm,a,yes\ni001__loud,a,maybe\ni001__calm,a,no\n")
    done = bring_in(published, path, item_suffix="__calm")
    assert (done.n_items, done.n_ratings) == (2, 2)


def test_rows_are_chosen_by_a_column(published: Definition, tmp_path: Path) -> None:
    path = write(tmp_path, "who,what,said,aspect\ni000,a,yes,calm\ni000,a,no,loud\n")
    done = bring_in(published, path, item="who", rater="what", label="said", where={"aspect": "calm"})
    assert done.n_ratings == 1


def test_items_of_a_group_share_a_fold(published: Definition, tmp_path: Path) -> None:
    Item.objects.filter(external_id__in=["i000", "i001"]).update(group_key="maker")
    golden = bring_in(published, write(tmp_path, HEAD + "i000,a,yes\ni001,a,yes\ni002,a,no\n")).rating_set
    folds = golden.rating_items.filter(item__group_key="maker").values_list("fold", flat=True)
    assert len(set(folds)) == 1


@pytest.mark.real_data
def test_a_dirty_label_is_named(corpus: Corpus) -> None:
    """The published file holds three rows `No` in a column of 0 and 1; another column of it is clean."""
    path = DATA / "lewidi_hs_brexit.csv"
    if not path.is_file():
        pytest.skip("../shared/data is not there")
    published = factories.definition(corpus, attribute="hate", levels=["0", "1"])
    with pytest.raises(BadInput, match=r"row 2553, column 'label_offensive': 'No' is not a level \(0, 1\)"):
        bring_in(published, path, create_items=True, label="label_offensive")
    assert nothing_was_written()
    assert Item.objects.count() == 0
    done = bring_in(published, path, create_items=True)
    assert (done.n_items, done.n_raters, done.n_ratings) == (1120, 6, 6720)

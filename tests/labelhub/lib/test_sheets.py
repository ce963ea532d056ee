"""Tables in bare files, as commands read them."""

from pathlib import Path

import pytest

from labelhub.lib import sheets
from labelhub.lib.errors import BadInput


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("item,label,p\na,1,0.5\nb,,1.2\na,No,nan\n")
    return path


def test_rows_come_by_column_and_an_optional_column_may_be_missing(file: Path) -> None:
    lines = sheets.read(file, ["item", "label"], ["p", "weight"])
    assert [(line.row, dict(line.cells)) for line in lines] == [
        (2, {"item": "a", "label": "1", "p": "0.5"}),
        (3, {"item": "b", "label": None, "p": "1.2"}),
        (4, {"item": "a", "label": "No", "p": "nan"}),
    ]


def test_cells_are_read_for_what_they_are_meant_to_be(file: Path) -> None:
    first, second, third = sheets.read(file, ["item", "label", "p"])
    assert (first.text("item"), first.truth("label"), first.chance("p")) == ("a", True, 0.5)
    assert second.truth("label") is None
    with pytest.raises(BadInput, match=r"table.csv: row 3, column 'label': is empty"):
        second.text("label")
    with pytest.raises(BadInput, match=r"row 3, column 'p': '1.2' is no probability in 0..1"):
        second.chance("p")
    with pytest.raises(BadInput, match=r"row 4, column 'p': 'nan' is no probability above 0, up to 1"):
        third.chance("p", above_zero=True)
    with pytest.raises(BadInput, match="row 4, column 'label': 'No' is neither 1 nor 0, or is it"):
        third.truth("label", ", or is it")


def test_a_second_row_of_the_same_text_is_refused(file: Path) -> None:
    lines = sheets.read(file, ["item", "label"])
    with pytest.raises(BadInput, match="row 4, column 'item': 'a' is in row 2 already"):
        sheets.refuse_repeats(lines, "item")
    sheets.refuse_repeats(lines, "label")


def test_what_cannot_be_read_names_the_file(file: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no file"):
        sheets.read(tmp_path / "none.csv", ["item"])
    with pytest.raises(BadInput, match="table.csv: column 'colour': there is no such column"):
        sheets.read(file, ["colour"])


@pytest.mark.parametrize(("text", "value"), [("1", 1.0), ("-2.5", -2.5), ("nan", None), ("inf", None), ("one", None)])
def test_numbers_are_finite(text: str, value: float | None) -> None:
    assert sheets.number(text) == value


def test_a_list_is_of_numbers_or_is_not() -> None:
    assert (sheets.numbers(["1", "2"]), sheets.numbers(["1", "two"]), sheets.numbers([])) == ([1, 2], None, [])

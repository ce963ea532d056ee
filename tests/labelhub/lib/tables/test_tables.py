"""What holds for every format alike."""

import pickle
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelhub.lib import tables
from labelhub.lib.tables import SUFFIXES, TableError

COLUMNS = {"text": str, "=label": str, "n": int, "p": float, "ok": bool, "at": datetime}

# Texts made of what breaks parsers and spreadsheets, beside any Unicode text.
nasty = st.text(st.sampled_from("'=+-@\t\r\n\",;\\ aé\ufeff\u2028\x85\x1a{}%😀"), max_size=8)
anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
text = st.none() | nasty | anything
time = st.datetimes(
    min_value=datetime(1900, 1, 1),
    max_value=datetime(2200, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))]),
)
row = st.tuples(
    text,
    text,
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.booleans(),
    st.none() | time,
)


def plain(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if value not in (None, "") else None


def read_all(path: Path, columns) -> list[tuple[str | None, ...]]:
    return [values for batch in tables.read(path, list(columns)) for _, values in batch]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(row, min_size=1, max_size=8))
def test_what_is_written_is_read_back_as_the_same_texts(tmp_path, suffix, rows):
    path = tmp_path / f"table{suffix}"
    assert tables.write(path, COLUMNS, rows) == len(rows)
    assert read_all(path, COLUMNS) == [tuple(plain(value) for value in values) for values in rows]


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'=", "''@"])
def test_no_text_cell_starts_as_a_formula(tmp_path, suffix, start):
    path = tmp_path / f"table{suffix}"
    tables.write(path, {"a": str, "n": float}, [[start + "x", -1.5]])
    cell = path.read_text().splitlines()[1:] if start == "\r" else [path.read_bytes().decode().split("\r\n")[1]]
    assert cell[0].lstrip('"')[0] == "'"
    assert path.read_bytes().endswith(b"-1.5\r\n")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_file_appears_whole_or_not_at_all(tmp_path, suffix):
    path = tmp_path / f"table{suffix}"
    tables.write(path, {"a": int}, [[1]])
    before = path.read_bytes()
    with pytest.raises(TableError) as caught:
        tables.write(path, {"a": int}, [[1], ["2"]])
    assert str(caught.value) == "row 2, column 'a': the value is of type str, the column of type int"
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_a_table_without_rows_keeps_its_columns(tmp_path, suffix):
    path = tmp_path / f"table{suffix}"
    assert tables.write(path, COLUMNS, []) == 0
    assert tables.columns(path) == list(COLUMNS)
    assert read_all(path, COLUMNS) == []


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (str, 1, "the value is of type int, the column of type str"),
        (str, "a\0", "the value holds a NUL character"),
        (str, "\ud800", "the value is not UTF-8 text"),
        (int, True, "the value is of type bool, the column of type int"),
        (int, 2**63, "the value does not fit into 64 bits"),
        (float, float("nan"), "the value is nan, which is not a number"),
        (float, "1", "the value is of type str, the column of type float"),
        (bool, 1, "the value is of type int, the column of type bool"),
        (datetime, "2026", "the value is of type str, the column of type datetime"),
        (datetime, datetime(2026, 1, 1), "the value is a time without a time zone"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(tmp_path, kind, value, message):
    with pytest.raises(TableError) as caught:
        tables.write(tmp_path / "t.csv", {"a": kind}, [[value]])
    assert (caught.value.row, caught.value.column, caught.value.message) == (1, "a", message)


def test_a_row_of_another_width_is_refused(tmp_path):
    with pytest.raises(TableError) as caught:
        tables.write(tmp_path / "t.jsonl", {"a": int}, [[1], [1, 2]])
    assert str(caught.value) == "row 2: 2 values for 1 columns"


def test_parquet_refuses_names_that_differ_only_in_case(tmp_path):
    with pytest.raises(TableError) as caught:
        tables.write(tmp_path / "t.parquet", {"a": int, "A": int}, [])
    assert str(caught.value) == "two names of columns differ only in case, which DuckDB would rename"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_batches_have_the_asked_size_and_keep_the_order(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    tables.write(path, {"a": int}, ([i] for i in range(25)))
    batches = list(tables.read(path, ["a"], batch=10))
    assert [len(batch) for batch in batches] == [10, 10, 5]
    assert [int(values[0] or 0) for batch in batches for _, values in batch] == list(range(25))


def test_a_batch_of_long_rows_is_cut_short(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    tables.write(path, {"a": str}, (["x" * 45] for _ in range(4)))
    monkeypatch.setattr(tables, "MAX_BATCH", 100)
    assert [len(batch) for batch in tables.read(path, ["a"])] == [3, 1]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_preview_shows_all_columns_of_the_first_rows(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    tables.write(path, {"a": int, "b": str}, ([i, "x"] for i in range(25)))
    preview = tables.preview(path, 3)
    assert preview.columns == ["a", "b"]
    assert [values for _, values in preview.rows] == [("0", "x"), ("1", "x"), ("2", "x")]


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(TableError) as caught:
        tables.columns(tmp_path / "t.xlsx")
    assert str(caught.value) == "the name must end in .csv, .tsv, .jsonl, .ndjson, .parquet, not in '.xlsx'"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_not_there_is_one_error(tmp_path, suffix):
    with pytest.raises(TableError) as caught:
        tables.columns(tmp_path / f"t{suffix}")
    assert str(caught.value) == "the file cannot be read: No such file or directory"


def test_an_error_survives_pickling():
    error = pickle.loads(pickle.dumps(TableError("is odd", 3, "label")))
    assert (str(error), error.row, error.column) == ("row 3, column 'label': is odd", 3, "label")

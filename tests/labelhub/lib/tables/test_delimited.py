from pathlib import Path

import pytest

from labelhub.lib import tables
from labelhub.lib.tables import Row, TableError, cells


def rows(path: Path, *names: str, **where: str) -> list[Row]:
    return [row for batch in tables.read(path, names, where=where) for row in batch]


@pytest.fixture
def csv(tmp_path: Path):
    def save(content: bytes, name: str = "table.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return save


def test_values_are_texts_as_written(csv):
    path = csv(b'id,label,note\n007,1.0, a \n1e3,,""\n')
    assert rows(path, "note", "id", "label") == [(2, (" a ", "007", "1.0")), (3, (None, "1e3", None))]


@pytest.mark.parametrize("separator", [b",", b";", b"\t"])
def test_the_separator_is_the_one_that_the_header_holds_most(csv, separator):
    content = b'id|"a,b;c;d,e"|label\n1|x,y;z|no\n'.replace(b"|", separator)
    content = content.replace(b"x,y;z", b'"x,y;z"')
    assert rows(csv(content), "a,b;c;d,e", "label") == [(2, ("x,y;z", "no"))]


def test_tsv_is_separated_by_tabs_whatever_else_the_header_holds(csv):
    assert rows(csv(b"a,b,c\td\n1,2\t3\n", "t.tsv"), "a,b,c", "d") == [(2, ("1,2", "3"))]


def test_a_file_of_one_column_needs_no_separator(csv):
    assert rows(csv(b"id\n1\n2"), "id") == [(2, ("1",)), (3, ("2",))]


def test_byte_order_mark_and_crlf_are_not_part_of_the_values(csv):
    path = csv("\ufeffid,größe\r\n1,groß\r\n".encode())
    assert tables.columns(path) == ["id", "größe"]
    assert rows(path, "größe") == [(2, ("groß",))]


def test_rows_are_numbered_by_record(csv):
    path = csv(b'id,text\n1,"two\nlines, ""quoted"""\n\n3,x\n')
    assert rows(path, "id", "text") == [(2, ("1", 'two\nlines, "quoted"')), (4, ("3", "x"))]


def test_where_keeps_equal_texts_and_empty_means_missing(csv):
    path = csv(b"id,tag,lang\n1,a,en\n2,A,en\n3,,en\n4,a,de\n")
    assert rows(path, "id", tag="a", lang="en") == [(2, ("1",))]
    assert rows(path, "id", tag="") == [(4, ("3",))]


def test_a_header_alone_is_a_table_without_rows(csv):
    path = csv(b"id,label\n")
    assert tables.columns(path) == ["id", "label"]
    assert rows(path, "id") == []


def test_a_formula_loses_one_apostrophe_and_nothing_else_does(csv):
    path = csv(b"'=id,b\n'=1+1,''@x\n'quoted',''\n")
    assert rows(path, "=id", "b") == [(2, ("=1+1", "'@x")), (3, ("'quoted'", "''"))]


NAMES_50 = ", ".join(f"c{i}" for i in range(20)) + " and 30 more"
TOO_LONG = "the row is longer than 16 MiB; is a quote never closed?"
FAULTS = {
    "empty": (b"", None, None, "the file is empty"),
    "byte order mark only": (b"\xef\xbb\xbf", None, None, "the file is empty"),
    "UTF-16": ("id,label\n1,yes\n".encode("utf-16"), 1, None, "the file is UTF-16; save it as UTF-8"),
    "Latin-1": (b"id,label\n1,yes\n2,gr\xfcn\n", 3, "label", "the value is not UTF-8 text"),
    "Latin-1 after a line break": (b'id,label\n1,"a\n\xfc"\n', 2, "label", "the value is not UTF-8 text"),
    "Latin-1 header": (b"id,label,gr\xfcn\n", 1, None, "the name of a column is not UTF-8 text"),
    "NUL": (b"id,label\n1,y\x00es\n", 2, "label", "the value holds a NUL character"),
    "NUL header": (b"id,label,\x00\n", 1, None, "the name of a column holds a NUL character"),
    "short row": (b"id,label\n1,yes\n2\n", 3, "label", "1 cells, but the header has 2"),
    "long row": (b"id,label\n1,yes\n2,no,x\n", 3, None, "3 cells, but the header has 2"),
    "unclosed quote": (b'id,label\n1,yes\n2,"no\n3,x\n', 3, None, "a quote is opened and never closed"),
    "text after a quote": (b'id,label\n1,"yes" no\n', 2, None, "',' expected after '\"'"),
    "bare carriage returns": (
        b"id,label\r1,yes\r",
        1,
        None,
        "a carriage return stands alone; end lines with LF or CRLF",
    ),
    "missing column": (b"id,Label\n1,yes\n", None, "label", "there is no such column; there are: id, Label"),
    "column twice": (b"id,label,label\n1,yes,no\n", 1, "label", "the column is there twice"),
    "many columns": (b",".join(b"c%d" % i for i in range(10**6)), 1, None, "there are more than 10000 columns"),
    "many columns, one missing": (
        b",".join(b"c%d" % i for i in range(50)),
        None,
        "id, label",
        f"there is no such column; there are: {NAMES_50}",
    ),
    "long cell": (b"id,label\n1,yes\n2," + b"x" * (cells.MAX_ROW + 1), 3, None, TOO_LONG),
    "long cell of many lines": (b'id,label\n1,"' + (b"x" * 1023 + b"\n") * (cells.MAX_ROW // 1024), 2, None, TOO_LONG),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_error_with_its_row_and_column(csv, name):
    content, row, column, message = FAULTS[name]
    with pytest.raises(TableError) as caught:
        rows(csv(content), "id", "label")
    assert (caught.value.row, caught.value.column, caught.value.message) == (row, column, message)

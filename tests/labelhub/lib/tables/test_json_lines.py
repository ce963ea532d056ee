import json
from pathlib import Path

import pytest

from labelhub.lib import tables
from labelhub.lib.tables import Row, TableError, cells


def rows(path: Path, *names: str, **where: str) -> list[Row]:
    return [row for batch in tables.read(path, names, where=where) for row in batch]


@pytest.fixture
def jsonl(tmp_path: Path):
    def save(content: bytes, name: str = "table.jsonl") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return save


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('"007"', "007"),
        ('""', None),
        ("null", None),
        ("7", "7"),
        ("-0", "0"),
        ("1.0", "1"),
        ("1.50", "1.5"),
        ("1e2", "100"),
        ("1e-7", "1e-07"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("true", "true"),
        ("false", "false"),
        ('{"b": [1, 2.0, null], "ä": "x"}', '{"b":[1,2.0,null],"ä":"x"}'),
        ('"\\u00e4\\ud83d\\ude00"', "ä😀"),
        ('"\'=1"', "'=1"),
    ],
)
def test_a_scalar_is_its_plain_text_and_the_rest_is_json(jsonl, value, text):
    assert rows(jsonl(b'{"a": %b}\n' % value.encode()), "a") == [(1, (text,))]


def test_columns_are_all_keys_and_an_absent_key_is_missing(jsonl):
    path = jsonl(b'\xef\xbb\xbf{"id": 1, "a": 2}\r\n\r\n{"id": 2, "b": true}', "t.ndjson")
    assert tables.columns(path) == ["id", "a", "b"]
    assert rows(path, "b", "id", "a") == [(1, (None, "1", "2")), (3, ("true", "2", None))]


def test_where_compares_the_texts(jsonl):
    path = jsonl(b'{"id": 1, "n": 1.0}\n{"id": 2, "n": "1.0"}\n{"id": 3}\n')
    assert rows(path, "id", n="1") == [(1, ("1",))]
    assert rows(path, "id", n="") == [(3, ("3",))]


GOOD = b'{"id": 1, "label": "yes"}\n'
FAULTS = {
    "empty": (b"", None, None, "the file is empty"),
    "half a line": (GOOD + b'{"id": 2, "la', 2, None, "broken JSON at character 11: Unterminated string starting at"),
    "two objects": (GOOD + b"{} {}\n", 2, None, "broken JSON at character 4: Extra data"),
    "a list": (GOOD + b"[1]\n", 2, None, "the line is not a JSON object"),
    "a number": (GOOD + b"1\n", 2, None, "the line is not a JSON object"),
    "key twice": (GOOD + b'{"id": 1, "label": 1, "label": 1}\n', 2, "label", "the key is there twice"),
    "key twice inside": (GOOD + b'{"id": 1, "m": {"k": 1, "k": 2}}\n', 2, "k", "the key is there twice"),
    "NaN": (GOOD + b'{"label": NaN}\n', 2, None, "broken JSON: NaN is not JSON"),
    "Infinity": (GOOD + b'{"label": -Infinity}\n', 2, None, "broken JSON: -Infinity is not JSON"),
    "overflow": (GOOD + b'{"label": 1e999}\n', 2, "label", "the value cannot be kept: inf is not a number"),
    "nested": (GOOD + b'{"label": ' + b"[" * 10**5 + b"]" * 10**5 + b"}\n", 2, None, "the JSON is nested too deeply"),
    "lone surrogate": (GOOD + b'{"label": "\\ud800"}\n', 2, "label", "the value is not UTF-8 text"),
    "escaped NUL": (GOOD + b'{"label": "a\\u0000"}\n', 2, "label", "the value holds a NUL character"),
    "Latin-1": (GOOD + b'{"label": "gr\xfcn"}\n', 2, "label", "the value is not UTF-8 text"),
    "UTF-16": (GOOD.decode().encode("utf-16"), 1, None, "the file is UTF-16; save it as UTF-8"),
    "missing column": (b'{"id": 1}\n{"Label": 2}\n', None, "label", "there is no such column; there are: id, Label"),
    "long line": (GOOD + b'{"label": "' + b"x" * cells.MAX_ROW + b'"}\n', 2, None, "the row is longer than 16 MiB"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_error_with_its_line_and_key(jsonl, name):
    content, row, column, message = FAULTS[name]
    with pytest.raises(TableError) as caught:
        rows(jsonl(content), "id", "label")
    assert (caught.value.row, caught.value.column, caught.value.message) == (row, column, message)


def test_an_integer_of_a_million_digits_is_refused(jsonl):
    with pytest.raises(TableError) as caught:
        rows(jsonl(b'{"a": ' + b"9" * 10**6 + b"}\n"), "a")
    assert caught.value.row == 1


def test_a_key_with_half_a_surrogate_is_refused_as_a_column(jsonl):
    with pytest.raises(TableError) as caught:
        tables.columns(jsonl(b'{"id": 1}\n{"\\ud800": 1}\n'))
    assert str(caught.value) == "row 2: the name of a column is not UTF-8 text"


def test_columns_are_limited(jsonl):
    path = jsonl(json.dumps({str(i): 1 for i in range(10_001)}).encode())
    with pytest.raises(TableError) as caught:
        tables.columns(path)
    assert str(caught.value) == "row 1: there are more than 10000 columns"

from pathlib import Path

import duckdb
import pytest

from labelhub.lib import tables
from labelhub.lib.tables import Limits, Row, TableError


def rows(path: Path, *names: str, **where: str) -> list[Row]:
    return [row for batch in tables.read(path, names, where=where) for row in batch]


@pytest.fixture
def parquet(tmp_path: Path):
    def save(select: str, name: str = "table.parquet") -> Path:
        path = tmp_path / name
        quoted = str(path).replace("'", "''")
        duckdb.execute(f"COPY ({select}) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)")
        return path

    return save


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("'007'", "007"),
        ("''", None),
        ("NULL::INTEGER", None),
        ("NULL", None),
        ("7::UTINYINT", "7"),
        ("true", "true"),
        ("1.0::DOUBLE", "1"),
        ("0.1::FLOAT", "0.1"),
        ("-2.5::DOUBLE", "-2.5"),
        ("12.50::DECIMAL(6, 2)", "12.50"),
        ("DATE '2026-11-20'", "2026-11-20"),
        ("TIMESTAMP '2026-11-20 08:00:00'", "2026-11-20T08:00:00"),
        ("TIMESTAMPTZ '2026-11-20 08:00:00.25+02'", "2026-11-20T06:00:00.250000+00:00"),
        ("[1, 2]", "[1,2]"),
        ("{'a': 'x', 'b': [1]}", '{"a":"x","b":[1]}'),
        ("'a'::ENUM('a', 'b')", "a"),
        ("NULL::BLOB", None),
    ],
)
def test_a_value_is_its_plain_text(parquet, sql, text):
    assert rows(parquet(f"SELECT {sql} AS a"), "a") == [(1, (text,))]


def test_columns_are_the_top_level_ones_by_their_exact_names(parquet):
    label = '"A ""Label"" b"'
    path = parquet(f"SELECT {{'x': [1], 'y': {{'z': 2}}}} AS s, 1 AS id, 'yes' AS {label}")
    assert tables.columns(path) == ["s", "id", 'A "Label" b']
    assert rows(path, 'A "Label" b', "id") == [(1, ("yes", "1"))]


def test_rows_keep_their_order_and_numbers_under_where(parquet):
    path = parquet("SELECT i AS id, (i % 7)::DOUBLE AS k FROM range(20000) t(i)")
    assert rows(path, "id", k="3") == [(i + 1, (str(i),)) for i in range(20000) if i % 7 == 3]


def test_the_name_is_no_pattern_and_its_folders_no_columns(parquet, tmp_path):
    (tmp_path / "key=value").mkdir()
    parquet("SELECT 2 AS id", "key=value/it's 1 x.parquet")
    path = parquet("SELECT 1 AS id", "key=value/it's [1] *.parquet")
    assert tables.columns(path) == ["id"]
    assert rows(path, "id") == [(1, ("1",))]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("'nan'::DOUBLE", "the value is not a finite number"),
        ("'-inf'::FLOAT", "the value is not a finite number"),
        ("'a\\0b'", "the value holds a NUL character"),
        ("'ab'::BLOB", "the value is binary, not text"),
        ("repeat('x', 17000000)", "the value is longer than 16 MiB"),
    ],
)
def test_a_value_that_cannot_be_kept_names_its_row_and_column(parquet, sql, message):
    sql = sql.replace("'a\\0b'", "'a' || chr(0) || 'b'")
    path = parquet(f"SELECT 1 AS id, NULL AS label UNION ALL SELECT 2, {sql}")
    with pytest.raises(TableError) as caught:
        rows(path, "id", "label")
    assert (caught.value.row, caught.value.column, caught.value.message) == (2, "label", message)


def test_a_missing_column_lists_those_there(parquet):
    with pytest.raises(TableError) as caught:
        rows(parquet('SELECT 1 AS id, 2 AS "Label"'), "label")
    assert str(caught.value) == "column 'label': there is no such column; there are: id, Label"


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"x" * 100 + b"PAR1", b"id,label\n1,yes\n"])
def test_a_corrupt_file_is_one_error_without_the_folder(tmp_path, content):
    path = tmp_path / "bad.parquet"
    path.write_bytes(content)
    with pytest.raises(TableError, match=r"^the Parquet file cannot be used: ") as caught:
        tables.columns(path)
    assert str(tmp_path) not in str(caught.value)


def test_a_cut_file_is_one_error(parquet, tmp_path):
    whole = parquet("SELECT i, md5(i::VARCHAR) AS h FROM range(10000) t(i)").read_bytes()
    for cut in (0.2, 0.5, 0.99):
        path = tmp_path / "cut.parquet"
        path.write_bytes(whole[: int(len(whole) * cut)])
        with pytest.raises(TableError, match=r"^the Parquet file cannot be used: "):
            rows(path, "h")


def test_damaged_pages_are_one_error(parquet, tmp_path):
    damaged = bytearray(parquet("SELECT md5(i::VARCHAR) AS h FROM range(10000) t(i)").read_bytes())
    damaged[4:60] = bytes(56)
    path = tmp_path / "damaged.parquet"
    path.write_bytes(damaged)
    with pytest.raises(TableError, match=r"^the Parquet file cannot be used: "):
        rows(path, "h")


def test_a_decompression_bomb_ends_at_the_memory_limit(parquet):
    path = parquet("SELECT repeat('a', 100000000) AS a")
    assert path.stat().st_size < 100_000
    with pytest.raises(TableError, match="Out of Memory"):
        next(tables.read(path, ["a"], limits=Limits(memory_mb=64)))


def test_the_database_sees_no_other_file(tmp_path, parquet):
    from labelhub.lib.tables.parquet import _database

    other = parquet("SELECT 1 AS id", "other.parquet")
    for source in (str(other), "/etc/passwd", "http://127.0.0.1:9/x.parquet", "s3://bucket/x.parquet"):
        with (
            pytest.raises(TableError, match="Permission Error"),
            _database([tmp_path / "table.parquet"], Limits()) as database,
        ):
            database.execute("SELECT * FROM read_text(?)", [source])

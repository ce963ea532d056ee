"""Files that others wrote."""

from pathlib import Path

import pytest

from labelhub.lib import tables

DATA = Path(__file__).parents[4] / "../shared/data"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there"),
]


@pytest.mark.parametrize("path", sorted(p for p in DATA.glob("*") if p.suffix in tables.SUFFIXES), ids=lambda p: p.name)
def test_every_table_is_read_and_survives_csv(path, tmp_path):
    names = tables.columns(path)
    rows = [values for batch in tables.read(path, names) for _, values in batch]
    assert len(rows) > 0
    copy = tmp_path / "copy.csv"
    assert tables.write(copy, dict.fromkeys(names, str), rows) == len(rows)
    assert [values for batch in tables.read(copy, names) for _, values in batch] == rows


def test_films_are_read_whole():
    rows = [row for batch in tables.read(DATA / "movielens_items.csv", ["movieId"]) for row in batch]
    assert len(rows) == 9742

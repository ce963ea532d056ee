"""The scale of labels in a bare file."""

from pathlib import Path

import pytest

from labelhub.lib.errors import BadInput
from raters.domain.scales import Cell, Scale, levels_named

FILE = Path("labels.csv")


def cells(*labels: str, column: str = "label") -> list[Cell]:
    return [(row, column, label) for row, label in enumerate(labels, start=2)]


def test_numbers_stand_in_their_order_and_however_written_are_one_level() -> None:
    scale = Scale.of(FILE, [cells("10", "2", "2.0", "0.5")], None)
    assert (scale.names, scale.values) == (["0.5", "2", "10"], [0.5, 2.0, 10.0])
    assert (scale.place["2"], scale.place["2.0"]) == (1, 1)


def test_words_have_no_order_unless_declared() -> None:
    assert Scale.of(FILE, [cells("low", "high")], None).values is None
    assert Scale.of(FILE, [cells("low", "high")], levels_named("low, mid, high")).values == [0, 1, 2]


def test_columns_may_differ_in_language_but_not_within() -> None:
    assert Scale.of(FILE, [cells("yes", "no"), cells("1", "0", column="llm")], None).names == ["0", "1", "no", "yes"]


@pytest.mark.parametrize(
    ("labels", "options", "message"),
    [
        (["1", "0", "No"], {}, "row 4, column 'label': 'No' is no number, unlike the other labels"),
        (["yes", "no", "1"], {}, "row 4, column 'label': '1' is a number, unlike the other labels"),
        (["yes", "NaN"], {}, "row 3, column 'label': 'NaN' is no label: leave it empty"),
        (["low", "high"], {"numeric": True}, "row 2, column 'label': 'low' is not a number"),
        (["1", "3"], {"declared": ["1", "2"]}, "row 3, column 'label': '3' is not one of 1,2"),
        (["1"], {"declared": ["1"]}, "--levels needs two levels or more"),
        (["1"], {"declared": ["2", "1"]}, "--levels must rise"),
    ],
)
def test_a_slip_is_no_level(labels: list[str], options: dict, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        Scale.of(FILE, [cells(*labels)], **{"declared": None, **options})
    assert message in str(refused.value)

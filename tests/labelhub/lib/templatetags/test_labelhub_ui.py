"""Numbers as text, and the SVG that stands for them."""

import math
import re

import pytest
from django.template import Context, Template
from django.utils import translation
from heroicons import IconDoesNotExist
from hypothesis import given
from hypothesis import strategies as st

from labelhub.lib.templatetags import labelhub_ui as ui

numbers = st.floats(-1e6, 1e6)


def render(source: str, **context: object) -> str:
    return Template("{% load labelhub_ui %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ui.figure(0.6334), "0.633"),
        (ui.figure(0.6334, 2), "0.63"),
        (ui.figure(-0.0001), "0.000"),
        (ui.figure(-0.5), "\u22120.500"),
        (ui.figure(None), "n/a"),
        (ui.figure(math.nan), "n/a"),
        (ui.signed(0.181), "+0.181"),
        (ui.signed(-0.085, 2), "\u22120.09"),
        (ui.signed(None), "n/a"),
        (ui.percent(0.8133), "81.3\u202f%"),
        (ui.percent(0.5, 0), "50\u202f%"),
        (ui.percent(math.nan), "n/a"),
        (ui.count(9742), "9,742"),
        (ui.count(0), "0"),
        (ui.count(None), "n/a"),
        (ui.clock(0), "0:00"),
        (ui.clock(61_999), "1:01"),
        (ui.clock(None), "n/a"),
        (ui.dollars(12_340_000), "$12.34"),
        (ui.dollars(1_234_500_000), "$1,234.50"),
        (ui.dollars(160), "$0.0002"),
        (ui.dollars(0), "$0.00"),
        (ui.dollars(None), "n/a"),
    ],
)
def test_number_as_text(text: str, expected: str) -> None:
    assert text == expected


@given(numbers)
def test_figure_is_its_number_rounded(value: float) -> None:
    assert float(ui.figure(value).replace("\u2212", "-")) == pytest.approx(value, abs=0.0005001)


@given(numbers, numbers, st.floats(-100, 99), st.floats(0.01, 100))
def test_position_is_on_the_scale_and_keeps_the_order(first: float, second: float, lo: float, width: float) -> None:
    low, high = sorted((first, second))
    at_low, at_high = (float(ui.position(value, lo, lo + width).removesuffix("%")) for value in (low, high))
    assert 0 <= at_low <= at_high <= 100


def test_position_of_the_ends_and_the_middle() -> None:
    assert [ui.position(value, -1, 1) for value in (-1, 0, 1)] == ["0.00%", "50.00%", "100.00%"]


def test_position_refuses_an_empty_scale() -> None:
    with pytest.raises(ValueError, match="lo < hi"):
        ui.position(0.5, 1, 1)


def test_whisker_draws_what_is_defined() -> None:
    svg = render('{% whisker 0.5 0.25 0.75 labeler="llm" reference=0.6 %}')
    assert re.findall(r'class="([\w -]+)"', svg) == [
        "whisker labeler-llm",
        "whisker-axis",
        "whisker-reference",
        "whisker-span",
        "whisker-cap",
        "whisker-cap",
        "whisker-dot",
    ]
    assert 'aria-label="0.500, interval 0.250 to 0.750"' in svg
    assert 'x1="25.00%" x2="75.00%"' in svg


def test_whisker_at_the_lower_end_of_the_scale_is_drawn() -> None:
    assert 'cx="0.00%"' in render("{% whisker 0.0 None None %}")


def test_whisker_beyond_the_scale_is_cut_and_never_moved_onto_it() -> None:
    svg = render("{% whisker value low 0.5 %}", value=-0.1, low=-0.4)
    assert re.findall(r'class="([\w -]+)"', svg) == ["whisker", "whisker-axis", "whisker-span", "whisker-cap"]
    assert 'x1="0.00%" x2="50.00%"' in svg


def test_whisker_without_a_value_draws_the_axis_only() -> None:
    svg = render("{% whisker value low high %}", value=math.nan, low=None, high=None)
    assert re.findall(r'class="([\w -]+)"', svg) == ["whisker", "whisker-axis"]
    assert 'aria-label="n/a"' in svg


def test_coordinates_have_a_point_in_every_locale() -> None:
    with translation.override("de"):
        assert 'cx="12.50%"' in render("{% whisker 0.125 None None %}")


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).replace("&#8239;", " ").split())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% figure 0.633 0.571 0.69 214 %}", "0.633 [0.57, 0.69] n 214"),
        ("{% figure 0.181 0.121 0.24 signed=True %}", "+0.181 [+0.12, +0.24]"),
        ("{% figure 0.633 None None 3 %}", "0.633 n 3"),
        ('{% figure 1.0 None None 4 reason="interval refused: all alike" %}', "1.000 interval refused: all alike n 4"),
        ('{% figure None None None 3 reason="too few" %}', "too few n 3"),
        ("{% figure None %}", "n/a"),
        ('{% figure nan nan nan reason="not comparable" %}', "not comparable"),
    ],
)
def test_figure_says_value_interval_and_n(source: str, expected: str) -> None:
    assert text_of(render(source, nan=math.nan)) == expected


def test_bar_is_a_share() -> None:
    assert 'class="bar-value" width="37.50%"' in render("{% bar 3 8 %}")


def test_bar_of_nothing_is_empty() -> None:
    assert 'class="bar-value" width="0.00%"' in render("{% bar 0 0 %}")


def test_sparkline_goes_from_corner_to_corner() -> None:
    assert ui.sparkline([0.2, 0.4]) == {"points": "0.00,23.00 100.00,1.00", "label": "from 0.200 to 0.400"}


def test_sparkline_skips_undefined_points() -> None:
    assert ui.sparkline([0.0, None, 1.0])["points"] == "0.00,23.00 100.00,1.00"


@pytest.mark.parametrize(("values", "points"), [([], ""), ([None, math.nan], ""), ([0.5], "0.00,23.00")])
def test_sparkline_of_few_points(values: list[float | None], points: str) -> None:
    assert ui.sparkline(values)["points"] == points


def test_icon_has_the_size_asked_for() -> None:
    assert 'width="20"' in render('{% icon "check" 20 %}')


def test_unknown_icon_and_size_are_errors() -> None:
    with pytest.raises(IconDoesNotExist):
        ui.icon("no-such-icon")
    with pytest.raises(KeyError):
        ui.icon("check", 17)


@pytest.mark.parametrize("kind", sorted(ui.STATUS_ICONS))
def test_status_has_an_icon_and_a_word(kind: str) -> None:
    html = render('{% include "components/status.html" with kind=kind text="Word" only %}', kind=kind)
    assert f'class="pill pill-{kind}"' in html
    assert "<svg" in html
    assert text_of(html) == "Word"


def test_unknown_message_level_gets_the_neutral_icon() -> None:
    assert ui.message_icon("debug") == ui.icon("information-circle", 20)

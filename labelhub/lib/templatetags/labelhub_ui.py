"""Template tags of the interface: numbers as text, small inline SVG charts, icons.

Undefined numbers (``None``, NaN) are shown as ``n/a``, never as 0. Coordinates are percentages written with a
point in every locale, so the SVG stretches with its CSS width and needs no ``style`` attribute.
"""

import math
from collections.abc import Sequence

from django import template
from heroicons.templatetags.heroicons import heroicon_micro, heroicon_mini, heroicon_outline

register = template.Library()

UNDEFINED = "n/a"
MINUS = "\u2212"
ICON_STYLES = {16: heroicon_micro, 20: heroicon_mini, 24: heroicon_outline}
STATUS_ICONS = {
    "good": "check-circle",
    "warn": "exclamation-triangle",
    "bad": "x-circle",
    "neutral": "minus-circle",
    "accent": "arrow-path",
    "simulated": "beaker",
}
CALLOUT_ICONS = STATUS_ICONS | {"neutral": "information-circle", "next": "arrow-right-circle"}
MESSAGE_ICONS = {"success": "check-circle", "warning": "exclamation-triangle", "error": "x-circle"}


def defined(value: float | None) -> bool:
    """Whether ``value`` is a number: neither ``None`` nor NaN."""
    return value is not None and not math.isnan(value)


@register.filter
def figure(value: float | None, decimals: int = 3) -> str:
    """``value`` with ``decimals`` places (default 3) and a true minus sign, or ``n/a``; never a negative zero."""
    if value is None or math.isnan(value):
        return UNDEFINED
    return f"{value:z.{decimals}f}".replace("-", MINUS)


@register.filter
def p_value(value: float | None) -> str:
    """A p-value with three places, ``< 0.001`` below that, or ``n/a``: never a bare zero."""
    return "<\u202f0.001" if value is not None and value < 0.001 else figure(value)


@register.filter
def signed(value: float | None, decimals: int = 3) -> str:
    """A difference: as ``figure``, with ``+`` before what is not negative."""
    if value is None or math.isnan(value):
        return UNDEFINED
    return f"{value:+z.{decimals}f}".replace("-", MINUS)


@register.filter
def percent(value: float | None, decimals: int = 1) -> str:
    """The share ``value`` (1.0 is everything) as ``81.3 %`` with a narrow no-break space, or ``n/a``."""
    if value is None or math.isnan(value):
        return UNDEFINED
    return f"{100 * value:z.{decimals}f}\u202f%".replace("-", MINUS)


@register.filter
def points(value: float | None) -> str:
    """A width or difference of shares (1.0 is everything) as ``8.4 points``, or ``n/a``."""
    return UNDEFINED if value is None or math.isnan(value) else f"{100 * value:z.1f}\u202fpoints".replace("-", MINUS)


@register.filter
def hours(value: float | None) -> str:
    """Hours of work as ``5.2 h``, under one hour as ``25 min``, or ``n/a``."""
    if value is None or math.isnan(value):
        return UNDEFINED
    return f"{value:,.1f}\u202fh" if value >= 1 else f"{math.ceil(60 * value)}\u202fmin"


@register.filter
def count(value: int | None) -> str:
    """``value`` in groups of three, ``9,742``, or ``n/a``."""
    return UNDEFINED if value is None else f"{value:,}"


@register.filter
def clock(milliseconds: int | None) -> str:
    """A length of time as ``m:ss``, rounded down to seconds, or ``n/a``."""
    if milliseconds is None:
        return UNDEFINED
    minutes, seconds = divmod(milliseconds // 1000, 60)
    return f"{minutes}:{seconds:02d}"


@register.filter
def dollars(micro_usd: int | None) -> str:
    """Integer micro-USD as ``$12.34``, four places below one cent, or ``n/a``."""
    if micro_usd is None:
        return UNDEFINED
    places = 4 if 0 < abs(micro_usd) < 10_000 else 2
    return f"${micro_usd / 1_000_000:,.{places}f}"


@register.simple_tag
def icon(name: str, size: int = 16) -> str:
    """The heroicon ``name``: 16 and 20 px are solid, 24 px is outlined. Decorative: the text beside it names it.

    Raises ``KeyError`` for any other size, ``heroicons.IconDoesNotExist`` for an unknown name.
    """
    return ICON_STYLES[size](name, size=size)


@register.simple_tag
def status_icon(kind: str) -> str:
    """The icon of a status pill; ``kind`` is a key of ``STATUS_ICONS``, others raise ``KeyError``."""
    return icon(STATUS_ICONS[kind])


@register.simple_tag
def callout_icon(kind: str) -> str:
    """The icon of a callout; ``kind`` is a key of ``CALLOUT_ICONS``, others raise ``KeyError``."""
    return icon(CALLOUT_ICONS[kind], size=20)


@register.simple_tag
def message_icon(level_tag: str) -> str:
    """The icon of a Django message, by its level."""
    return icon(MESSAGE_ICONS.get(level_tag, "information-circle"), size=20)


EPS = 1e-9  # a figure that is 1 but for rounding lies on the scale


def position(value: float, lo: float, hi: float) -> str:
    """Where ``value`` stands between ``lo`` and ``hi`` as an SVG percentage, clipped to the scale.

    Raises ``ValueError`` unless ``lo < hi``.
    """
    if not lo < hi:
        raise ValueError(f"a scale needs lo < hi, got {lo} and {hi}")
    share = (min(max(value, lo), hi) - lo) / (hi - lo)
    return f"{100 * share:.2f}%"


@register.inclusion_tag("components/whisker.html")
def whisker(
    value: float | None,
    low: float | None,
    high: float | None,
    lo: float = 0.0,
    hi: float = 1.0,
    labeler: str = "",
    reference: float | None = None,
) -> dict[str, str]:
    """A point with its interval on the scale ``lo`` to ``hi``; parts that are undefined are not drawn.

    What lies beyond the scale is cut: an interval goes up to its end without a cap, a point is not there.
    ``labeler`` (human, llm, student) chooses the colour; ``reference`` draws a dashed line there.
    """
    parts = {"labeler": labeler, "label": interval_text(value, low, high)}
    ends = {"low": low, "high": high}
    marks = {"at": value, "low_cap": low, "high_cap": high, "reference": reference}
    within = {name: mark for name, mark in marks.items() if mark is not None and lo - EPS <= mark <= hi + EPS}
    return parts | {
        name: position(mark, lo, hi) for name, mark in (within | ends).items() if mark is not None and defined(mark)
    }


def interval_text(value: float | None, low: float | None, high: float | None) -> str:
    """The figure in words, as screen readers hear it."""
    if not (defined(low) and defined(high)):
        return figure(value)
    return f"{figure(value)}, interval {figure(low)} to {figure(high)}"


@register.inclusion_tag("components/figure.html", name="figure")
def figure_tag(
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    n: int | None = None,
    lo: float = 0.0,
    hi: float = 1.0,
    labeler: str = "",
    reference: float | None = None,
    reason: str = "",
    signed: bool = False,
) -> dict[str, object]:
    """A figure with whisker, interval and n; the context of ``components/figure.html``, which says the rest."""
    return {
        "value": value,
        "low": low,
        "high": high,
        "n": n,
        "lo": lo,
        "hi": hi,
        "labeler": labeler,
        "reference": reference,
        "reason": reason,
        "signed": signed,
        "known": defined(value),
        "interval": defined(low) and defined(high),
    }


@register.inclusion_tag("components/bar.html")
def bar(value: float, total: float, labeler: str = "") -> dict[str, str]:
    """A horizontal bar: ``value`` as a share of ``total``; an empty ``total`` of 0 draws an empty bar."""
    share = value / total if total else 0.0
    return {"width": position(share, 0.0, 1.0), "label": percent(share, 0), "labeler": labeler}


@register.inclusion_tag("components/sparkline.html")
def sparkline(values: Sequence[float | None], lo: float | None = None, hi: float | None = None) -> dict[str, str]:
    """A line through ``values`` in a box of 100 x 24, left to right; undefined points are skipped.

    The scale is ``lo`` to ``hi``, by default the extremes of the values; equal extremes draw a level line.
    """
    known = [(index, value) for index, value in enumerate(values) if value is not None and defined(value)]
    if not known:
        return {"points": "", "label": UNDEFINED}
    bottom = min(value for _, value in known) if lo is None else lo
    top = max(value for _, value in known) if hi is None else hi
    step = 100 / max(len(values) - 1, 1)
    height = (top - bottom) or 1.0
    points = " ".join(f"{index * step:.2f},{23 - 22 * (value - bottom) / height:.2f}" for index, value in known)
    return {"points": points, "label": f"from {figure(known[0][1])} to {figure(known[-1][1])}"}

"""How the shapes of a scene look: outlines drawn in their own small box, and ridges that fill the full width.

An outline is a signed distance in units of the shape's size, negative inside (I. Quilez, "2D distance functions"),
given at points (x, y) relative to its centre.
"""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from labelhub.demo.motions import CANVAS, LOOP, Array, Elements, Pose

EDGE: Final = 1.2 / CANVAS[1]  # width of a soft edge


def _grid() -> tuple[Array, Array]:
    """Pixel centres: y of shape (rows, 1), x of shape (1, columns)."""
    rows, columns = CANVAS
    y = (np.arange(rows, dtype=np.float32)[:, None] + 0.5) / columns
    x = (np.arange(columns, dtype=np.float32)[None, :] + 0.5) / columns
    return y, x


Y, X = _grid()


def _orb(x: Array, y: Array) -> Array:
    return np.hypot(x, y) - 1


def _ring(x: Array, y: Array) -> Array:
    return np.abs(np.hypot(x, y) - 0.84) - 0.13


def _drop(x: Array, y: Array) -> Array:
    """A circle below that narrows to a point above."""
    return np.hypot(x * (1 + 1.1 * np.maximum(-y, 0)) * 1.25, y) - 1


def _tile(x: Array, y: Array) -> Array:
    return np.hypot(np.maximum(np.abs(x) - 0.5, 0), np.maximum(np.abs(y) - 0.5, 0)) - 0.26


def _bar(x: Array, y: Array) -> Array:
    return np.hypot(x, np.maximum(np.abs(y) - 0.86, 0)) - 0.13


def _petal(x: Array, y: Array) -> Array:
    """The lens between two circles."""
    return np.hypot(np.abs(x) + 0.75, y) - 1.25


OUTLINES: Final[dict[str, Callable[[Array, Array], Array]]] = {
    "orbs": _orb,
    "rings": _ring,
    "drops": _drop,
    "tiles": _tile,
    "bars": _bar,
    "petals": _petal,
}


def draw_outlines(canvas: Array, shapes: str, e: Elements, pose: Pose) -> None:
    """Blend every shape into the canvas, lit from above left, nearer ones more opaque."""
    outline = OUTLINES[shapes]
    rows, columns = CANVAS
    for i in range(len(pose.x)):
        x, y, size = float(pose.x[i]), float(pose.y[i]), float(pose.size[i])
        reach = 1.15 * size
        top, bottom = max(int((y - reach) * columns), 0), min(int((y + reach) * columns) + 1, rows)
        left, right = max(int((x - reach) * columns), 0), min(int((x + reach) * columns) + 1, columns)
        if top >= bottom or left >= right:
            continue
        dx, dy = (X[:, left:right] - x) / size, (Y[top:bottom] - y) / size
        cos, sin = math.cos(pose.angle[i]), math.sin(pose.angle[i])
        distance = outline(dx * cos + dy * sin, dy * cos - dx * sin)
        alpha = np.clip(0.5 - distance * (size / EDGE), 0, 1) * float(0.5 + 0.42 * e.depth[i])
        shade = 1.06 - 0.16 * (dx + dy)
        box = canvas[top:bottom, left:right]
        box += alpha[..., None] * (np.minimum(e.colour[i] * shade[..., None], 255) - box)


def _wave(x: Array, phase: float) -> Array:
    turns = 2 * math.pi * x
    wave: Array = 0.6 * np.sin(1.1 * turns + 2.5 * phase) + 0.4 * np.sin(2.3 * turns - 4.4 * phase)
    return wave


def _peak(x: Array, phase: float) -> Array:
    """A mountain line: triangle waves of rising frequency."""
    return 1.3 * _triangle(1.3 * x + phase) + 0.35 * _triangle(3.7 * x + 2.1 * phase)


def _triangle(x: Array) -> Array:
    """The triangle wave of period 1 between -1 and 1."""
    wave: Array = 4 * np.abs(x % 1 - 0.5) - 1
    return wave


RIDGES: Final[dict[str, Callable[[Array, float], Array]]] = {"waves": _wave, "peaks": _peak}


def draw_ridges(canvas: Array, shapes: str, e: Elements, pose: Pose) -> None:
    """Fill each layer below its ridge, farthest first.

    Sideways motion shifts a ridge and its angle swells it; vertical motion only makes it heave, so that layers keep
    their order.
    """
    ridge = RIDGES[shapes]
    heave = 0.07 * np.sin(2 * np.pi * (pose.y - e.y) / LOOP)
    for i in range(len(pose.x)):
        swell = float(pose.size[i] * (1 + 0.5 * np.sin(pose.angle[i])))
        line = float(e.y[i] + heave[i]) + swell * ridge(X - float(pose.x[i]), float(e.phase[i]))
        alpha = 0.62 * np.clip(0.5 + (Y - line) / EDGE, 0, 1)
        canvas += alpha[..., None] * (e.colour[i] - canvas)

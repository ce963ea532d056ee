"""How the shapes of a scene move: pure functions from the shapes at rest and the time in beats to where they are.

Positions and sizes are in canvas widths, x in [0, 1] and y in [0, ASPECT] downward; angles are in radians.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

CANVAS: Final = (320, 180)  # rows, columns
ASPECT: Final = CANVAS[0] / CANVAS[1]
MARGIN: Final = 0.2  # how far outside the picture a falling shape turns up again
LOOP: Final = ASPECT + 2 * MARGIN


@dataclass(frozen=True, slots=True)
class Elements:
    """n shapes, farthest first, as arrays of shape (n,); `phase` in [0, 2 pi), `depth` in [0, 1], `colour` (n, 3)."""

    x: Array
    y: Array
    size: Array
    angle: Array
    phase: Array
    depth: Array
    colour: Array


@dataclass(frozen=True, slots=True)
class Pose:
    """Where the n shapes are at one moment, as arrays of shape (n,)."""

    x: Array
    y: Array
    size: Array
    angle: Array


def _drift(e: Elements, beats: np.float32) -> Pose:
    swing = 2 * np.pi * beats * (0.3 + 0.3 * e.depth) + e.phase
    return Pose(e.x + 0.05 * np.sin(swing), e.y + 0.035 * np.cos(swing * 0.8), e.size, e.angle)


def _fall(e: Elements, beats: np.float32) -> Pose:
    y = (e.y + MARGIN + beats * (0.5 + 0.9 * e.depth)) % LOOP - MARGIN
    return Pose(e.x + 0.02 * np.sin(e.phase + 2 * beats), y, e.size, e.angle * 0.3)


def _sway(e: Elements, beats: np.float32) -> Pose:
    swing = np.sin(2 * np.pi * beats * 0.8 + 1.6 * e.y + 0.3 * e.phase)
    return Pose(e.x + 0.09 * swing, e.y, e.size, e.angle + 0.5 * swing)


def _bounce(e: Elements, beats: np.float32) -> Pose:
    hop = np.abs(np.sin(np.pi * beats + e.phase))
    squash = 1 + 0.18 * (hop - 0.5)
    return Pose(
        e.x, e.y + 0.12 - (0.15 + 0.25 * e.depth) * hop, e.size * squash, e.angle + 0.4 * np.sin(e.phase + beats)
    )


def _pulse(e: Elements, beats: np.float32) -> Pose:
    beat = np.sin(2 * np.pi * beats + 0.5 * e.phase)
    return Pose(e.x, e.y, e.size * (1 + 0.28 * beat), e.angle)


def _orbit(e: Elements, beats: np.float32) -> Pose:
    radius = np.hypot(e.x - 0.5, (e.y - ASPECT / 2) * 0.75).astype(np.float32)
    turn = np.arctan2(e.y - ASPECT / 2, e.x - 0.5) + 2 * np.pi * beats * (0.25 + 0.25 * e.depth)
    return Pose(0.5 + radius * np.cos(turn), ASPECT / 2 + 1.3 * radius * np.sin(turn), e.size, e.angle + 0.6 * beats)


def _strobe(e: Elements, beats: np.float32) -> Pose:
    """Every half beat the shapes jump elsewhere: at most 2.4 times a second, under the 3 of WCAG 2.3.1."""
    step, since = divmod(2 * float(beats), 1.0)
    x = (e.x + 0.382 * step) % 1
    y = (e.y + ASPECT * 0.236 * step) % ASPECT
    return Pose(x, y, e.size * (1.2 if since < 0.5 else 1.0), e.angle + 0.35 * np.sin(np.float32(2.4 * step)))


def _mirror(e: Elements, beats: np.float32) -> Pose:
    """Slow and even; the frame is then folded at its middle line."""
    glide = 2 * np.pi * beats * 0.4 + e.phase
    return Pose(e.x * 0.62 + 0.03 * np.sin(glide), e.y + 0.03 * np.cos(glide), e.size, e.angle + 0.15 * np.sin(glide))


MOTIONS: Final[dict[str, Callable[[Elements, np.float32], Pose]]] = {
    "drift": _drift,
    "fall": _fall,
    "sway": _sway,
    "bounce": _bounce,
    "pulse": _pulse,
    "orbit": _orbit,
    "strobe": _strobe,
    "handheld": _drift,
    "mirror": _mirror,
}

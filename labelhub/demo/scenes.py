"""Abstract moving scenes in numpy: a background, a few shapes, one kind of motion."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from labelhub.demo.corpus import Look
from labelhub.demo.motions import ASPECT, CANVAS, MOTIONS, Array, Elements, Pose
from labelhub.demo.shapes import OUTLINES, RIDGES, X, Y, draw_outlines, draw_ridges

# Sky above, sky below, then three accents.
PALETTES: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "dawn": ("#ffd9b0", "#f28f7c", "#fff1d6", "#f9b572", "#a9577e"),
    "ocean": ("#0c3b5e", "#1f8a9c", "#d5f3ee", "#5cc2c4", "#0a6e8a"),
    "forest": ("#14352b", "#3f7d58", "#dcebc0", "#8fbf6f", "#23594a"),
    "ember": ("#2b0f1c", "#b3392b", "#ffd27a", "#f5803e", "#7a1f3a"),
    "neon": ("#14082f", "#3a1078", "#22e6e0", "#ff3fa4", "#f8f32b"),
    "studio": ("#f4f1ee", "#cfd4dc", "#ffffff", "#e8785a", "#3f4f6b"),
    "paper": ("#f7f0e1", "#e6d8bd", "#c7563f", "#31596b", "#efb84a"),
    "candy": ("#ffc9de", "#a8d8ff", "#ff6fa3", "#fff3b0", "#7b6cf6"),
    "slate": ("#2c3440", "#66758a", "#cfd8e3", "#8fa3bb", "#e0a458"),
    "midnight": ("#060b22", "#24336b", "#f3e9c4", "#6f83d6", "#b79ce0"),
    "meadow": ("#c6e9f2", "#8cc56a", "#fff7cf", "#f2b632", "#3f8f5b"),
    "sand": ("#f6e3c3", "#d2a172", "#fff8ea", "#b9764a", "#6f8a91"),
    "berry": ("#3a1240", "#93346c", "#ffd3e0", "#e0699c", "#6a5acd"),
    "citrus": ("#fff2a8", "#ffa63d", "#ffffff", "#f2643c", "#6fb33f"),
    "rose": ("#fde4e1", "#e7a6b0", "#fff9f5", "#cf6679", "#8f5b84"),
    "ice": ("#e9f6fb", "#9cc7de", "#ffffff", "#5f9ec4", "#3d6a91"),
}
BEATS_PER_SECOND: Final[dict[str, float]] = {"slow": 0.2, "medium": 0.6, "fast": 1.2}


class Scene:
    """The scene of one look; `seed` decides everything that the look leaves open.

    Raises ValueError when the look names an unknown palette, motion, tempo or shape.
    """

    def __init__(self, look: Look, seed: int) -> None:
        for word, known in (
            (look.palette, PALETTES),
            (look.motion, MOTIONS),
            (look.tempo, BEATS_PER_SECOND),
            (look.shapes, {**OUTLINES, **RIDGES}),
        ):
            if word not in known:
                raise ValueError(f"unknown look {word!r}; known: {', '.join(sorted(known))}")
        rng = np.random.default_rng(seed)
        self.look = look
        self.palette = np.array([_rgb(colour) for colour in PALETTES[look.palette]], dtype=np.float32)
        self.background = _background(self.palette, rng)
        arrange = _layers if look.shapes in RIDGES else _row if look.shapes == "bars" else _scatter
        self.elements = arrange(self.palette[2:], rng)
        self.shake = rng.uniform(0, 2 * np.pi, 4)

    def frame(self, seconds: float) -> NDArray[np.uint8]:
        """The picture at that moment, shape (*CANVAS, 3)."""
        beats = np.float32(seconds * BEATS_PER_SECOND[self.look.tempo])
        pose = MOTIONS[self.look.motion](self.elements, beats)
        canvas = self.background.copy()
        if self.look.motion == "handheld":
            pose, canvas = self._shaken(pose, canvas, seconds)
        draw = draw_ridges if self.look.shapes in RIDGES else draw_outlines
        draw(canvas, self.look.shapes, self.elements, pose)
        if self.look.motion == "mirror":
            half = CANVAS[1] // 2
            canvas[:, half:] = canvas[:, :half][:, ::-1]
        return np.clip(canvas, 0, 255).astype(np.uint8)

    def _shaken(self, pose: Pose, canvas: Array, seconds: float) -> tuple[Pose, Array]:
        """A hand's tremor: two incommensurate sines on each axis move the shapes and the light behind them."""
        a, b, c, d = self.shake
        pace = 1.0 if self.look.tempo == "slow" else 1.7
        dx = 0.022 * np.sin(5.1 * pace * seconds + a) + 0.012 * np.sin(11.3 * pace * seconds + b)
        dy = 0.026 * np.sin(4.3 * pace * seconds + c) + 0.012 * np.sin(9.7 * pace * seconds + d)
        tilted = Pose(pose.x + np.float32(dx), pose.y + np.float32(dy), pose.size, pose.angle + np.float32(dx))
        rows = np.clip(np.arange(CANVAS[0]) - round(dy * CANVAS[1]), 0, CANVAS[0] - 1)
        return tilted, canvas[rows]


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _background(palette: Array, rng: np.random.Generator) -> Array:
    """A vertical gradient with one wide soft light in the first accent colour."""
    mix = (Y / np.float32(ASPECT))[..., None] ** np.float32(0.9)
    gradient = palette[0] * (1 - mix) + palette[1] * mix
    distance = (X - rng.uniform(0.15, 0.85)) ** 2 + (Y - rng.uniform(0.2, 0.9)) ** 2
    glow = 0.38 * np.exp(-distance / np.float32(0.12))[..., None]
    lit = gradient * (1 - glow) + palette[2] * glow
    vignette = 1 - 0.22 * ((X - 0.5) ** 2 * 2 + (Y / np.float32(ASPECT) - 0.5) ** 2 * 2)[..., None]
    picture: Array = (lit * vignette).astype(np.float32)
    return picture


def _layers(accents: Array, rng: np.random.Generator) -> Elements:
    """Five layers at even heights whose colours run from the second accent to the third."""
    n = 5
    mix = np.linspace(0, 1, n, dtype=np.float32)[:, None]
    return Elements(
        x=rng.uniform(0, 1, n),
        y=np.linspace(0.42, 0.86, n) * ASPECT,
        size=np.linspace(0.10, 0.05, n),
        angle=rng.uniform(-0.6, 0.6, n),
        phase=rng.uniform(0, 2 * np.pi, n),
        depth=np.linspace(0, 1, n),
        colour=accents[1] * (1 - mix) + accents[2] * mix,
    )


def _row(accents: Array, rng: np.random.Generator) -> Elements:
    """Nine upright shapes side by side."""
    n = 9
    size = np.sort(rng.uniform(0.16, 0.42, n))
    return Elements(
        x=rng.permutation((np.arange(n) + 0.5) / n),
        y=rng.uniform(0.3, 0.7, n) * ASPECT,
        size=size,
        angle=rng.uniform(-0.15, 0.15, n),
        phase=rng.uniform(0, 2 * np.pi, n),
        depth=np.linspace(0, 1, n),
        colour=_in_turn(accents, n, rng),
    )


def _scatter(accents: Array, rng: np.random.Generator) -> Elements:
    """Thirteen shapes spread by the golden ratio with some jitter, larger ones nearer."""
    n = 13
    place = rng.permutation(n)
    return Elements(
        x=(place * 0.618034 + rng.uniform()) % 1 + rng.uniform(-0.05, 0.05, n),
        y=(place + rng.uniform(0.2, 0.8, n)) / n * ASPECT,
        size=np.geomspace(0.05, 0.19, n),
        angle=rng.uniform(-0.6, 0.6, n),
        phase=rng.uniform(0, 2 * np.pi, n),
        depth=np.linspace(0, 1, n),
        colour=_in_turn(accents, n, rng),
    )


def _in_turn(accents: Array, n: int, rng: np.random.Generator) -> Array:
    colours: Array = accents[(np.arange(n) + rng.integers(len(accents))) % len(accents)]
    return colours

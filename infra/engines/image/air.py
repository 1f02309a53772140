"""The light and the colours that all painters of one picture share, and the layers they paint."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from infra.engines import Look
from infra.engines.image.paint import Colour, Sheet, colour, dice, lit, mix
from infra.engines.image.picking import Plan

SKIES = {
    "day": ("#5fb2ea", "#a9d8f3", "#e9f5f7"),
    "dawn": ("#7fa6d8", "#f3c3b2", "#ffe6c2"),
    "dusk": ("#4b4a86", "#d9758a", "#ffb877"),
    "night": ("#0e1638", "#1f2f63", "#44588f"),
    "studio": ("#cfd9ea", "#e4e9f2", "#f6f4ef"),
}
TINTS = {
    "day": ((1.0, 0.98, 0.94), 0.0),
    "dawn": ((1.0, 0.80, 0.66), 0.16),
    "dusk": ((0.86, 0.50, 0.52), 0.24),
    "night": ((0.10, 0.16, 0.42), 0.52),
    "studio": ((1.0, 0.98, 0.96), 0.0),
}
PALETTE_SHARE = 0.42
MASK = 4


@dataclass(frozen=True)
class Air:
    """What all painters of one picture share: colours of sky (top to horizon) and land (far to near), light."""

    plan: Plan
    sky: tuple[Colour, Colour, Colour]
    land: tuple[Colour, Colour, Colour]
    accent: Colour
    tint: Colour
    dim: float
    light_x: float
    seed: str

    def rng(self, what: str) -> np.random.Generator:
        """A generator for one part of the picture."""
        return dice(self.seed, what)

    @property
    def haze(self) -> Colour:
        """The colour of distance."""
        return mix(self.sky[2], self.sky[1], 0.35)


@dataclass
class Stage:
    """A painted setting in four layers, far to near; y of *horizon*, *floor* and *desk* in px.

    *cast* is a smaller sheet (1 : MASK) on which only pieces of art are drawn: where they are, a style is gentler.
    """

    far: Sheet
    middle: Sheet
    ground: Sheet
    front: Sheet
    horizon: float
    floor: float
    kind: str
    desk: float | None = None
    cast: Sheet = field(init=False)

    def __post_init__(self) -> None:
        self.cast = Sheet(max(1, self.far.width // MASK), max(1, self.far.height // MASK))
        self.cast.canvas.scale(1 / MASK, 1 / MASK)


def air(plan: Plan, look: Look, seed: str) -> Air:
    """The light and the colours of one picture: the place's own, drawn towards the film's palette."""
    palette = [colour(text) for text in look.palette]
    light = plan.light
    skies = [colour(text) for text in SKIES[light]]
    tint, dim = TINTS[light]
    share = PALETTE_SHARE if light in {"day", "studio"} else PALETTE_SHARE * 0.55
    top = mix(skies[0], palette[0], share)
    sky = (top, mix(skies[1], lit(palette[0], 0.06), share * 0.8), mix(skies[2], lit(palette[0], 0.16), share * 0.5))
    if plan.weather in {"rain", "mist"} or (plan.weather == "snow" and light == "day"):
        grey = mix(sky[1], (0.62, 0.67, 0.72), 0.6)
        sky = (mix(sky[0], lit(grey, -0.1), 0.65), mix(sky[1], grey, 0.6), mix(sky[2], lit(grey, 0.1), 0.5))
    land = [
        mix(colour(text), palette[1 + index], share * (0.8 if index else 0.6))
        for index, text in enumerate(plan.place.colours)
    ]
    shaded = [mix(value, mix(value, tint, 0.75), dim) for value in land]
    dark = [lit(value, -0.34 * dim) for value in shaded]
    rng = dice(seed, "light")
    return Air(
        plan, sky, (dark[0], dark[1], dark[2]), palette[4], tint, dim, float(rng.choice([0.2, 0.28, 0.72, 0.8])), seed
    )


def sheets(width: int, height: int) -> tuple[Sheet, Sheet, Sheet, Sheet]:
    """Four empty layers: far, middle, ground, front."""
    return Sheet(width, height), Sheet(width, height), Sheet(width, height), Sheet(width, height)

"""Land: hills, mountains, trees."""

from __future__ import annotations

import numpy as np
import skia

from infra.engines.image.air import Air
from infra.engines.image.paint import WHITE, Colour, Sheet, argb, lit, mix, outline, vertical, wave


def hills(
    sheet: Sheet,
    scene: Air,
    y: float,
    height: float,
    value: Colour,
    name: str,
    *,
    rough: float = 0.0,
    mist: float = 0.0,
) -> np.ndarray:
    """One ridge of land with light on its crest and mist at its foot; returns the outline's y."""
    rng = scene.rng(name)
    xs = np.linspace(0, 1, 180)
    ys = y - height * (0.5 + 0.5 * wave(rng, xs * sheet.width / sheet.height, rough))
    sheet.ridge(
        ys,
        [(lit(value, 0.055), 1), (value, 1), (lit(value, -0.06), 1)],
        depth=height * 2 + 180 * sheet.unit,
        rim=lit(value, 0.13),
    )
    if mist:
        bottom = y + height * 0.9
        sheet.wash([(scene.haze, 0), (scene.haze, mist)], y - height * 0.35, bottom)
    return ys


def peaks(
    sheet: Sheet, scene: Air, y: float, height: float, value: Colour, name: str, *, snow: bool, glow: bool = False
) -> None:
    """A range of faceted mountains, lit from one side."""
    rng = scene.rng(name)
    count = max(3, round(sheet.width / (height * 1.15)))
    left = scene.light_x < 0.5
    for index in rng.permutation(count):
        x = (index + rng.uniform(0.1, 0.9)) * sheet.width / count
        tall, half = height * rng.uniform(0.62, 1.0), height * rng.uniform(0.62, 0.92)
        top = (x + rng.uniform(-0.1, 0.1) * half, y - tall)
        spine = [
            top,
            *((top[0] + rng.uniform(-0.10, 0.14) * half * step, y - tall * (1 - step)) for step in (0.3, 0.55, 0.8)),
            (x, y + 40),
        ]
        west = [*_crag(rng, (x - half, y + 40), top), *spine]
        east = [*_crag(rng, (x + half, y + 40), top), *spine]
        bright, dark = lit(value, 0.05), lit(value, -0.07)
        for side, shade in ((west, bright if left else dark), (east, dark if left else bright)):
            sheet.fill(outline(side), shader=vertical(top[1], y, [(shade, 1), (mix(shade, scene.haze, 0.45), 1)]))
        if snow and tall > height * 0.68:
            _cap(sheet, rng, top, half, tall, lit(mix(WHITE, scene.sky[2], 0.25), -0.25 * scene.dim))
        if glow:
            sheet.glow(*top, height * 0.5, (1, 0.45, 0.2), 0.35)


def _crag(rng: np.random.Generator, foot: tuple[float, float], top: tuple[float, float]) -> list[tuple[float, float]]:
    steps = np.linspace(0, 1, 6)
    reach = abs(foot[0] - top[0]) * 0.05
    return [
        (
            foot[0] + (top[0] - foot[0]) * s + (rng.normal() * reach if 0 < s < 1 else 0),
            foot[1] + (top[1] - foot[1]) * s,
        )
        for s in steps
    ]


def _cap(
    sheet: Sheet, rng: np.random.Generator, top: tuple[float, float], half: float, tall: float, white: Colour
) -> None:
    low = 0.3
    zig = [
        (top[0] + half * low * side, top[1] + tall * low * (0.72 + 0.4 * rng.random()))
        for side in np.linspace(0.86, -0.86, 7)
    ]
    sheet.fill(outline([top, *zig]), paint=argb(white, 0.93))


def trees(
    sheet: Sheet, scene: Air, ys: np.ndarray, value: Colour, name: str, *, size: float, count: int, shape: str
) -> None:
    """A row of simple trees along an outline."""
    rng = scene.rng(name)
    for place in np.sort(rng.random(count)):
        index = int(place * (len(ys) - 1))
        x, y, tall = place * sheet.width, ys[index] + size * 0.08, size * rng.uniform(0.6, 1.15)
        shade = lit(value, rng.uniform(-0.045, 0.045))
        {"pointed": _fir, "tall": _fir if rng.random() < 0.5 else _crown, "flat": _acacia}.get(shape, _crown)(
            sheet, x, y, tall, shade
        )


def _fir(sheet: Sheet, x: float, y: float, tall: float, value: Colour) -> None:
    for low, wide in ((0.0, 0.27), (0.26, 0.21), (0.5, 0.14)):
        base = y - tall * (0.1 + low)
        points = [(x - tall * wide, base), (x, base - tall * 0.46), (x + tall * wide, base)]
        sheet.fill(
            outline(points), shader=vertical(base - tall * 0.46, base, [(lit(value, 0.05), 1), (lit(value, -0.03), 1)])
        )


def _crown(sheet: Sheet, x: float, y: float, tall: float, value: Colour) -> None:
    sheet.box(
        x - tall * 0.03, y - tall * 0.4, tall * 0.06, tall * 0.42, argb(lit(mix(value, (0.4, 0.28, 0.2), 0.6), -0.05))
    )
    for dx, dy, radius in ((0, 0.68, 0.27), (-0.17, 0.52, 0.2), (0.17, 0.52, 0.2)):
        shade = vertical(
            y - tall * (dy + radius), y - tall * (dy - radius), [(lit(value, 0.06), 1), (lit(value, -0.04), 1)]
        )
        path = skia.Path().addCircle(x + tall * dx, y - tall * dy, tall * radius)
        sheet.fill(path, shader=shade)


def _acacia(sheet: Sheet, x: float, y: float, tall: float, value: Colour) -> None:
    sheet.line([(x, y), (x + tall * 0.05, y - tall * 0.5)], argb(lit(value, -0.2)), tall * 0.045)
    sheet.disc(
        x + tall * 0.05, y - tall * 0.58, tall * 0.45, argb(lit(mix(value, (0.35, 0.5, 0.2), 0.5), -0.05)), squash=0.28
    )

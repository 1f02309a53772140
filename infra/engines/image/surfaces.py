"""What covers the ground: grass, planted rows, water, roads, a pitch, paving."""

from __future__ import annotations

import numpy as np
import skia

from infra.engines.image.air import Air
from infra.engines.image.paint import WHITE, Colour, Sheet, argb, lit, mix, vertical


def tufts(sheet: Sheet, scene: Air, top: float, value: Colour, name: str, count: int) -> None:
    """Blades of grass, larger and more to the front."""
    rng, unit = scene.rng(name), sheet.unit
    for near in np.sort(rng.random(count)):
        y = top + (sheet.height - top) * near
        x, tall = rng.uniform(0, sheet.width), unit * (5 + 24 * near)
        shade = argb(lit(value, rng.uniform(-0.07, 0.09)), 0.8)
        for lean in (-0.45, 0.05, 0.5):
            sheet.line(
                [(x, y), (x + lean * tall * 0.5, y - tall * 0.7), (x + lean * tall, y - tall)],
                shade,
                unit * (0.8 + 2.1 * near),
            )


def rows(sheet: Sheet, scene: Air, top: float, value: Colour, name: str) -> None:
    """Rows of planted bushes that follow the slope and grow towards the front."""
    rng = scene.rng(name)
    lines, phase = 9, rng.random() * 6
    for index in range(lines):
        near = (index + 0.35) / lines
        base = top + (sheet.height * 1.04 - top) * near**1.35
        size = sheet.unit * (9 + 54 * near)
        count = int(sheet.width / (size * 0.8)) + 3
        sway = sheet.unit * 26 * (1 - near * 0.4)
        for step in range(count):
            x = (step - 0.5) * size * 0.8 + rng.normal() * size * 0.05
            y = base + np.sin(x / sheet.width * 4.4 + phase) * sway + rng.normal() * size * 0.04
            shade = lit(value, rng.uniform(-0.03, 0.035) + 0.05 * (1 - near))
            shader = vertical(y - size, y + size * 0.4, [(lit(shade, 0.09), 1), (shade, 1), (lit(shade, -0.13), 1)])
            sheet.fill(
                skia.Path().addOval(
                    skia.Rect.MakeLTRB(x - size * 0.62, y - size * 0.62, x + size * 0.62, y + size * 0.5)
                ),
                shader=shader,
            )


def water(sheet: Sheet, scene: Air, top: float, deep: Colour, name: str) -> None:
    """A surface with reflected sky, a path of light and wavelets."""
    rng, unit = scene.rng(name), sheet.unit
    surface = [(mix(deep, scene.sky[2], 0.6), 1), (mix(deep, scene.sky[1], 0.22), 1), (deep, 1), (lit(deep, -0.08), 1)]
    shader = vertical(top, sheet.height, surface)
    sheet.box(0, top, sheet.width, sheet.height - top, 0xFF000000, shader=shader)
    for near in np.sort(rng.random(150)) ** 1.5:
        y, long = top + (sheet.height - top) * near, unit * (14 + 150 * near) * rng.uniform(0.5, 1.2)
        close = rng.random() < 0.3
        x = (
            scene.light_x * sheet.width + rng.normal() * sheet.width * (0.05 + 0.06 * near)
            if close
            else rng.uniform(0, sheet.width)
        )
        bright = mix(WHITE, scene.sky[2], 0.4) if close else lit(deep, 0.12 if rng.random() < 0.6 else -0.06)
        sheet.disc(x, y, long * 0.5, argb(bright, 0.5 if close else 0.4), squash=0.035 + 0.02 * near)


def road(sheet: Sheet, top: float, value: Colour) -> None:
    """A pavement, a kerb and a road that runs across, with a dashed line."""
    unit, height = sheet.unit, sheet.height
    pave = lit(mix(value, (0.75, 0.73, 0.7), 0.4), 0.06)
    sheet.box(
        0, top, sheet.width, height - top, 0xFF000000, shader=vertical(top, height, [(pave, 1), (lit(pave, -0.05), 1)])
    )
    edge = top + (height - top) * 0.3
    sheet.box(
        0,
        edge,
        sheet.width,
        height - edge,
        0xFF000000,
        shader=vertical(edge, height, [(lit(value, -0.06), 1), (lit(value, -0.14), 1)]),
    )
    sheet.box(0, edge, sheet.width, 9 * unit, argb(lit(pave, 0.06)))
    middle, dash = edge + (height - edge) * 0.52, 130 * unit
    for index in range(int(sheet.width / (dash * 1.8)) + 2):
        sheet.box(
            index * dash * 1.8 - 40 * unit, middle, dash, 12 * unit, argb(lit(value, 0.34), 0.75), radius=4 * unit
        )


def pitch(sheet: Sheet, top: float, value: Colour) -> None:
    """A mown field in stripes with white lines."""
    height, width = sheet.height, sheet.width
    bands = 8
    for index in range(bands):
        first, last = (top + (height - top) * (step / bands) ** 1.6 for step in (index, index + 1))
        sheet.box(0, first, width, last - first + 1, argb(lit(value, 0.03 if index % 2 else -0.03)))
    white, thick = argb(mix(WHITE, value, 0.15), 0.85), 7 * sheet.unit
    sheet.line([(0, top + 12 * sheet.unit), (width, top + 12 * sheet.unit)], white, thick * 0.7)
    brush = skia.Paint(AntiAlias=True, Color=white, Style=skia.Paint.kStroke_Style, StrokeWidth=thick)
    across, down = width * 0.3, (height - top) * 0.3
    sheet.canvas.drawOval(
        skia.Rect.MakeXYWH(width / 2 - across, top + (height - top) * 0.5 - down, across * 2, down * 2), brush
    )
    sheet.line([(width * 0.5, top + 12 * sheet.unit), (width * 0.5, height)], white, thick)


def paving(sheet: Sheet, scene: Air, floor: float) -> None:
    """A square of paving stones in perspective."""
    value, height = lit(mix(scene.land[2], (0.78, 0.76, 0.74), 0.45), 0.02), sheet.height
    sheet.box(
        0,
        floor,
        sheet.width,
        height - floor,
        0xFF000000,
        shader=vertical(floor, height, [(lit(value, 0.04), 1), (lit(value, -0.07), 1)]),
    )
    for step in np.linspace(0, 1, 9) ** 1.7:
        y = floor + (height - floor) * float(step)
        sheet.line([(0, y), (sheet.width, y)], argb(lit(value, -0.09), 0.5), 2 * sheet.unit)
    for x in np.linspace(-1.6, 2.6, 27):
        sheet.line(
            [(sheet.width * (0.5 + (x - 0.5) * 0.42), floor), (sheet.width * x, height)],
            argb(lit(value, -0.09), 0.4),
            2 * sheet.unit,
        )

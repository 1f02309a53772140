"""Parts of rooms that several of them share: a window, shelves of jars and of books."""

from __future__ import annotations

from dataclasses import dataclass

import skia

from infra.engines.image.air import Air
from infra.engines.image.paint import WHITE, Colour, Sheet, argb, colour, lit, mix, vertical

Tones = tuple[Colour, Colour, Colour]
"""Colours of wall, wood and shade."""


@dataclass(frozen=True)
class Shell:
    """An empty room: its *far* layer with walls and floor, the *middle* one for what stands, the y of the *floor*."""

    far: Sheet
    middle: Sheet
    scene: Air
    floor: float
    tones: Tones


def window(sheet: Sheet, scene: Air, x: float, y: float, wide: float, tall: float, frame: Colour) -> None:
    """A window with the sky and a hill of the time of day in it."""
    unit = sheet.unit
    sheet.box(x - 12 * unit, y - 12 * unit, wide + 24 * unit, tall + 24 * unit, argb(frame), radius=6 * unit)
    sheet.box(x, y, wide, tall, 0xFF000000, shader=vertical(y, y + tall, [(scene.sky[0], 1), (scene.sky[2], 1)]))
    sheet.canvas.save()
    sheet.canvas.clipRect(skia.Rect.MakeXYWH(x, y, wide, tall))
    hill = lit(mix(colour("#8fbf8a"), scene.sky[1], 0.35), -0.3 * scene.dim)
    sheet.disc(x + wide * 0.3, y + tall * 1.1, wide * 0.7, argb(hill), squash=0.45)
    sheet.disc(x + wide * 0.95, y + tall * 1.1, wide * 0.6, argb(lit(hill, -0.06)), squash=0.5)
    sheet.glow(x + wide * 0.7, y + tall * 0.3, wide * 0.5, mix(scene.tint, WHITE, 0.4), 0.7)
    sheet.canvas.restore()
    for share in (1 / 3, 2 / 3):
        sheet.box(x + wide * share - 4 * unit, y, 8 * unit, tall, argb(frame))
    sheet.box(x, y + tall * 0.5 - 4 * unit, wide, 8 * unit, argb(frame))
    sheet.box(x - 26 * unit, y + tall + 8 * unit, wide + 52 * unit, 18 * unit, argb(lit(frame, -0.05)), radius=5 * unit)


def shelves(
    sheet: Sheet, scene: Air, x: float, y: float, wide: float, tall: float, wood: Colour, *, shelves: int
) -> None:
    """Shelves full of books."""
    rng, unit = scene.rng(f"shelf {x:.0f}"), sheet.unit
    sheet.box(x, y, wide, tall, argb(lit(wood, -0.14)), radius=4 * unit)
    tones = [colour(tone) for tone in ("#a94f45", "#c98b45", "#5d7f63", "#47698f", "#7a5687", "#d8c59a", "#8a5a3c")]
    gap = tall / shelves
    for row in range(shelves):
        base, at = y + gap * (row + 1) - 9 * unit, x + 10 * unit
        while at < x + wide - 26 * unit:
            thick, high = rng.uniform(12, 28) * unit, gap * rng.uniform(0.58, 0.84)
            tone = mix(tones[int(rng.integers(len(tones)))], wood, 0.28)
            if rng.random() < 0.93:
                sheet.box(at, base - high, thick, high, argb(lit(tone, -0.12 * scene.dim)), radius=2 * unit)
                sheet.box(at, base - high * 0.82, thick, 5 * unit, argb(lit(tone, 0.16), 0.8))
            at += thick + 1.5 * unit
        sheet.box(x, base, wide, 10 * unit, argb(wood))
    for side in (x, x + wide - 9 * unit):
        sheet.box(side, y, 9 * unit, tall, argb(lit(wood, 0.03)))


def jars(sheet: Sheet, scene: Air, x: float, y: float, wide: float, row: int) -> None:
    """A row of jars on a board."""
    rng, unit = scene.rng(f"jars {row}"), sheet.unit
    at = x
    while at < x + wide - 50 * unit:
        size = unit * rng.uniform(34, 60)
        tone = mix(
            colour(str(rng.choice(["#d98f5c", "#c9b26a", "#8fae7a", "#b96a5a", "#e6d7b8", "#7d97a8"]))),
            scene.land[0],
            0.25,
        )
        tall = size * rng.uniform(0.8, 1.5)
        sheet.box(
            at,
            y - tall,
            size,
            tall,
            0xFF000000,
            radius=size * 0.2,
            shader=vertical(y - tall, y, [(lit(tone, 0.06), 1), (lit(tone, -0.05), 1)]),
        )
        sheet.box(
            at + size * 0.12,
            y - tall - size * 0.12,
            size * 0.76,
            size * 0.2,
            argb(lit(tone, -0.15)),
            radius=size * 0.06,
        )
        at += size + unit * rng.uniform(8, 40)

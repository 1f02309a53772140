"""Rooms to live and to study in: library, kitchen, living room, laboratory."""

from __future__ import annotations

import numpy as np

from infra.engines.image.interior import Shell, jars, shelves, window
from infra.engines.image.paint import WHITE, argb, colour, lit, mix, vertical, wave


def library(shell: Shell) -> None:
    """Shelves full of books around a window."""
    far, scene, floor, tones = shell.far, shell.scene, shell.floor, shell.tones
    width, unit = far.width, far.unit
    gap = width * 0.34
    side = scene.light_x < 0.5
    edge = width * 0.1 if side else width * 0.9 - gap * 0.62
    window(far, scene, edge, floor * 0.16, gap * 0.62, floor * 0.52, lit(tones[2], 0.02))
    spans = [(edge + gap * 0.72, float(width))] if side else [(0.0, edge - gap * 0.1)]
    spans.append((0.0, edge - gap * 0.1) if side else (edge + gap * 0.72, float(width)))
    for left, right in spans:
        count = max(1, round((right - left) / (310 * unit)))
        for index in range(count if right - left > 60 * unit else 0):
            wide = (right - left) / count
            shelves(far, scene, left + wide * index, floor * 0.06, wide - 10 * unit, floor * 0.93, tones[1], shelves=4)


def kitchen(shell: Shell) -> None:
    """Tiles, a window, jars on boards, hanging lamps."""
    far, scene, floor, tones = shell.far, shell.scene, shell.floor, shell.tones
    width, unit = far.width, far.unit
    tile = 62 * unit
    for row in range(5):
        for column in range(int(width / tile) + 1):
            shade = lit(tones[0], 0.03 if (row + column) % 2 else -0.012)
            far.box(column * tile + 2, floor - (row + 1) * tile + 2, tile - 4, tile - 4, argb(shade), radius=6 * unit)
    wide = width * 0.26
    x = width * 0.12 if scene.light_x < 0.5 else width * 0.62
    window(far, scene, x, floor * 0.13, wide, floor * 0.4, lit(tones[0], 0.06))
    other = width * 0.55 if scene.light_x < 0.5 else width * 0.08
    for row in range(2):
        y = floor * (0.2 + 0.2 * row)
        far.box(other, y, width * 0.36, 13 * unit, argb(lit(tones[1], -0.05)), radius=4 * unit)
        jars(far, scene, other + 12 * unit, y, width * 0.34, row)
    for index in range(3):
        lamp = width * (0.25 + 0.25 * index)
        far.line([(lamp, 0), (lamp, floor * 0.08)], argb(tones[2]), 4 * unit)
        far.glow(lamp, floor * 0.12, 130 * unit, (1, 0.9, 0.65), 0.45)
        far.disc(lamp, floor * 0.1, 34 * unit, argb(mix(scene.accent, tones[2], 0.3)), squash=0.6)


def home(shell: Shell) -> None:
    """A papered wall with a window, curtains and pictures; a rug."""
    far, middle, scene, floor, tones = shell.far, shell.middle, shell.scene, shell.floor, shell.tones
    width, unit = far.width, far.unit
    wainscot = floor * 0.72
    if scene.plan.place.room == "table":
        far.wash([(lit(tones[0], -0.06), 1), (lit(tones[0], 0.03), 1)], 0, floor)
        for step, share in enumerate((0.18, 0.5, 0.84)):
            far.glow(width * share, floor * (0.3 + 0.1 * step), 240 * unit, mix(scene.accent, WHITE, 0.55), 0.3)
    for index in range(int(width / (120 * unit)) + 1):
        far.line([(index * 120 * unit, 0), (index * 120 * unit, wainscot)], argb(lit(tones[0], -0.025), 0.8), 22 * unit)
    far.box(0, wainscot, width, floor - wainscot, argb(lit(mix(tones[0], tones[1], 0.3), 0.02)))
    far.box(0, wainscot - 8 * unit, width, 14 * unit, argb(lit(tones[0], 0.05)))
    left = scene.light_x < 0.5
    x, wide = width * (0.09 if left else 0.57), width * 0.34
    window(far, scene, x, floor * 0.12, wide, floor * 0.46, lit(tones[0], 0.07))
    for side in (x - 54 * unit, x + wide - 20 * unit):
        cloth = mix(scene.accent, tones[0], 0.35)
        far.box(
            side,
            floor * 0.06,
            74 * unit,
            floor * 0.62,
            0,
            radius=20 * unit,
            shader=vertical(floor * 0.06, floor * 0.68, [(lit(cloth, 0.05), 0.96), (lit(cloth, -0.06), 0.96)]),
        )
    frame = width * (0.66 if left else 0.14)
    for dx, dy, size in ((0, 0.16, 120), (150, 0.2, 84), (30, 0.38, 90)):
        far.box(frame + dx * unit, floor * dy, size * 1.2 * unit, size * unit, argb(tones[2]), radius=4 * unit)
        inner = mix(scene.land[1], scene.accent, 0.2 + 0.002 * size)
        far.box(
            frame + (dx + 9) * unit,
            floor * dy + 9 * unit,
            (size * 1.2 - 18) * unit,
            (size - 18) * unit,
            argb(lit(inner, 0.14)),
        )
    if scene.plan.place.room == "home":
        middle.disc(width * 0.5, floor + 92 * unit, width * 0.3, argb(mix(scene.accent, tones[0], 0.45)), squash=0.16)
        middle.disc(
            width * 0.5, floor + 92 * unit, width * 0.25, argb(lit(mix(scene.accent, tones[0], 0.5), 0.08)), squash=0.15
        )


def lab(shell: Shell) -> None:
    """Panels, a window, a screen with curves, jars."""
    far, scene, floor, tones = shell.far, shell.scene, shell.floor, shell.tones
    width, unit, rng = far.width, far.unit, scene.rng("lab")
    for index in range(int(width / (210 * unit)) + 1):
        far.line([(index * 210 * unit, 0), (index * 210 * unit, floor)], argb(lit(tones[0], -0.06)), 3 * unit)
    window(
        far,
        scene,
        width * (0.08 if scene.light_x < 0.5 else 0.6),
        floor * 0.14,
        width * 0.32,
        floor * 0.4,
        lit(tones[0], 0.05),
    )
    x = width * (0.52 if scene.light_x < 0.5 else 0.06)
    far.box(x, floor * 0.12, width * 0.38, floor * 0.36, argb(lit(tones[2], -0.24)), radius=14 * unit)
    glow = mix(scene.accent, colour("#4fd6d0"), 0.65)
    ys = wave(rng, np.linspace(0, 1, 60), 0.9)
    far.line(
        [(x + width * 0.02 + width * 0.34 * i / 59, floor * (0.24 - 0.05 * ys[i])) for i in range(60)],
        argb(glow),
        5 * unit,
    )
    for index in range(9):
        tall = floor * rng.uniform(0.03, 0.12)
        far.box(
            x + width * (0.03 + 0.036 * index),
            floor * 0.45 - tall,
            width * 0.02,
            tall,
            argb(lit(glow, rng.uniform(-0.15, 0.05))),
            radius=3 * unit,
        )
    far.box(x, floor * 0.56, width * 0.38, 12 * unit, argb(tones[1]), radius=4 * unit)
    jars(far, scene, x + 10 * unit, floor * 0.56, width * 0.36, 2)

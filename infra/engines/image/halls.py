"""Rooms to work and to gather in: factory, classroom, office, stage."""

from __future__ import annotations

import numpy as np
import skia

from infra.engines.image import town
from infra.engines.image.interior import Shell, window
from infra.engines.image.paint import BLACK, WHITE, Colour, Sheet, argb, colour, lit, mix, outline, vertical


def factory(shell: Shell) -> None:
    """High windows, girders, a pipe, cogs and a belt."""
    far, middle, scene, floor, tones = shell.far, shell.middle, shell.scene, shell.floor, shell.tones
    width, unit = far.width, far.unit
    for index in range(5):
        x = width * (0.02 + 0.2 * index)
        far.box(
            x,
            floor * 0.14,
            width * 0.15,
            floor * 0.3,
            0xFF000000,
            radius=4 * unit,
            shader=vertical(floor * 0.14, floor * 0.44, [(scene.sky[1], 1), (scene.sky[2], 1)]),
        )
        for share in (0.33, 0.66):
            far.box(x + width * 0.15 * share, floor * 0.14, 5 * unit, floor * 0.3, argb(tones[2]))
        far.box(x, floor * 0.28, width * 0.15, 5 * unit, argb(tones[2]))
    for index in range(6):
        far.box(
            width * (0.2 * index - 0.025),
            0,
            26 * unit,
            floor,
            0xFF000000,
            shader=vertical(0, floor, [(lit(tones[2], 0.03), 1), (lit(tones[2], -0.06), 1)]),
        )
    far.box(0, floor * 0.045, width, 34 * unit, argb(lit(tones[2], -0.05)))
    pipe = mix(scene.accent, tones[1], 0.45)
    far.line(
        [(0, floor * 0.52), (width * 0.34, floor * 0.52), (width * 0.34, floor * 0.66), (width, floor * 0.66)],
        argb(pipe),
        22 * unit,
    )
    far.line([(0, floor * 0.515), (width * 0.34, floor * 0.515)], argb(lit(pipe, 0.15), 0.7), 5 * unit)
    for x, size, teeth in ((0.2, 95, 12), (0.295, 62, 9), (0.84, 110, 14)):
        _cog(middle, width * x, floor * 0.8, size * unit, teeth, mix(tones[2], scene.accent, 0.2))
    belt = floor * 0.97
    middle.box(
        0,
        belt,
        width,
        34 * unit,
        0xFF000000,
        radius=17 * unit,
        shader=vertical(belt, belt + 34 * unit, [(lit(tones[2], -0.1), 1), (lit(tones[2], -0.25), 1)]),
    )
    for index in range(int(width / (90 * unit)) + 1):
        middle.disc((index + 0.5) * 90 * unit, belt + 17 * unit, 10 * unit, argb(lit(tones[1], 0.05)))


def _cog(sheet: Sheet, x: float, y: float, radius: float, teeth: int, value: Colour) -> None:
    angles = np.linspace(0, 2 * np.pi, teeth * 4, endpoint=False)
    reach = np.where((np.arange(teeth * 4) % 4) < 2, 1.0, 0.82) * radius
    points = [(x + float(r * np.cos(a)), y + float(r * np.sin(a))) for a, r in zip(angles, reach, strict=True)]
    sheet.fill(
        outline(points), shader=vertical(y - radius, y + radius, [(lit(value, 0.08), 1), (lit(value, -0.08), 1)])
    )
    sheet.disc(x, y, radius * 0.56, argb(lit(value, -0.08)))
    sheet.disc(x, y, radius * 0.2, argb(lit(value, 0.1)))


def classroom(shell: Shell) -> None:
    """A blackboard with writing and a curve."""
    far, scene, floor, tones = shell.far, shell.scene, shell.floor, shell.tones
    width, unit, rng = far.width, far.unit, scene.rng("class")
    wide, tall = min(width * 0.6, floor * 1.35), floor * 0.5
    x, y = (width - wide) / 2, floor * 0.14
    far.box(x - 16 * unit, y - 16 * unit, wide + 32 * unit, tall + 32 * unit, argb(tones[1]), radius=8 * unit)
    board = mix(colour("#2f5f52"), lit(scene.land[2], -0.2), 0.15)
    far.box(x, y, wide, tall, 0xFF000000, shader=vertical(y, y + tall, [(lit(board, 0.04), 1), (board, 1)]))
    chalk = argb(mix(WHITE, board, 0.2), 0.75)
    for row in range(4):
        at = x + wide * 0.06
        while at < x + wide * rng.uniform(0.4, 0.5):
            long = rng.uniform(18, 70) * unit
            far.line(
                [(at, y + tall * (0.18 + 0.2 * row)), (at + long, y + tall * (0.18 + 0.2 * row) + rng.normal() * 2)],
                chalk,
                5 * unit,
            )
            at += long + 16 * unit
    far.line(
        [(x + wide * 0.62, y + tall * 0.2), (x + wide * 0.62, y + tall * 0.8), (x + wide * 0.93, y + tall * 0.8)],
        chalk,
        5 * unit,
    )
    far.line(
        [(x + wide * (0.63 + 0.3 * s), y + tall * (0.76 - 0.5 * s * s)) for s in np.linspace(0, 1, 20)],
        argb(mix(scene.accent, WHITE, 0.3), 0.9),
        6 * unit,
    )
    if x > 240 * unit:
        for side in (x * 0.5 - 80 * unit, width - x * 0.5 - 80 * unit):
            window(far, scene, side, floor * 0.2, 160 * unit, floor * 0.36, lit(tones[0], 0.04))


def office(shell: Shell) -> None:
    """A glass front with the city outside."""
    far, scene, floor, tones = shell.far, shell.scene, shell.floor, shell.tones
    width, unit = far.width, far.unit
    far.box(
        width * 0.06,
        floor * 0.1,
        width * 0.88,
        floor * 0.62,
        0xFF000000,
        shader=vertical(floor * 0.1, floor * 0.72, [(scene.sky[0], 1), (scene.sky[2], 1)]),
    )
    far.canvas.save()
    far.canvas.clipRect(skia.Rect.MakeXYWH(width * 0.06, floor * 0.1, width * 0.88, floor * 0.62))
    town.skyline(far, scene, floor * 0.74, floor * 0.42, mix(mix(tones[1], scene.haze, 0.5), scene.haze, 0.2), "view")
    far.canvas.restore()
    for index in range(6):
        far.box(
            width * (0.06 + 0.176 * index) - 6 * unit, floor * 0.1, 12 * unit, floor * 0.62, argb(lit(tones[0], 0.04))
        )
    for y in (0.1, 0.72):
        far.box(width * 0.05, floor * y - 8 * unit, width * 0.9, 16 * unit, argb(lit(tones[0], 0.04)))


def theatre(shell: Shell) -> None:
    """Curtains, boards and spotlights."""
    far, middle, scene, floor = shell.far, shell.middle, shell.scene, shell.floor
    width, unit, red = far.width, far.unit, mix(mix(scene.accent, colour("#a3243c"), 0.6), colour("#7a1c38"), 0.3)
    far.wash([(lit(red, -0.27), 1), (lit(red, -0.2), 1)], 0, floor)
    folds = 26
    for index in range(folds):
        x, wide = width * index / folds, width / folds + 1
        far.box(
            x,
            0,
            wide,
            floor,
            0,
            shader=skia.GradientShader.MakeLinear(
                [(x, 0), (x + wide, 0)], [argb(BLACK, 0.16), argb(WHITE, 0.07), argb(BLACK, 0.2)]
            ),
        )
    boards = mix(colour("#b5794a"), scene.land[1], 0.2)
    far.box(
        0,
        floor,
        width,
        far.height - floor,
        0xFF000000,
        shader=vertical(floor, far.height, [(lit(boards, -0.16), 1), (lit(boards, 0.02), 1)]),
    )
    for x in (0.22, 0.5, 0.78):
        beam = outline(
            [
                (width * x - 16 * unit, -5),
                (width * x + 16 * unit, -5),
                (width * (x + 0.15), floor * 1.16),
                (width * (x - 0.15), floor * 1.16),
            ]
        )
        far.fill(
            beam, shader=vertical(0, floor * 1.15, [((1, 0.95, 0.8), 0.5), ((1, 0.95, 0.8), 0.06)]), blur=10 * unit
        )
        far.disc(width * x, floor * 1.14, width * 0.15, argb((1, 0.95, 0.8), 0.28), squash=0.2, blur=12 * unit)
    for side in (0, 1):
        for index in range(5):
            x = width * (0.032 * index if side == 0 else 1 - 0.032 * (index + 1))
            tone = lit(red, 0.05 - 0.03 * (index % 2))
            middle.box(
                x,
                0,
                width * 0.033,
                floor * 1.12,
                0,
                radius=8 * unit,
                shader=vertical(0, floor * 1.1, [(lit(tone, -0.07), 1), (tone, 1), (lit(tone, -0.1), 1)]),
            )
    awning_y = 0.0
    for index in range(12):
        middle.disc(
            width * (index + 0.5) / 12, awning_y, width / 20, argb(lit(red, 0.02 if index % 2 else -0.03)), squash=1.1
        )

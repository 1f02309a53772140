"""Grounds for ideas: soft light, rings, a network or a map, and spheres for what has no picture."""

from __future__ import annotations

import numpy as np
import skia

from infra.engines.image.air import Air, Stage, sheets
from infra.engines.image.interior import Tones
from infra.engines.image.paint import WHITE, Colour, Sheet, argb, colour, lit, mix, outline, vertical, wave


def abstract(scene: Air, width: int, height: int) -> Stage:
    """A calm ground for an idea: soft light, rings or a map, and a plinth."""
    far, middle, ground, front = sheets(width, height)
    unit, rng = far.unit, scene.rng("idea")
    pale, mid, deep = scene.land
    far.wash([(lit(mix(pale, scene.sky[1], 0.4), -0.02), 1), (pale, 1), (mix(pale, mid, 0.7), 1)])
    if scene.plan.place.room == "map":
        _map(far, scene, (pale, mid, deep))
    else:
        [_rings, _bokeh, _network][int(rng.integers(3))](far, scene, (pale, mid, deep))
    crest = height * 0.84 - 26 * unit * wave(rng, np.linspace(0, 1, 120), 0.0)
    ground.ridge(crest, [(lit(mid, 0.03), 1), (mix(mid, deep, 0.6), 1)], depth=190 * unit, rim=lit(mid, 0.1))
    ground.glow(width * 0.5, height * 0.86, width * 0.36, WHITE, 0.3)
    if not scene.plan.groups:
        _solids(ground, scene)
    return Stage(far, middle, ground, front, height * 0.7, height * 0.86, "idea")


def _solids(sheet: Sheet, scene: Air) -> None:
    """Glossy spheres of the palette on the ground and in the air, for what has no picture."""
    rng, unit = scene.rng("solids"), min(sheet.unit, sheet.width / 1250)
    tones = [
        scene.accent,
        mix(scene.sky[0], scene.land[1], 0.5),
        lit(scene.land[2], -0.05),
        mix(scene.accent, WHITE, 0.45),
    ]
    base, turn = sheet.height * 0.9, int(rng.integers(len(tones)))
    spots = [
        (0.5, 150, 0.0),
        (0.36, 84, 0.02),
        (0.65, 104, 0.03),
        (0.25, 46, 0.045),
        (0.77, 52, 0.05),
        (0.31, 38, -0.42),
        (0.7, 58, -0.5),
    ]
    for index, (share, radius, lower) in enumerate(spots):
        x = sheet.width * (share + float(rng.normal()) * 0.012)
        y = base + sheet.height * lower - (radius * unit if lower >= 0 else 0)
        if lower >= 0:
            sheet.disc(
                x,
                y + radius * unit,
                radius * unit * 0.9,
                argb(lit(scene.land[2], -0.2), 0.4),
                squash=0.14,
                blur=9 * unit,
            )
        _ball(sheet, x, y, radius * unit, tones[(index + turn) % len(tones)], left=scene.light_x < 0.5)


def _ball(sheet: Sheet, x: float, y: float, radius: float, tone: Colour, *, left: bool) -> None:
    """A sphere lit from one side, with a highlight and light from below."""
    side = -1 if left else 1
    spot = (x + side * radius * 0.38, y - radius * 0.42)
    colours = [argb(lit(tone, 0.2)), argb(tone), argb(lit(tone, -0.16)), argb(lit(tone, -0.08))]
    shader = skia.GradientShader.MakeRadial(spot, radius * 1.55, colours, [0.0, 0.45, 0.88, 1.0])
    sheet.canvas.drawCircle(x, y, radius, skia.Paint(AntiAlias=True, Shader=shader))
    sheet.glow(*spot, radius * 0.42, WHITE, 0.6)


def _rings(far: Sheet, scene: Air, tones: Tones) -> None:
    x, y, unit = far.width * 0.5, far.height * 0.47, far.unit
    far.glow(x, y, 620 * unit, WHITE, 0.75)
    for index, radius in enumerate((170, 270, 380, 500, 640)):
        brush = skia.Paint(
            AntiAlias=True,
            Color=argb(mix(scene.accent, tones[1], 0.3 + 0.12 * index), 0.42 - 0.06 * index),
            Style=skia.Paint.kStroke_Style,
        )
        brush.setStrokeWidth((5 if index % 2 else 11) * unit)
        far.canvas.drawCircle(x, y, radius * unit, brush)
        angle = scene.rng(f"ring {index}").uniform(0, 2 * np.pi)
        far.disc(
            x + radius * unit * np.cos(angle), y + radius * unit * np.sin(angle), 13 * unit, argb(scene.accent, 0.8)
        )


def _bokeh(far: Sheet, scene: Air, tones: Tones) -> None:
    rng, unit = scene.rng("bokeh"), far.unit
    for _ in range(34):
        tone = mix(tones[int(rng.integers(3))], scene.accent if rng.random() < 0.4 else WHITE, 0.5)
        far.disc(
            rng.uniform(0, far.width),
            rng.uniform(0, far.height * 0.85),
            unit * (14 + 95 * rng.random() ** 2),
            argb(tone, 0.22),
            blur=3 * unit,
        )
    far.glow(far.width * 0.5, far.height * 0.45, 520 * unit, WHITE, 0.6)


def _network(far: Sheet, scene: Air, tones: Tones) -> None:
    rng, unit = scene.rng("net"), far.unit
    spots = np.column_stack([rng.uniform(0, far.width, 46), rng.uniform(0, far.height * 0.8, 46)])
    for index, spot in enumerate(spots):
        near = np.argsort(np.hypot(*(spots - spot).T))[1:4]
        for other in near:
            far.line([tuple(spot), tuple(spots[other])], argb(mix(scene.accent, tones[2], 0.5), 0.25), 2.2 * unit)
        far.disc(
            float(spot[0]), float(spot[1]), (4 + 8 * (index % 3)) * unit, argb(mix(scene.accent, tones[1], 0.4), 0.55)
        )
    far.glow(far.width * 0.5, far.height * 0.45, 480 * unit, WHITE, 0.6)


def _map(sheet: Sheet, scene: Air, tones: Tones) -> None:
    rng, unit = scene.rng("map"), sheet.unit
    for x, y, size in ((0.2, 0.3, 250), (0.52, 0.24, 300), (0.8, 0.36, 280), (0.33, 0.62, 190), (0.7, 0.66, 170)):
        angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        reach = size * unit * (1 + 0.3 * wave(rng, angles / (2 * np.pi), 0.9))
        points = [
            (sheet.width * x + float(r * np.cos(a)), sheet.height * y + float(0.62 * r * np.sin(a)))
            for a, r in zip(angles, reach, strict=True)
        ]
        sheet.fill(
            outline(points),
            shader=vertical(
                0,
                sheet.height,
                [(mix(tones[1], colour("#b9a768"), 0.4), 0.9), (mix(tones[2], colour("#a58f55"), 0.3), 0.9)],
            ),
        )
    for index in range(9):
        sheet.line(
            [(sheet.width * index / 8, 0), (sheet.width * index / 8, sheet.height)], argb(tones[2], 0.16), 2 * unit
        )
        sheet.line(
            [(0, sheet.height * index / 8), (sheet.width, sheet.height * index / 8)], argb(tones[2], 0.16), 2 * unit
        )
    steps = np.linspace(0.08, 0.92, 26)
    for share in steps:
        x, y = sheet.width * share, sheet.height * (0.42 + 0.13 * np.sin(share * 8))
        sheet.line(
            [(x, y), (x + 22 * unit, y + 4 * unit)], argb(mix(scene.accent, colour("#b5433a"), 0.6), 0.9), 7 * unit
        )

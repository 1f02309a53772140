"""Above and below the land: space, high air, a cave."""

from __future__ import annotations

import numpy as np
import skia

from infra.art import pieces
from infra.engines.image import skies, terrain
from infra.engines.image.air import Air, Stage, sheets
from infra.engines.image.paint import WHITE, Sheet, argb, colour, lit, mix, outline, vertical


def space(scene: Air, width: int, height: int) -> Stage:
    """Stars and nebulae; a lunar ground if something has to stand."""
    far, middle, ground, front = sheets(width, height)
    unit, rng = far.unit, scene.rng("space")
    deep = mix(colour(scene.plan.place.colours[2]), lit(scene.sky[0], -0.45), 0.2)
    far.wash([(deep, 1), (mix(deep, colour("#2a2a6a"), 0.6), 1), (lit(deep, -0.03), 1)])
    for tone in (scene.accent, colour("#6a5ae0"), mix(scene.sky[1], colour("#3aa6d0"), 0.5)):
        x, y = rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.8) * height
        for _ in range(5):
            far.glow(
                x + rng.normal() * 190 * unit,
                y + rng.normal() * 110 * unit,
                rng.uniform(200, 520) * unit,
                lit(tone, -0.05),
                0.15,
            )
    skies.stars(far, rng, height, 330)
    celestial = any(pieces()[name].stance == "sky" for group in scene.plan.groups for name in group.pieces)
    if not celestial and rng.random() < 0.75:
        _planet(middle, scene, rng)
    standing = any(name for group in scene.plan.groups for name in group.pieces if _stands(name))
    if standing:
        _moonscape(ground, front, scene)
    return Stage(
        far, middle, ground, front, height * (0.6 if standing else 0.3), height * 0.72, "land" if standing else "void"
    )


def _stands(name: str) -> bool:

    return pieces()[name].stance in {"ground", "bust", "table"}


def _planet(sheet: Sheet, scene: Air, rng: np.random.Generator) -> None:
    unit, tone = sheet.unit, mix(scene.accent, colour("#5f7fd0"), rng.uniform(0.3, 0.8))
    x, y, radius = (
        rng.choice([0.1, 0.9]) * sheet.width,
        rng.uniform(0.05, 0.3) * sheet.height,
        rng.uniform(110, 230) * unit,
    )
    sheet.glow(x, y, radius * 1.6, tone, 0.3)
    shader = vertical(y - radius, y + radius, [(lit(tone, 0.12), 1), (tone, 1), (lit(tone, -0.28), 1)])

    sheet.fill(skia.Path().addCircle(x, y, radius), shader=shader)


def _moonscape(ground: Sheet, front: Sheet, scene: Air) -> None:
    unit, rng, height = ground.unit, scene.rng("moon"), ground.height
    grey = mix(colour("#a9adc2"), scene.sky[1], 0.2)
    terrain.hills(ground, scene, height * 0.68, 80 * unit, lit(grey, -0.1), "moon 1", rough=0.3)
    terrain.hills(ground, scene, height * 0.8, 70 * unit, grey, "moon 2")
    for _ in range(13):
        near = rng.random()
        x, y, size = rng.uniform(0, ground.width), height * (0.76 + 0.24 * near), unit * (18 + 60 * near)
        ground.disc(x, y, size, argb(lit(grey, -0.12), 0.9), squash=0.3)
        ground.disc(x, y + size * 0.07, size * 0.9, argb(lit(grey, 0.05), 0.9), squash=0.24)
    terrain.hills(front, scene, height + 10 * unit, 70 * unit, lit(grey, -0.2), "moon 3")


def heaven(scene: Air, width: int, height: int) -> Stage:
    """High air: banks of cloud near and far."""
    far, middle, ground, front = sheets(width, height)
    unit, rng = far.unit, scene.rng("heaven")
    skies.sky(far, scene, height * 0.95, clouds=5)
    pale = mix(WHITE, scene.sky[2], 0.25 + 0.4 * scene.dim)
    for sheet, y, size, count in ((middle, 0.86, 460, 8), (ground, 0.97, 620, 7), (front, 1.1, 800, 6)):
        for index in range(count):
            x = (index + rng.uniform(-0.2, 1.2)) / count * width
            sheet.cloud(
                rng,
                x,
                height * (y + 0.03 * rng.normal()),
                size * unit * rng.uniform(0.8, 1.2),
                mix(pale, scene.haze, 0.3 if sheet is middle else 0.05),
                0.95,
            )
    return Stage(far, middle, ground, front, height * 0.3, height * 0.82, "void")


def cave(scene: Air, width: int, height: int) -> Stage:
    """Rock walls around a warm glow, with crystals and stalactites."""
    far, middle, ground, front = sheets(width, height)
    unit, rng = far.unit, scene.rng("cave")
    glow, mid, dark = scene.land
    far.wash([(lit(mid, -0.12), 1), (mid, 1), (lit(mid, -0.1), 1)])
    far.glow(width * scene.light_x, height * 0.5, width * 0.55, mix(glow, (1, 0.8, 0.5), 0.5), 0.85)
    for sheet, reach, value in ((far, 0.16, mix(mid, dark, 0.4)), (middle, 0.11, mix(mid, dark, 0.75))):
        for index in range(15):
            x, tall, half = (
                (index + rng.random()) / 15 * width,
                height * reach * rng.uniform(0.5, 1.9),
                width * rng.uniform(0.02, 0.045),
            )
            sheet.fill(
                outline([(x - half, -5), (x + half * 0.1, tall), (x + half, -5)]),
                shader=vertical(0, tall, [(lit(value, -0.08), 1), (lit(value, 0.04), 1)]),
            )
    terrain.hills(middle, scene, height * 0.72, 120 * unit, mix(mid, dark, 0.5), "rock 1", rough=0.5)
    terrain.hills(ground, scene, height * 0.82, 70 * unit, mix(mid, dark, 0.72), "rock 2", rough=0.3)
    for x in (-0.04, 1.04):
        for step in range(3):
            front.disc(
                width * (x + (0.03 * step if x < 0 else -0.03 * step)),
                height * (0.1 + 0.42 * step),
                150 * unit,
                argb(lit(dark, -0.06)),
                squash=1.7,
                blur=5 * unit,
            )
    return Stage(far, middle, ground, front, height * 0.55, height * 0.78, "land")

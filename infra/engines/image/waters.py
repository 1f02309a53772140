"""Waters: the open sea, a river between banks, a beach, and the deep."""

from __future__ import annotations

import numpy as np

from infra.engines.image import skies, surfaces, terrain
from infra.engines.image.air import Air, Stage, sheets
from infra.engines.image.landscapes import horizon
from infra.engines.image.paint import WHITE, Colour, Sheet, argb, colour, lit, mix, outline, vertical, wave


def sea(scene: Air, width: int, height: int) -> Stage:
    """Open water, with banks for a river and sand for a beach."""
    far, middle, ground, front = sheets(width, height)
    unit, place, y = far.unit, scene.plan.place, horizon(scene, width, height) * 0.94
    skies.sky(far, scene, y, clouds=5)
    if place.far == "hills":
        terrain.hills(far, scene, y - 20 * unit, 190 * unit, mix(scene.land[0], scene.haze, 0.55), "far 2", rough=0.25)
        ys = terrain.hills(
            far, scene, y + 6 * unit, 90 * unit, mix(scene.land[0], colour("#6f9f6a"), 0.4), "far 1", mist=0.3
        )
        terrain.trees(
            far, scene, ys, mix(scene.land[0], colour("#55875a"), 0.5), "trees", size=70 * unit, count=24, shape="round"
        )
    elif scene.rng("isle").random() < 0.6:
        terrain.hills(far, scene, y + 60 * unit, 150 * unit, mix(scene.land[1], scene.haze, 0.6), "isle")
    surfaces.water(middle, scene, y, scene.land[1], "water")
    if place.ground == "sand":
        _shore(ground, scene, height)
    elif place.far == "hills":
        bank = lit(mix(colour("#6fa05c"), scene.land[2], 0.3), -0.2 * scene.dim)
        terrain.hills(ground, scene, height * 0.93, 90 * unit, bank, "bank")
        surfaces.tufts(ground, scene, height * 0.93, bank, "reeds", 120)
    else:
        deep = lit(scene.land[2], -0.02)
        for index, (low, alpha) in enumerate(((150, 0.75), (60, 0.95))):
            crest = height - low * unit - 22 * unit * wave(scene.rng(f"swell {index}"), np.linspace(0, 1, 160), 0.5)
            sheet = ground if index == 0 else front
            sheet.ridge(crest, [(lit(deep, 0.1), alpha), (deep, alpha)], depth=90 * unit, rim=mix(WHITE, deep, 0.3))
    return Stage(far, middle, ground, front, y, y + (height - y) * (0.45 if place.ground == "sand" else 0.3), "water")


def _shore(sheet: Sheet, scene: Air, height: int) -> None:
    """Sand, wet where the foam runs out."""
    unit, sand = sheet.unit, scene.land[2]
    xs = np.linspace(0, 1, 160)
    edge = height * 0.74 - 40 * unit * wave(scene.rng("shore"), xs, 0.0)
    sheet.ridge(edge - 16 * unit, [(mix(WHITE, sand, 0.1), 0.85)] * 2, depth=10)
    sheet.ridge(edge, [(lit(sand, -0.09), 1), (sand, 1), (lit(sand, 0.02), 1)], depth=150 * unit)
    rng = scene.rng("grains")
    for _ in range(150):
        sheet.disc(
            rng.uniform(0, sheet.width),
            rng.uniform(height * 0.8, height),
            unit * rng.uniform(1, 3),
            argb(lit(sand, -0.12), 0.5),
        )


def underwater(scene: Air, width: int, height: int) -> Stage:
    """Blue depth with rays of light, weeds, bubbles and a sandy floor."""
    far, middle, ground, front = sheets(width, height)
    unit, rng = far.unit, scene.rng("deep")
    top, mid, deep = (lit(value, 0.12 * scene.dim) for value in scene.land)
    far.wash([(lit(top, 0.04), 1), (mid, 1), (mix(mid, deep, 0.75), 1)])
    for _ in range(8):
        x, wide, lean = rng.uniform(-0.1, 1.1) * width, unit * rng.uniform(40, 150), unit * rng.uniform(-260, 260)
        ray = outline([(x, -10), (x + wide, -10), (x + lean + wide * 2.4, height), (x + lean, height)])
        far.fill(ray, shader=vertical(0, height * 0.85, [(WHITE, 0.2), (WHITE, 0)]), blur=unit * 12)
    for index, (low, share) in enumerate(((0.74, 0.75), (0.83, 0.45))):
        crest = height * low - 90 * unit * wave(scene.rng(f"reef {index}"), np.linspace(0, 1, 160), 0.45)
        middle.ridge(crest, [(mix(deep, mid, share), 1), (deep, 1)], depth=300 * unit)
    sand = mix(mix(colour("#e6d3a6"), mid, 0.42), deep, 0.15)
    crest = height * 0.9 - 30 * unit * wave(scene.rng("bed"), np.linspace(0, 1, 160), 0.0)
    ground.ridge(crest, [(lit(sand, 0.04), 1), (lit(sand, -0.1), 1)], depth=150 * unit, rim=lit(sand, 0.1))
    for _ in range(13):
        _weed(
            ground,
            rng,
            rng.uniform(0, width),
            height * 0.95,
            unit * rng.uniform(90, 250),
            mix(colour("#3f9d7a"), deep, rng.uniform(0.15, 0.6)),
        )
    for _ in range(34):
        _bubble(front, rng.uniform(0, width), rng.uniform(0, height), unit * (3 + 15 * rng.random() ** 3))
    return Stage(far, middle, ground, front, height * 0.2, height * 0.86, "depth")


def _weed(sheet: Sheet, rng: np.random.Generator, x: float, y: float, tall: float, value: Colour) -> None:
    phase = rng.random() * 6
    for blade in range(int(rng.integers(2, 5))):
        reach, foot = tall * rng.uniform(0.6, 1), x + (blade - 1.5) * tall * 0.09
        stem = [(foot + np.sin(phase + s * 4 + blade) * tall * 0.07 * s, y - reach * s) for s in np.linspace(0, 1, 16)]
        for index in range(15):
            sheet.line(
                stem[index : index + 2],
                argb(lit(value, 0.08 * index / 15), 0.92),
                max(2.0, tall * 0.055 * (1 - index / 17)),
            )


def _bubble(sheet: Sheet, x: float, y: float, radius: float) -> None:
    sheet.disc(x, y, radius, argb(WHITE, 0.16))
    sheet.disc(x - radius * 0.3, y - radius * 0.35, radius * 0.28, argb(WHITE, 0.65))

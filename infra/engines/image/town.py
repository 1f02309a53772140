"""Towns: skylines, streets, stands of a stadium, a market."""

from __future__ import annotations

import numpy as np

from infra.engines.image import skies, surfaces
from infra.engines.image.air import Air, Stage, sheets
from infra.engines.image.paint import BLACK, WHITE, Colour, Sheet, argb, colour, lit, mix, outline, vertical


def city(scene: Air, width: int, height: int) -> Stage:
    """A skyline in two bands, or a row of houses, above a square or a road."""
    far, middle, ground, front = sheets(width, height)
    unit, y = far.unit, height * (0.6 if scene.plan.place.far == "skyline" else 0.62)
    skies.sky(far, scene, y, clouds=3)
    tall = min(height * 0.46, width * 0.5)
    skyline(far, scene, y + 10 * unit, tall, mix(scene.land[0], scene.haze, 0.6), "city far")
    far.wash([(scene.haze, 0), (scene.haze, 0.55)], y - tall * 0.6, y)
    if scene.plan.place.far == "skyline":
        skyline(middle, scene, y + 30 * unit, tall * 0.66, mix(scene.land[1], scene.haze, 0.15), "city near")
    else:
        houses(middle, scene, y + 44 * unit, tall * 0.95, "houses")
    floor = y + 40 * unit
    if scene.plan.place.ground == "road" or scene.rng("road").random() < 0.5:
        surfaces.road(ground, floor, scene.land[2])
    else:
        surfaces.paving(ground, scene, floor)
    return Stage(far, middle, ground, front, y, floor + 50 * unit, "land")


def market(scene: Air, width: int, height: int) -> Stage:
    """Stalls with striped awnings under an open sky, lanterns, and a counter of goods in front."""
    far, middle, ground, front = sheets(width, height)
    unit, y, rng = far.unit, height * 0.6, scene.rng("market")
    skies.sky(far, scene, y, clouds=3)
    houses(far, scene, y + 30 * unit, min(height * 0.42, width * 0.5), "old town")
    far.wash([(scene.haze, 0.3), (scene.haze, 0.35)], 0, y)
    value = lit(mix(scene.land[2], (0.82, 0.76, 0.68), 0.4), 0.0)
    middle.box(
        0,
        y + 20 * unit,
        width,
        height,
        0xFF000000,
        shader=vertical(y, height, [(lit(value, -0.04), 1), (lit(value, 0.05), 1)]),
    )
    count = 3 if width > height else 2
    for index in range(count):
        wide = width / count * 0.78
        x = width * (index + 0.5) / count - wide / 2 + rng.normal() * 8 * unit
        _stall(middle, scene, x, y + 90 * unit, wide, height * 0.36, rng)
    for index in range(9):
        x = width * index / 8
        sag = height * (0.1 + 0.05 * np.sin(np.pi * (index % 4) / 4))
        middle.glow(x, sag, 60 * unit, (1, 0.8, 0.5), 0.5)
        middle.disc(x, sag, 17 * unit, argb(mix(scene.accent, colour("#e5533f"), 0.5)), squash=1.15)
    return Stage(far, middle, ground, front, y, y + 130 * unit, "land")


def _stall(sheet: Sheet, scene: Air, x: float, y: float, wide: float, tall: float, rng: np.random.Generator) -> None:
    unit, wood = sheet.unit, lit(mix(colour("#9c6b42"), scene.land[1], 0.3), -0.2 * scene.dim)
    for side in (x + 6 * unit, x + wide - 18 * unit):
        sheet.box(side, y - tall, 12 * unit, tall, argb(wood))
    sheet.box(x, y - tall * 0.95, wide, tall * 0.6, argb(BLACK, 0.14))
    sheet.box(
        x - 8 * unit,
        y - tall * 0.34,
        wide + 16 * unit,
        tall * 0.34,
        0xFF000000,
        radius=5 * unit,
        shader=vertical(y - tall * 0.34, y, [(lit(wood, 0.08), 1), (lit(wood, -0.06), 1)]),
    )
    for index in range(int(wide / (38 * unit))):
        tone = mix(
            colour(str(rng.choice(["#e0693f", "#e9b13b", "#7fae4a", "#c9403a", "#b57bc2", "#f0d28a"]))),
            scene.land[1],
            0.15,
        )
        for lift in (0, 1):
            sheet.disc(
                x + (index + 0.6 + 0.4 * lift) * 38 * unit,
                y - tall * (0.37 + 0.055 * lift),
                17 * unit,
                argb(lit(tone, 0.04 * lift)),
            )
    tone = mix(scene.accent, colour(str(rng.choice(["#d9594c", "#3f8fa8", "#e0a13f", "#5d9c68"]))), 0.6)
    awning(sheet, x - 18 * unit, y - tall * 1.08, wide + 36 * unit, tall * 0.2, lit(tone, -0.15 * scene.dim))


def skyline(sheet: Sheet, scene: Air, y: float, height: float, value: Colour, name: str) -> None:
    """A row of tall buildings with windows, some lit."""
    rng, unit = scene.rng(name), sheet.unit
    night = scene.plan.light in {"night", "dusk"}
    x = -20.0 * unit
    while x < sheet.width:
        wide, tall = rng.uniform(0.16, 0.34) * height, height * rng.uniform(0.35, 1.0)
        shade = lit(value, rng.uniform(-0.05, 0.06))
        sheet.box(x, y - tall, wide, tall + 60 * unit, argb(shade), radius=rng.choice([0, 3, 8]) * unit,
                  shader=vertical(y - tall, y, [(lit(shade, 0.04), 1), (mix(shade, scene.haze, 0.4), 1)]))  # fmt: skip
        if rng.random() < 0.3:
            sheet.box(x + wide * 0.46, y - tall - height * 0.1, wide * 0.06, height * 0.1, argb(shade))
        _windows(
            sheet,
            rng,
            x,
            y - tall,
            wide,
            tall,
            lit(shade, 0.1),
            (1, 0.85, 0.5) if night else lit(shade, 0.16),
            0.5 if night else 0.25,
        )
        x += wide * rng.uniform(0.9, 1.25)


def _windows(
    sheet: Sheet,
    rng: np.random.Generator,
    x: float,
    y: float,
    wide: float,
    tall: float,
    plain: Colour,
    lamp: Colour,
    share: float,
) -> None:
    columns, rows = max(2, int(wide / (26 * sheet.unit))), int(tall / (34 * sheet.unit))
    across = wide / columns
    for row in range(rows):
        for column in range(columns):
            on = rng.random() < share
            sheet.box(x + across * (column + 0.25), y + (row + 0.4) * 34 * sheet.unit, across * 0.5, 17 * sheet.unit,
                      argb(lamp if on else plain, 0.95 if on else 0.35), radius=2 * sheet.unit)  # fmt: skip


def houses(sheet: Sheet, scene: Air, y: float, height: float, name: str) -> None:
    """A row of gabled houses and shops along a street."""
    rng, unit, x = scene.rng(name), sheet.unit, -30.0
    walls = [
        lit(mix(scene.land[0], colour(tone), 0.55), -0.2 * scene.dim)
        for tone in ("#f2d3b3", "#e9b7a2", "#c9d8c5", "#f4e3c1", "#b9c9dc")
    ]
    while x < sheet.width:
        wide, tall = height * rng.uniform(0.5, 0.75), height * rng.uniform(0.5, 0.85)
        wall = walls[int(rng.integers(len(walls)))]
        roof = mix(lit(scene.accent, -0.12), (0.45, 0.28, 0.25), 0.45 + 0.3 * rng.random())
        sheet.box(
            x,
            y - tall,
            wide,
            tall + 10,
            0xFF000000,
            shader=vertical(y - tall, y, [(lit(wall, 0.03), 1), (lit(wall, -0.05), 1)]),
        )
        peak = y - tall - height * rng.uniform(0.12, 0.26)
        sheet.fill(
            outline([(x - 8 * unit, y - tall), (x + wide * 0.5, peak), (x + wide + 8 * unit, y - tall)]),
            paint=argb(roof),
        )
        glass = (1, 0.84, 0.5) if scene.plan.light in {"night", "dusk"} else lit(mix(scene.sky[1], wall, 0.2), -0.08)
        for row in range(max(1, int(tall / (height * 0.24)) - 1)):
            for place in (0.18, 0.6):
                sheet.box(
                    x + wide * place,
                    y - tall + height * (0.07 + 0.23 * row),
                    wide * 0.22,
                    height * 0.13,
                    argb(glass),
                    radius=4 * unit,
                )
        _shop(sheet, scene, x, y, wide, height, rng)
        x += wide + rng.uniform(0, 6) * unit


def _shop(sheet: Sheet, scene: Air, x: float, y: float, wide: float, height: float, rng: np.random.Generator) -> None:
    """A ground floor with a door or an awning."""
    unit = sheet.unit
    sheet.box(
        x + wide * 0.4,
        y - height * 0.17,
        wide * 0.2,
        height * 0.18,
        argb(lit(mix(scene.accent, (0.3, 0.2, 0.15), 0.6), -0.05)),
        radius=4 * unit,
    )
    if rng.random() < 0.6:
        awning(
            sheet,
            x + wide * 0.04,
            y - height * 0.24,
            wide * 0.92,
            height * 0.08,
            mix(scene.accent, colour("#d9594c"), rng.random()),
        )


def awning(sheet: Sheet, x: float, y: float, wide: float, tall: float, value: Colour) -> None:
    """A striped awning with scalloped ends."""
    count = max(4, round(wide / (tall * 0.62)))
    step = wide / count
    for index in range(count):
        shade = value if index % 2 else lit(mix(value, WHITE, 0.85), -0.02)
        sheet.box(x + index * step, y, step + 1, tall, argb(shade))
        sheet.disc(x + (index + 0.5) * step, y + tall, step * 0.5, argb(shade), squash=0.8)
    sheet.box(x, y, wide, tall * 0.3, argb(BLACK, 0.08))


def stands(sheet: Sheet, scene: Air, y: float, height: float) -> None:
    """Rows of people in the stands of a stadium, under floodlights."""
    rng, unit = scene.rng("stands"), sheet.unit
    base = lit(scene.land[0], -0.1)
    sheet.box(
        0,
        y - height,
        sheet.width,
        height,
        0xFF000000,
        shader=vertical(y - height, y, [(lit(base, -0.05), 1), (base, 1)]),
    )
    tones = [
        mix(tone, base, 0.3)
        for tone in (scene.accent, WHITE, colour("#f2c14e"), colour("#4f8fd6"), colour("#d9594c"), lit(base, 0.2))
    ]
    step = 15 * unit
    for row in range(int(height * 0.8 / step)):
        for x in np.arange(0, sheet.width, step * 1.05):
            sheet.disc(
                x + rng.normal() * 1.5,
                y - height * 0.1 - row * step,
                step * 0.36,
                argb(tones[int(rng.integers(len(tones)))], 0.9),
            )
    sheet.box(0, y - height * 0.12, sheet.width, height * 0.12, argb(mix(scene.accent, WHITE, 0.25)))
    for x in (0.1, 0.9):
        sheet.glow(sheet.width * x, y - height * 1.15, 190 * unit, WHITE, 0.7)

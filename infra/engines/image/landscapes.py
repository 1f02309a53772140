"""Open country: sky, a far range, a middle ridge, the ground and a near bank."""

from __future__ import annotations

import numpy as np

from infra.engines.image import skies, surfaces, terrain, town
from infra.engines.image.air import Air, Stage, sheets
from infra.engines.image.paint import WHITE, Colour, Sheet, argb, colour, lit, mix, outline, vertical, wave


def land(scene: Air, width: int, height: int) -> Stage:
    """Sky, a far range, a middle ridge with trees, the ground, and a near bank."""
    far, middle, ground, front = sheets(width, height)
    place, y, unit = scene.plan.place, horizon(scene, width, height), far.unit
    skies.sky(far, scene, y, clouds=int(scene.rng("clouds").integers(2, 6)))
    _distance(far, scene, y)
    back = mix(scene.land[0], scene.land[1], 0.55)
    ys = terrain.hills(middle, scene, y + 40 * unit, 90 * unit, back, "middle", mist=0.5)
    if place.trees != "none":
        count = int((38 if place.trees in {"tall", "pointed"} else 15) * width / height)
        size = unit * (125 if place.trees == "tall" else 66)
        terrain.trees(
            middle,
            scene,
            ys,
            lit(mix(back, scene.land[2], 0.35), -0.03),
            "trees",
            size=size,
            count=count,
            shape=place.trees,
        )
    floor = y + 62 * unit
    swell = {"sand": 80, "snow": 70, "pitch": 0, "rows": 46}.get(place.ground, 40) * unit
    if swell:
        terrain.hills(ground, scene, floor + swell * 0.4, swell, scene.land[1], "ground", mist=0.22)
    else:
        ground.box(0, floor, width, height, argb(scene.land[1]))
    _surface(ground, scene, floor)
    _bank(front, scene, height)
    return Stage(far, middle, ground, front, y, floor + swell * 0.5, "land")


def horizon(scene: Air, width: int, height: int) -> float:
    """Where earth meets sky: higher in a view from above and in tall pictures."""
    share = {"aerial": 0.34, "wide": 0.56, "close": 0.6}.get(scene.plan.shot, 0.5) + scene.rng("horizon").uniform(
        -0.045, 0.045
    )
    return height * (share if width >= height else share * 0.96 + 0.05)


def _distance(sheet: Sheet, scene: Air, y: float) -> None:
    """What stands at the horizon."""
    place, unit = scene.plan.place, sheet.unit
    pale = mix(scene.land[0], scene.haze, 0.52)
    if place.far in {"peaks", "crags"}:
        tall = unit * scene.rng("tall").uniform(250, 370)
        terrain.peaks(
            sheet, scene, y + 10 * unit, tall, mix(pale, scene.haze, 0.35), "peaks far", snow=place.far == "peaks"
        )
        terrain.peaks(
            sheet,
            scene,
            y + 40 * unit,
            tall * 0.62,
            pale,
            "peaks",
            snow=place.name == "snow",
            glow=place.far == "crags",
        )
        sheet.wash([(scene.haze, 0), (scene.haze, 0.6)], y - 130 * unit, y + 60 * unit)
    elif place.far == "dunes":
        terrain.hills(sheet, scene, y - 20 * unit, 130 * unit, mix(pale, scene.haze, 0.3), "dunes far")
        _dune(sheet, scene, y + 30 * unit, 150 * unit, pale)
    elif place.far == "stands":
        town.stands(sheet, scene, y + 60 * unit, 240 * unit)
    elif place.far == "trees":
        for step, size in ((0.5, 210), (0.2, 160)):
            ys = terrain.hills(
                sheet, scene, y + (10 - 40 * step) * unit, 40 * unit, mix(pale, scene.haze, step), f"wood {step}"
            )
            shape = place.trees if place.trees == "tall" else "round"
            count = int(26 * sheet.width / sheet.height)
            terrain.trees(
                sheet,
                scene,
                ys,
                mix(pale, scene.haze, step * 0.8),
                f"trees {step}",
                size=size * unit,
                count=count,
                shape=shape,
            )
    else:
        terrain.hills(sheet, scene, y - 30 * unit, 170 * unit, mix(pale, scene.haze, 0.4), "far 2")
        terrain.hills(sheet, scene, y + 10 * unit, 120 * unit, pale, "far 1", mist=0.45)


def _dune(sheet: Sheet, scene: Air, y: float, height: float, value: Colour) -> None:
    """Sharp-crested dunes: a bright and a dark side."""
    rng = scene.rng("dune")
    for index in range(4):
        x, half, tall = (
            sheet.width * (index + rng.random()) / 4,
            height * rng.uniform(2.2, 3.6),
            height * rng.uniform(0.6, 1.0),
        )
        steps = np.linspace(0, 1, 24)
        crest = [(x - half * (1 - s), y + 60 * sheet.unit - tall * np.sin(s * np.pi / 2) ** 1.6) for s in steps]
        slope = [(x + half * s, y + 60 * sheet.unit - tall * (1 - np.sin(s * np.pi / 2))) for s in steps]
        fold = [(x - half * 0.5 * s + half * 0.2 * np.sin(s * 3), y + 60 * sheet.unit - tall * (1 - s)) for s in steps]
        bright, dark = (crest + fold, slope + fold[::-1]) if scene.light_x < 0.5 else (slope + fold[::-1], crest + fold)
        sheet.fill(outline(bright), shader=vertical(y - tall, y + 60, [(lit(value, 0.07), 1), (value, 1)]))
        sheet.fill(outline(dark), shader=vertical(y - tall, y + 60, [(lit(value, -0.07), 1), (value, 1)]))


def _surface(sheet: Sheet, scene: Air, floor: float) -> None:
    """What covers the ground."""
    kind, near, unit = scene.plan.place.ground, scene.land[2], sheet.unit
    sheet.glow(scene.light_x * sheet.width, floor + 60 * unit, sheet.width * 0.5, mix(scene.tint, WHITE, 0.3), 0.16)
    if kind == "grass":
        terrain.hills(sheet, scene, floor + 250 * unit, 120 * unit, mix(scene.land[1], near, 0.6), "grass 2")
        surfaces.tufts(sheet, scene, floor + 60 * unit, mix(scene.land[1], near, 0.7), "tufts", 330)
    elif kind == "rows":
        surfaces.rows(sheet, scene, floor + 16 * unit, mix(scene.land[1], near, 0.65), "rows")
    elif kind == "pitch":
        surfaces.pitch(sheet, floor, near)
    elif kind == "path":
        _path(sheet, scene, floor)
        surfaces.tufts(sheet, scene, floor + 70 * unit, mix(scene.land[1], near, 0.7), "tufts", 170)
    else:
        _ripples(sheet, scene, floor, mix(scene.land[1], near, 0.5))


def _ripples(sheet: Sheet, scene: Air, floor: float, value: Colour) -> None:
    """Folds of sand or snow."""
    rng, unit = scene.rng("ripples"), sheet.unit
    terrain.hills(sheet, scene, floor + 260 * unit, 170 * unit, value, "fold 1")
    terrain.hills(sheet, scene, floor + 400 * unit, 130 * unit, mix(value, scene.land[2], 0.6), "fold 2")
    for _ in range(46):
        near = rng.random()
        y, x, long = (
            floor + 40 * unit + (sheet.height - floor) * near,
            rng.uniform(0, sheet.width),
            unit * (40 + 170 * near),
        )
        bend = [(x + long * s, y + np.sin(s * 3.1) * 7 * unit * (0.4 + near)) for s in np.linspace(0, 1, 9)]
        sheet.line(bend, argb(lit(value, -0.05 if rng.random() < 0.6 else 0.07), 0.4), unit * (1 + 2.4 * near))


def _path(sheet: Sheet, scene: Air, floor: float) -> None:
    """A winding path that leads to the horizon."""
    unit, height = sheet.unit, sheet.height
    terrain.hills(sheet, scene, floor + 250 * unit, 120 * unit, mix(scene.land[1], scene.land[2], 0.6), "grass 2")
    steps, bend = np.linspace(0, 1, 40), scene.rng("path").uniform(-1, 1)
    middle = sheet.width * (0.5 + 0.16 * bend * np.sin(steps * 4.2) * (1 - steps * 0.3))
    wide = unit * (12 + 330 * steps**1.7)
    ys = floor + 22 * unit + (height - floor) * steps
    points = [
        *zip((middle - wide / 2).tolist(), ys.tolist(), strict=True),
        *zip((middle + wide / 2)[::-1].tolist(), ys[::-1].tolist(), strict=True),
    ]
    earth = lit(mix(colour("#e0c79c"), scene.land[1], 0.25), -0.25 * scene.dim)
    sheet.fill(
        outline(points), shader=vertical(floor, height, [(lit(earth, 0.02), 1), (lit(earth, -0.07), 1)]), blur=2 * unit
    )


def _bank(sheet: Sheet, scene: Air, height: int) -> None:
    """A low, soft bank along the lower edge, nearest of all."""
    if scene.plan.place.ground in {"pitch", "road", "stone"}:
        return
    unit = sheet.unit
    value = lit(mix(scene.land[2], scene.sky[0], 0.1), -0.07)
    ys = height - 34 * unit - 40 * unit * wave(scene.rng("bank"), np.linspace(0, 1, 120), 0.1)
    sheet.ridge(ys, [(value, 1), (lit(value, -0.08), 1)], depth=110 * unit, rim=lit(value, 0.08))
    if scene.plan.place.ground in {"grass", "rows", "path"}:
        surfaces.tufts(sheet, scene, height - 60 * unit, lit(value, -0.01), "bank", 90)

"""Rooms: walls, floor, window, daylight and a desk; what stands in them is in `homes` and `halls`."""

from __future__ import annotations

import numpy as np

from infra.engines.image import halls, homes
from infra.engines.image.air import Air, Stage, sheets
from infra.engines.image.interior import Shell
from infra.engines.image.paint import BLACK, WHITE, Colour, Sheet, argb, lit, mix, outline, vertical

FURNITURE = {
    "library": homes.library,
    "kitchen": homes.kitchen,
    "lab": homes.lab,
    "factory": halls.factory,
    "classroom": halls.classroom,
    "office": halls.office,
    "stage": halls.theatre,
}
DESKS = {"kitchen", "lab", "office", "table", "library", "classroom", "factory"}


def room(scene: Air, width: int, height: int) -> Stage:
    """Wall, floor and furniture of one kind of room; a desk in front for what is small or has no legs."""
    far, middle, ground, front = sheets(width, height)
    kind, unit = scene.plan.place.room, far.unit
    wall, wood, dark = (lit(value, -0.1 * scene.dim) for value in scene.land)
    floor = height * (0.72 if kind != "stage" else 0.76)
    far.wash([(lit(wall, -0.02), 1), (lit(wall, 0.02), 1), (lit(wall, -0.04), 1)], 0, floor)
    _floor(
        far,
        floor,
        wood if kind not in {"lab", "factory", "office"} else mix(wall, dark, 0.35),
        tiles=kind in {"lab", "kitchen"},
    )
    FURNITURE.get(kind, homes.home)(Shell(far, middle, scene, floor, (wall, wood, dark)))
    _daylight(far, scene, floor)
    desk = _desk(ground, kind, height, lit(mix(wood, dark, 0.35), 0.02), wall) if kind in DESKS else None
    return Stage(far, middle, ground, front, floor - 40 * unit, floor + 60 * unit, "room", desk)


def _floor(sheet: Sheet, y: float, value: Colour, *, tiles: bool) -> None:
    """Boards or tiles that run to a vanishing point, with a skirting."""
    width, height, unit = sheet.width, sheet.height, sheet.unit
    sheet.box(
        0, y, width, height - y, 0xFF000000, shader=vertical(y, height, [(lit(value, -0.05), 1), (lit(value, 0.04), 1)])
    )
    for x in np.linspace(-1.2, 2.2, 25 if tiles else 17):
        sheet.line([(width * (0.5 + (x - 0.5) * 0.5), y), (width * x, height)], argb(lit(value, -0.1), 0.5), 2 * unit)
    for step in np.linspace(0, 1, 7) ** 1.7 if tiles else ():
        sheet.line(
            [(0, y + (height - y) * step), (width, y + (height - y) * step)], argb(lit(value, -0.1), 0.5), 2 * unit
        )
    sheet.box(0, y - 16 * unit, width, 16 * unit, argb(lit(value, 0.12)))
    sheet.box(0, y, width, 26 * unit, 0, shader=vertical(y, y + 26 * unit, [(BLACK, 0.18), (BLACK, 0)]))


def _daylight(sheet: Sheet, scene: Air, floor: float) -> None:
    """Light that falls slantwise into the room."""
    x, width = scene.light_x * sheet.width, sheet.width
    sheet.glow(x, 0, width * 0.75, mix(scene.tint, WHITE, 0.5), 0.2)
    lean = width * (0.22 if scene.light_x < 0.5 else -0.22)
    for offset in (-0.08, 0.06):
        beam = outline(
            [
                (x + offset * width, 0),
                (x + (offset + 0.07) * width, 0),
                (x + lean * 1.6 + (offset + 0.16) * width, floor * 1.3),
                (x + lean * 1.6 + offset * width, floor * 1.3),
            ]
        )
        sheet.fill(beam, shader=vertical(0, floor, [(WHITE, 0.16), (WHITE, 0.0)]), blur=14 * sheet.unit)


def _desk(sheet: Sheet, kind: str, height: int, value: Colour, wall: Colour) -> float:
    """A desk or counter along the lower edge; returns the y of its rear edge."""
    top, unit, width = height * 0.76, sheet.unit, sheet.width
    if kind in {"lab", "office", "kitchen"}:
        value = mix(value, lit(wall, 0.05), 0.6)
    sheet.box(
        0, top - 22 * unit, width, 24 * unit, 0, shader=vertical(top - 22 * unit, top, [(BLACK, 0), (BLACK, 0.2)])
    )
    front = top + (height - top) * 0.68
    sheet.box(
        0,
        top,
        width,
        front - top,
        0xFF000000,
        shader=vertical(top, front, [(lit(value, 0.03), 1), (lit(value, 0.1), 1)]),
    )
    sheet.box(
        0,
        front,
        width,
        height - front,
        0xFF000000,
        shader=vertical(front, height, [(lit(value, -0.08), 1), (lit(value, -0.16), 1)]),
    )
    sheet.box(0, front, width, 6 * unit, argb(lit(value, 0.16)))
    if kind in {"table", "library", "classroom", "factory"}:
        for index in range(7):
            y = top + (front - top) * (0.12 + 0.13 * index)
            sheet.line(
                [(width * 0.02 * index, y), (width * (0.55 + 0.06 * index), y + 2 * unit)],
                argb(lit(value, -0.06), 0.35),
                2 * unit,
            )
    return top

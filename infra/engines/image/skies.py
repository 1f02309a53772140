"""Skies: gradient, sun or moon, stars, clouds."""

from __future__ import annotations

import numpy as np

from infra.engines.image.air import Air
from infra.engines.image.paint import WHITE, Sheet, argb, lit, mix


def sky(sheet: Sheet, scene: Air, horizon: float, *, clouds: int = 4) -> None:
    """Gradient, sun or moon, stars, clouds."""
    width, unit, rng = sheet.width, sheet.unit, scene.rng("sky")
    sheet.wash([(scene.sky[0], 1), (scene.sky[1], 1), (scene.sky[2], 1)], 0, horizon * 1.05)
    shown = {name for group in scene.plan.groups for name in group.pieces}
    x, y = scene.light_x * width, horizon * (0.3 if scene.plan.light in {"day", "night"} else 0.78)
    if scene.plan.light == "night":
        stars(sheet, rng, horizon, 150)
    if scene.plan.weather is None or scene.plan.light != "day":
        orb(sheet, scene, x, y, hidden=any("moon" in name or name in {"sun", "comet"} for name in shown))
    pale = mix(WHITE, scene.sky[1], 0.62 if scene.plan.light == "night" else 0.14)
    pale = mix(pale, scene.tint, 0.35 if scene.plan.light in {"dawn", "dusk"} else 0)
    for _ in range(clouds):
        size = unit * rng.uniform(150, 420)
        sheet.cloud(
            rng, rng.uniform(0, width), horizon * rng.uniform(0.1, 0.72), size, pale, 0.55 if scene.dim > 0.3 else 0.85
        )
    sheet.glow(
        x,
        horizon,
        width * 0.6,
        mix(scene.sky[2], (1, 0.9, 0.7), 0.5),
        0.5 if scene.plan.light in {"dawn", "dusk"} else 0.22,
    )
    if scene.plan.weather == "fireworks":
        fireworks(sheet, scene, horizon)


def fireworks(sheet: Sheet, scene: Air, horizon: float) -> None:
    """A few bursts of sparks with trails and glow."""
    rng, unit = scene.rng("fireworks"), sheet.unit
    for tone in ((1, 0.82, 0.4), scene.accent, (1, 0.45, 0.55), (0.55, 0.8, 1), (0.8, 0.6, 1)):
        x, y, reach = (
            rng.uniform(0.1, 0.9) * sheet.width,
            rng.uniform(0.14, 0.62) * horizon,
            unit * rng.uniform(90, 190),
        )
        sheet.glow(x, y, reach * 1.5, tone, 0.4)
        for angle in np.linspace(0, 2 * np.pi, 26, endpoint=False) + rng.random():
            long = reach * rng.uniform(0.7, 1.0)
            trail = [
                (x + long * s * np.cos(angle), y + long * s * np.sin(angle) + reach * 0.16 * s * s)
                for s in (0.3, 0.65, 1.0)
            ]
            sheet.line(trail, argb(mix(tone, WHITE, 0.25), 0.85), unit * 2.4)
            sheet.disc(*trail[-1], unit * 3.6, argb(mix(tone, WHITE, 0.6)))


def stars(sheet: Sheet, rng: np.random.Generator, bottom: float, count: int) -> None:
    """Points of light, few of them large."""
    for _ in range(count):
        x, y, size = rng.uniform(0, sheet.width), bottom * rng.random() ** 1.2, rng.random() ** 6
        sheet.disc(x, y, sheet.unit * (0.8 + 2.2 * size), argb((1, 0.97, 0.88), 0.35 + 0.6 * rng.random()))
        if size > 0.55:
            sheet.glow(x, y, sheet.unit * 16, (0.8, 0.88, 1), 0.4)


def orb(sheet: Sheet, scene: Air, x: float, y: float, *, hidden: bool) -> None:
    """The sun or the moon with its light."""
    unit, night = sheet.unit, scene.plan.light == "night"
    warm = {
        "day": (1, 0.96, 0.78),
        "dawn": (1, 0.86, 0.62),
        "dusk": (1, 0.62, 0.40),
        "night": (0.86, 0.90, 1),
        "studio": (1, 1, 0.96),
    }
    value = warm[scene.plan.light]
    if hidden and night:
        return
    sheet.glow(x, y, unit * (430 if night else 620), value, 0.42 if night else 0.62)
    if hidden or scene.plan.light == "studio":
        return
    radius = unit * (44 if night else 58)
    sheet.disc(x, y, radius, argb(lit(value, 0.06)), blur=unit * 1.5)
    if night:
        for dx, dy, size in ((-0.3, -0.2, 0.22), (0.25, 0.3, 0.3), (0.3, -0.35, 0.14)):
            sheet.disc(x + dx * radius, y + dy * radius, radius * size, argb((0.66, 0.70, 0.84), 0.5))

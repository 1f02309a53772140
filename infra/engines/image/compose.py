"""Drawing the placed pieces into their setting: light, shadow, distance, and what is in front of everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import skia

from infra.engines.image.air import Air, Stage
from infra.engines.image.paint import BLACK, CUBIC, WHITE, Sheet, argb, lit, mix, piece_image
from infra.engines.image.placing import Actor, assemble, scatter


def compose(scene: Air, stage: Stage) -> tuple[str, ...]:
    """Place what the plan asks for and what belongs to the setting; returns the names of what was asked for."""
    cast = assemble(scene, stage)
    for actor in sorted((*scatter(scene, stage, cast), *cast), key=lambda actor: (actor.depth, actor.base)):
        _draw(_sheet(stage, actor), scene, stage, actor)
        _pose(stage.cast.canvas, actor, ())
    _frame(scene, stage)
    return tuple(dict.fromkeys(actor.piece.name for actor in cast))


def _sheet(stage: Stage, actor: Actor) -> Sheet:
    """The layer on which an actor stands."""
    if actor.depth < 0.2:
        return stage.far
    return (
        stage.middle
        if actor.depth < (0.5 if stage.desk is not None else 0.4) and stage.kind != "depth"
        else stage.ground
    )


def _draw(sheet: Sheet, scene: Air, stage: Stage, actor: Actor) -> None:
    """One piece with its shadow and in the light of the scene."""
    image = piece_image(actor.piece.id, max(8, round(actor.width)))
    grounded = actor.piece.stance in {"ground", "table"} and stage.kind not in {"void", "depth"}
    if grounded:
        _shadow(sheet, scene, actor, image, cast_on=stage.kind == "land" and actor.piece.stance == "ground")
    if actor.piece.stance == "hang":
        sheet.line(
            [(actor.x, -5), (actor.x, actor.base - actor.height + 4)], argb(lit(scene.land[2], -0.15)), 3 * sheet.unit
        )
    _pose(sheet.canvas, actor, _lighting(scene, stage, actor))
    if actor.piece.stance in {"float", "swim"} and stage.kind == "water":
        _waterline(sheet, scene, actor)


def _pose(canvas: skia.Canvas, actor: Actor, shaders: Iterable[object]) -> None:
    """The piece turned and scaled to its place, with *shaders* laid over it."""
    box, middle = _box(actor), actor.base - actor.height / 2
    canvas.save()
    canvas.translate(actor.x, middle)
    canvas.rotate(actor.leaning)
    canvas.scale(-1 if actor.flip else 1, 1)
    canvas.translate(-actor.x, -middle)
    canvas.saveLayer(box.makeOutset(2, 2), None)
    canvas.drawImageRect(piece_image(actor.piece.id, max(8, round(actor.width))), box, CUBIC)
    for shader in shaders:
        canvas.drawRect(box.makeOutset(2, 2), skia.Paint(Shader=shader, BlendMode=skia.BlendMode.kSrcATop))
    canvas.restore()
    canvas.restore()


def _box(actor: Actor) -> skia.Rect:
    return skia.Rect.MakeXYWH(actor.x - actor.width / 2, actor.base - actor.height, actor.width, actor.height)


def _lighting(scene: Air, stage: Stage, actor: Actor) -> Iterator[object]:
    """Distance, the hour's tint, and light from one side; as shaders to lay over a piece."""
    box = _box(actor)
    far = max(0.0, 0.5 - actor.depth) * (1.1 if stage.kind == "land" else 0.5)
    veil = mix(scene.haze, scene.land[0], 0.3) if stage.kind != "depth" else scene.land[1]
    if actor.piece.stance == "sky":
        far = 0.12 if scene.plan.light != "day" else 0.05
    indoors = 0.55 if stage.kind in {"room", "idea", "void"} else 1.0
    yield skia.GradientShader.MakeLinear(
        [(0, box.top()), (0, box.bottom())], [argb(veil, far * 0.7), argb(veil, min(0.75, far))]
    )
    if scene.dim > 0 and actor.piece.stance != "sky":
        shade = mix(scene.tint, BLACK, 0.2)
        yield skia.GradientShader.MakeLinear(
            [(0, box.top()), (0, box.bottom())],
            [argb(shade, scene.dim * 0.55 * indoors), argb(shade, scene.dim * 0.85 * indoors)],
        )
    bright = mix(WHITE, scene.tint, 0.25 if scene.plan.light == "day" else 0.5)
    from_left = (scene.light_x < 0.5) != actor.flip
    ends = (
        [(box.left(), box.top()), (box.right(), box.bottom())]
        if from_left
        else [(box.right(), box.top()), (box.left(), box.bottom())]
    )
    yield skia.GradientShader.MakeLinear(
        ends, [argb(bright, 0.2), argb(bright, 0), argb(lit(scene.land[2], -0.25), 0.2)], [0.0, 0.5, 1.0]
    )


def _shadow(sheet: Sheet, scene: Air, actor: Actor, image: skia.Image, *, cast_on: bool) -> None:
    """A dark contact below and, out of doors, a soft shadow away from the light."""
    dark, wide = lit(mix(scene.land[2], BLACK, 0.55), -0.12), actor.width
    sheet.disc(
        actor.x,
        actor.base - actor.height * 0.012,
        wide * 0.44,
        argb(dark, 0.42),
        squash=0.12,
        blur=max(1.0, wide * 0.035),
    )
    if not cast_on:
        return
    canvas, strength = sheet.canvas, 0.12 if scene.plan.light == "night" else 0.26
    brush = skia.Paint(ColorFilter=skia.ColorFilters.Blend(argb(dark, strength), skia.BlendMode.kSrcIn))
    canvas.save()
    canvas.translate(actor.x, actor.base - actor.height * 0.015)
    canvas.skew(-1.1 if scene.light_x < 0.5 else 1.1, 0)
    canvas.scale(-1 if actor.flip else 1, -0.3)
    canvas.drawImageRect(image, skia.Rect.MakeXYWH(-wide / 2, -actor.height, wide, actor.height), CUBIC, brush)
    canvas.restore()


def _waterline(sheet: Sheet, scene: Air, actor: Actor) -> None:
    """Water over the lower edge of what floats, with ripples."""
    deep, unit = mix(scene.land[1], scene.land[2], 0.4), sheet.unit
    sheet.disc(actor.x, actor.base + 3 * unit, actor.width * 0.56, argb(deep, 0.9), squash=0.075, blur=2 * unit)
    for grow, alpha in ((0.5, 0.7), (0.64, 0.4)):
        sheet.disc(
            actor.x,
            actor.base - 2 * unit,
            actor.width * grow,
            argb(mix(WHITE, deep, 0.35), alpha * 0.35),
            squash=0.05,
            blur=unit,
        )


def _frame(scene: Air, stage: Stage) -> None:
    """Out-of-focus leaves in the corners, and the weather in front of everything."""
    rng, unit, front = scene.rng("frame"), stage.far.unit, stage.front
    leaves = {"land": ["herb", "herb", "leaf-fluttering-in-wind"], "water": ["herb"]}.get(stage.kind, [])
    green = scene.plan.place.ground in {"grass", "rows", "path"} and scene.plan.place.trees != "none"
    if green and leaves and rng.random() < 0.75:
        corners = [(0.0, 1), (1.0, 1), (0.0, 0), (1.0, 0)]
        for index in rng.permutation(4)[: int(rng.integers(1, 3))]:
            _leaf(front, scene, leaves, corners[int(index)], rng)
    if scene.plan.weather == "rain":
        for _ in range(330):
            x, y, long = (
                rng.uniform(-0.1, 1.05) * front.width,
                rng.uniform(-0.05, 1) * front.height,
                unit * rng.uniform(22, 62),
            )
            front.line([(x, y), (x + long * 0.24, y + long)], argb((0.88, 0.93, 1), 0.42), unit * 1.7)
    elif scene.plan.weather == "snow":
        for _ in range(240):
            size = 1.5 + 6.5 * rng.random() ** 2.5
            front.disc(
                rng.uniform(0, front.width),
                rng.uniform(0, front.height),
                unit * size,
                argb(WHITE, 0.85),
                blur=unit * size * 0.18,
            )
    elif scene.plan.weather == "mist":
        for height in (0.5, 0.72):
            front.glow(front.width * rng.uniform(0.2, 0.8), front.height * height, front.width * 0.6, scene.haze, 0.5)


def _leaf(sheet: Sheet, scene: Air, names: list[str], corner: tuple[float, int], rng: np.random.Generator) -> None:
    """A large blurred twig that reaches into the picture from a corner."""
    size = sheet.unit * rng.uniform(300, 430)
    image = piece_image(str(rng.choice(names)), 160)
    canvas, brush = sheet.canvas, skia.Paint()
    tone = lit(mix(scene.land[2], scene.tint, 0.3 * scene.dim), -0.1)
    brush.setColorFilter(skia.ColorFilters.Blend(argb(tone, 0.62), skia.BlendMode.kSrcATop))
    brush.setImageFilter(skia.ImageFilters.Blur(3.2, 3.2))
    canvas.save()
    canvas.translate(corner[0] * sheet.width, corner[1] * sheet.height + (1 - 2 * corner[1]) * size * 0.12)
    canvas.rotate(float(rng.uniform(-25, 25)) + (180 if corner[1] == 0 else 0))
    canvas.scale((1 if corner[0] == 0 else -1) * size / 160, size / 160)
    canvas.drawImage(image, -80, -110, CUBIC, brush)
    canvas.restore()

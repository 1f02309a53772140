"""The storyboard: one picture for each segment, and the poster; all of one look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra import engines, events, pools
from infra.engines import engine
from infra.hashing import digest
from tasks.anchor import looks
from tasks.assets import keep_picture
from tasks.media import take_media
from tasks.policy import step
from tasks.schema import Anchor, Frame, Plane, Value

if TYPE_CHECKING:
    from tasks.schema import Edits, Media, Segment

ZOOM = 1.2
"""The tightest crop of any motion: a picture is drawn this much larger than the film, so that it stays sharp."""


class Brush(Value):
    """What every picture of one film shares; of the anchor, only what is seen."""

    palette: tuple[str, str, str, str, str]
    light: str
    style: str
    strength: float
    width: int
    height: int
    seed: int


def brush_for(anchor: Anchor, size: tuple[int, int]) -> Brush:
    """The brush for a film of *size*."""
    width, height = (round(side * ZOOM / 2) * 2 for side in size)
    chosen = looks()[anchor.look]
    return Brush(
        palette=anchor.palette,
        light=anchor.light,
        style=chosen["style"],
        strength=chosen["strength"],
        width=width,
        height=height,
        seed=anchor.seed,
    )


async def picture(segment: Segment, brush: Brush, media: Media | None, edits: Edits) -> Frame:
    """What a segment shows: the user's own picture or clip, or one drawn for it."""
    if media:
        return await take_media.run(segment.id, media, (brush.width, brush.height))
    return await draw_frame.run(segment.id, segment.visual, brush, edits.redo.get(segment.id, 0))


@step(recipe="frame/1", pool="image", uses=("image", "embed"))
async def draw_frame(visual: str, brush: Brush, redo: int = 0) -> Frame:
    """Draw one picture of *visual*; another *redo* gives another picture of the same."""
    frame = await pools.run("image", _draw, visual, brush, redo)
    events.emit("frame.drawn", visual=visual, frame=frame)
    return frame


@step(recipe="poster/1", pool="image", uses=("image", "embed"))
async def paint_poster(topic: str, brush: Brush) -> Frame:
    """Draw the picture of the topic itself: the first thing on screen, and the film's poster."""
    frame = await pools.run("image", _draw, topic, brush, 0)
    events.emit("poster.painted", frame=frame)
    return frame


def drawn(visual: str, brush: Brush, redo: int = 0) -> engines.Picture:
    """The picture of *visual* as the engine gives it; blocking."""
    look = engines.Look(brush.palette, brush.light, brush.style, brush.strength)  # type: ignore[arg-type]
    seed = int(digest([brush.seed, visual, redo])[:8], 16)
    return engine("image", engines.chosen("image")).draw(
        visual, width=brush.width, height=brush.height, look=look, seed=seed
    )


def _draw(visual: str, brush: Brush, redo: int) -> Frame:
    picture = drawn(visual, brush, redo)
    return Frame(
        asset=keep_picture(picture.pixels),
        width=brush.width,
        height=brush.height,
        layers=tuple(Plane(asset=keep_picture(layer.pixels), depth=layer.depth) for layer in picture.layers),
        shows=picture.shows,
    )

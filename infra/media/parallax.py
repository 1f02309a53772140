"""Depth: the layers of a picture as premultiplied planes, each moved by its own camera and laid over those behind.

Only what can be seen is drawn: a layer within the box of its alpha, and nothing behind a layer that is opaque from
some row down over the whole width, as ground is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from infra.media.pictures import CENTRE, cover
from infra.media.planes import (
    BLACK,
    PAD,
    TO_YUV,
    Plane,
    Planes,
    Source,
    blank,
    enlarged,
    halved,
    padded,
    planar,
)
from infra.media.warp import Box, axes, sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from infra.engines import Pixels
    from infra.media.camera import Move, Window
    from infra.media.sampling import Axis
    from infra.media.warp import Axes

COLUMNS = 128
"""Boxes begin at multiples of this many pixels, so that chroma rows are aligned, too."""
EDGE = 2
"""Source pixels around a box that bilinear sampling and halved chroma may still touch."""
PARTING = 0.5
"""The depth that parts what is behind from what is in front."""


@dataclass(frozen=True)
class Group:
    """What moves together: *source*, premultiplied by alpha, and *keep*, what stays of what is behind (luma, chroma).

    All that shows lies in *box*; from row *solid* on, nothing behind is seen. All in pixels of the source.
    """

    depth: float
    source: Source
    keep: tuple[Plane, Plane]
    box: Box
    solid: int


def groups(
    layers: Iterable[tuple[Pixels, float]], width: int, height: int, zoom: float, focus: tuple[float, float] = CENTRE
) -> tuple[Group, ...]:
    """The (h, w, 4) *layers* with straight alpha and their depths, far to near, for frames of that size.

    What is behind the farthest is black; others that show nothing are left out.
    """
    size = enlarged(width, zoom), enlarged(height, zoom)
    made: list[Group] = []
    for pixels, depth in _premultiplied(layers):
        if not made:
            pixels[..., 3] = 255
        group = _group(cover(pixels, width / height, focus), depth, *size)
        if not group.box.empty:
            made.append(group)
    return tuple(made)


def merged(layers: Iterable[tuple[Pixels, float]]) -> list[tuple[Pixels, float]]:
    """The layers in two, parted at PARTING, each as near as its nearest: for moves that sample every frame anew."""
    halves: list[tuple[Pixels, float]] = []
    for pixels, depth in layers:
        if halves and (depth < PARTING) == (halves[-1][1] < PARTING):
            halves[-1] = _over(halves[-1][0], pixels), depth
        else:
            halves.append((pixels, depth))
    return halves


def _over(below: Pixels, above: Pixels) -> Pixels:
    """Straight alpha: *above* laid over *below*."""
    near, far = _alpha(above), _alpha(below)
    alpha = cv2.add(near, cv2.multiply(far, 255 - near, scale=1 / 255))
    whole = cv2.add(_times(above, near), _times(_times(below, far), 255 - near))
    colours = cv2.divide(whole, cv2.merge([np.maximum(alpha, 1)] * 4), scale=255)
    colours[..., 3] = alpha
    return np.asarray(colours, np.uint8)


def _premultiplied(layers: Iterable[tuple[Pixels, float]]) -> Iterator[tuple[Pixels, float]]:
    for pixels, depth in layers:
        alpha = _alpha(pixels)
        colours = _times(pixels, alpha)
        colours[..., 3] = alpha
        yield colours, depth


def _alpha(pixels: Pixels) -> Plane:
    return np.asarray(cv2.extractChannel(pixels, 3), np.uint8)


def _times(pixels: Pixels, alpha: Plane) -> Pixels:
    return np.asarray(cv2.multiply(pixels, cv2.merge([alpha] * 4), scale=1 / 255), np.uint8)


def _group(pixels: Pixels, depth: float, width: int, height: int) -> Group:
    """Of premultiplied pixels. They are averaged or sampled linearly: sharper kernels draw a rim around every edge."""
    kernel = cv2.INTER_AREA if pixels.shape[1] > width else cv2.INTER_LINEAR
    scaled = np.asarray(cv2.resize(pixels, (width, height), interpolation=kernel), np.uint8)
    alpha = _alpha(scaled)
    stays = 255 - alpha, halved(255 - alpha), halved(255 - alpha)
    colours = planar(np.asarray(cv2.transform(cv2.cvtColor(scaled, cv2.COLOR_RGBA2RGB), TO_YUV), np.uint8))
    luma, blue, red = (
        np.asarray(cv2.addWeighted(plane, 1, stay, -black / 255, 0), np.uint8)
        for plane, stay, black in zip(colours, stays, BLACK, strict=True)
    )
    return Group(depth, padded((luma, blue, red)), padded(stays).planes[:2], _box(alpha), _solid(alpha))


def _box(alpha: Plane) -> Box:
    left, top, width, height = cv2.boundingRect(alpha)
    return Box(top, top + height, left, left + width)


def _solid(alpha: Plane) -> int:
    """The row from which on all is opaque."""
    clear = np.flatnonzero(alpha.min(1) < 255)
    return int(clear[-1]) + 1 if clear.size else 0


class Layers:
    """Draws groups, each under its own camera, into frames of one size."""

    def __init__(self, made: Sequence[Group], cameras: Sequence[Move], width: int, height: int) -> None:
        self.made, self.cameras, self.frame = made, cameras, Box(0, height, 0, width)
        parts = self._parts([camera.start for camera in cameras])
        self.colours, self.keeps = [], []
        for group, camera, (_, part) in zip(made, cameras, parts, strict=True):
            picture, size = group.source.planes, (group.source.width, group.source.height)
            rows = Box(min(part.box.top, part.solid), part.floor, 0, width)
            self.colours.append(sheet(picture[:1], picture[1:], size, camera, self.frame, rows))
            self.keeps.append(sheet(group.keep[:1], group.keep[1:], size, camera, self.frame, rows))

    def scratch(self) -> tuple[Planes, Planes]:
        """Room to draw in; not to be shared between threads."""
        return blank(self.frame.right, self.frame.bottom), blank(self.frame.right, self.frame.bottom)

    def __call__(self, windows: Sequence[Window], frame: Planes, scratch: tuple[Planes, Planes]) -> None:
        """Fill *frame* with what each group shows in its window; windows and groups are far to near."""
        for index, (grid, part) in enumerate(self._parts(windows)):
            if not part.blended.empty:
                self._lay(index, grid, part.blended, frame, scratch)
            if not part.opaque.empty:
                places = part.opaque.cut(frame)
                self.colours[index].draw(grid, part.opaque, places[:1], places[1:])

    def _parts(self, windows: Sequence[Window]) -> list[tuple[Axes, Part]]:
        """What of each group is seen, far to near: nothing below where a nearer one is opaque."""
        floor, parts = self.frame.bottom, []
        for group, window in zip(reversed(self.made), reversed(windows), strict=True):
            size = group.source.width, group.source.height
            grid = axes(size, window, (self.frame.bottom, self.frame.right))
            parts.append((grid, _part(group, grid[0], floor)))
            floor = parts[-1][1].solid
        return parts[::-1]

    def _lay(self, index: int, grid: Axes, box: Box, frame: Planes, scratch: tuple[Planes, Planes]) -> None:
        places, over, stays = box.cut(frame), box.cut(scratch[0]), box.cut(scratch[1])
        self.colours[index].draw(grid, box, over[:1], over[1:])
        self.keeps[index].draw(grid, box, stays[:1], stays[1:2])
        for place, new, stay in zip(places, over, (stays[0], stays[1], stays[1]), strict=True):
            cv2.multiply(place, stay, dst=place, scale=1 / 255)
            cv2.add(place, new, dst=place)


@dataclass(frozen=True)
class Part:
    """What of a group is seen in a frame: *box*, and all of the rows [solid, floor)."""

    box: Box
    solid: int
    floor: int

    @property
    def blended(self) -> Box:
        """Where what is behind may be seen through it."""
        return Box(self.box.top, min(self.box.bottom, self.solid), self.box.left, self.box.right)

    @property
    def opaque(self) -> Box:
        """Where it hides all behind it."""
        return Box(self.solid, self.floor, 0, self.box.right)


def _part(group: Group, luma: tuple[Axis, Axis], floor: int) -> Part:
    across, down = luma
    left = _index(group.box.left - EDGE, across) // COLUMNS * COLUMNS
    right = -(-(_index(group.box.right + EDGE, across) + 1) // COLUMNS) * COLUMNS
    top = _index(group.box.top - EDGE, down) // 2 * 2
    bottom = -(-(_index(group.box.bottom + EDGE, down) + 1) // 2) * 2
    solid = -(-(_index(group.solid + EDGE, down) + 1) // 2) * 2 if group.solid else 0
    box = Box(max(0, top), min(floor, bottom), max(0, left), min(across.count, right))
    return Part(box, max(0, min(floor, solid)), floor)


def _index(pixel: int, axis: Axis) -> int:
    """The sample of the frame at or before a pixel of the source."""
    return math.floor((pixel + PAD - axis.start) / axis.step)

"""The moving camera: one sub-pixel warp of a still per frame, straight into the encoder's planes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from infra.errors import UnknownName
from infra.media.planes import REACH, aligned

if TYPE_CHECKING:
    from infra.media.planes import Plane, Planes, Source

RENDERER = f"planar-2+cv2-{cv2.__version__}-linear"
"""What draws the frames; part of every shot's identity."""

SPEED, LEAST, MOST = 0.025, 0.05, 0.16
"""Enlargement per second of a push, and its bounds: long shots move as slowly as short ones."""
SOFTNESS = 0.35
SKIPS = np.arange(REACH)
MISS = 0.008
"""Output samples by which the edge of a frame may lie beside its place."""


@dataclass(frozen=True)
class Window:
    """What the camera sees: centre (x, y) as shares of the picture, enlarged *zoom* times."""

    x: float
    y: float
    zoom: float


@dataclass(frozen=True)
class Move:
    """A camera move from one window to another."""

    start: Window
    end: Window

    @property
    def zoom(self) -> float:
        """The tightest crop."""
        return max(self.start.zoom, self.end.zoom)

    @property
    def still(self) -> bool:
        """Whether every frame is the same."""
        return self.start == self.end

    def at(self, frame: int, frames: int) -> Window:
        """The window of *frame* of *frames*: almost even, with soft ends; zoom grows by equal ratios."""
        u = _ease(frame / max(1, frames - 1))
        zoom = math.exp(math.log(self.start.zoom) * (1 - u) + math.log(self.end.zoom) * u)
        return Window(_between(self.start.x, self.end.x, u), _between(self.start.y, self.end.y, u), zoom)


def move(motion: str, seconds: float) -> Move:
    """The camera move named *motion* for a shot of *seconds*.

    Raises:
        UnknownName: there is no such motion.
    """
    reach = min(MOST, max(LEAST, SPEED * seconds))
    wide, tight, centre = Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 1.0 + reach), 0.5
    edge = 0.5 / tight.zoom
    moves = {
        "hold": Move(wide, wide),
        "push": Move(wide, tight),
        "pull": Move(tight, wide),
        "pan_right": Move(Window(edge, centre, tight.zoom), Window(1 - edge, centre, tight.zoom)),
        "pan_left": Move(Window(1 - edge, centre, tight.zoom), Window(edge, centre, tight.zoom)),
        "tilt_down": Move(Window(centre, edge, tight.zoom), Window(centre, 1 - edge, tight.zoom)),
        "tilt_up": Move(Window(centre, 1 - edge, tight.zoom), Window(centre, edge, tight.zoom)),
    }
    if motion not in moves:
        raise UnknownName("motion", motion, moves)
    return moves[motion]


class Warp:
    """Draws windows of stills into frames of one size; not to be shared between threads.

    A window only shifts and scales, so a separable resize will do, at less than half the cost of an affine warp. It
    can begin at whole source samples only: it begins up to REACH output samples early, where the wanted grid happens
    to meet the source's, and what comes before the frame is dropped. Where the grids do not meet well enough, an
    affine warp draws the plane. Both are the same bilinear sampling.
    """

    def __init__(self, width: int, height: int) -> None:
        rows, columns = height + REACH + 1, width + REACH + 1
        half = height // 2 + REACH + 1, width // 2 + REACH + 1
        self.scratch = aligned(rows, columns), aligned(*half)

    def __call__(self, picture: Source, window: Window, frame: Planes) -> None:
        """Draw what *window* shows of *picture* into *frame*, with bilinear sub-pixel sampling.

        The source's chroma lies in the centre of its four pixels, the frame's on the left, as H.264 expects.
        """
        height, width = frame[0].shape
        across, down = picture.width / window.zoom, picture.height / window.zoom
        left = min(max(window.x * picture.width - across / 2, 0), picture.width - across)
        top = min(max(window.y * picture.height - down / 2, 0), picture.height - down)
        sx, sy, pad = across / width, down / height, picture.pad
        luma = _Axis(left + 0.5 * sx - 0.5 + pad, sx, width), _Axis(top + 0.5 * sy - 0.5 + pad, sy, height)
        chroma = (
            _Axis(left / 2 + 0.25 * sx - 0.5 + pad, sx, width // 2),
            _Axis(top / 2 + 0.5 * sy - 0.5 + pad, sy, height // 2),
        )
        for index, plane in enumerate(frame):
            _sample(picture.planes[index], *(chroma if index else luma), plane, self.scratch[min(index, 1)])


@dataclass(frozen=True)
class _Axis:
    """Samples wanted at start + k * step, for k below *count*, in source samples."""

    start: float
    step: float
    count: int


@dataclass(frozen=True)
class _Grid:
    """A resize along one axis: *taken* source samples from *origin* become *made*; the first *skip* are dropped.

    *miss* is how far, in output samples, the outermost sample lies from where it should.
    """

    origin: int
    taken: int
    made: int
    skip: int
    step: float
    miss: float


def _grid(axis: _Axis) -> _Grid:
    """The resize that comes nearest to *axis*.

    Sample j of a resize that begins at *origin* lies at origin + (j + 0.5) * step - 0.5. The first sample wanted is
    its sample *skip*; the step is bent a little so that the middle sample is exact.
    """
    origins = axis.start + 0.5 - (SKIPS + 0.5) * axis.step
    misses = np.abs(origins - np.rint(origins))
    skip = int(np.argmax(misses <= MISS) if misses.min() <= MISS else np.argmin(misses))
    origin = round(origins[skip])
    middle = (axis.count - 1) / 2
    bent = (axis.start + middle * axis.step + 0.5 - origin) / (middle + skip + 0.5)
    made = axis.count + skip + 1
    return _Grid(origin, round(made * bent), made, skip, bent, abs(bent - axis.step) * middle / axis.step)


def _sample(source: Plane, across: _Axis, down: _Axis, target: Plane, scratch: Plane) -> None:
    """Fill *target* with the samples of *source* on those axes."""
    columns, rows = _grid(across), _grid(down)
    if max(columns.miss, rows.miss) > MISS:
        matrix = np.array([[across.step, 0, across.start], [0, down.step, down.start]])
        cv2.warpAffine(source, matrix, target.shape[::-1], dst=target, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        return
    part = source[rows.origin : rows.origin + rows.taken, columns.origin : columns.origin + columns.taken]
    room = scratch[: rows.made, : columns.made]
    cv2.resize(part, None, dst=room, fx=1 / columns.step, fy=1 / rows.step, interpolation=cv2.INTER_LINEAR)
    np.copyto(target, room[rows.skip : rows.skip + down.count, columns.skip : columns.skip + across.count])


def mix(frame: Planes, other: Planes, share: float) -> None:
    """Crossfade: *frame* becomes (1 - share) of itself and *share* of *other*."""
    for plane, new in zip(frame, other, strict=True):
        cv2.addWeighted(plane, 1 - share, new, share, 0, dst=plane)


def _ease(u: float) -> float:
    return u * u * (3 - 2 * u) * SOFTNESS + u * (1 - SOFTNESS)


def _between(start: float, end: float, u: float) -> float:
    return start * (1 - u) + end * u

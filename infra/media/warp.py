"""The moving camera: one sub-pixel warp of a still per frame, straight into the encoder's planes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from infra.errors import UnknownName

if TYPE_CHECKING:
    from infra.media.planes import Planes, Source

RENDERER = f"planar-1+cv2-{cv2.__version__}-linear"
"""What draws the frames; part of every shot's identity."""

SPEED, LEAST, MOST = 0.025, 0.05, 0.16
"""Enlargement per second of a push, and its bounds: long shots move as slowly as short ones."""
SOFTNESS = 0.35


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


def warp(picture: Source, window: Window, frame: Planes) -> None:
    """Draw what *window* shows of *picture* into *frame*, with bilinear sub-pixel sampling.

    The source's chroma lies in the centre of its four pixels, the frame's on the left, as H.264 expects.
    """
    height, width = frame[0].shape
    across, down = picture.width / window.zoom, picture.height / window.zoom
    left = min(max(window.x * picture.width - across / 2, 0), picture.width - across)
    top = min(max(window.y * picture.height - down / 2, 0), picture.height - down)
    sx, sy = across / width, down / height
    luma = np.array([[sx, 0, left + 0.5 * sx - 0.5], [0, sy, top + 0.5 * sy - 0.5]])
    chroma = np.array([[sx, 0, left / 2 + 0.25 * sx - 0.5], [0, sy, top / 2 + 0.5 * sy - 0.5]])
    for index, plane in enumerate(frame):
        cv2.warpAffine(
            picture.planes[index],
            chroma if index else luma,
            plane.shape[::-1],
            dst=plane,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )


def mix(frame: Planes, other: Planes, share: float) -> None:
    """Crossfade: *frame* becomes (1 - share) of itself and *share* of *other*."""
    for plane, new in zip(frame, other, strict=True):
        cv2.addWeighted(plane, 1 - share, new, share, 0, dst=plane)


def _ease(u: float) -> float:
    return u * u * (3 - 2 * u) * SOFTNESS + u * (1 - SOFTNESS)


def _between(start: float, end: float, u: float) -> float:
    return start * (1 - u) + end * u

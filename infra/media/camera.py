"""Camera moves as numbers: what the camera sees at frame k. Pure, and small enough to be mirrored in a browser.

A parallax is the plain move of its direction seen at several depths: far layers take FAR of it, near ones all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from infra.errors import UnknownName

SPEED, LEAST, MOST = 0.025, 0.05, 0.16
"""Enlargement per second of a push, and its bounds: long shots move as slowly as short ones."""
DEEPER = 1.5
"""How much further a parallax goes than the plain move: what is near has to pass by what is far."""
FAR = 0.25
"""The share of a parallax that the farthest layer takes part in."""
SOFTNESS = 0.35
PLAIN = {"parallax_left": "pan_left", "parallax_right": "pan_right", "parallax_push": "push"}
"""The move that a parallax is without layers, and at depth 1 with them."""


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
    def pan(self) -> bool:
        """Whether it runs along one axis at one zoom, so that every frame is the same grid of samples, moved."""
        start, end = self.start, self.end
        return start.zoom == end.zoom and (start.x == end.x) != (start.y == end.y)

    @property
    def still(self) -> bool:
        """Whether every frame is the same."""
        return self.start == self.end

    def at(self, frame: int, frames: int) -> Window:
        """The window of *frame* of *frames*: almost even, with soft ends; zoom grows by equal ratios."""
        u = _ease(frame / max(1, frames - 1))
        zoom = math.exp(math.log(self.start.zoom) * (1 - u) + math.log(self.end.zoom) * u)
        return Window(_between(self.start.x, self.end.x, u), _between(self.start.y, self.end.y, u), zoom)


def move(motion: str, seconds: float, depth: float = 1.0) -> Move:
    """The camera move named *motion* for a shot of *seconds*, for what lies at *depth*: 0 far, 1 near.

    Every window lies within the picture. Plain moves are the same at every depth.

    Raises:
        UnknownName: there is no such motion.
    """
    reach = min(MOST, max(LEAST, SPEED * seconds * (DEEPER if motion in PLAIN else 1)))
    share = FAR + (1 - FAR) * depth if motion in PLAIN else 1.0
    moves = _moves(reach, share)
    if motion not in moves and motion not in PLAIN:
        raise UnknownName("motion", motion, [*moves, *PLAIN])
    return moves[PLAIN.get(motion, motion)]


def _moves(reach: float, share: float) -> dict[str, Move]:
    """Moves that enlarge by *share* of *reach*, or travel that share of the way which *reach* leaves free."""
    wide, tight, near = Window(0.5, 0.5, 1.0), Window(0.5, 0.5, 1.0 + reach), Window(0.5, 0.5, 1.0 + reach * share)
    travel = (0.5 - 0.5 / tight.zoom) * share
    left, right = (Window(0.5 + sign * travel, 0.5, tight.zoom) for sign in (-1, 1))
    up, down = (Window(0.5, 0.5 + sign * travel, tight.zoom) for sign in (-1, 1))
    return {
        "hold": Move(wide, wide),
        "push": Move(wide, near),
        "pull": Move(near, wide),
        "pan_right": Move(left, right),
        "pan_left": Move(right, left),
        "tilt_down": Move(up, down),
        "tilt_up": Move(down, up),
    }


def _ease(u: float) -> float:
    return u * u * (3 - 2 * u) * SOFTNESS + u * (1 - SOFTNESS)


def _between(start: float, end: float, u: float) -> float:
    return start * (1 - u) + end * u

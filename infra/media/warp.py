"""The moving camera: what a window shows of a picture, sub-pixel true, straight into the encoder's planes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from infra.media.planes import PAD
from infra.media.sampling import Axis, backend, sampler
from infra.media.strips import Strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.media.camera import Move, Window
    from infra.media.planes import Plane, Planes, Source

Axes = tuple[tuple[Axis, Axis], tuple[Axis, Axis]]
"""(across, down) for luma and for chroma."""


@dataclass(frozen=True)
class Box:
    """Rows [top, bottom) and columns [left, right) of luma; all even in a frame."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return self.top >= self.bottom or self.left >= self.right

    @property
    def halved(self) -> Box:
        """The same in chroma."""
        return Box(self.top // 2, self.bottom // 2, self.left // 2, self.right // 2)

    def of(self, plane: Plane) -> Plane:
        """That part of a plane, as a view."""
        return plane[self.top : self.bottom, self.left : self.right]

    def cut(self, planes: Planes) -> Planes:
        """That part of each plane."""
        return self.of(planes[0]), self.halved.of(planes[1]), self.halved.of(planes[2])


def identity() -> str:
    """What draws the frames; part of every shot's identity."""
    return f"planar-4+{backend()}-linear"


def axes(size: tuple[int, int], window: Window, shape: tuple[int, ...]) -> Axes:
    """Where the samples of a frame of *shape* lie in a padded source of *size* (width, height).

    The source's chroma lies in the centre of its four pixels, the frame's on the left, as H.264 expects.
    """
    (width, height), (high, wide) = size, shape
    across, down = width / window.zoom, height / window.zoom
    left = min(max(window.x * width - across / 2, 0), width - across)
    top = min(max(window.y * height - down / 2, 0), height - down)
    sx, sy = across / wide, down / high
    luma = Axis(left + 0.5 * sx - 0.5 + PAD, sx, wide), Axis(top + 0.5 * sy - 0.5 + PAD, sy, high)
    chroma = (
        Axis(left / 2 + 0.25 * sx - 0.5 + PAD, sx, wide // 2),
        Axis(top / 2 + 0.5 * sy - 0.5 + PAD, sy, high // 2),
    )
    return luma, chroma


class Sheet(Protocol):
    """Draws the same planes through any window of one camera move."""

    def draw(self, grid: Axes, box: Box, luma: Sequence[Plane], chroma: Sequence[Plane]) -> None:
        """Fill the targets, which are a *box* of the frame, with what lies on *grid*."""
        ...


def sheet(
    luma: Sequence[Plane],
    chroma: Sequence[Plane],
    size: tuple[int, int],
    move: Move,
    frame: Box,
    rows: Box | None = None,
) -> Sheet:
    """What costs least for *move*, in frames of the size of *frame*; of a pan, only *rows* will be drawn."""
    if move.pan:
        return Pan(luma, chroma, size, move, frame, rows or frame)
    return Sampled(luma, chroma)


class Warp:
    """Draws windows of one picture into frames of one size."""

    def __init__(self, picture: Source, move: Move, width: int, height: int) -> None:
        self.size, self.frame = (picture.width, picture.height), Box(0, height, 0, width)
        self.sheet = sheet(picture.planes[:1], picture.planes[1:], self.size, move, self.frame)

    def __call__(self, window: Window, frame: Planes) -> None:
        """Draw what *window* shows into *frame*."""
        self.sheet.draw(axes(self.size, window, frame[0].shape), self.frame, frame[:1], frame[1:])


class Sampled:
    """A sheet under a camera that zooms: every frame is sampled anew."""

    def __init__(self, luma: Sequence[Plane], chroma: Sequence[Plane]) -> None:
        self.luma, self.chroma = luma, chroma

    def draw(self, grid: Axes, box: Box, luma: Sequence[Plane], chroma: Sequence[Plane]) -> None:
        sample = sampler()
        sample(self.luma, luma, *_part(grid[0], box))
        sample(self.chroma, chroma, *_part(grid[1], box.halved))


class Pan:
    """A sheet under a camera that runs along one axis: its strips are drawn once."""

    def __init__(
        self, luma: Sequence[Plane], chroma: Sequence[Plane], size: tuple[int, int], move: Move, frame: Box, rows: Box
    ) -> None:
        self.across, self.rows = move.start.x != move.end.x, rows
        grids = [axes(size, window, (frame.bottom, frame.right)) for window in (move.start, move.end)]
        first = min(grids, key=self._start)
        self.begin, self.step = self._start(first), first[0][not self.across].step
        far = self._place(max(grids, key=self._start))
        self.luma = self._strip(luma, _part(first[0], rows), far)
        self.chroma = self._strip(chroma, _part(first[1], rows.halved), far / 2)

    def draw(self, grid: Axes, box: Box, luma: Sequence[Plane], chroma: Sequence[Plane]) -> None:
        place, skipped = self._place(grid), (box.top - self.rows.top, box.left)
        self.luma.draw(place, luma, skipped)
        self.chroma.draw(place / 2, chroma, (skipped[0] // 2, skipped[1] // 2))

    def _start(self, grid: Axes) -> float:
        return grid[0][not self.across].start

    def _place(self, grid: Axes) -> float:
        """Samples from the first place of the strip."""
        return max(0.0, (self._start(grid) - self.begin) / self.step)

    def _strip(self, planes: Sequence[Plane], grid: tuple[Axis, Axis], far: float) -> Strip:
        along, other = grid if self.across else grid[::-1]
        return Strip(sampler(), planes, along, other, far, across=self.across)


def _part(grid: tuple[Axis, Axis], box: Box) -> tuple[Axis, Axis]:
    return grid[0].part(box.left, box.right - box.left), grid[1].part(box.top, box.bottom - box.top)

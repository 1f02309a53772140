"""Where one shot gives way to the next, found in the decoded pictures of a film and in nothing else.

Around an expected cut every picture is taken for a mixture of one well before it and one well after it. The share of
the later one is 0 before the change and 1 after it; the two corners of that line are where the change begins and ends.
Camera moves bend the line a little, so its parts have slopes of their own and the middle one a bow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from infra.media.encode import planes_of
from infra.media.probe import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import av

Miniature = NDArray[np.float32]
"""The upper part of a picture's luma, small, black at 0."""

WIDTH, HEIGHT = 96, 54
UPPER = 0.6
"""What of a picture is looked at: captions stand lower, and change at times of their own."""
AROUND = 8
"""Frames looked at before and after a change; nothing else changes within 0.13 s of it."""
NEAREST = 3
"""Frames that must lie between the edge of what is looked at and a corner: a slope needs them."""
BOWED = 4
"""Changes over so many frames and more may be bowed; shorter ones are a line, or anything would fit."""
BLACK = 16.0
LEAST_CONTRAST = 3.0
"""Of 219 levels: two pictures that differ less on average look alike."""
LARGEST_MISFIT = 0.08
"""Of the whole change: beyond it the pictures do something else than change once."""


@dataclass(frozen=True)
class Expected:
    """Shot pictures change from frame *cut* on, for *frames* frames (0: at once), perhaps *through_black*.

    Frames before *earliest* and after *latest* belong to other changes.
    """

    cut: int
    frames: int
    earliest: int
    latest: int
    through_black: bool = False

    @property
    def window(self) -> range:
        """The frames that are looked at."""
        return range(max(self.earliest, self.cut - 1 - AROUND), min(self.latest, self.cut + self.frames + AROUND) + 1)


@dataclass(frozen=True)
class Change:
    """The picture changes from frame *first* on and has changed in frame *settled*; or *unseen* says why.

    In a plain cut both are the same frame.
    """

    first: int | None = None
    settled: int | None = None
    unseen: str = ""


@dataclass
class Decoded:
    """Every picture of a film was decoded: when each is shown (seconds), and those asked for, in miniature."""

    times_s: list[Fraction] = field(default_factory=list)
    miniatures: dict[int, Miniature] = field(default_factory=dict)
    broken: str = ""


def decode(path: Path, wanted: Sequence[range] = ()) -> Decoded:
    """Decode every frame of *path* once, keeping the frames of the *wanted* ranges in miniature.

    A stream that breaks off ends there: *broken* says how.

    Raises:
        BadInput: the file is not a film.
    """
    keep = {index for window in wanted for index in window}
    found = Decoded()
    with opened(path) as film:
        try:
            for index, frame in enumerate(film.decode(film.streams.video[0])):
                found.times_s.append(frame.pts * frame.time_base)
                if index in keep:
                    found.miniatures[index] = _miniature(frame)
        except FFmpegError as error:
            found.broken = str(error)
    return found


def change(miniatures: dict[int, Miniature], expected: Expected) -> Change:
    """Where the pictures change, near where they are *expected* to."""
    frames = [index for index in expected.window if index in miniatures]
    first, settled = expected.cut - 1, expected.cut + expected.frames
    if len(frames) < len(expected.window) or frames[0] > first - NEAREST or frames[-1] < settled + NEAREST:
        return Change(unseen="a shot beside it is too short")
    pictures = np.stack([miniatures[index].ravel() for index in frames]).astype(np.float64)
    if np.abs(pictures[-1] - pictures[0]).mean() < LEAST_CONTRAST:
        return Change(unseen="the pictures before and after it are alike")
    shares = _mixture(pictures) if expected.through_black else _projection(pictures)
    if shares is None:
        return Change(unseen="the pictures before and after it are alike, but for their brightness")
    misfit, left, right = _corners(np.array(frames, float), shares, first, settled)
    if misfit > LARGEST_MISFIT:
        return Change(unseen="the pictures move too much")
    return Change(left + 1, right)


def _miniature(frame: av.VideoFrame) -> Miniature:
    luma = planes_of(frame)[0]
    upper = luma[: max(2, int(len(luma) * UPPER))]
    small = cv2.resize(upper, (WIDTH, max(1, round(HEIGHT * UPPER))), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) - np.float32(BLACK)


def _projection(pictures: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each picture has gone the straight way from the first to the last."""
    way = pictures[-1] - pictures[0]
    return np.asarray((pictures - pictures[0]) @ way / (way @ way))


def _mixture(pictures: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """How far the first has gone and the last has come, where both may be dark at once; None if they are one shape."""
    ends = pictures[[0, -1]]
    gram = ends @ ends.T
    if np.linalg.det(gram) < 1e-3 * gram[0, 0] * gram[1, 1] or not gram.any():
        return None
    old, new = np.linalg.solve(gram, ends @ pictures.T)
    return np.asarray((1 - old + new) / 2)


def _corners(
    frames: NDArray[np.float64], shares: NDArray[np.float64], first: int, settled: int
) -> tuple[float, int, int]:
    """(misfit, last frame before, first frame after) of the line of three parts that fits *shares* best."""
    reach = AROUND - NEAREST
    return min(
        (_misfit(frames, shares, left, right), left, right)
        for left in range(first - reach, first + reach + 1)
        for right in range(max(left + 1, settled - reach), settled + reach + 1)
    )


def _misfit(frames: NDArray[np.float64], shares: NDArray[np.float64], left: int, right: int) -> float:
    since, until = np.maximum(0, frames - left), np.maximum(0, frames - right)
    parts = [np.ones_like(frames), frames - frames[0], since, until]
    if right - left >= BOWED:
        parts.append(since * np.maximum(0, right - frames))
    design = np.stack(parts, axis=1)
    line = np.linalg.lstsq(design, shares, rcond=None)[0]
    return float(np.sqrt(np.mean((design @ line - shares) ** 2)))

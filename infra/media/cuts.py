"""Where one shot gives way to the next, found in the decoded pictures of a film and in nothing else.

Around an expected cut every picture is taken for a mixture of one well before it and one well after it. The share of
the later one is 0, rises, and is 1; a camera move only bends it slowly. So the change begins with the first frame that
departs from the line of the few frames before it; and, seen backwards, it ends with the last.
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
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import av

Miniature = NDArray[np.float32]
"""The upper part of a picture's luma, small, black at 0."""

WIDTH, HEIGHT = 96, 54
UPPER = 0.6
"""What of a picture is looked at: captions stand lower, and change at times of their own."""
AROUND = 8
"""Frames looked at before and after a change; nothing else changes within 0.13 s of it."""
LINE = 4
"""Frames of which a line is drawn into the next."""
DEPARTS = 0.012
"""A share so far off the line departs from it: a crossfade of 15 frames sets out with 0.06, an eased one with 0.011."""
UNSTEADY = 4.0
"""Where pictures move unsteadily, a departure is so many times what is usual there."""
RESTLESS = 0.1
"""Beyond this no departure is told from the rest."""
FULL = 0.3
"""A column that changes by this share of the usual counts in full."""
BLACK = 16.0
LEAST_CONTRAST = 3.0
"""Of 219 levels: two pictures that differ less on average look alike."""


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


def decode(path: Path, wanted: Sequence[range] = (), *, on_frame: Callable[[], None] | None = None) -> Decoded:
    """Decode every frame of *path* once, keeping the frames of the *wanted* ranges in miniature.

    A stream that breaks off ends there: *broken* says how. *on_frame* is called after each frame; what it raises stops
    the decoding.

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
                if on_frame:
                    on_frame()
        except FFmpegError as error:
            found.broken = str(error)
    return found


def change(miniatures: dict[int, Miniature], expected: Expected) -> Change:
    """Where the pictures change, near where they are *expected* to."""
    frames = [index for index in expected.window if index in miniatures]
    before, after = expected.cut - expected.window[0], expected.window[-1] - expected.cut - expected.frames + 1
    if len(frames) < len(expected.window) or min(before, after) <= LINE:
        return Change(unseen="a shot beside it is too short")
    pictures = np.stack([miniatures[index].ravel() for index in frames]).astype(np.float64)
    if np.abs(pictures[-1] - pictures[0]).mean() < LEAST_CONTRAST:
        return Change(unseen="the pictures before and after it are alike")
    shares = _mixture(pictures) if expected.through_black else _projection(pictures)
    if shares is None:
        return Change(unseen="the pictures before and after it are alike, but for their brightness")
    begins, ends = _departure(shares), _departure(1 - shares[::-1])
    if begins is None or ends is None:
        return Change(unseen="the pictures move too much")
    return Change(frames[begins], frames[-1 - ends] + 1)


def _miniature(frame: av.VideoFrame) -> Miniature:
    luma = planes_of(frame)[0]
    upper = luma[: max(2, int(len(luma) * UPPER))]
    small = cv2.resize(upper, (WIDTH, max(1, round(HEIGHT * UPPER))), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) - np.float32(BLACK)


def _projection(pictures: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each picture has gone the straight way from the first to the last: every column for itself, then all.

    Columns count alike, so that an edge that sweeps over them goes evenly; only those that hardly change count less.
    """
    columns = pictures.reshape(len(pictures), -1, WIDTH)
    way = columns[-1] - columns[0]
    length = np.sum(way**2, axis=0)
    gone = np.sum((columns - columns[0]) * way, axis=1) / np.maximum(length, 1e-9)
    counts = np.minimum(length, FULL * length.mean())
    return np.asarray(gone @ counts / counts.sum())


def _mixture(pictures: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """How far the first has gone and the last has come, where both may be dark at once; None if they are one shape."""
    ends = pictures[[0, -1]]
    gram = ends @ ends.T
    if np.linalg.det(gram) < 1e-3 * gram[0, 0] * gram[1, 1] or not gram.any():
        return None
    old, new = np.linalg.solve(gram, ends @ pictures.T)
    return np.asarray((1 - old + new) / 2)


def _departure(shares: NDArray[np.float64]) -> int | None:
    """The first to leave the line of the LINE before it for good; None if none does, or the very first looked at."""
    least = max(DEPARTS, UNSTEADY * _unrest(shares[:LINE]))
    off = [_off(shares, index) > least for index in range(LINE, len(shares) - 1)]
    first = off.index(True) if True in off else 0
    return LINE + first if first and least < RESTLESS else None


def _unrest(shares: NDArray[np.float64]) -> float:
    """How far shares are from a line, as a rule."""
    line = np.polyval(np.polyfit(np.arange(len(shares)), shares, 1), np.arange(len(shares)))
    return float(np.sqrt(np.mean((shares - line) ** 2)))


def _off(shares: NDArray[np.float64], index: int) -> float:
    """How far two shares, from *index* on, both are from the line of those before."""
    slope, level = np.polyfit(np.arange(-LINE, 0), shares[index - LINE : index], 1)
    return float(min(abs(shares[index] - level), abs(shares[index + 1] - level - slope)))

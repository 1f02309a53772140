"""Bilinear sampling of planes on a shifted and scaled grid, by whichever library the machine has.

A sampler fills targets with what lies at start + k * step of the sources, along both axes. Both samplers are true to a
fiftieth of a sample from frame to frame, and differ by a level or two: which one draws is part of a shot's identity.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

import cv2
import numpy as np

from infra.media import zimg
from infra.media.planes import aligned
from infra.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.media.planes import Plane

REACH = 180
"""Samples beyond the frame that may be computed to meet the grid of the source; 1.37 of them fit planes.PAD."""
SKIPS = np.arange(REACH)
MISS = 0.008
"""Output samples by which the edge of a frame may lie beside its place: steps between frames are true to 0.02."""

_thread = threading.local()


@dataclass(frozen=True)
class Axis:
    """Samples wanted at start + k * step, for k below *count*, in source samples."""

    start: float
    step: float
    count: int

    def part(self, first: float, count: int) -> Axis:
        """Those from *first* on."""
        return Axis(self.start + first * self.step, self.step, count)


class Sampler(Protocol):
    """Draws parts of planes into planes; not to be shared between threads."""

    def __call__(
        self, sources: Sequence[Plane], targets: Sequence[Plane], across: Axis, down: Axis, miss: float = MISS
    ) -> None:
        """Fill each target with the samples of its source on those axes; sources are alike in size.

        No sample lies further than *miss*, in samples of the target, from its place.
        """
        ...


def backend() -> str:
    """What samples: `zimg-3.0.4` or `cv2-5.0`.

    Raises:
        PackageMissing: the setting `warp` asks for libzimg, which is not installed.
    """
    if _zimg_wanted():
        return f"zimg-{zimg.version()}"
    return "cv2-" + ".".join(cv2.__version__.split(".")[:2])


def sampler() -> Sampler:
    """This thread's sampler of that kind."""
    kind = zimg.Graphs if _zimg_wanted() else Resizes
    if not isinstance(getattr(_thread, "sampler", None), kind):
        _thread.sampler = kind()
    return cast("Sampler", _thread.sampler)


def _zimg_wanted() -> bool:
    if settings().warp == "cv2":
        return False
    zimg.library()
    return True


class Resizes:
    """cv2's separable resize, which costs less than half of an affine warp.

    It can begin at whole source samples only: it begins up to REACH output samples early, where the wanted grid happens
    to meet the source's, and what comes before the frame is dropped. Where the grids do not meet well enough, an
    affine warp draws the plane. Both are the same bilinear sampling.
    """

    def __init__(self) -> None:
        self.scratch = aligned(1, 1)

    def __call__(
        self, sources: Sequence[Plane], targets: Sequence[Plane], across: Axis, down: Axis, miss: float = MISS
    ) -> None:
        columns, rows = _grid(across, miss), _grid(down, miss)
        met = max(columns.miss, rows.miss) <= miss
        for source, target in zip(sources, targets, strict=True):
            if met:
                self._resize(source, target, columns, rows)
            else:
                _warp(source, target, across, down)

    def _resize(self, source: Plane, target: Plane, columns: _Grid, rows: _Grid) -> None:
        part = source[rows.origin : rows.origin + rows.taken, columns.origin : columns.origin + columns.taken]
        room = self._room(rows.made, columns.made)
        cv2.resize(part, None, dst=room, fx=1 / columns.step, fy=1 / rows.step, interpolation=cv2.INTER_LINEAR)
        high, wide = target.shape
        np.copyto(target, room[rows.skip : rows.skip + high, columns.skip : columns.skip + wide])

    def _room(self, high: int, wide: int) -> Plane:
        if self.scratch.shape[0] < high or self.scratch.shape[1] < wide:
            self.scratch = aligned(high + REACH, wide + REACH)
        return self.scratch[:high, :wide]


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


def _grid(axis: Axis, miss: float) -> _Grid:
    """The resize that comes nearest to *axis*.

    Sample j of a resize that begins at *origin* lies at origin + (j + 0.5) * step - 0.5. The first sample wanted is
    its sample *skip*; the step is bent a little so that the middle sample is exact.
    """
    origins = axis.start + 0.5 - (SKIPS + 0.5) * axis.step
    misses = np.abs(origins - np.rint(origins))
    skip = int(misses.argmin())
    if misses[skip] <= miss:
        skip = int((misses <= miss).argmax())
    origin = round(origins[skip])
    middle = (axis.count - 1) / 2
    bent = (axis.start + middle * axis.step + 0.5 - origin) / (middle + skip + 0.5)
    made = axis.count + skip + 1
    return _Grid(origin, round(made * bent), made, skip, bent, abs(bent - axis.step) * middle / axis.step)


def _warp(source: Plane, target: Plane, across: Axis, down: Axis) -> None:
    matrix = np.array([[across.step, 0, across.start], [0, down.step, down.start]])
    cv2.warpAffine(source, matrix, target.shape[::-1], dst=target, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)

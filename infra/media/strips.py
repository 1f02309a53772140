"""A pan without sampling: the strip it runs along, drawn once at several fractions of a sample.

While the zoom stays, every frame of a pan is the same grid of samples, moved. So the whole strip is drawn PHASES times,
each a fraction of a sample further on, and a frame is a mix of the two views beside its place: a fifth of the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from infra.media.planes import aligned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.media.planes import Plane
    from infra.media.sampling import Axis, Sampler

PHASES = 8
"""With 4, the sharpness of a slow pan pulses by 1 %."""
MISS = 0.003
"""Samples by which a phase may lie beside its place; neighbours must agree."""
NUDGES = (-0.375, 0.125, -0.125, 0.375)
"""What is added before rounding, in levels, to each of four rows."""
SPARE = 2
"""Samples beyond the last place: the next phase, and rounding."""


class Strip:
    """Alike *sources* along one axis: across, or down; *far* is the last place, in samples from the first."""

    def __init__(
        self, sample: Sampler, sources: Sequence[Plane], along: Axis, other: Axis, far: float, *, across: bool
    ) -> None:
        self.across = across
        length = along.count + int(far) + SPARE
        self.phases = []
        for phase in range(PHASES):
            axis = along.part(phase / PHASES, length)
            drawn = [aligned(*((other.count, length) if across else (length, other.count))) for _ in sources]
            sample(sources, drawn, *((axis, other) if across else (other, axis)), MISS)
            self.phases.append(drawn)

    def draw(self, place: float, targets: Sequence[Plane], skipped: tuple[int, int] = (0, 0)) -> None:
        """Fill each target with what lies at *place*, *skipped* rows and columns further on."""
        step, share = divmod(place * PHASES, 1)
        for index, target in enumerate(targets):
            first = self._view(int(step), index, skipped, target.shape)
            if share:
                _mix(first, self._view(int(step) + 1, index, skipped, target.shape), share, target)
            else:
                np.copyto(target, first)

    def _view(self, step: int, index: int, skipped: tuple[int, int], shape: tuple[int, ...]) -> Plane:
        begin, phase = divmod(step, PHASES)
        top, left = skipped[0] + begin * (not self.across), skipped[1] + begin * self.across
        return self.phases[phase][index][top : top + shape[0], left : left + shape[1]]


def _mix(first: Plane, second: Plane, share: float, target: Plane) -> None:
    """Neighbouring phases differ by a level or two: rounded alike everywhere, their mix would be one or the other."""
    for row, nudge in enumerate(NUDGES):
        every = slice(row, None, len(NUDGES))
        cv2.addWeighted(first[every], 1 - share, second[every], share, nudge, dst=target[every])

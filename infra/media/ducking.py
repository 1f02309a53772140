"""How music makes way for a voice: computed from the known narration, never detected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infra.engines import Samples
from infra.media.tape import smooth

Span = tuple[float, float]
"""From when to when someone speaks, in seconds."""


@dataclass(frozen=True)
class Ducking:
    """How the bed steps back: down by `depth_db` before a voice starts, up again `hold_s` after it ends."""

    depth_db: float = -11.0
    attack_s: float = 0.3
    hold_s: float = 0.2
    release_s: float = 0.7


def merged(spans: Sequence[Span], ducking: Ducking) -> list[Span]:
    """Spans in order; the bed stays down through gaps too short to come up in."""
    gap = ducking.attack_s + ducking.hold_s + 1.5 * ducking.release_s
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if found and start - found[-1][1] < gap:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


class Curve:
    """The gain of what is ducked, at any sample: 1 where nobody speaks, the full depth wherever someone does."""

    def __init__(self, spans: Sequence[Span], ducking: Ducking, rate: int) -> None:
        corners = [(-1e9, 0.0)]
        for begin, end in merged(spans, ducking):
            up = end + ducking.hold_s
            corners += [(begin - ducking.attack_s, 0.0), (begin, 1.0), (up, 1.0), (up + ducking.release_s, 0.0)]
        self._times, self._depths = np.array([*corners, (1e9, 0.0)]).T
        self._depth_db, self._rate = np.float32(ducking.depth_db), rate

    def gain(self, start: int, stop: int) -> Samples:
        """Gain at samples *start* to *stop*, (n, 1); one value where it does not move."""
        ends = np.interp([start / self._rate, stop / self._rate], self._times, self._depths)
        inside = (self._times > start / self._rate) & (self._times < stop / self._rate)
        if ends[0] == ends[1] and not inside.any():
            depth = smooth(ends[:1].astype(np.float32))
        else:
            here = np.arange(start, stop) / self._rate
            depth = smooth(np.interp(here, self._times, self._depths).astype(np.float32))
        return np.power(10, self._depth_db * depth / 20, dtype=np.float32)[:, None]

"""Where sound begins anew, and how its harmony moves: what a beat is heard from. Taken in one pass over blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from infra.engines import Samples
from infra.media.tape import RATE

HOP, WINDOW = 240, 1024
FPS = RATE // HOP
BANDS_HZ = np.array([30, 100, 200, 400, 800, 1600, 3200, 6400, 12_800])
LOW = 2
"""Bands of kick and bass."""
CHORD_HOP, CHORD_WINDOW = 4800, 8192
CHORD_FPS = RATE // CHORD_HOP
KEYS_HZ = 440 * 2 ** ((np.arange(45, 94) - 69.5) / 12)
"""Borders of the 48 semitones from 110 to 1,700 Hz, in which harmony is seen."""
COMPRESSION = 20.0


@dataclass(frozen=True)
class Onsets:
    """What was heard of one recording.

    `bands` (frames, 8) is the magnitude by band at 200 frames a second, `chords` (frames, 48) that by key at 10;
    frame k is centred on `WINDOW / 2 + k · HOP` samples, or on `CHORD_WINDOW / 2 + k · CHORD_HOP`.
    """

    bands: Samples
    chords: Samples
    seconds: float
    peak: float

    @cached_property
    def flux(self) -> Samples:
        """How much each band grows from frame to frame, compressed, above what is usual around it; (frames, 8)."""
        level = np.log1p(COMPRESSION * self.bands / max(float(self.bands.mean()), 1e-9))
        rise = np.maximum(0, np.diff(level, axis=0, prepend=level[:1]))
        usual = _moving_mean(rise, FPS)
        return np.asarray(np.maximum(0, rise - usual), np.float32)


def onsets(blocks: Iterable[Samples]) -> Onsets:
    """Listen to blocks of (n, 2) at 48 kHz."""
    short, long = _Spectra(WINDOW, HOP, BANDS_HZ), _Spectra(CHORD_WINDOW, CHORD_HOP, KEYS_HZ)
    size, peak = 0, 0.0
    for block in blocks:
        mono = block.mean(axis=1)
        short.feed(mono)
        long.feed(mono)
        size += len(mono)
        peak = max(peak, float(np.abs(block).max(initial=0)))
    return Onsets(short.all(), long.all(), size / RATE, peak)


class _Spectra:
    """Windowed magnitudes, summed between the frequencies of *edges_hz*; noise of even density is even in all."""

    def __init__(self, window: int, hop: int, edges_hz: NDArray[np.float64]) -> None:
        self._shape = np.hanning(window + 1)[:window].astype(np.float32)
        self._window, self._hop = window, hop
        self._bins = np.searchsorted(np.fft.rfftfreq(window, 1 / RATE), edges_hz)
        self._widths = np.sqrt(np.maximum(1, np.diff(self._bins))).astype(np.float32)
        self._rest = np.zeros(0, np.float32)
        self._found: list[Samples] = [np.zeros((0, len(self._widths)), np.float32)]

    def feed(self, mono: Samples) -> None:
        from scipy.fft import rfft

        sound = np.concatenate([self._rest, mono])
        count = max(0, (len(sound) - self._window) // self._hop + 1)
        if count:
            frames = np.lib.stride_tricks.sliding_window_view(sound, self._window)[: count * self._hop : self._hop]
            size = np.abs(rfft(frames * self._shape, axis=1)[:, : self._bins[-1]])
            sums = np.add.reduceat(size, self._bins[:-1], axis=1)
            self._found.append(np.asarray(sums / self._widths, np.float32))
        self._rest = sound[count * self._hop :]

    def all(self) -> Samples:
        return np.concatenate(self._found)


def _moving_mean(values: Samples, size: int) -> NDArray[np.float32]:
    from scipy.ndimage import uniform_filter1d

    return np.asarray(uniform_filter1d(values, size, axis=0, mode="nearest"), np.float32)

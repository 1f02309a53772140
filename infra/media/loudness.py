"""How loud sound is, by ITU-R BS.1770-4. Samples are (n,) or (n, channels), full scale ±1."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

SILENCE_LUFS = -70.0
"""The absolute gate: what is quieter has no loudness."""
HOP_S = 0.1
BLOCK = 1 << 19
"""Samples taken at a time, so that memory does not grow with length."""
OVERSHOOT = 1.6
"""A signal's true peak is taken to be at most this far above its highest sample nearby (4 dB)."""
CELL = 16
"""Samples per cell of a peak curve."""
_CHUNK = 256 * CELL
_MARGIN = 64


class Meter:
    """Integrated loudness of sound fed in pieces; 400 ms blocks, 75 % overlap, gated at −70 LUFS and −10 LU."""

    def __init__(self, rate: int) -> None:
        self._hop = round(rate * HOP_S)
        self._sos = k_weighting(rate)
        self._state: NDArray[np.float32] | None = None
        self._rest = np.zeros(0, np.float32)
        self._powers: list[NDArray[np.float64]] = []

    def feed(self, samples: Samples) -> None:
        """Take the next piece, of any length."""
        from scipy.signal import sosfilt

        sound = samples if samples.ndim == 2 else samples[:, None]
        if self._state is None:
            self._state = np.zeros((2, 2, sound.shape[1]), np.float32)
        weighted, self._state = sosfilt(self._sos, sound, axis=0, zi=self._state)
        power = np.concatenate([self._rest, np.einsum("ij,ij->i", weighted, weighted)])
        hops = len(power) // self._hop
        self._powers.append(power[: hops * self._hop].reshape(hops, self._hop).sum(axis=1, dtype=np.float64))
        self._rest = power[hops * self._hop :]

    def lufs(self) -> float:
        """The loudness so far; SILENCE_LUFS where nothing passes the gate. Under 400 ms count as one block."""
        power = np.concatenate(self._powers) if self._powers else np.zeros(0)
        if len(power) < 4:
            seen = len(power) * self._hop + len(self._rest)
            blocks = np.array([(power.sum() + float(self._rest.sum())) / max(1, seen)])
        else:
            blocks = np.convolve(power, np.ones(4), "valid") / (4 * self._hop)
        loud = blocks[blocks > _power(SILENCE_LUFS)]
        if not len(loud):
            return SILENCE_LUFS
        return _lufs(loud[loud > loud.mean() / 10].mean())


def loudness(samples: Samples, rate: int) -> float:
    """Integrated loudness in LUFS; SILENCE_LUFS (−70) for silence."""
    meter = Meter(rate)
    for start in range(0, len(samples), BLOCK):
        meter.feed(samples[start : start + BLOCK])
    return meter.lufs()


def true_peak(samples: Samples, rate: int) -> float:
    """The highest level between and at the samples, in dBTP by fourfold oversampling; −inf for silence."""
    del rate  # oversampling is relative
    highest = float(peak_curve(samples, _highest(samples)).max(initial=0))
    return 20 * math.log10(highest) if highest else -math.inf


def peak_curve(samples: Samples, relevant: float) -> Samples:
    """The true peak of each cell of CELL samples, exact wherever it may exceed *relevant*, else that of the samples."""
    cells = np.empty(-(-len(samples) // CELL), np.float32)
    for start in range(0, len(samples), _CHUNK):
        chunk = _magnitude(samples[start : start + _CHUNK])
        if chunk.max(initial=0) * OVERSHOOT > relevant:
            chunk = np.maximum(chunk, _between(samples, start, len(chunk)))
        padded = np.pad(chunk, (0, -len(chunk) % CELL))
        cells[start // CELL : start // CELL + len(padded) // CELL] = padded.reshape(-1, CELL).max(axis=1)
    return cells


def _between(samples: Samples, start: int, size: int) -> Samples:
    """The greatest magnitude at and after each of *size* samples before the next, by fourfold oversampling."""
    from scipy.signal import resample_poly

    first = max(0, start - _MARGIN)
    fine = _magnitude(resample_poly(samples[first : start + size + _MARGIN], 4, 1, axis=0))
    offset = 4 * (start - first)
    return np.asarray(fine[offset : offset + 4 * size].reshape(size, 4).max(axis=1), np.float32)


def _magnitude(samples: Samples) -> Samples:
    size = np.abs(samples)
    if size.ndim == 1:
        return size
    # numpy reduces a short last axis slowly, so stereo goes its own way
    return np.maximum(size[:, 0], size[:, 1]) if size.shape[1] == 2 else np.asarray(size.max(axis=1), np.float32)


def _highest(samples: Samples) -> float:
    return max(float(samples.max(initial=0)), -float(samples.min(initial=0)))


@lru_cache(maxsize=8)
def k_weighting(rate: int) -> NDArray[np.float32]:
    """The two filters of BS.1770-4 for any *rate* (2 second-order sections); at 48 kHz those the standard prints."""
    gain, q, corner = 3.99984385397, 0.7071752369554193, 1681.9744509555319
    k, high, band = math.tan(math.pi * corner / rate), 10 ** (gain / 20), 10 ** (gain / 20 * 0.499666774155)
    norm = 1 + k / q + k * k
    shelf = [(high + band * k / q + k * k) / norm, 2 * (k * k - high) / norm, (high - band * k / q + k * k) / norm]
    poles = [1, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm]
    q, corner = 0.5003270373253953, 38.13547087613982
    k = math.tan(math.pi * corner / rate)
    norm = 1 + k / q + k * k
    cut = [1, -2, 1, 1, 2 * (k * k - 1) / norm, (1 - k / q + k * k) / norm]
    return np.array([[*shelf, *poles], cut], np.float32)


def _lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))

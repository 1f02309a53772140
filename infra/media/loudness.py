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
BLOCK = 1 << 16
"""Samples taken at a time, so that memory does not grow with length."""
OVERSHOOT = 1.6
"""A signal's true peak is taken to be at most this far above its highest sample nearby (4 dB)."""
CHUNK = 1 << 12
MARGIN = 64
"""Samples on either side that oversampling looks at."""


class Weighting:
    """The K-weighting of BS.1770-4 over sound fed in pieces."""

    def __init__(self, rate: int) -> None:
        self._sos = k_weighting(rate)
        self._state: NDArray[np.float32] | None = None

    def power(self, samples: Samples) -> Samples:
        """The weighted power of each sample of the next piece, summed over its channels."""
        from scipy.signal import sosfilt

        sound = samples if samples.ndim == 2 else samples[:, None]
        if self._state is None:
            self._state = np.zeros((2, 2, sound.shape[1]), np.float32)
        weighted, self._state = sosfilt(self._sos, sound, axis=0, zi=self._state)
        return np.asarray(np.einsum("ij,ij->i", weighted, weighted), np.float32)


class Meter:
    """Integrated loudness of sound fed in pieces; 400 ms blocks, 75 % overlap, gated at −70 LUFS and −10 LU."""

    def __init__(self, rate: int) -> None:
        self._hop = round(rate * HOP_S)
        self._weighting = Weighting(rate)
        self._rest = np.zeros(0, np.float32)
        self._energies: list[NDArray[np.float64]] = []

    def feed(self, samples: Samples) -> None:
        """Take the next piece, of any length."""
        power = np.concatenate([self._rest, self._weighting.power(samples)])
        whole = len(power) // self._hop * self._hop
        self._energies.append(power[:whole].reshape(-1, self._hop).sum(axis=1, dtype=np.float64))
        self._rest = power[whole:]

    def lufs(self) -> float:
        """The loudness so far; SILENCE_LUFS where nothing passes the gate."""
        energies = np.concatenate(self._energies) if self._energies else np.zeros(0)
        return gated(energies, self._hop, float(self._rest.sum()), len(self._rest))


def gated(energies: NDArray[np.float64], hop: int, rest: float = 0.0, left: int = 0) -> float:
    """Loudness from the weighted energy of each 100 ms of *hop* samples; under 400 ms count as one block.

    *rest* is the energy of the *left* samples after the last whole hop.
    """
    if len(energies) < 4:
        blocks = np.array([(energies.sum() + rest) / max(1, len(energies) * hop + left)])
    else:
        blocks = np.convolve(energies, np.ones(4), "valid") / (4 * hop)
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


class Peak:
    """The true peak of sound fed in pieces of any length, by fourfold oversampling."""

    def __init__(self) -> None:
        self._highest = 0.0
        self._held: Samples | None = None

    def feed(self, samples: Samples) -> None:
        """Take the next piece."""
        sound = samples if samples.ndim == 2 else samples[:, None]
        if self._held is None:
            self._held = np.zeros((MARGIN, sound.shape[1]), np.float32)
        sound = np.concatenate([self._held, sound])
        stop = len(sound) - MARGIN
        for start in range(MARGIN, stop, CHUNK):
            self._look(sound[start - MARGIN : min(stop, start + CHUNK) + MARGIN])
        self._held = sound[max(0, stop - MARGIN) :]

    def dbtp(self) -> float:
        """The peak in dBTP of all that was fed, which then ends; −inf for silence."""
        if self._held is not None:
            self._look(np.pad(self._held, ((0, MARGIN), (0, 0))))
        return 20 * math.log10(self._highest) if self._highest else -math.inf

    def _look(self, framed: Samples) -> None:
        """Take the peak of *framed* without its margins; only where it may be the highest is it oversampled."""
        if highest(framed) * OVERSHOOT > self._highest:
            self._highest = max(self._highest, float(between(framed).max(initial=0)))


def true_peak(samples: Samples) -> float:
    """The highest level between and at the samples, in dBTP; −inf for silence."""
    peak = Peak()
    for start in range(0, len(samples), BLOCK):
        peak.feed(samples[start : start + BLOCK])
    return peak.dbtp()


def between(framed: Samples) -> Samples:
    """The greatest magnitude at and after each sample before the next; *framed* has MARGIN more on either side."""
    from scipy.signal import resample_poly

    fine = magnitude(resample_poly(framed, 4, 1, axis=0))[4 * MARGIN : -4 * MARGIN]
    return np.asarray(fine.reshape(-1, 4).max(axis=1), np.float32)


def magnitude(samples: Samples) -> Samples:
    """The greatest magnitude of any channel, at each sample."""
    size = np.abs(samples)
    if size.ndim == 1:
        return size
    # numpy reduces a short last axis slowly, so stereo goes its own way
    return np.maximum(size[:, 0], size[:, 1]) if size.shape[1] == 2 else np.asarray(size.max(axis=1), np.float32)


def highest(samples: Samples) -> float:
    """The greatest magnitude of all."""
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

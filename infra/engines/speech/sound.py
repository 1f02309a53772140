"""Samples of speech: silence cut away, clips joined with pauses, a level that never clips."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from infra.engines import Samples

MARGIN_S, FADE_S, WINDOW_S = 0.02, 0.005, 0.005
SILENCE_DB = -42.0
PEAK = 10 ** (-3 / 20)


def loud(samples: Samples, rate: int) -> NDArray[np.bool_]:
    """For each whole 5 ms: whether anything is heard, that is above −42 dB of the loudest 5 ms."""
    window = int(WINDOW_S * rate)
    count = len(samples) // window
    power = np.sqrt(np.mean(samples[: count * window].reshape(count, window) ** 2, axis=1))
    heard: NDArray[np.bool_] = power > power.max(initial=0) * 10 ** (SILENCE_DB / 20)
    return heard


def voiced(heard: NDArray[np.bool_]) -> tuple[float, float]:
    """Seconds of the first and last sound, with 20 ms around it; all of it if nothing is heard."""
    places = np.flatnonzero(heard)
    if not places.size:
        return 0.0, len(heard) * WINDOW_S
    return max(0.0, float(places[0]) * WINDOW_S - MARGIN_S), min(
        len(heard), float(places[-1]) + 1 + MARGIN_S / WINDOW_S
    ) * WINDOW_S


def snug(start_s: float, end_s: float, heard: NDArray[np.bool_]) -> tuple[float, float]:
    """The span without the silence at its ends; unchanged if nothing is heard in it."""
    first, last = round(start_s / WINDOW_S), round(end_s / WINDOW_S)
    places = np.flatnonzero(heard[first:last])
    if not places.size:
        return start_s, end_s
    return max(start_s, (first + int(places[0])) * WINDOW_S), min(end_s, (first + int(places[-1]) + 1) * WINDOW_S)


def faded(samples: Samples, rate: int) -> Samples:
    """5 ms of raised cosine at both ends."""
    size = min(int(FADE_S * rate), len(samples) // 2)
    ramp = (
        (0.5 - 0.5 * np.cos(np.pi * (np.arange(size) + 0.5) / size)).astype(np.float32)
        if size
        else np.ones(0, np.float32)
    )
    shaped = samples.copy()
    shaped[:size] *= ramp
    shaped[len(shaped) - size :] *= ramp[::-1]
    return shaped


def joined(clips: Sequence[Samples], pauses_s: Sequence[float], rate: int) -> tuple[Samples, list[int]]:
    """All *clips* with silence between (one pause fewer than clips), and the first sample of each."""
    parts: list[Samples] = []
    starts: list[int] = []
    length = 0
    for clip, pause in zip(clips, [*pauses_s, 0.0], strict=True):
        starts.append(length)
        gap = np.zeros(round(pause * rate), np.float32)
        parts += [clip, gap]
        length += len(clip) + len(gap)
    return np.concatenate(parts), starts


def levelled(samples: Samples) -> Samples:
    """The same with its peak at −3 dBFS."""
    peak = float(np.abs(samples).max(initial=0))
    return (samples * np.float32(PEAK / peak)).astype(np.float32) if peak > 0 else samples

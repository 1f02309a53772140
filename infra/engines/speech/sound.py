"""Samples of speech: silence cut away, clips joined with pauses, a level that never clips."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from infra.engines import Samples

MARGIN_S, FADE_S, WINDOW_S = 0.02, 0.005, 0.005
SILENCE_DB = -42.0
PEAK = 10 ** (-3 / 20)


def voiced(samples: Samples, rate: int) -> tuple[int, int]:
    """First and last + 1 sample of what is heard (above −42 dB of the loudest 5 ms), with 20 ms around it."""
    window = max(1, int(WINDOW_S * rate))
    count = len(samples) // window
    if count == 0 or not np.any(samples):
        return 0, len(samples)
    power = np.sqrt(np.mean(samples[: count * window].reshape(count, window) ** 2, axis=1))
    heard = np.flatnonzero(power > power.max() * 10 ** (SILENCE_DB / 20))
    margin = int(MARGIN_S * rate)
    return max(0, int(heard[0]) * window - margin), min(len(samples), (int(heard[-1]) + 1) * window + margin)


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

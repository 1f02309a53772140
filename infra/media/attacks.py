"""The attack of a sound, the moment it begins: found in the band in which it stands out from what plays under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from infra.engines import Samples

BANDS_HZ = ((2000.0, 6000.0), (500.0, 2000.0), (100.0, 500.0))
"""Consonants, vowels, voice: music under a voice is weakest in the first; a hummed tone is only in the last."""
BEFORE_S, AFTER_S = 0.35, 0.25
"""What is listened to around the expected time."""
EARLY_S = 0.15
"""A sound may begin this long before it is expected; what is earlier is what was there before."""
WINDOW_S, HOP_S = 0.002, 0.00025
STANDS_OUT_DB = 12.0
"""Less than this above what was there before is no attack."""
REACHED_DB = 20.0
"""An attack is looked for no further below the level that follows: coding smears quieter sound ahead of it."""
FAINT_DB = 30.0
"""A band this far below the loudest one holds only the splash of what begins there."""
NOTHING_DB = -120.0


def attack(samples: Samples, rate: int, expected_s: float) -> float | None:
    """Seconds from the first sample at which a sound begins near *expected_s* in mono *samples*; None if none does.

    A sound that starts at once is placed within a millisecond; a voice starts softly, a few hundredths later than
    its first sample.
    """
    begin = max(0, round((expected_s - BEFORE_S) * rate))
    piece = samples[begin : max(0, round((expected_s + AFTER_S) * rate))]
    before = round((expected_s * rate - begin) / (HOP_S * rate))
    if len(piece) < round((EARLY_S + WINDOW_S) * rate) + before * HOP_S * rate:
        return None
    curves = [_level_db(_band(piece, rate, band), rate) for band in BANDS_HZ]
    heard = max(_top_db(curve, before) for curve in curves) - FAINT_DB
    rise, top, curve = max(
        ((_rise_db(curve, before), top, curve) for curve in curves if (top := _top_db(curve, before)) >= heard),
        key=lambda found: found[:2],
    )
    if rise < STANDS_OUT_DB:
        return None
    start = int(np.argmax(curve > top - min(rise / 2, REACHED_DB)))
    return begin / rate + start * HOP_S + WINDOW_S - HOP_S if start else None


def _band(piece: Samples, rate: int, band: tuple[float, float]) -> Samples:
    from scipy.signal import butter, sosfiltfilt

    return np.asarray(sosfiltfilt(butter(2, band, "bandpass", fs=rate, output="sos"), piece), np.float32)


def _level_db(sound: Samples, rate: int) -> NDArray[np.float64]:
    """RMS level of the window that begins at each hop."""
    window, hop = round(WINDOW_S * rate), round(HOP_S * rate)
    total = np.concatenate([[0.0], np.cumsum(np.square(sound, dtype=np.float64))])
    starts = np.arange(0, len(sound) - window, hop)
    power = np.maximum(0, total[starts + window] - total[starts]) / window
    return np.asarray(10 * np.log10(power + 10 ** (NOTHING_DB / 10)))


def _rise_db(curve: NDArray[np.float64], before: int) -> float:
    """How far the level after the expected time is above nearly all that was before it."""
    early = curve[: max(1, before - round(EARLY_S / HOP_S))]
    return _top_db(curve, before) - float(np.percentile(early, 80))


def _top_db(curve: NDArray[np.float64], before: int) -> float:
    return float(curve[max(0, before - round(EARLY_S / HOP_S)) :].max())

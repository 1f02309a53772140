"""From a mix to what is delivered: brought to its loudness under a look-ahead limiter, encoded, measured as decoded."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np

from infra import pools
from infra.errors import EngineFailed
from infra.media import audio, listen
from infra.media.loudness import MARGIN, OVERSHOOT, SILENCE_LUFS, Weighting, between, gated, magnitude
from infra.media.tape import BLOCK, RATE, Reel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from infra.engines import Samples

log = logging.getLogger(__name__)

TARGET_LUFS, CEILING_DBTP, LIMIT_DBTP = -14.0, -1.5, -1.0
"""The limiter holds the ceiling; what lossy coding adds must stay within the limit."""
CELL = 48
"""Samples (1 ms) that share one value of what is known of the mix."""
HOP = RATE // 10
LOOK_AHEAD = 5
"""Cells over which the limiter closes before a peak."""
RELEASE_DB = 60.0 * CELL / RATE
"""What the limiter opens again per cell: 60 dB a second."""
CHUNK = 96 * CELL
TOLERANCE_LU, PASSES = 0.02, 12
NEAR_LU, TRIES = 0.15, 5
MOST_DB = 30.0
"""Gain beyond what loudness alone asks for: where the limiter swallows that, more of it brings nothing."""
AHEAD_DB = 3.0
"""Gain that may still be added before peaks must be looked at again."""


class Mix:
    """A mix on its reel, with the K-weighted energy and the highest sample of each cell.

    What the limiter will do to the loudness is reckoned from these alone; the sound is not passed over again.
    """

    def __init__(self, reel: Reel, blocks: Iterable[Samples]) -> None:
        """Put *blocks*, each but the last of whole cells, on the *reel*."""
        self.reel = reel
        weighting = Weighting(RATE)
        energies, peaks = [np.zeros(0, np.float32)], [np.zeros(0, np.float32)]
        for block in blocks:
            reel.append(block)
            energies.append(_cells(weighting.power(block)).sum(axis=1))
            peaks.append(_cells(magnitude(block)).max(axis=1))
        self.energies, self.peaks = np.concatenate(energies), np.concatenate(peaks)

    def lufs(self, gain_db: float = 0, limit_db: Samples | None = None) -> float:
        """Its loudness after so much gain and the limiter's."""
        energies = self.energies if limit_db is None else self.energies * np.power(10, limit_db / 10, dtype=np.float32)
        whole = len(energies) * CELL // HOP * HOP // CELL
        hops = energies[:whole].reshape(-1, HOP // CELL).sum(axis=1, dtype=np.float64)
        left = energies[whole:]
        gain = 10 ** (gain_db / 10)
        return gated(hops * gain, HOP, float(left.sum()) * gain, len(left) * CELL)

    def true_peaks(self, relevant: float) -> Samples:
        """The peak of each cell: the true one wherever that may exceed *relevant*, else that of its samples."""
        peaks = self.peaks.copy()
        for first in range(0, len(peaks), CHUNK // CELL):
            cells = peaks[first : first + CHUNK // CELL]
            if cells.max() * OVERSHOOT > relevant:
                start = first * CELL
                framed = self.reel.read(start - MARGIN, start + len(cells) * CELL + MARGIN)
                np.maximum(cells, between(framed).reshape(-1, CELL).max(axis=1), out=cells)
        return peaks


def deliver(mix: Mix, path: Path) -> listen.Heard:
    """Write *mix* as AAC at −14 LUFS, at most −1 dBTP as decoded; return what was measured of the decoded file.

    Where lossy coding overshoots, or takes loudness with the highest tones, it is encoded again with that in mind.
    Silence stays silent, and what its peaks keep too quiet stays so; both with a warning.

    Raises:
        EngineFailed: the peaks stay too high under any ceiling.
    """
    target_lufs, ceiling_dbtp, loudest = TARGET_LUFS, CEILING_DBTP, SILENCE_LUFS
    for _ in range(TRIES):
        audio.encode_aac(mastered(mix, target_lufs=target_lufs, ceiling_dbtp=ceiling_dbtp), path)
        heard = listen.heard(path)
        over, short = heard.true_peak_dbtp - LIMIT_DBTP, TARGET_LUFS - heard.loudness_lufs
        if over <= 0 and (abs(short) < NEAR_LU or heard.loudness_lufs == SILENCE_LUFS):
            return heard
        if over <= 0:
            if short > 0 and heard.loudness_lufs < loudest + TOLERANCE_LU:
                break
            loudest = heard.loudness_lufs
        target_lufs += short
        ceiling_dbtp -= over + 0.1 if over > 0 else 0
    if over <= 0:
        log.warning("The sound could not be made louder than %.2f LUFS under its peaks.", heard.loudness_lufs)
        return heard
    raise EngineFailed(
        f"The encoded sound peaks at {heard.true_peak_dbtp:.2f} dBTP, above {LIMIT_DBTP:g}.",
        "Report the film's manifest: this should not be possible.",
    )


def mastered(mix: Mix, *, target_lufs: float = TARGET_LUFS, ceiling_dbtp: float = CEILING_DBTP) -> Iterator[Samples]:
    """The mix at *target_lufs* (ITU-R BS.1770-4), nowhere above *ceiling_dbtp*, in blocks."""
    level = mix.lufs()
    if level == SILENCE_LUFS:
        log.warning("The mix is silent.")
        yield from mix.reel.blocks()
        return
    gain_db, limit_db = _fitted(mix, level, target_lufs, 10 ** (ceiling_dbtp / 20))
    for start in range(0, len(mix.reel), BLOCK):
        pools.checkpoint()
        piece = mix.reel.read(start, min(len(mix.reel), start + BLOCK))
        first, last = max(0, start // CELL - 1), (start + BLOCK) // CELL + 1
        if limit_db[first:last].any():
            centres = np.arange(first, min(last, len(limit_db))) * CELL + CELL / 2
            curve = np.interp(np.arange(start, start + len(piece)), centres, limit_db[first:last]).astype(np.float32)
            yield piece * np.power(10, (curve + np.float32(gain_db)) / 20, dtype=np.float32)[:, None]
        else:
            yield piece * np.float32(10 ** (gain_db / 20))


def _fitted(mix: Mix, level: float, target_lufs: float, ceiling: float) -> tuple[float, Samples]:
    """The gain, and what the limiter takes from it at each cell, that together meet the target; both in dB.

    Where the peaks leave no room for it: the least gain beyond which nothing grows louder.
    """
    most_db = TARGET_LUFS - level + MOST_DB
    gain_db, looked_db = min(most_db, target_lufs - level), -np.inf
    step, reached, yielded = 0.0, level, 1.0
    peaks, fitted = mix.peaks, (gain_db, np.zeros_like(mix.peaks))
    for _ in range(PASSES):
        if gain_db > looked_db:
            looked_db = gain_db + AHEAD_DB
            peaks = mix.true_peaks(ceiling / 10 ** (looked_db / 20))
        limit_db = _limiter(peaks * np.float32(10 ** (gain_db / 20)), ceiling)
        before, reached = reached, mix.lufs(gain_db, limit_db)
        if step > 0 and reached - before < TOLERANCE_LU:
            return fitted
        fitted = gain_db, limit_db
        if step:  # the limiter swallows part of what is added: aim by what the last step brought
            yielded = min(1.0, max(0.2, (reached - before) / step))
        step = min((target_lufs - reached) / yielded, most_db - gain_db)
        if abs(target_lufs - reached) < TOLERANCE_LU or not step:
            break
        gain_db += step
    return fitted


def _limiter(peaks: Samples, ceiling: float) -> Samples:
    """Gain in dB at each cell, ≤ 0: closes smoothly ahead of a peak, opens evenly after it."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    wanted = 20 * np.log10(np.float32(ceiling) / np.maximum(peaks, np.float32(ceiling)))
    if not wanted.any():
        return np.zeros_like(peaks)
    slope = RELEASE_DB * np.arange(len(wanted))
    held = slope + np.minimum.accumulate(wanted - slope)
    held = minimum_filter1d(np.minimum(held, 0), 2 * LOOK_AHEAD + 3, mode="nearest")
    return np.asarray(uniform_filter1d(held, 2 * LOOK_AHEAD + 1, mode="nearest"), np.float32)


def _cells(values: Samples) -> Samples:
    """Values by cell, (cells, CELL); the last one is filled with zeros."""
    return np.pad(values, (0, -len(values) % CELL)).reshape(-1, CELL)

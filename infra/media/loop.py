"""A recording brought to the length of a film: from a downbeat on, looped on a bar where it is too short."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from infra import pools
from infra.media.loudness import SILENCE_LUFS, loudness
from infra.media.tape import BLOCK, RATE, Reel, smooth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.engines import Samples

SEAM_BEATS = 0.5
"""Length of a crossfade; it ends on the downbeat, whose attack stays whole."""
SEAM_S = 0.35
FADE_BARS, FADE_S, LONGEST_FADE_S = 2, 2.5, 5.0
ALMOST = 0.02
"""What a bar may lack at the song's end and still count."""
PHRASE = 4
"""Music is built of this many bars: a loop of whole phrases is preferred."""
EASE = RATE // 500
"""Samples over which a part is eased in that no crossfade leads into: it may begin in the midst of a sound."""
OPENING_BARS = 32
ENDING_LU, OPENING_LU = 20.0, 40.0
"""A bar so far below the usual belongs to an ending, through which no loop goes, or lies before the song begins."""


@dataclass(frozen=True)
class Grid:
    """The bars of a recording, in samples at 48 kHz: bar k begins at `first + k * bar`; its beats are equal."""

    first: float
    bar: float
    beats_per_bar: int = 4

    def at(self, bar: int) -> int:
        """The sample on which a bar begins."""
        return round(self.first + bar * self.bar)

    @property
    def beat(self) -> float:
        """Samples per beat."""
        return self.bar / self.beats_per_bar


@dataclass(frozen=True)
class Loop:
    """Bars 0 to *end* are heard once, then *start* to *end* again and again."""

    start: int
    end: int


@dataclass(frozen=True)
class _Run:
    """A part of the recording that is heard from sample *begin* of the bed on, *size* samples from *source* on."""

    begin: int
    source: int
    size: int


def looped(song: Reel, grid: Grid, size: int) -> Iterator[Samples]:
    """Exactly *size* samples of *song* from its first bar on, in blocks of (n, 2); eased out at the end.

    Beat k begins at sample `k * grid.beat`. A song of less than a bar is heard anew on every bar.
    """
    grid = _begun(song, grid)
    seam = round(min(SEAM_S * RATE, SEAM_BEATS * grid.beat))
    fade = round(min(max(FADE_BARS * grid.bar, FADE_S * RATE), LONGEST_FADE_S * RATE, size / 2))
    done = 0
    for block in _joined(song, _runs(song, grid, size), seam):
        left = size - np.arange(done, done + len(block))
        if left[-1] <= fade:
            yield block * smooth(np.clip((left - 1) / fade, 0, 1).astype(np.float32))[:, None]
        else:
            yield block
        done += len(block)


def best_loop(song: Reel, grid: Grid) -> Loop:
    """The bars between which a leap is heard least: whole phrases, alike before and after it, as long as can be."""
    bars = _bars(song, grid)
    if bars < 2:
        return Loop(0, 1)
    pictures = _pictures(song, grid, bars)
    leaps = [(start, end) for end in range(max(2, math.ceil(bars * 0.6)), bars + 1) for start in range(1, end)]
    return Loop(*max(leaps, key=lambda leap: _smoothness(pictures, leap[0], leap[1], bars)))


def _smoothness(pictures: Samples, start: int, end: int, bars: int) -> float:
    """How good a leap from the end of bar *end* − 1 to the beginning of *start* is."""
    likeness = float(pictures[start - 1] @ pictures[end - 1])
    if end < len(pictures):
        likeness = (likeness + float(pictures[start] @ pictures[end])) / 2
    phrase = next(weight for step, weight in ((PHRASE, 1.0), (2, 0.85), (1, 0.7)) if (end - start) % step == 0)
    return likeness * phrase + 0.8 * (end - start) / bars


def _runs(song: Reel, grid: Grid, size: int) -> list[_Run]:
    """What is heard one after the other until *size* samples are full."""
    if len(song) - grid.at(0) >= size:
        return [_Run(0, grid.at(0), size)]
    loop = best_loop(song, grid)
    runs, bar, start = [], 0, 0
    while round(bar * grid.bar) < size:
        begin = round(bar * grid.bar)
        bar += loop.end - start
        runs.append(_Run(begin, grid.at(start), min(size, round(bar * grid.bar)) - begin))
        start = loop.start
    return runs


def _joined(song: Reel, runs: list[_Run], seam: int) -> Iterator[Samples]:
    """The runs end to end; before each begins it is already faded in over *seam* samples of the one before."""
    for index, run in enumerate(runs):
        after = runs[index + 1] if index + 1 < len(runs) else None
        crossed = min(seam, run.size) if after else 0
        plain = run.size - crossed
        for start in range(0, plain, BLOCK):
            pools.checkpoint()
            part = song.read(run.source + start, run.source + min(plain, start + BLOCK))
            if start == 0 and (index == 0 or run.source < seam):
                part[:EASE] *= smooth(np.linspace(0, 1, EASE, dtype=np.float32))[: len(part), None]
            yield part
        if after and crossed:
            going = song.read(run.source + plain, run.source + run.size)
            yield _crossed(going, song.read(after.source - crossed, after.source))


def _crossed(going: Samples, coming: Samples) -> Samples:
    """One sound into the other at even power, whether they are alike or not."""
    turn = np.linspace(0, np.pi / 2, len(going), dtype=np.float32)[:, None]
    out, into = np.cos(turn), np.sin(turn)
    power = float(np.sqrt(np.sum(np.square(going)) * np.sum(np.square(coming))))
    alike = max(0.0, float(np.sum(going * coming)) / power) if power else 0.0
    return np.asarray((going * out + coming * into) / np.sqrt(1 + 2 * alike * out * into), np.float32)


def _begun(song: Reel, grid: Grid) -> Grid:
    """The bars from the first on that is not silence before the song."""
    levels = _levels(song, grid, OPENING_BARS)
    usual = max(levels, default=SILENCE_LUFS)
    skipped = next((bar for bar, level in enumerate(levels) if level > usual - OPENING_LU), 0)
    return replace(grid, first=grid.first + skipped * grid.bar)


def _bars(song: Reel, grid: Grid) -> int:
    """Whole bars up to where the song dies away."""
    levels = _levels(song, grid)
    bars, usual = len(levels), float(np.median(levels)) if levels else SILENCE_LUFS
    while bars > 1 and levels[bars - 1] < usual - ENDING_LU:
        bars -= 1
    return bars


def _levels(song: Reel, grid: Grid, most: int | None = None) -> list[float]:
    """The loudness of each whole bar, of the first *most* of them."""
    bars = int((len(song) - grid.at(0)) / grid.bar + ALMOST)
    return [loudness(song.read(grid.at(bar), grid.at(bar + 1)), RATE) for bar in range(bars)[:most]]


def _pictures(song: Reel, grid: Grid, bars: int) -> Samples:
    """How each bar sounds, as one row of length 1: the spectrum of each of its beats by third of an octave."""
    edges = np.geomspace(60, 12_000, 24)
    rows = []
    for bar in range(bars):
        sound = song.read(grid.at(bar), grid.at(bar + 1)).mean(axis=1)
        rows.append(np.concatenate([_spectrum(part, edges) for part in np.array_split(sound, grid.beats_per_bar)]))
    table = np.log1p(np.array(rows) / max(float(np.mean(rows)), 1e-12))
    table -= table.mean(axis=0)
    return np.asarray(table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9), np.float32)


def _spectrum(sound: Samples, edges: NDArray[np.float64]) -> Samples:
    power = np.square(np.abs(np.fft.rfft(sound * np.hanning(len(sound)))))
    bins = np.searchsorted(np.fft.rfftfreq(len(sound), 1 / RATE), edges)
    return np.asarray(np.add.reduceat(power, bins)[:-1], np.float32)

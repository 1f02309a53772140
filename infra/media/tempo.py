"""The beat of a recording: one steady tempo, where its beats lie, which of them begins a bar, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from infra.media.onsets import CHORD_FPS, CHORD_WINDOW, FPS, LOW, WINDOW, Onsets
from infra.media.tape import RATE

Curve = NDArray[np.float64]

SLOWEST, FASTEST = 40.0, 220.0
USUAL = 80.0
"""Of a tempo, its half and its double, the one within USUAL to twice that is taken as the beat."""
BEATS_PER_BAR = 4
PARTIALS = (1, 2, 4)
WEIGHTS = (1.0, 0.6, 0.4)
RATIOS = np.array([1, 2, 1 / 2, 3, 1 / 3, 3 / 2, 2 / 3, 4 / 3, 3 / 4])
"""What part of a piece may seem to have for tempo, next to the whole, and still agree with it."""
BEFORE_S = 0.02
"""How far before the first sample a beat may lie: its attack is then still heard."""
WITHIN_S = 0.01
ATTACK_MS, HARMONY = 12, 3
SEGMENT_S, MOST_SEGMENTS = 6, 8
SAME_TEMPO, SAME_PHASE = 0.015, 0.12
EMPTY = 0.1


@dataclass(frozen=True)
class Pulse:
    """Beat k of a recording lies at `first_beat_s + k * 60 / bpm` s; every fourth from `downbeat` on begins a bar.

    The first beat lies within one beat of the recording's start, by a hair before it at most.

    *confidence* is the share of the recording's parts that, each heard alone, agree with the whole: above one half
    there is a beat; speech, noise and drones stay well below.
    """

    bpm: float
    first_beat_s: float
    downbeat: int
    confidence: float


def pulse(heard: Onsets, near_bpm: float | None = None) -> Pulse:
    """The beat of what was heard; with *near_bpm*, the best tempo within 4 % of that."""
    full = _full(heard)
    if near_bpm:
        return pulse_at(heard, _refined(full, _strongest(full, near_bpm * 0.96, near_bpm * 1.04)))
    found = pulse_at(heard, _rounded(_at_usual_level(_refined(full, _strongest(full, 50, 215))), heard.seconds))
    return pulse_at(heard, found.bpm / 2) if _every_second_is_empty(full, found) else found


def pulse_at(heard: Onsets, bpm: float) -> Pulse:
    """Where the beats lie if the tempo is known to be *bpm*."""
    full, low = _full(heard), heard.flux[:, :LOW].sum(axis=1, dtype=np.float64)
    first_s = _phase(heard, full, low, bpm)
    return Pulse(bpm, first_s, _downbeat(heard, low, bpm, first_s), _confidence(full, bpm))


def in_range(bpm: float) -> float:
    """*bpm* doubled or halved until it lies within 40 to 220."""
    while bpm < SLOWEST:
        bpm *= 2
    while bpm > FASTEST:
        bpm /= 2
    return bpm


def _full(heard: Onsets) -> Curve:
    return np.asarray(heard.flux.sum(axis=1, dtype=np.float64))


def _strongest(curve: Curve, slowest: float, fastest: float) -> float:
    """The tempo at which *curve* repeats most, tempi near 112 preferred as people do."""
    spectrum = _Spectrum(curve)
    tempi = np.exp(np.arange(np.log(slowest), np.log(fastest), 2e-4))
    strength = sum(weight * spectrum.at(tempi * part) for part, weight in zip(PARTIALS, WEIGHTS, strict=True))
    return float(tempi[np.argmax(strength * np.exp(-0.5 * (np.log2(tempi / 112) / 0.7) ** 2))])


def _refined(curve: Curve, bpm: float) -> float:
    """The tempo near *bpm* to within a few thousandths: fast partials tell tempi apart that slow ones cannot."""
    spectrum = _Spectrum(curve)
    tempi = bpm * (1 + np.linspace(-0.01, 0.01, 1601))
    return float(tempi[np.argmax(sum(spectrum.at(tempi * part) ** 2 for part in (1, 2, 3, 4, 6, 8)))])


class _Spectrum:
    """The strength of a curve's periods."""

    def __init__(self, curve: Curve) -> None:
        size = 1 << int(np.ceil(np.log2(len(curve) * 8)))
        self._strength = np.abs(np.fft.rfft(curve - curve.mean(), size))
        self._hertz = np.arange(len(self._strength)) * FPS / size

    def at(self, tempi: Curve) -> Curve:
        """The strength at so many periods a minute."""
        return np.interp(tempi / 60, self._hertz, self._strength)


def _rounded(bpm: float, seconds: float) -> float:
    """The nearest half beat per minute if no beat within *seconds* tells them apart: music is written so."""
    near = round(bpm * 2) / 2
    return near if abs(near / bpm - 1) * seconds < WITHIN_S else bpm


def _at_usual_level(bpm: float) -> float:
    while bpm < USUAL:
        bpm *= 2
    while bpm >= 2 * USUAL:
        bpm /= 2
    return bpm


def _phase(heard: Onsets, full: Curve, low: Curve, bpm: float) -> float:
    """When the first beat falls, in seconds: where onsets, those of kick and bass above all, gather.

    Half a beat later much may gather as well; of the two, harmony changes on the beat.
    """
    beat_s = 60 / bpm
    offsets = np.arange(0, beat_s, 0.001)
    gathered = _folded(low, bpm, offsets) + 0.5 * _folded(full, bpm, offsets)
    best = int(np.argmax(gathered))
    around = (best + len(offsets) // 2 + np.arange(-ATTACK_MS, ATTACK_MS + 1)) % len(offsets)
    between = int(around[np.argmax(gathered[around])])
    on, off = (_first_s(float(offsets[place]), beat_s) for place in (best, between))
    lead = np.log(max(gathered[best], 1e-9) / max(gathered[between], 1e-9))
    harmony = [_by_beat_of_bar(_changes(heard, bpm, first_s)).max() for first_s in (on, off)]
    return on if lead + HARMONY * np.log(max(harmony[0], 1e-9) / max(harmony[1], 1e-9)) >= 0 else off


def _first_s(offset: float, beat_s: float) -> float:
    """The time of the first beat from its place among the frames; one just before the start counts."""
    first_s = (offset + WINDOW / 2 / RATE) % beat_s
    return first_s if first_s < beat_s - BEFORE_S else first_s - beat_s


def _folded(curve: Curve, bpm: float, offsets: Curve) -> Curve:
    """The mean of *curve* at all beats next to its mean, for each offset of the first."""
    soft = np.convolve(curve, [0.25, 0.5, 0.25], "same")
    frames = np.arange(len(soft)) / FPS
    beats = np.arange(0, max(len(soft) / FPS - 60 / bpm, 60 / bpm / 2), 60 / bpm)
    means = [np.interp(beats + offset, frames, soft, right=0).mean() for offset in offsets]
    return np.array(means) / max(float(curve.mean()), 1e-9)


def _every_second_is_empty(full: Curve, found: Pulse) -> bool:
    """Whether the beats are in truth half as many: nothing happens on every other one."""
    strength = _near(full, _beat_frames(len(full), found.bpm, found.first_beat_s), 4)
    if len(strength) < 2 * BEATS_PER_BAR:
        return False
    even, odd = strength[::2].mean(), strength[1::2].mean()
    return bool(min(even, odd) < EMPTY * max(even, odd))


def _near(curve: Curve, frames: NDArray[np.int64], reach: int) -> Curve:
    """The most that *curve* has within *reach* of each of the frames."""
    around = frames[:, None] + np.arange(-reach, reach + 1)
    return np.asarray(curve[np.clip(around, 0, len(curve) - 1)].max(axis=1))


def _beat_frames(count: int, bpm: float, first_s: float) -> NDArray[np.int64]:
    """The frame of each beat within *count* frames."""
    first = (first_s - WINDOW / 2 / RATE) * FPS
    return np.round(np.arange(first, count, 60 / bpm * FPS)).astype(np.int64)


def _downbeat(heard: Onsets, low: Curve, bpm: float, first_s: float) -> int:
    """Which of the first four beats begins a bar: where the harmony changes and the bass strikes."""
    struck = _by_beat_of_bar(_near(low, _beat_frames(len(low), bpm, first_s), 3))
    moved = _by_beat_of_bar(_changes(heard, bpm, first_s))
    return int(np.argmax(2 * moved / max(moved.mean(), 1e-9) + struck / max(struck.mean(), 1e-9)))


def _changes(heard: Onsets, bpm: float, first_s: float) -> Curve:
    """How far the harmony of each beat is from that of the one before."""
    chords = np.log1p(heard.chords / max(float(heard.chords.mean()), 1e-9))
    sums = np.cumsum(np.pad(chords, ((1, 0), (0, 0))), axis=0, dtype=np.float64)
    length = max(1, round(60 / bpm * CHORD_FPS))
    times = np.arange(first_s, len(chords) / CHORD_FPS, 60 / bpm)
    begins = np.round((times - CHORD_WINDOW / 2 / RATE) * CHORD_FPS).astype(int) + 1
    spans = [np.clip(begins + shift, 0, len(chords)) for shift in (-length, 0, length)]
    before, after = ((sums[end] - sums[start]) / length for start, end in pairwise(spans))
    return np.asarray(np.abs(after - before).sum(axis=1))


def _by_beat_of_bar(values: Curve) -> Curve:
    """The mean of *values* on each beat of the bar."""
    return np.array([values[k::BEATS_PER_BAR].mean() if len(values) > k else 0.0 for k in range(BEATS_PER_BAR)])


def _confidence(full: Curve, bpm: float) -> float:
    """The share of parts whose own tempo and whose place in the beat agree with the rest of the recording."""
    parts = int(np.clip(len(full) / FPS // SEGMENT_S, 2, MOST_SEGMENTS))
    size = len(full) // parts
    starts = range(0, parts * size, size)
    pieces = [full[start : start + size] - full[start : start + size].mean() for start in starts]
    own = np.array([_strongest(piece * np.hanning(size), 50, 220) for piece in pieces])
    same_tempo = np.abs(own[:, None] / bpm / RATIOS - 1).min(axis=1) < SAME_TEMPO
    turns = np.array(
        [[_turn(piece, start, bpm * part) for part in PARTIALS] for piece, start in zip(pieces, starts, strict=True)]
    )
    main = turns[:, np.abs(turns.sum(axis=0)).argmax()]
    apart = np.abs(np.angle(main * np.conj(main.sum() - main))) / (2 * np.pi)
    return float(np.mean(same_tempo & (apart < SAME_PHASE) & (np.abs(main) > 0)))


def _turn(piece: Curve, start: int, bpm: float) -> complex:
    """How strongly, and where in the beat, a part that begins at frame *start* beats."""
    times = (start + np.arange(len(piece))) / FPS
    return complex(np.sum(piece * np.exp(-2j * np.pi * times * bpm / 60)))

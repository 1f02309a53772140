"""Composes a bed of music by rule, and plays it through a vendored soundfont: exact beats, no network, no weights."""

from __future__ import annotations

import math
import threading
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from infra.engines import Samples
from infra.engines.music.moods import MOODS, STRUCK, Part
from infra.engines.music.sampler import Note, Sampler, Sound
from infra.engines.music.score import Score, write
from infra.engines.music.soundfont import DRUMS, Soundfont
from infra.errors import BadInput, UnknownName
from infra.hashing import file_digest

RECIPE = 2
BED = Path(__file__).with_name("bed.sf3")
PEAK = 10 ** (-3 / 20)
BLOCK = 1 << 19
WET = 0.5


class Composer:
    """Music in six moods; the same (mood, bpm, beats, seed) gives the same samples."""

    rate = 48000

    def __init__(self, model: str = "") -> None:
        self.identity = self.identify(model)
        self._sampler = Sampler(Soundfont(BED), self.rate)
        self._lock = threading.Lock()

    @staticmethod
    def identify(model: str = "") -> str:
        """Recipe and soundfont; there is nothing to choose, so *model* must be empty."""
        if model:
            raise BadInput(f"The composer has no model {model!r}.", "Write just `composer`.")
        return f"composer/{RECIPE}/{_bed_digest()[:16]}"

    def compose(self, mood: str, *, bpm: float, beats: int, seed: int) -> Samples:
        """Stereo (n, 2) at 48 kHz; n is exactly `round(beats * 60 / bpm * rate)`; beat k starts at k·60/bpm s."""
        if mood not in MOODS:
            raise UnknownName("mood", mood, MOODS)
        if not (20 <= bpm <= 300 and 1 <= beats <= 20_000):
            raise BadInput(
                f"{beats} beats at {bpm:g} bpm cannot be composed.", "Use 20 to 300 bpm and 1 to 20,000 beats."
            )
        score = write(mood, bpm=bpm, beats=beats, seed=seed)
        with self._lock:
            return self._perform(score, bpm, round(beats * 60 / bpm * self.rate))

    def _perform(self, score: Score, bpm: float, size: int) -> Samples:
        out = np.zeros((size, 2), np.float32)
        send = np.zeros(size, np.float32)
        for name, part in score.mood.parts.items():
            if score.events[name]:
                _place(out, send, self._sound(part, score, name, bpm, size), part)
        _reverberate(out, send, score.mood.reverb_s, self.rate)
        _make_room(out, self.rate)
        _ring_out(out, round(score.ring_beat * 60 / bpm * self.rate), self.rate)
        peak = max(float(out.max(initial=0)), -float(out.min(initial=0)))
        out *= np.float32(PEAK / peak)
        return out

    def _sound(self, part: Part, score: Score, name: str, bpm: float, size: int) -> Sound:
        beat = 60 / bpm * self.rate
        notes = [
            Note(
                min(size - 1, max(0, round(event.start * beat + event.late_s * self.rate))),
                max(1, round(event.length * beat)),
                event.key,
                event.velocity,
            )
            for event in score.events[name]
        ]
        drums = part.role == "drums"
        struck = drums or part.preset in STRUCK
        return self._sampler.play(DRUMS if drums else 0, part.preset, notes, size, struck=struck)


@lru_cache(maxsize=1)
def _bed_digest() -> str:
    return file_digest(BED)


def _place(out: Samples, send: Sound, sound: Sound, part: Part) -> None:
    """Add a part to the stereo mix (equal power, centre 0) and to the reverb."""
    level, angle = 10 ** (part.level_db / 20), (1 + part.pan) * math.pi / 4
    sides = np.array([level * math.cos(angle), level * math.sin(angle)], np.float32)
    for start in range(0, len(sound), BLOCK):
        out[start : start + BLOCK] += sound[start : start + BLOCK, None] * sides
    sound *= np.float32(level * part.send)
    send += sound


def _reverberate(out: Samples, send: Sound, seconds: float, rate: int) -> None:
    """Add a hall of *seconds* (RT60): convolution with decaying noise that darkens, other noise on each side."""
    from scipy.signal import oaconvolve

    room = _room(seconds, rate)
    for start in range(0, len(send), BLOCK):
        block = send[start : start + BLOCK]
        for side in (0, 1):
            wet = oaconvolve(block, room[side])[: len(send) - start]
            out[start : start + len(wet), side] += wet * np.float32(WET)


@lru_cache(maxsize=8)
def _room(seconds: float, rate: int) -> Samples:
    """Impulse responses (2, n) of a hall: 20 ms of pre-delay, unit energy."""
    from scipy.signal import butter, sosfilt

    size, wait = int(seconds * rate), int(0.02 * rate)
    t = np.arange(size) / rate
    noise = np.random.default_rng(7).standard_normal((2, size))
    dark = sosfilt(butter(2, (180, 2200), "band", fs=rate, output="sos"), noise, axis=1)
    bright = sosfilt(butter(1, (250, 6500), "band", fs=rate, output="sos"), noise, axis=1)
    tail = dark * 10 ** (-3 * t / seconds) + 0.5 * bright * 10 ** (-7 * t / seconds)
    tail *= np.minimum(1, t / 0.012) * np.minimum(1, (seconds - t) / 0.1)
    tail /= np.sqrt((tail**2).sum(axis=1, keepdims=True))
    return np.pad(tail, ((0, 0), (wait, 0))).astype(np.float32)


def _make_room(out: Samples, rate: int) -> None:
    """Cut rumble below 35 Hz and leave 1–4 kHz, where speech is understood, to the voice."""
    from scipy.signal import butter, sosfilt

    sections = np.vstack([butter(2, 35, "high", fs=rate, output="sos"), _bell(2100, -4.5, 0.8, rate)])
    sections = sections.astype(np.float32)
    state = np.zeros((len(sections), 2, 2), np.float32)
    for start in range(0, len(out), BLOCK):
        out[start : start + BLOCK], state = sosfilt(sections, out[start : start + BLOCK], axis=0, zi=state)


def _bell(frequency: float, gain_db: float, q: float, rate: int) -> NDArray[np.float64]:
    """A peaking equaliser as one second-order section (Bristow-Johnson's cookbook)."""
    amplitude, w = 10 ** (gain_db / 40), 2 * math.pi * frequency / rate
    alpha = math.sin(w) / (2 * q)
    b = np.array([1 + alpha * amplitude, -2 * math.cos(w), 1 - alpha * amplitude])
    a = np.array([1 + alpha / amplitude, -2 * math.cos(w), 1 - alpha / amplitude])
    return np.asarray(np.concatenate([b, a])[None] / a[0])


def _ring_out(out: Samples, struck: int, rate: int) -> None:
    """Let the last chord, struck at sample *struck*, sound until it fades to silence in its last second."""
    start = max(struck + (len(out) - struck) // 4, len(out) - rate)
    still = min(len(out) - start, rate // 20)
    fade = np.cos(np.linspace(0, math.pi / 2, max(1, len(out) - start - still))) ** 2
    out[start:] *= np.pad(fade, (0, len(out) - start - len(fade))).astype(np.float32)[:, None]

"""Plays notes from a soundfont: samples looped, tuned, filtered and shaped as their generators say, at exact times.

Left out, because a bed does not need them: modulators, LFOs and sample panning. A tone of one key is prepared once per
call, as long as its longest note; a note is then one multiplication.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from infra.engines.music.soundfont import DEFAULTS, DRUMS, MODES, ROOT, Soundfont, Zone

if TYPE_CHECKING:
    from collections.abc import Iterable

Sound = NDArray[np.float32]
QUIET_DB = -84.0
"""A note is dropped where its envelope has fallen below this."""
ATTACK_FLOOR = 0.3
"""Lead-in of a struck sample that is cut off: all before it first reaches this part of its early peak."""


class Note(NamedTuple):
    """A note of one part: *start* and *length* in samples of the output, *velocity* 0–1."""

    start: int
    length: int
    key: int
    velocity: float


@dataclass(frozen=True)
class Envelope:
    """A SoundFont volume envelope: seconds, decibels and dB per second."""

    attack: float
    hold: float
    fall: float
    sustain_db: float
    release: float

    @classmethod
    def of(cls, zone: Zone) -> Envelope:
        return cls(
            attack=_seconds(zone, 34),
            hold=_seconds(zone, 35),
            fall=100 / _seconds(zone, 36),
            sustain_db=-min(1000, max(0, zone.generators.get(37, 0))) / 10,
            release=100 / max(_seconds(zone, 38), 0.02),
        )

    def levels(self, held: int, rate: int) -> Sound:
        """Amplitudes for a key held for *held* samples, until they are inaudible."""
        t_off = held / rate
        tail = -(QUIET_DB - max(self._decibels(np.array([t_off]))[0], QUIET_DB)) / self.release
        t = np.arange(int((t_off + tail) * rate) + 1, dtype=np.float32) / np.float32(rate)
        decibels = self._decibels(np.minimum(t, np.float32(t_off))) - self.release * np.maximum(t - t_off, 0)
        levels: Sound = np.exp(decibels * np.float32(np.log(10) / 20), dtype=np.float32)
        rising = max(1, int(self.attack * rate))
        levels[:rising] *= np.linspace(0, 1, rising, dtype=np.float32)[: len(levels)]
        return levels

    def _decibels(self, t: NDArray[np.floating]) -> NDArray[np.floating]:
        fallen = -self.fall * np.maximum(t - (self.attack + self.hold), 0)
        return np.asarray(np.maximum(fallen, max(self.sustain_db, QUIET_DB)))


class Sampler:
    """The instruments of one soundfont at *rate* Hz."""

    def __init__(self, font: Soundfont, rate: int) -> None:
        self.font, self.rate = font, rate
        self._decoded = lru_cache(maxsize=None)(font.decoded)

    def play(self, bank: int, preset: int, notes: Iterable[Note], size: int, *, struck: bool) -> Sound:
        """Mono sound of *size* samples; a *struck* tone starts at its attack, without the sample's lead-in."""
        out = np.zeros(size, np.float32)
        zones = self.font.zones(bank, preset)
        by_key: dict[int, list[Note]] = {}
        for note in notes:
            by_key.setdefault(note.key, []).append(note)
        for key, group in sorted(by_key.items()):
            for zone in zones:
                if zone.low <= key <= zone.high:
                    self._ring(out, zone, group, drum=bank == DRUMS, struck=struck)
        return out

    def _ring(self, out: Sound, zone: Zone, notes: list[Note], *, drum: bool, struck: bool) -> None:
        """Add the *notes* of one key to *out*."""
        envelope = Envelope.of(zone)
        looped = bool(zone.generators.get(MODES, 0) & 1)
        key = notes[0].key
        if drum and not looped:  # a kit is hit, not held: it rings out whatever the note's length
            natural = int(len(self._decoded(zone.sample)) * self.rate / self._speed(zone, key))
            notes = [note._replace(length=natural) for note in notes]
        levels = {length: envelope.levels(length, self.rate) for length in {note.length for note in notes}}
        tone = self._tone(zone, key, max(map(len, levels.values())), looped=looped, struck=struck)
        for note in notes:
            shape = levels[note.length]
            size = min(len(shape), len(tone), len(out) - note.start)
            out[note.start : note.start + size] += tone[:size] * (shape[:size] * np.float32(note.velocity**2))

    def _tone(self, zone: Zone, key: int, size: int, *, looped: bool, struck: bool) -> Sound:
        """The zone's sample sounding at *key*, at most *size* samples, before any envelope."""
        import soxr

        raw = self._decoded(zone.sample)
        source_rate = self._speed(zone, key)
        wanted = int(size * source_rate / self.rate) + 64
        if looped:
            start, end = self.font.loop(zone.sample)
            cycle = raw[start:end]
            raw = np.concatenate([raw[:end], *[cycle] * max(0, -(-(wanted - end) // len(cycle)))])
        skip = _attack(raw) if struck else 0
        tone = soxr.resample(raw[skip : skip + wanted], source_rate, self.rate, "MQ")[:size]
        if struck:
            fade = min(64, len(tone))
            tone[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
        if not looped:
            tone[-256:] *= np.linspace(1, 0, len(tone[-256:]), dtype=np.float32)
        gain = 10 ** (-max(0, zone.generators.get(48, 0)) * 0.4 / 200)
        return self._filtered(zone, tone) * np.float32(gain)

    def _speed(self, zone: Zone, key: int) -> float:
        """Samples of the recording per second, at which it sounds as *key*."""
        head = self.font.headers[zone.sample]
        root = zone.generators.get(ROOT, int(head["root"]))
        cents = (key - root) * zone.generators.get(56, 100) + int(head["correction"])
        cents += 100 * zone.generators.get(51, 0) + zone.generators.get(52, 0)
        return float(head["rate"]) * float(2 ** (cents / 1200))

    def _filtered(self, zone: Zone, tone: Sound) -> Sound:
        """The zone's low-pass filter, held where its envelope settles."""
        sustain = 1 - min(1000, max(0, zone.generators.get(29, 0))) / 1000
        cents = zone.generators.get(8, DEFAULTS[8]) + zone.generators.get(11, 0) * sustain
        cutoff = 8.176 * 2 ** (cents / 1200)
        if cutoff > 0.4 * self.rate:
            return tone
        from scipy.signal import butter, sosfilt

        return np.asarray(sosfilt(butter(2, cutoff, fs=self.rate, output="sos").astype(np.float32), tone), np.float32)


def _seconds(zone: Zone, generator: int) -> float:
    return float(2 ** (zone.generators.get(generator, DEFAULTS.get(generator, -12000)) / 1200))


def _attack(sound: Sound) -> int:
    """Where a struck sample begins to speak."""
    early = np.abs(sound[: len(sound) // 2 + 1][:6000])
    return max(0, int(np.argmax(early > ATTACK_FLOOR * early.max())) - 96)

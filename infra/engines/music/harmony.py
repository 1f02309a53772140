"""Chords from roman numerals, and the smoothest way from one to the next. Pitches are MIDI keys, 60 is middle C."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAJOR_STEPS = (0, 2, 4, 5, 7, 9, 11)
NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII")
COLOURS = {
    "": (), "7": (10,), "maj7": (11,), "add9": (14,), "6": (9,), "sus2": (), "sus4": (), "5": (), "dim": (),
}  # fmt: skip
"""What a suffix adds above the root; sus2, sus4, 5 and dim change the triad itself."""
TRIADS = {"sus2": (0, 2, 7), "sus4": (0, 5, 7), "5": (0, 7), "dim": (0, 3, 6)}
_NUMERAL = re.compile(r"(b|#)?(VII|VI|IV|V|III|II|I)(maj7|add9|sus2|sus4|dim|7|6|5)?", re.IGNORECASE)


@dataclass(frozen=True)
class Chord:
    """A chord as pitch classes, root first."""

    name: str
    pitches: tuple[int, ...]

    @property
    def root(self) -> int:
        return self.pitches[0]


def chord(numeral: str, tonic: int) -> Chord:
    """The chord that *numeral* (`vi7`, `bVI`, `Vsus4`; lower case is minor) names in the key of *tonic*."""
    match = _NUMERAL.fullmatch(numeral)
    if match is None:
        raise ValueError(f"{numeral!r} is no roman numeral")
    shift, degree, suffix = match[1] or "", match[2], match[3] or ""
    root = tonic + MAJOR_STEPS[NUMERALS.index(degree.upper())] + {"b": -1, "#": 1, "": 0}[shift]
    triad = TRIADS.get(suffix, (0, 4, 7) if degree.isupper() else (0, 3, 7))
    return Chord(numeral, tuple((root + step) % 12 for step in (*triad, *COLOURS[suffix])))


def voicing(sound: Chord, before: tuple[int, ...], low: int, high: int, voices: int) -> tuple[int, ...]:
    """*voices* ascending keys of the chord within [low, high], as near to the voicing *before* as can be."""
    choices = []
    for bottom in range(low, low + 12):
        if bottom % 12 not in sound.pitches:
            continue
        keys = _stack(sound, bottom, voices)
        if keys[-1] <= high:
            choices.append(keys)
    if not choices:
        return _stack(sound, low + (sound.root - low) % 12, voices)
    centre = (low + high) / 2
    target = before or tuple([round(centre)] * voices)

    def strain(keys: tuple[int, ...]) -> tuple[float, tuple[int, ...]]:
        hollow = sound.pitches[1] not in {key % 12 for key in keys}  # a chord without its third says little
        return sum(abs(a - b) for a, b in zip(keys, target, strict=False)) + 8 * hollow, keys

    return min(choices, key=strain)


def _stack(sound: Chord, bottom: int, voices: int) -> tuple[int, ...]:
    """Chord tones upwards from *bottom*, in open order below the middle register so that thirds do not growl."""
    keys = [bottom]
    while len(keys) < voices:
        gap = 5 if keys[-1] < 48 else 3
        keys.append(next(key for key in range(keys[-1] + gap, keys[-1] + 24) if key % 12 in sound.pitches))
    return tuple(keys)


def nearest(key: float, pitches: tuple[int, ...]) -> int:
    """The key nearest to *key* whose pitch class is one of *pitches*; of two, the lower."""
    around = range(int(key) - 12, int(key) + 13)
    return min((k for k in around if k % 12 in pitches), key=lambda k: (abs(k - key), k))


def local_scale(scale: tuple[int, ...], sound: Chord) -> tuple[int, ...]:
    """The scale as it bends over one chord: no scale tone a semitone beside a chord tone that is foreign to it."""
    foreign = [p for p in sound.pitches if p not in scale]
    bent = [p for p in scale if not any((p - f) % 12 in {1, 11} for f in foreign)]
    return tuple(sorted({*bent, *foreign}))

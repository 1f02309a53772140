"""Writes the music: a mood, a length and a seed become notes on the grid.

    intro ─ A ─ B ─ A ─ C ─ B … ─ cadence ─ last chord, ringing

Time is counted in pulses, four to a measure. A pulse is one beat, or two or a half where the tempo is far from what the
mood's patterns were written for, so every pulse and every measure starts on a beat.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from infra.engines.music.harmony import Chord, chord, local_scale, nearest, voicing
from infra.engines.music.moods import KICK, MOODS, Mood, Part

STEPS = 16
RING_S = 2.4
"""How long the last chord has, at least, where the music is long enough."""
FORCE = {"intro": 0.78, "A": 0.86, "B": 1.0, "C": 0.76, "cadence": 0.9, "ring": 0.9}
ORDER = "ABACBA"


@dataclass(frozen=True)
class Event:
    """A note: *start* and *length* in beats, *velocity* 0–1, *late_s* its small humanity in seconds."""

    start: float
    length: float
    key: int
    velocity: float
    late_s: float = 0.0


@dataclass(frozen=True)
class Measure:
    """Where in the form a measure stands: its section, its place there, and its harmony."""

    index: int
    kind: str
    number: int
    place: int
    last: bool
    harmony: Chord

    @property
    def colour(self) -> str:
        """Which of a part's two chosen patterns it plays."""
        return "B" if self.kind in {"B", "cadence"} else "A"


@dataclass(frozen=True)
class Score:
    """The written music; `ring_beat` is where the last chord is struck."""

    mood: Mood
    tonic: int
    measures: tuple[Measure, ...]
    events: dict[str, tuple[Event, ...]]
    ring_beat: float


def write(name: str, *, bpm: float, beats: int, seed: int) -> Score:
    """The score of *beats* beats; the same seed at another tempo or length starts the same piece."""
    mood = MOODS[name]
    beats_per_pulse = min((1.0, 2.0, 0.5), key=lambda f: abs(_octaves(bpm / f / mood.pulse)))
    pulses = beats / beats_per_pulse
    ring = max(0, int((pulses - max(4, RING_S * bpm / 60 / beats_per_pulse)) // 4))
    tonic = _dice(name, seed, "key").choice(mood.tonics)
    measures = tuple(_form(mood, ring, tonic, _dice(name, seed, "harmony")))
    events = {}
    for player, part in mood.parts.items():
        band = _Player(mood, part, player, tonic, _dice(name, seed, player))
        written = [*band.play(measures), *band.close(measures, 4 * ring, pulses)]
        events[player] = tuple(_scaled(event, beats_per_pulse) for event in written)
    return Score(mood, tonic, measures, events, 4 * ring * beats_per_pulse)


def _dice(*words: object) -> random.Random:
    return random.Random(":".join(map(str, words)))


def _octaves(ratio: float) -> float:
    return math.log2(ratio)


def _scaled(event: Event, factor: float) -> Event:
    return Event(event.start * factor, event.length * factor, event.key, event.velocity, event.late_s)


def sections(measures: int) -> list[tuple[str, int]]:
    """The form of a piece of so many measures before its last chord, as (kind, measures) pairs."""
    intro = next((size for least, size in ((20, 4), (8, 2), (4, 1)) if measures >= least), 0)
    cadence = next((size for least, size in ((6, 2), (2, 1)) if measures >= least), 0)
    middle = measures - intro - cadence
    size = 8 if middle >= 24 else 4
    lengths = [size] * (middle // size) or [0]
    lengths[-1] += middle - sum(lengths)
    body = [(ORDER[i % len(ORDER)], length) for i, length in enumerate(lengths)]
    return [pair for pair in [("intro", intro), *body, ("cadence", cadence)] if pair[1]]


def _form(mood: Mood, measures: int, tonic: int, dice: random.Random) -> Iterator[Measure]:
    verse, bridge = dice.choice(mood.verse).split(), dice.choice(mood.bridge).split()
    index = 0
    for number, (kind, length) in enumerate(sections(measures)):
        chords = {"B": bridge, "cadence": mood.cadence.split()[-length:]}.get(kind, verse)
        for place in range(length):
            harmony = chord(chords[place % len(chords)], tonic)
            yield Measure(index, kind, number, place, place == length - 1, harmony)
            index += 1


class _Player:
    """One part through the whole piece."""

    def __init__(self, mood: Mood, part: Part, name: str, tonic: int, dice: random.Random) -> None:
        self.mood, self.part, self.name, self.tonic, self.dice = mood, part, name, tonic, dice
        self.keys: tuple[int, ...] = ()
        self.note = (part.low + part.high) // 2
        self.patterns = {kind: dice.choice(part.patterns) for kind in "AB" if part.patterns}
        self.kits = {kind: dice.choice(part.kit) for kind in "AB" if part.kit}
        self.motifs = {kind: self._motif(dice) for kind in ("A", "B")}

    def play(self, measures: tuple[Measure, ...]) -> Iterator[Event]:
        for here in measures:
            if self._plays(here, measures):
                force = FORCE[here.kind]
                for event in getattr(self, f"_{self.part.role}")(here):
                    yield self._human(event, here.index * 4, force)

    def close(self, measures: tuple[Measure, ...], start: int, pulses: float) -> Iterator[Event]:
        """The last chord, by those who played before: struck, or spread upwards, and left to ring."""
        kinds = {"A", *(m.kind for m in measures)} - {"intro", "C"}
        if not any(self.name in self._layers(kind) for kind in kinds):
            return
        final = chord(self.mood.final, self.tonic)
        here = Measure(start // 4, "ring", 0, 0, True, final)
        held = 0.9 * (pulses - start)
        match self.part.role:
            case "pad" | "chords":
                self.keys = voicing(final, self.keys, self.part.low, self.part.high, self.part.voices)
                events = [Event(0, held, key, 0.75) for key in self.keys]
            case "bass":
                events = [Event(0, held, self._bass_key(final, "R"), 0.8)]
            case "melody":
                home = [k for k in range(self.part.low, self.part.high + 1) if k % 12 == self.tonic % 12]
                events = [Event(0, held, min(home, key=lambda k: (abs(k - self.note), k)), 0.6)]
            case "arp":
                events = list(self._spread(here, held))
            case _:
                events = [Event(0, 1, key, 0.5) for key in self.kits["B"] if key == KICK]
        for event in events:
            yield self._human(event, start, FORCE["ring"])

    def _spread(self, here: Measure, held: float) -> Iterator[Event]:
        keys = self._ladder(here.harmony, 5)
        for pulse, key in enumerate(keys):
            if pulse < held:
                yield Event(pulse, held - pulse + 1, key, 0.7 - 0.07 * pulse)

    def _layers(self, kind: str) -> tuple[str, ...]:
        return self.mood.layers.get(kind, self.mood.layers["A"])

    def _plays(self, here: Measure, measures: tuple[Measure, ...]) -> bool:
        layers = self._layers(here.kind)
        if here.kind == "intro":
            length = sum(m.kind == "intro" for m in measures)
            layers = layers[: max(2, round((here.place + 1) / length * len(layers)))]
        return self.name in layers

    def _human(self, event: Event, pulse: float, force: float) -> Event:
        """The event in its place; loudness varies a little, time by at most 4 ms and never on a pulse."""
        loud = event.velocity * force * (1 + self.dice.uniform(-0.08, 0.08))
        late = 0.0 if float(event.start).is_integer() else self.dice.uniform(-0.004, 0.004)
        return Event(pulse + event.start, event.length, event.key, min(1.0, loud), late)

    def _pattern(self, here: Measure) -> str:
        if here.last and here.kind in {"A", "B"} and self.part.fill:
            return self.part.fill
        return self.patterns[here.colour]

    def _pad(self, here: Measure) -> Iterator[Event]:
        self.keys = voicing(here.harmony, self.keys, self.part.low, self.part.high, self.part.voices)
        yield from (Event(0, 4.05, key, 0.62) for key in self.keys)

    def _chords(self, here: Measure) -> Iterator[Event]:
        self.keys = voicing(here.harmony, self.keys, self.part.low, self.part.high, self.part.voices)
        for start, length, _ in notes(self._pattern(here)):
            for key in self.keys:
                yield Event(start, length, key, 0.66 if start % 4 == 0 else 0.56)

    def _ladder(self, harmony: Chord, steps: int) -> list[int]:
        """The first *steps* chord tones upwards from the lowest key of the part: near chords share most of them."""
        keys = [key for key in range(self.part.low, self.part.low + 48) if key % 12 in harmony.pitches]
        return keys[:steps]

    def _arp(self, here: Measure) -> Iterator[Event]:
        ladder = self._ladder(here.harmony, 10)
        for start, length, sign in notes(self._pattern(here)):
            accent = 0.08 if start % 2 == 0 else 0.0
            yield Event(start, length + 0.5, ladder[int(sign)], 0.6 + accent + (0.06 if start == 0 else 0))

    def _bass(self, here: Measure) -> Iterator[Event]:
        for start, length, sign in notes(self._pattern(here)):
            yield Event(start, 0.95 * length, self._bass_key(here.harmony, sign), 0.78 if start == 0 else 0.68)

    def _bass_key(self, harmony: Chord, sign: str) -> int:
        root = self.part.low + (harmony.root - self.part.low) % 12
        fifth = next((p for p in harmony.pitches if (p - harmony.root) % 12 in {7, 6}), harmony.root)
        return {"R": root, "8": root + 12, "5": nearest(root + 1, (fifth,))}[sign]

    def _drums(self, here: Measure) -> Iterator[Event]:
        kit = self.kits[here.colour] | (self.part.kit_fill if here.last else {})
        for key, pattern in kit.items():
            for start, _, sign in notes(pattern):
                yield Event(start, 0.25, key, int(sign) / 9)

    def _motif(self, dice: random.Random) -> tuple[tuple[float, float, int], ...]:
        """Two measures of (start, length, scale steps away from the first note)."""
        walk, step = [], 0
        for start, length, _ in notes(dice.choice(self.mood.motifs)):
            walk.append((start, length, step))
            step = max(-3, min(4, step + dice.choice((-2, -1, -1, 1, 1, 2, 3))))
        return tuple(walk)

    def _melody(self, here: Measure) -> Iterator[Event]:
        """The section's motif, then its answer, then two phrases of rest so that a voice has room."""
        phrase, place = divmod(here.place, 4)
        if here.kind not in {"A", "B", "C"} or (phrase % 2 and here.kind != "B"):
            return
        answer = here.place % 4 >= 2
        scale = local_scale(tuple((self.tonic + s) % 12 for s in self.mood.scale), here.harmony)
        ladder = [key for key in range(self.part.low, self.part.high + 1) if key % 12 in scale]
        for start, length, step in self.motifs[here.colour]:
            if int(start // 4) == place % 2:
                turned = -step if answer and start >= 4 else step
                strong = start % 2 == 0 or length >= 1
                self.note = self._sung(ladder, turned, here.harmony if strong else None)
                yield Event(start % 4, length, self.note, 0.62 if start % 2 == 0 else 0.54)

    def _sung(self, ladder: list[int], step: int, harmony: Chord | None) -> int:
        """The key *step* scale steps from the middle; on strong notes a chord tone, and rather not the one before."""
        wish = ladder[min(len(ladder) - 1, max(0, len(ladder) // 2 - 1 + step))]
        choices = [key for key in ladder if harmony is None or key % 12 in harmony.pitches]
        return min(choices, key=lambda key: (abs(key - wish) + (2.5 if key == self.note else 0), key))


def notes(pattern: str) -> Iterator[tuple[float, float, str]]:
    """(start, length, sign) of each note of a pattern, in pulses."""
    for step, sign in enumerate(pattern):
        if sign not in ".-":
            held = len(pattern[step + 1 :]) - len(pattern[step + 1 :].lstrip("-"))
            yield step * 4 / STEPS, (1 + held) * 4 / STEPS, sign

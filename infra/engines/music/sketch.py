"""Sine chords and clicks on the grid: a real engine of forty lines, for drafts and tests."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from infra.engines import Samples
from infra.errors import BadInput, UnknownName

MAJOR, MINOR = frozenset({"calm", "happy"}), frozenset({"epic", "mysterious", "sad", "tense"})
CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))
MINOR_CHORDS = ((0, 3, 7), (8, 12, 15), (3, 7, 10), (10, 14, 17))


class Sketch:
    """A chord per bar of four beats, a click per beat; the seed chooses the key."""

    rate = 48000

    def __init__(self, model: str = "") -> None:
        self.identity = self.identify(model)

    @staticmethod
    def identify(model: str = "") -> str:
        """The sketch has one recipe and no models."""
        return f"music-sketch/1/{model}"

    def compose(self, mood: str, *, bpm: float, beats: int, seed: int) -> Samples:
        """Stereo (n, 2) at 48 kHz; n is exactly `round(beats * 60 / bpm * rate)`; beat k starts at k·60/bpm s."""
        if mood not in MAJOR | MINOR:
            raise UnknownName("mood", mood, MAJOR | MINOR)
        if bpm <= 0 or beats < 1:
            raise BadInput(f"{beats} beats at {bpm:g} bpm cannot be composed.", "Use a positive tempo and length.")
        chords = MINOR_CHORDS if mood in MINOR else CHORDS
        cuts = [round(beat * 60 / bpm * self.rate) for beat in range(beats + 1)]
        out = np.zeros(cuts[-1], np.float32)
        for beat, (start, end) in enumerate(pairwise(cuts)):
            t = np.arange(end - start) / self.rate
            keys = 48 + seed % 12 + np.array(chords[beat // 4 % 4])
            tone = np.sin(2 * np.pi * 440 * 2 ** ((keys - 69) / 12)[:, None] * t).sum(axis=0)
            click = np.sin(2 * np.pi * 1000 * t) * np.exp(-t * 200)
            edges = np.minimum(1, np.minimum(t, t[::-1]) * 200)
            out[start:end] = 0.1 * tone * edges + 0.3 * click
        return np.repeat(out[:, None], 2, axis=1)

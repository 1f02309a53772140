"""The mix before it is mastered: narration over music and what the user's own clips bring, block after block."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from infra import pools
from infra.engines import Samples
from infra.errors import BadInput
from infra.media import audio, listen
from infra.media.ducking import Curve, Ducking
from infra.media.loudness import SILENCE_LUFS, Meter, loudness
from infra.media.tape import BLOCK, RATE, Player, eased

VOICE_LUFS = -16.0
"""Narration, before the whole is brought to its target; the bed is set from it."""
BED_LU = -7.0
"""The bed where nobody speaks, next to the narration."""
FADE_IN_S, FADE_OUT_S, BED_FADE_S, FOOTAGE_FADE_S = 0.004, 0.012, 0.8, 0.03
ROUNDING_S = 0.02
"""What a clip may reach beyond the film: times are rounded to frames and milliseconds."""


@dataclass(frozen=True)
class Voice:
    """A clip of narration, mono, and when it begins in the film."""

    path: Path
    start_s: float


@dataclass(frozen=True)
class Footage:
    """The sound of a clip of the user's own: from *from_s* of its file on, heard *seconds* long from *start_s* on.

    *volume* is a linear gain on what was recorded.
    """

    path: Path
    from_s: float
    start_s: float
    seconds: float
    volume: float


def mixed(
    voices: Sequence[Voice],
    bed: Path | None,
    footage: Sequence[Footage],
    seconds: float,
    ducking: Ducking | None = None,
) -> Iterator[Samples]:
    """Narration over ducked music and footage in blocks of (n, 2) at 48 kHz, `round(seconds * 48000)` samples in all.

    Each clip of narration is brought to the same loudness and the bed set below it; footage keeps its own level.
    Files are opened as their time comes. A bed longer than the film is faded out.

    Raises:
        BadInput: a clip is silent, not mono, or would be cut by the film's end; a file cannot be read.
    """
    if seconds <= 0:
        raise BadInput(f"A mix cannot last {seconds:g} s.", "Give the film's length.")
    size = round(seconds * RATE)
    spans = [_span(voice, seconds) for voice in voices]
    curve = Curve(spans, ducking or Ducking(), RATE)
    lanes = [_Lane(0, Player(_bed(bed, size, heard=bool(voices))))] if bed else []
    lanes += [_Lane(round(part.start_s * RATE), Player(_sound_of(part))) for part in footage]
    narration = _Narration(voices)
    for start in range(0, size, BLOCK):
        pools.checkpoint()
        out = np.zeros((min(BLOCK, size - start), 2), np.float32)
        for lane in lanes:
            lane.add(out, start)
        out *= curve.gain(start, start + len(out))
        narration.add(out, start)
        yield out


def _span(voice: Voice, seconds: float) -> tuple[float, float]:
    """From when to when a clip is heard; it is never cut."""
    end_s = voice.start_s + audio.seconds_of(voice.path)
    if voice.start_s < 0 or end_s > seconds + ROUNDING_S:
        raise BadInput(
            f"Narration from {voice.start_s:.2f} to {end_s:.2f} s does not fit a film of {seconds:.2f} s.",
            "Give the shot more beats.",
        )
    return voice.start_s, end_s


@dataclass
class _Lane:
    """Sound that begins at sample *first* of the film."""

    first: int
    player: Player

    def add(self, out: Samples, start: int) -> None:
        """Add what is heard in the block that begins at *start*; blocks come in order."""
        skipped = max(0, self.first - start)
        if skipped < len(out):
            piece = self.player.take(len(out) - skipped)
            out[skipped : skipped + len(piece)] += piece


class _Narration:
    """The clips in order of time; only those being heard are held."""

    def __init__(self, voices: Sequence[Voice]) -> None:
        self._waiting = sorted(voices, key=lambda voice: -voice.start_s)
        self._speaking: list[tuple[int, Samples]] = []

    def add(self, out: Samples, start: int) -> None:
        """Add what is spoken in the block that begins at *start*; blocks come in order."""
        stop = start + len(out)
        while self._waiting and round(self._waiting[-1].start_s * RATE) < stop:
            voice = self._waiting.pop()
            self._speaking.append((round(voice.start_s * RATE), _spoken(voice)))
        for first, clip in self._speaking:
            piece = clip[max(0, start - first) : max(0, stop - first)]
            at = max(0, first - start)
            out[at : at + len(piece)] += piece
        self._speaking = [(first, clip) for first, clip in self._speaking if first + len(clip) > stop]


def _spoken(voice: Voice) -> Samples:
    """A clip at narration loudness, (n, 1), its edges eased."""
    clip, rate = audio.read(voice.path)
    if clip.ndim != 1:
        raise BadInput(f"A clip of {clip.shape[1]} channels cannot be mixed as narration.", "Give a mono file.")
    clip = audio.resample(clip, rate, RATE)
    level = loudness(clip, RATE)
    if level == SILENCE_LUFS:
        raise BadInput(
            f"The narration at {voice.start_s:.2f} s is silent.", "Change its caption or choose another voice."
        )
    clip = clip * np.float32(10 ** ((VOICE_LUFS - 10 * math.log10(2) - level) / 20))  # two channels add 3 LU
    rise, fall = (min(round(fade * RATE), len(clip) // 2) for fade in (FADE_IN_S, FADE_OUT_S))
    return np.concatenate(list(eased([clip[:, None]], len(clip), rise, fall)))


def _bed(path: Path, size: int, *, heard: bool) -> Iterator[Samples]:
    """The music at its level below a voice that is *heard*, or at the voice's own; faded where the film ends first."""
    meter, length = Meter(RATE), 0
    for block in listen.stereo(path):
        meter.feed(block)
        length += len(block)
    level = meter.lufs()
    if level == SILENCE_LUFS:
        return
    gain = np.float32(10 ** ((VOICE_LUFS + (BED_LU if heard else 0) - level) / 20))
    longer = length > size + RATE // 20
    fall = round((BED_FADE_S if longer else FADE_OUT_S) * RATE)
    yield from eased((block * gain for block in listen.stereo(path)), size, 0, fall)


def _sound_of(part: Footage) -> Iterator[Samples]:
    """What is heard of a clip of the user's own."""
    fade = round(FOOTAGE_FADE_S * RATE)
    blocks = (block * np.float32(part.volume) for block in listen.stereo(part.path, part.from_s))
    return eased(blocks, round(part.seconds * RATE), fade, fade)

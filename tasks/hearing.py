"""What a transcriber hears of a film, against the words that are spoken and lit in it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from infra.engines import engine, identity
from infra.engines.transcribe.errors import UNITS, error_rate
from infra.media import captions
from tasks.certificate import NOT_MEASURED, Against, Heard, Hearing
from tasks.master import narration_starts_s
from tasks.render import spec_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from infra.engines import Samples, Transcript
    from tasks.schema import Timeline

ABSENT = "no transcriber listened"
DEAF = "the transcriber hears that someone speaks, not what"
UNMATCHED = "no word of it was understood"
UNLIT = "captions of this style light no word"
JOINTS = {"en": " ", "zh": ""}


@dataclass(frozen=True)
class Listened:
    """The decoded sound of a film, mono, and when its first sample is played."""

    mono: Samples
    rate: int
    begins_s: float


@dataclass(frozen=True)
class Timed:
    """A word of segment number *shot* and when it begins, in seconds from the film's first picture."""

    text: str
    at_s: float
    shot: int = -1


def lit_words(timeline: Timeline) -> list[Timed]:
    """Each word of the captions when it is first lit, in the very frames that are rendered."""
    return [
        Timed(text, (timeline.cut(i) + cue.first) / timeline.fps, i)
        for i in range(len(timeline.shots))
        for cue in _cues(timeline, i)
        if (text := "".join(line.text[slice(*line.mark)] for line in cue.lines))
    ]


def spoken_words(timeline: Timeline) -> list[Timed]:
    """Each word of the narration when the manifest says that it begins."""
    return [
        Timed(word.text, start_s + word.start_ms / 1000, i)
        for i, (shot, start_s) in enumerate(zip(timeline.shots, narration_starts_s(timeline), strict=True))
        for word in shot.clip.words
    ]


def hear(timeline: Timeline, sound: Listened, transcriber: str) -> Hearing:
    """Listen to the whole film; the engine `none` measures nothing, and the certificate says so.

    Raises:
        ModelMissing: the transcriber's weights are not on this machine.
    """
    if identity("transcribe", transcriber) == "none":
        return Hearing(transcriber=NOT_MEASURED, reason=ABSENT)
    ear = engine("transcribe", transcriber)
    transcript = ear.transcribe(sound.mono, sound.rate, language=timeline.language)
    if transcript.words and not transcript.text:
        return Hearing(transcriber=ear.identity, reason=DEAF)
    return compared(timeline, transcript, sound.begins_s, ear.identity)


def compared(timeline: Timeline, transcript: Transcript, begins_s: float, transcriber: str) -> Hearing:
    """What was heard, from the sample that is played at *begins_s* on, against what was said and lit."""
    heard = [Timed(word.text, begins_s + word.start_s) for word in transcript.words]
    shots, language = timeline.shots, timeline.language
    voice = against(spoken_words(timeline), heard, language, len(shots))
    lit = against(lit_words(timeline), heard, language, len(shots))
    whole = JOINTS[language].join(shot.caption for shot in shots)
    return Hearing(
        transcriber=transcriber,
        error_rate=round(error_rate(whole, transcript.text, language), 4),
        lit=summed(list(chain(*lit)), UNLIT),
        voice=summed(list(chain(*voice))),
        segments=tuple(
            Heard(
                segment=shot.segment,
                caption=shot.caption,
                text=text,
                error_rate=round(error_rate(shot.caption, text, language), 4),
                lit=summed(lit[i], UNLIT),
                voice=summed(voice[i]),
            )
            for i, (shot, text) in enumerate(zip(shots, _texts(timeline, transcript, begins_s), strict=True))
        ),
    )


def against(words: Sequence[Timed], heard: Sequence[Timed], language: str, shots: int) -> list[list[float | None]]:
    """For each shot the distance in ms of each of its words from the same word as heard; None where it was not.

    Both sides are laid out in units (words or characters) and matched as sequences, so no word is looked for by its
    time: sound that is late is found to be late.
    """
    wanted, got = _units(words, language), _units(heard, language)
    matcher = SequenceMatcher(None, [unit for unit, _ in wanted], [unit for unit, _ in got], autojunk=False)
    same = {block.a + k: block.b + k for block in matcher.get_matching_blocks() for k in range(block.size)}
    found: list[list[float | None]] = [[] for _ in range(shots)]
    for place, (_, word) in enumerate(wanted):
        if word is not None:
            other = got[same[place]][1] if place in same else None
            found[word.shot].append(abs(word.at_s - other.at_s) * 1000 if other else None)
    return found


def summed(distances: Sequence[float | None], if_none: str = UNMATCHED) -> Against:
    """The median and the largest of those that were matched; *if_none* is said where there are no words at all."""
    known = [distance for distance in distances if distance is not None]
    if not known:
        return Against(words=len(distances), reason=UNMATCHED if distances else if_none)
    return Against(
        median_ms=round(statistics.median(known), 1),
        largest_ms=round(max(known), 1),
        matched=len(known),
        words=len(distances),
    )


def _cues(timeline: Timeline, index: int) -> tuple[captions.Cue, ...]:
    spec = spec_of(timeline, index)
    if spec.caption is None:
        return ()
    return captions.layout(spec.caption, width=spec.width, height=spec.height, fps=spec.fps, frames=spec.frames)


def _units(words: Sequence[Timed], language: str) -> list[tuple[str, Timed | None]]:
    """The units of all words; the first of each knows its word, and so when it begins."""
    units: list[tuple[str, Timed | None]] = []
    for word in words:
        units += [(unit, None if k else word) for k, unit in enumerate(UNITS[language](word.text))]
    return units


def _texts(timeline: Timeline, transcript: Transcript, begins_s: float) -> Iterator[str]:
    """What is heard of each segment: borders lie halfway between two narrations."""
    starts = narration_starts_s(timeline)
    ends = [start + shot.clip.duration_ms / 1000 for start, shot in zip(starts, timeline.shots, strict=True)]
    inner = [(end + start) / 2 for end, start in zip(ends, starts[1:], strict=False)]
    for begin, end in pairwise([float("-inf"), *inner, float("inf")]):
        inside = [w.text for w in transcript.words if begin <= begins_s + (w.start_s + w.end_s) / 2 < end]
        yield JOINTS[timeline.language].join(inside)

"""The bed: music of exactly the film's beats, composed, or made of the user's own song."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field

from infra import events, pools
from infra.engines import chosen, engine
from infra.errors import BadInput
from infra.media import audio, listen, loop, tempo
from infra.media.loudness import highest
from infra.media.onsets import Onsets, onsets
from infra.media.tape import IDENTITY, RATE, Reel
from tasks.assets import keep, path_of, scratch
from tasks.policy import step
from tasks.schema import Asset, Bed, Mood, Value

SHORTEST_S, SILENT = 2.0, 10 ** (-60 / 20)
SURE = 0.5
"""A beat is believed when more than this share of the song agrees on it."""
SAME = 0.04
LEVELS = (1, 2, 3, 1 / 2)
"""A tag may count another level of the beat than the tracker hears."""
DRIFT_S = 0.03
"""A tag is taken to the letter if its beats stay so near to those heard until the song's end."""
ASSUMED_BPM = 100.0
PEAK = 0.7
TAGS = ("tbpm", "bpm", "tmpo")
REMEDY = "Give a song of at least 2 s as WAV, FLAC, Ogg, MP3, M4A or MP4."


class Tempo(Value):
    """The beat of a song: beat k lies at `first_beat_s + k * 60 / bpm` s, by a hair before 0 at most.

    *downbeat* says which of the first beats begins a bar. *source*: the song's tag, confirmed by what was heard; what
    was heard alone (also where a tag contradicts it); or assumed, because no beat was heard (*confidence* ≤ 0.5).
    """

    bpm: float = Field(ge=40, le=220)
    first_beat_s: float = Field(ge=-tempo.BEFORE_S)
    downbeat: int = Field(0, ge=0, le=3)
    beats_per_bar: int = 4
    duration_ms: int = Field(gt=0)
    source: Literal["tag", "tracked", "assumed"]
    confidence: float = Field(ge=0, le=1)

    def assuming(self, bpm: float) -> Self:
        """The same; at *bpm*, that of the film's mood, where no beat was heard."""
        return self.model_copy(update={"bpm": bpm}) if self.source == "assumed" else self


@step(recipe="bed/1", pool="music", uses=("music",))
async def compose_bed(mood: Mood, bpm: float, beats: int, seed: int) -> Bed:
    """Compose *beats* beats at *bpm* in *mood*, with an intro and an ending."""
    bed = Bed(asset=await pools.run("music", _compose, mood, bpm, beats, seed), bpm=bpm, beats=beats)
    events.emit("bed.composed", bed=bed)
    return bed


@step(recipe=f"tempo/1:{IDENTITY}", pool="music")
async def hear_music(song: Asset) -> Tempo:
    """The tempo, the first beat and the bar of a song.

    Raises:
        BadInput: the file is not sound, is silent, or lasts less than 2 s.
    """
    return await pools.run("music", _hear, song)


@step(recipe=f"loop/1:{IDENTITY}", pool="music")
async def loop_bed(song: Asset, tempo: Tempo, beats: int) -> Bed:
    """A bed of *beats* beats from a song: from a downbeat on, looped on a bar where too short, faded at the end."""
    bed = Bed(asset=await pools.run("music", _loop, song, tempo, beats), bpm=tempo.bpm, beats=beats)
    events.emit("bed.composed", bed=bed)
    return bed


def _compose(mood: Mood, bpm: float, beats: int, seed: int) -> Asset:
    composer = engine("music", chosen("music"))
    samples = composer.compose(mood, bpm=bpm, beats=beats, seed=seed)
    with scratch(".flac") as path:
        audio.write_flac(path, samples, composer.rate)
        return keep(path, "audio/flac")


def _hear(song: Asset) -> Tempo:
    path = path_of(song)
    try:
        heard, tag = onsets(listen.stereo(path)), tagged_bpm(listen.tags_of(path))
    except BadInput as error:
        raise BadInput(f"The song ({song.media_type}, {song.size_bytes:,} bytes) cannot be heard.", REMEDY) from error
    if heard.seconds < SHORTEST_S:
        raise BadInput(f"The song lasts {heard.seconds:.1f} s.", REMEDY)
    if heard.peak < SILENT:
        raise BadInput(f"The song is silent for all of its {heard.seconds:.0f} s.", "Give a song that can be heard.")
    pulse, source = _decided(heard, tag)
    return Tempo(
        bpm=pulse.bpm,
        first_beat_s=pulse.first_beat_s,
        downbeat=pulse.downbeat,
        duration_ms=round(heard.seconds * 1000),
        source=source,
        confidence=pulse.confidence,
    )


def tagged_bpm(tags: dict[str, str]) -> float | None:
    """The tempo that a file's tags name, if any of sense."""
    for name in TAGS:
        number = re.search(r"\d+(?:[.,]\d+)?", tags.get(name, ""))
        if number and 20 <= float(number[0].replace(",", ".")) <= 440:
            return tempo.in_range(float(number[0].replace(",", ".")))
    return None


def _decided(heard: Onsets, tag: float | None) -> tuple[tempo.Pulse, Literal["tag", "tracked", "assumed"]]:
    """What is believed of the tag and of the ear."""
    pulse = tempo.pulse(heard)
    sure = pulse.confidence > SURE
    if tag and any(abs(tag / level / pulse.bpm - 1) <= SAME for level in LEVELS):
        near = tempo.pulse(heard, tag)
        exact = abs(tag / near.bpm - 1) * heard.seconds < DRIFT_S
        return (tempo.pulse_at(heard, tag) if exact else near), "tag"
    if tag and not sure:
        return tempo.pulse_at(heard, tag), "tag"
    if sure:
        return pulse, "tracked"
    return tempo.Pulse(ASSUMED_BPM, 0, 0, pulse.confidence), "assumed"


def _loop(song: Asset, heard: Tempo, beats: int) -> Asset:
    beat = 60 / heard.bpm * RATE
    grid = loop.Grid(heard.first_beat_s * RATE + heard.downbeat * beat, heard.beats_per_bar * beat, heard.beats_per_bar)
    with scratch(".flac") as path, Reel(path.parent) as reel:
        size = round(beats * 60 / heard.bpm * RATE)
        peak = _recorded(song, reel, grid.at(loop.OPENING_BARS) + size)
        gain = PEAK / max(peak, PEAK)  # a crossfade may add 3 dB
        audio.write_flac_blocks(path, (block * gain for block in loop.looped(reel, grid, size)))
        return keep(path, "audio/flac")


def _recorded(song: Asset, reel: Reel, size: int) -> float:
    """Put what is needed of a song on a reel; return its highest sample."""
    peak = 0.0
    for block in listen.stereo(path_of(song)):
        reel.append(block)
        peak = max(peak, highest(block))
        if len(reel) >= size:
            break
    return peak

"""The narration: one spoken clip for each segment, with the time of each word."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from infra import events, pools
from infra.engines import Speech, chosen, engine
from infra.errors import BadInput, EngineFailed
from infra.media import audio, stretch
from infra.media.loudness import SILENCE_LUFS, loudness
from tasks.assets import keep, path_of, scratch
from tasks.policy import step
from tasks.schema import Asset, Clip, Language, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.engines import Samples


@step(recipe="clip/2", pool="speech", uses=("speech",))
async def speak(caption: str, language: Language, voice: str) -> Clip:
    """Speak a caption.

    Raises:
        EngineFailed: nothing was to be heard; a film is never quietly wordless.
    """
    clip = await pools.run("speech", _spoken, caption, language, voice)
    events.emit("clip.spoken", caption=caption, clip=clip)
    return clip


async def fitted(clips: Sequence[Clip], paces: Sequence[float]) -> tuple[Clip, ...]:
    """Each clip at its pace; where that is 1 the clip itself, for nothing."""
    return tuple(await asyncio.gather(*[_at(clip, pace) for clip, pace in zip(clips, paces, strict=True)]))


@step(recipe=f"fitted/1:{stretch.IDENTITY}", pool="render")
async def fit_clip(clip: Clip, pace: float) -> Clip:
    """The clip at *pace* (0.92 to 1.08; 1.08 is 8 % faster), pitch as it was, its words at their new times.

    Raises:
        BadInput: the clip was fitted before, or *pace* is out of range.
    """
    return clip if pace == 1 else await pools.run("render", _fit, clip, pace)


async def _at(clip: Clip, pace: float) -> Clip:
    return clip if pace == 1 else await fit_clip(clip, pace)


def _spoken(caption: str, language: Language, voice: str) -> Clip:
    spoken = engine("speech", chosen("speech")).speak(caption, language=language, voice=voice)
    if not len(spoken.samples) or loudness(spoken.samples, spoken.rate) == SILENCE_LUFS:
        raise EngineFailed(f"The voice {voice} said nothing for “{caption}”.", "Change the words or the voice.")
    return _measured(spoken, voice)


def _measured(spoken: Speech, voice: str) -> Clip:
    return Clip(
        asset=_kept(spoken.samples, spoken.rate),
        duration_ms=_milliseconds(spoken.samples, spoken.rate),
        voice=voice,
        pace=1,
        words=tuple(
            Word(text=word.text, start_ms=round(word.start_s * 1000), end_ms=round(word.end_s * 1000))
            for word in spoken.words
        ),
    )


def _fit(clip: Clip, pace: float) -> Clip:
    if clip.pace != 1:
        raise BadInput(f"A clip at pace {clip.pace:g} cannot be fitted again.", "Fit the clip as it was spoken.")
    samples, rate = audio.read(path_of(clip.asset))
    faster = stretch.stretched(samples, rate, pace)
    return Clip(
        asset=_kept(faster, rate),
        duration_ms=_milliseconds(faster, rate),
        voice=clip.voice,
        pace=pace,
        words=tuple(
            Word(text=word.text, start_ms=round(word.start_ms / pace), end_ms=round(word.end_ms / pace))
            for word in clip.words
        ),
    )


def _kept(samples: Samples, rate: int) -> Asset:
    with scratch(".flac") as path:
        audio.write_flac(path, samples, rate)
        return keep(path, "audio/flac")


def _milliseconds(samples: Samples, rate: int) -> int:
    """How long a clip lasts, in whole milliseconds that hold all of it."""
    return -(-len(samples) * 1000 // rate)

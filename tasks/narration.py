"""The narration: one spoken clip for each segment, with the time of each word."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from infra import events, pools
from infra.engines import Speech, engine
from infra.media import audio
from infra.settings import settings
from tasks.assets import keep, scratch
from tasks.policy import step
from tasks.schema import Clip, Language, Word
from tasks.timeline import pace_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.schema import Anchor, Brief, Segment


@step(recipe="clip/1", pool="speech", uses=("speech",))
async def speak(caption: str, language: Language, voice: str, pace: float = 1.0) -> Clip:
    """Speak a caption; *pace* 1.08 is 8 % faster."""
    spoken = await pools.run("speech", _speak, caption, language, voice, pace)
    clip = _measured(spoken, voice, pace)
    events.emit("clip.spoken", caption=caption, clip=clip)
    return clip


async def in_time(script: Sequence[Segment], clips: Sequence[Clip], anchor: Anchor, brief: Brief) -> tuple[Clip, ...]:
    """The clips, spoken again a little faster or slower when that brings the film within 10 % of its length."""
    pace = pace_for([clip.duration_ms for clip in clips], anchor.bpm, brief.fps, brief.seconds)
    if pace == 1.0:
        return tuple(clips)
    again = [speak.run(f"{s.id} ×{pace:g}", s.caption, anchor.language, anchor.voice, pace) for s in script]
    return tuple(await asyncio.gather(*again))


def _speak(caption: str, language: Language, voice: str, pace: float) -> Speech:
    return engine("speech", settings().speech).speak(caption, language=language, voice=voice, pace=pace)


def _measured(spoken: Speech, voice: str, pace: float) -> Clip:
    with scratch(".flac") as path:
        audio.write_flac(path, spoken.samples, spoken.rate)
        asset = keep(path, "audio/flac")
    return Clip(
        asset=asset,
        duration_ms=-(-len(spoken.samples) * 1000 // spoken.rate),
        voice=voice,
        pace=pace,
        words=tuple(
            Word(text=word.text, start_ms=round(word.start_s * 1000), end_ms=round(word.end_s * 1000))
            for word in spoken.words
        ),
    )

"""The timeline: the voice decides how long a shot lasts, the beat decides where it may cut."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from infra import events
from tasks.schema import Motion, Shot, Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.schema import Anchor, Brief, Clip, Frame, Segment

FADE_S = 0.4
LEAD_MS = 300
OPENING_MS = 600
BREATH_MS = 350
CLOSING_MS = 1400
SPARE_BEATS = 3
TOLERANCE = 0.10
MAX_PACE, MIN_PACE = 1.08, 0.92

MOTIONS: tuple[Motion, ...] = ("push", "pan_right", "pull", "tilt_up", "pan_left", "push", "tilt_down")


def canvas(aspect: str, height: int) -> tuple[int, int]:
    """Width and height in pixels; *height* is the shorter side. Both are even, as 4:2:0 wants."""
    long_side = round(height * 16 / 9 / 2) * 2
    return {"16:9": (long_side, height), "9:16": (height, long_side), "1:1": (height, height)}[aspect]


def lead_ms(index: int) -> int:
    """Picture before the narration of shot *index*."""
    return LEAD_MS if index else OPENING_MS


def needed_ms(durations_ms: Sequence[int]) -> list[int]:
    """Shortest length of each shot: lead, narration, and a breath (a longer one at the end of the film)."""
    last = len(durations_ms) - 1
    return [lead_ms(i) + duration + (CLOSING_MS if i == last else BREATH_MS) for i, duration in enumerate(durations_ms)]


def beats_for(durations_ms: Sequence[int], bpm: float, fps: int, seconds: float) -> list[int]:
    """Whole beats for each shot: never less than its narration needs, spread to come near *seconds*.

    At most `SPARE_BEATS` are added to a shot; the last shot gets them first, then those with the least slack.
    """
    needed = needed_ms(durations_ms)
    beat_ms = 60_000 / bpm
    frame_ms = 1000 / fps
    beats = [math.ceil((need + frame_ms) / beat_ms) for need in needed]
    slack = [count * beat_ms - need for count, need in zip(beats, needed, strict=True)]
    order = sorted(range(len(beats)), key=lambda i: (i != len(beats) - 1, slack[i], i))
    spare = max(0, round(seconds * 1000 / beat_ms) - sum(beats))
    for turn in range(min(spare, SPARE_BEATS * len(beats))):
        beats[order[turn % len(beats)]] += 1
    return beats


def pace_for(durations_ms: Sequence[int], bpm: float, fps: int, seconds: float) -> float:
    """The pace, within ±8 % and nearest to 1, at which the film comes within 10 % of *seconds*, or nearest to it."""
    candidates = [1.0] + [1 + sign * percent / 100 for percent in range(2, 9, 2) for sign in (1, -1)]
    misses = [_miss([round(d / pace) for d in durations_ms], bpm, fps, seconds) for pace in candidates]
    for pace, miss in zip(candidates, misses, strict=True):
        if miss <= TOLERANCE * 0.8:
            return pace
    return candidates[min(range(len(candidates)), key=misses.__getitem__)]


def _miss(durations_ms: Sequence[int], bpm: float, fps: int, seconds: float) -> float:
    total = sum(beats_for(durations_ms, bpm, fps, seconds)) * 60 / bpm
    return abs(total / seconds - 1)


def lay_timeline(
    segments: Sequence[Segment],
    frames: Sequence[Frame],
    clips: Sequence[Clip],
    size: tuple[int, int],
    anchor: Anchor,
    brief: Brief,
) -> Timeline:
    """Shots of whole beats over *segments*; cuts on beats, crossfades between shots, narration never cut."""
    beats = beats_for([clip.duration_ms for clip in clips], anchor.bpm, brief.fps, brief.seconds)
    shots = tuple(
        Shot(
            segment=segment.id,
            beats=beats[i],
            motion=MOTIONS[(anchor.seed + i) % len(MOTIONS)],
            transition=brief.transition if i else "cut",
            transition_frames=round(FADE_S * brief.fps) if i and brief.transition != "cut" else 0,
            lead_ms=lead_ms(i),
            caption=segment.caption,
            frame=frames[i],
            clip=clips[i],
        )
        for i, segment in enumerate(segments)
    )
    timeline = Timeline(
        width=size[0],
        height=size[1],
        fps=brief.fps,
        bpm=anchor.bpm,
        language=anchor.language,
        caption_style=brief.caption_style,
        quality=brief.quality,
        encoder=brief.encoder,
        shots=shots,
    )
    events.emit("timeline.laid", timeline=timeline)
    return timeline

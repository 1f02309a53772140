"""The timeline: the voice decides how long a shot lasts, the beat decides where it may cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra import events
from tasks.beats import BeatPlan, Need, solve, tempi
from tasks.schema import Motion, Shot, Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.schema import Anchor, Brief, Clip, Edits, Frame, Segment, Transition

TRANSITION_S = 0.4
LEAD_MS = 300
OPENING_MS = 600
BREATH_MS = 350
CLOSING_MS = 1400

MOTIONS: tuple[Motion, ...] = (
    "parallax_right", "push", "parallax_left", "tilt_up", "parallax_push", "pan_right", "pull",
)  # fmt: skip


def canvas(aspect: str, height: int) -> tuple[int, int]:
    """Width and height in pixels; *height* is the shorter side. Both are even, as 4:2:0 wants."""
    long_side = round(height * 16 / 9 / 2) * 2
    return {"16:9": (long_side, height), "9:16": (height, long_side), "1:1": (height, height)}[aspect]


def lead_ms(index: int) -> int:
    """Picture before the narration of shot *index*."""
    return LEAD_MS if index else OPENING_MS


def plan_beats(
    segments: Sequence[Segment], clips: Sequence[Clip], anchor: Anchor, brief: Brief, edits: Edits
) -> BeatPlan:
    """Beats and pace for each shot, and the film's tempo.

    The tempo is free where nobody asked for one: then beats become whole frames. A shot of a film that is edited keeps
    the beats it had where its narration still fits. Shots that a human added make the film longer than was asked for.

    Raises:
        BadInput: a shot's narration does not fit into the beats that were asked for it.
    """
    before = edits.timing
    asked = edits.music is not None or brief.music is not None or (edits.bpm or brief.bpm) is not None
    allowed = tempi(anchor.bpm, brief.fps, free=not asked)
    if before and before.bpm in allowed:
        allowed = (before.bpm,)
    kept = before.beats if before and before.bpm in allowed else {}
    last = len(segments) - 1
    needs = [
        Need(
            narration_ms=clip.duration_ms,
            silence_ms=lead_ms(i) + (CLOSING_MS if i == last else BREATH_MS),
            kept=kept.get(segment.id),
            asked=edits.beats.get(segment.id),
        )
        for i, (segment, clip) in enumerate(zip(segments, clips, strict=True))
    ]
    added = (need for segment, need in zip(segments, needs, strict=True) if segment.id in edits.added)
    longer_ms = sum(need.narration_ms + need.silence_ms for need in added)
    return solve(needs, brief.seconds * 1000 + longer_ms, allowed, brief.fps)


def lay_timeline(
    segments: Sequence[Segment],
    frames: Sequence[Frame],
    clips: Sequence[Clip],
    plan: BeatPlan,
    size: tuple[int, int],
    anchor: Anchor,
    brief: Brief,
    edits: Edits,
) -> Timeline:
    """Shots of whole beats over *segments*; cuts on beats, transitions between shots, narration never cut."""
    shots = tuple(
        Shot(
            segment=segment.id,
            beats=plan.beats[i],
            motion=edits.motions.get(segment.id) or motion_of(segment, frames[i], anchor.seed),
            lead_ms=lead_ms(i),
            caption=segment.caption,
            frame=frames[i],
            clip=clips[i],
            **_coming_in(i, edits.transitions.get(segment.id, brief.transition), plan, brief.fps),
        )
        for i, segment in enumerate(segments)
    )
    timeline = Timeline(
        width=size[0],
        height=size[1],
        fps=brief.fps,
        bpm=plan.bpm,
        language=anchor.language,
        caption_style=edits.caption_style or brief.caption_style,
        quality=edits.quality or brief.quality,
        encoder=brief.encoder,
        shots=shots,
    )
    events.emit("timeline.laid", timeline=timeline, stretch_ms=round(plan.stretch_ms), miss_ms=round(plan.miss_ms))
    return timeline


def motion_of(segment: Segment, frame: Frame, seed: int) -> Motion:
    """The camera move of a shot: it stays with its segment, wherever that is moved. A clip moves by itself."""
    return "hold" if frame.footage else MOTIONS[(seed + int(segment.id[1:]) - 1) % len(MOTIONS)]


def _coming_in(index: int, wanted: Transition, plan: BeatPlan, fps: int) -> dict[str, str | int]:
    """The transition into a shot and its frames: the film begins with a cut, and none outlasts half of its shots."""
    if index == 0 or wanted == "cut":
        return {"transition": "cut", "transition_frames": 0}
    shortest = min(plan.beats[index - 1], plan.beats[index]) * 60 * fps / plan.bpm
    frames = min(round(TRANSITION_S * fps), int(shortest / 2))
    return {"transition": wanted if frames else "cut", "transition_frames": frames}

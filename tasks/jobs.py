"""What the modality jobs tell while they work, and what they make of what they are given."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, ParamSpec

from prefect.runtime import flow_run

from infra import events
from infra.errors import UnknownName
from infra.media import captions
from tasks.anchor import choose_voice, looks
from tasks.asks import GivenClip, GivenFrame, Line, Linked, Part, VideoTimeline
from tasks.schema import Brief
from tasks.showing import first_error
from tasks.timeline import BREATH_MS, CLOSING_MS, lead_ms

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tasks.master import Master
    from tasks.schema import Anchor, Clip, Frame, Segment, Timeline

P = ParamSpec("P")
Content = dict[str, Any]
"""JSON for a small client."""


def job(body: Callable[P, Awaitable[Content]]) -> Callable[P, Awaitable[Content]]:
    """Wrap a job's flow: its last phase is `final`, with what it returns; of a group of errors it raises the first."""

    @functools.wraps(body)
    async def run(*args: P.args, **kwargs: P.kwargs) -> Content:
        events.run.set(str(flow_run.get_id()))
        try:
            content = await body(*args, **kwargs)
        except BaseExceptionGroup as group:
            raise first_error(group) from None
        tell("final", content)
        return content

    return run


def tell(phase: str, content: Content) -> None:
    """Say how far the job is."""
    events.emit("job.phase", phase=phase, content=content)


def plain(part: Part) -> Content:
    """*part* as JSON has it, without what is not known."""
    return part.model_dump(mode="json", by_alias=True, exclude_none=True)


def check(anchor: Anchor) -> None:
    """See that this machine knows what a given anchor names.

    Raises:
        UnknownName: there is no such look, or no such voice for its language.
    """
    known = [name for name in looks() if name not in {"palettes", "bpm"}]
    if anchor.look not in known:
        raise UnknownName("look", anchor.look, known)
    choose_voice(anchor.voice, anchor.language)


class Growing:
    """A list that is told whenever a part is added to it: always from its first part on, in its own order."""

    def __init__(self, phase: str, name: str, order: Sequence[str]) -> None:
        self.phase, self.name, self.order = phase, name, order
        self.parts: dict[str, Content] = {}

    def add(self, part: GivenFrame | GivenClip | Line) -> None:
        """Add *part*, or put it in the place of the one with its id."""
        self.parts[part.id] = plain(part)
        tell(self.phase, self.content)

    @property
    def content(self) -> Content:
        """The list so far."""
        return {self.name: [self.parts[name] for name in self.order if name in self.parts]}


def brief_of(timeline: VideoTimeline) -> Brief:
    """The brief of a film like *timeline*: as long as its clips with their silences."""
    clips = timeline.clips
    silence_ms = lead_ms(0) + (len(clips) - 1) * (lead_ms(1) + BREATH_MS) + CLOSING_MS
    seconds = (sum(clip.duration_ms for clip in clips) + silence_ms) / 1000
    return Brief(
        topic=timeline.title or timeline.anchor.topic,
        seconds=min(600, max(5, seconds)),
        aspect=timeline.aspect,
        height=timeline.height,
        fps=timeline.fps,
        bpm=timeline.bpm,
    )


def parts_of(timeline: VideoTimeline) -> tuple[list[Segment], list[Frame], list[Clip]]:
    """The segments of *timeline*, with the picture and the clip of each.

    Raises:
        BadInput: a caption has characters that no face on this machine can show.
    """
    anchor = timeline.anchor
    frames = {given.id: given.frame for given in timeline.frames}
    clips = {given.id: given.clip(anchor.voice) for given in timeline.clips}
    segments = [given.segment(anchor) for given in timeline.segments]
    for segment in segments:
        captions.check(segment.caption, anchor.language)
    return segments, [frames[s.id] for s in segments], [clips[s.id] for s in segments]


def laid(timeline: Timeline) -> Content:
    """A timeline for a small client: when each segment is shown."""
    starts = [round(timeline.cut(i) * 1000 / timeline.fps) for i in range(len(timeline.shots) + 1)]
    shots = [
        {"id": shot.segment, "startMs": starts[i], "durationMs": starts[i + 1] - starts[i], "beats": shot.beats}
        for i, shot in enumerate(timeline.shots)
    ]
    return {"bpm": timeline.bpm, "fps": timeline.fps, "durationMs": starts[-1], "shots": shots}


def shown(master: Master, timeline: Timeline) -> Content:
    """A finished video."""
    return {
        "video": plain(Linked.to(master.video)),
        "captions": plain(Linked.to(master.captions_vtt)),
        "durationMs": round(timeline.duration_ms),
    }

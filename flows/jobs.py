"""The modality jobs: each makes one part of a film by the same steps, and tells small clients how far it is."""

from asyncio import TaskGroup
from typing import Annotated, Any

from prefect import Flow, flow
from pydantic import Field

from infra.hashing import digest
from tasks.anchor import directed, set_anchor
from tasks.asks import (
    AudioAsk,
    CaptionAsk,
    GivenClip,
    GivenFrame,
    Line,
    PictureAsk,
    Seconds,
    StoryboardAsk,
    VideoTimeline,
)
from tasks.drafting import behind, draft_frame, guessed_ms, small_brush
from tasks.jobs import Content, Growing, brief_of, check, job, laid, parts_of, plain, shown, tell
from tasks.master import join_shots, make_sound
from tasks.narration import fitted, speak
from tasks.render import render_shot
from tasks.schema import Anchor, Aspect, Brief, Edits, Height, Language, RenderedShot
from tasks.screenplay import draft_script, outline_script, planned, refine_script
from tasks.storyboard import brush_for, draw_frame
from tasks.timeline import canvas, lay_timeline, plan_beats

NO_EDITS = Edits()


@flow(name="anchor", flow_run_name="anchor: {topic}")
@job
async def make_anchor(topic: str, style: str = "warm documentary", language: Language | None = None) -> Content:
    """Choose the look, tone, voice, mood and tempo that every other job is given."""
    anchor = await set_anchor(Brief(topic=topic, style=style, language=language))
    return anchor.model_dump(mode="json")


@flow(name="text", flow_run_name="text: {anchor.topic}")
@job
async def write_text(anchor: Anchor, length: Seconds) -> Content:
    """Write a script for a film of *length* seconds: a draft, then segment after segment as it is refined."""
    check(anchor)
    order = [f"s{n}" for n in range(1, planned(anchor, length).segments + 1)]
    draft, script = Growing("draft", "segments", order), Growing("final", "segments", order)
    async with TaskGroup() as group:
        drafting = group.create_task(_drafted(anchor, length, draft))
        outline = await behind(drafting, lambda: outline_script(anchor, length))
        async for segment in refine_script(anchor, length, outline, NO_EDITS):
            group.create_task(_timed(script, anchor, Line.model_validate(segment.model_dump())))
    return {"title": outline.title, **script.content}


async def _drafted(anchor: Anchor, length: float, draft: Growing) -> None:
    async with TaskGroup() as group:

        def take(segment: str, caption: str) -> None:
            group.create_task(_timed(draft, anchor, Line(id=segment, caption=caption)))

        drafted = await draft_script(anchor, length, take)
    tell("draft", {"title": drafted.title, **draft.content})


async def _timed(lines: Growing, anchor: Anchor, line: Line) -> None:
    """Add *line* once it is known how long the voice will need for it."""
    milliseconds = await guessed_ms(line.caption, anchor.language, anchor.voice)
    lines.add(line.model_copy(update={"duration_ms": milliseconds}))


@flow(name="image-storyboard", flow_run_name="image-storyboard: {anchor.topic}")
@job
async def draw_storyboard(
    anchor: Anchor,
    frames: Annotated[tuple[PictureAsk, ...], Field(min_length=1)],
    aspect: Aspect = "16:9",
    height: Height = 1080,
) -> Content:
    """Draw pictures of one look: small ones at once, then those of the film."""
    check(anchor)
    ask = StoryboardAsk(anchor=anchor, frames=frames, aspect=aspect, height=height)
    wanted = [(str(frame.id), frame.text) for frame in ask.frames]
    order, brush = [name for name, _ in wanted], brush_for(anchor, canvas(aspect, height))
    draft, final = Growing("draft", "frames", order), Growing("final", "frames", order)

    async def sketched(name: str, text: str) -> None:
        draft.add(GivenFrame.of(name, await draft_frame.run(name, text, small_brush(brush))))

    async def drawn(name: str, text: str) -> None:
        final.add(GivenFrame.of(name, await draw_frame.run(name, text, brush)))

    for make in (sketched, drawn):
        async with TaskGroup() as group:
            for name, text in wanted:
                group.create_task(make(name, text))
    return final.content


@flow(name="audio", flow_run_name="audio: {anchor.topic}")
@job
async def speak_audio(anchor: Anchor, segments: Annotated[tuple[CaptionAsk, ...], Field(min_length=1)]) -> Content:
    """Speak captions, each a clip with the times of its words."""
    check(anchor)
    ask = AudioAsk(anchor=anchor, segments=segments)

    async def spoken(name: str, caption: str) -> Content:
        clip = plain(GivenClip.of(name, await speak.run(name, caption, anchor.language, anchor.voice)))
        tell("clip", clip)
        return clip

    async with TaskGroup() as group:
        speaking = [group.create_task(spoken(str(part.id), part.caption)) for part in ask.segments]
    clips = [clip.result() for clip in speaking]
    return {"clips": clips, "voice": anchor.voice, "durationMs": sum(clip["durationMs"] for clip in clips)}


@flow(name="video", flow_run_name="video: {timeline.anchor.topic}")
@job
async def render_video(timeline: VideoTimeline) -> Content:
    """Lay pictures and clips on beats, with music and captions, and join them into a video."""
    check(timeline.anchor)
    brief = brief_of(timeline)
    direction = directed(timeline.anchor, brief, NO_EDITS)
    segments, frames, clips = parts_of(timeline)
    plan = plan_beats(segments, clips, direction, brief, NO_EDITS)
    fitting = await fitted(clips, plan.paces)
    size = canvas(brief.aspect, brief.height)
    line = lay_timeline(segments, frames, fitting, plan, size, direction, brief, NO_EDITS)
    tell("timeline", laid(line))

    done = 0

    async def rendered(index: int) -> RenderedShot:
        nonlocal done
        shot = await render_shot(line, index)
        done += 1
        tell("shot", {"done": done, "of": len(line.shots)})
        return shot

    async with TaskGroup() as group:
        sound = group.create_task(make_sound(line, direction))
        shots = [group.create_task(rendered(index)) for index in range(len(line.shots))]
    master = await join_shots(
        brief.topic, line, tuple(shot.result() for shot in shots), sound.result().asset, digest(line)
    )
    return shown(master, line)


JOBS: dict[str, Flow[..., Any]] = {
    "anchor": make_anchor,
    "text": write_text,
    "image-storyboard": draw_storyboard,
    "audio": speak_audio,
    "video": render_video,
}
"""The deployment of each modality job → its flow."""

"""The draft of a film: words, small pictures and a timeline to play, while the script itself is being written.

line ─┬─ small picture ─┐
      └─ length guessed ┴─ beats          each line from the moment it is whole
"""

from __future__ import annotations

from asyncio import TaskGroup, wait
from functools import partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field

from infra import events, pools
from infra.engines import chosen, engine
from infra.errors import BadInput
from tasks.anchor import directed
from tasks.assets import keep_picture
from tasks.beats import Need, solve, tempi
from tasks.numbering import in_order
from tasks.policy import step
from tasks.schema import Edits, Frame, Value
from tasks.screenplay import draft_ahead, draft_script, drafted_segments, planned
from tasks.storyboard import Brush, drawn
from tasks.timeline import BREATH_MS, CLOSING_MS, LEAD_MS, lead_ms
from tasks.writing.plan import LETTERS_PER_SECOND

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import Awaitable, Callable, Sequence

    from tasks.schema import Anchor, Brief, Language
    from tasks.screenplay import OnLine
    from tasks.script import Draft
    from tasks.writing.plan import Plan

    Writing = Callable[[Anchor, float, OnLine], Awaitable[Draft | None]]
    Drawing = Callable[[str, str, Brush], Awaitable[Frame | None]]

NO_EDITS = Edits()
T = TypeVar("T")
LONG_SIDE = 426
"""Most pixels of a draft's picture along a side: drawn in a tenth of a second."""


class DraftShot(Value):
    """One line of the draft on the screen; it stands for *segments* of the film."""

    segment: str
    caption: str
    segments: int
    frame: Frame
    duration_ms: int = Field(gt=0, description="how long the line will take to say, about")


async def guessed_ms(caption: str, language: Language, voice: str) -> int:
    """About how long *voice* will need to say *caption*."""
    return await pools.run("speech", _duration_ms, caption, language, voice)


async def behind(first: Task[None] | None, work: Callable[[], Awaitable[T]]) -> T:
    """What *work* gives, which is begun when *first*, if there is one, has ended."""
    if first:
        await wait({first})
    return await work()


async def draft_film(anchor: Anchor, direction: Anchor, brief: Brief, edits: Edits, brush: Brush) -> None:
    """Tell of the draft as it comes: its lines, a picture for each, and at its end a timeline that can be played.

    A line that a human has changed is shown as changed. Nothing in the film depends on the draft; one that fails fails
    the film, for the film needs the same engines.
    """
    write = partial(draft_script, added=tuple(in_order(edits.added)))
    await _drafted(anchor, direction, brief, edits, brush, write, draft_frame.run)


async def draft_film_ahead(anchor: Anchor, brief: Brief, brush: Brush) -> None:
    """The same, begun before the flow is there; what the cache has or another process is at is left to the flow.

    Both tell the same, and the log keeps it once.
    """

    async def draw(_segment: str, caption: str, small: Brush) -> Frame | None:
        return await draft_frame.ahead(caption, small)

    await _drafted(anchor, directed(anchor, brief, NO_EDITS), brief, NO_EDITS, brush, draft_ahead, draw)


async def _drafted(
    anchor: Anchor, direction: Anchor, brief: Brief, edits: Edits, brush: Brush, write: Writing, draw: Drawing
) -> None:
    small, plan = small_brush(brush), planned(anchor, brief.seconds)
    shots: dict[str, Task[DraftShot | None]] = {}
    stands_for = drafted_segments(plan)
    async with TaskGroup() as group:

        def begin(segment: str, line: str) -> None:
            caption = edits.captions.get(segment, line)
            events.emit("segment.drafted", segment=segment, caption=caption)
            shots[segment] = group.create_task(_shot(segment, caption, stands_for[segment], direction, small, draw))

        written = await write(anchor, brief.seconds, begin)
    shown = [shot for task in shots.values() if (shot := task.result())]
    if written and len(shown) == len(shots):
        lay_draft(shown, plan, direction, brief, edits)


def small_brush(brush: Brush) -> Brush:
    """The brush for a draft: the same look and shape, at most `LONG_SIDE` pixels along a side."""
    share = LONG_SIDE / max(brush.width, brush.height, LONG_SIDE)
    width, height = (round(side * share / 2) * 2 for side in (brush.width, brush.height))
    return brush.model_copy(update={"width": width, "height": height})


@step(recipe="draft-frame/1", uses=("image", "embed"))
async def draft_frame(caption: str, brush: Brush) -> Frame:
    """A small picture of what a line says, without layers."""
    return await pools.run("image", _draw, caption, brush)


def lay_draft(shots: Sequence[DraftShot], plan: Plan, direction: Anchor, brief: Brief, edits: Edits) -> None:
    """Lay the draft on beats as the film will be, and tell of it."""
    asked = (edits.music or brief.music) is not None or (edits.bpm or brief.bpm) is not None
    allowed = tempi(direction.bpm, brief.fps, free=not asked)
    solved = solve(_needs(shots, plan), brief.seconds * 1000, allowed, brief.fps)
    frames = (int(beat * 60 * brief.fps / solved.bpm + 0.5) for beat in accumulate(solved.beats, initial=0))
    cuts = [frame * 1000 / brief.fps for frame in frames]
    told = [
        {
            "segment": shot.segment,
            "start_ms": round(start),
            "duration_ms": round(end) - round(start),
            "beats": beats,
            "caption": shot.caption,
            "asset": shot.frame.asset,
        }
        for shot, beats, (start, end) in zip(shots, solved.beats, pairwise(cuts), strict=True)
    ]
    events.emit("timeline.drafted", bpm=solved.bpm, fps=brief.fps, duration_ms=round(cuts[-1]), shots=told)


def _needs(shots: Sequence[DraftShot], plan: Plan) -> list[Need]:
    """What each shot holds; one that stands for a chapter holds what its segments are planned to hold."""
    last = len(shots) - 1
    return [
        Need(
            narration_ms=_narration_ms(shot, plan),
            silence_ms=lead_ms(i)
            + (shot.segments - 1) * (LEAD_MS + BREATH_MS)
            + (CLOSING_MS if i == last else BREATH_MS),
        )
        for i, shot in enumerate(shots)
    ]


def _narration_ms(shot: DraftShot, plan: Plan) -> float:
    """The line's own length; for a chapter, its planned letters at the pace of the line."""
    if shot.segments == 1:
        return shot.duration_ms
    return shot.duration_ms / len(shot.caption) * plan.letters * shot.segments / plan.segments


async def _shot(
    segment: str, caption: str, segments: int, direction: Anchor, brush: Brush, draw: Drawing
) -> DraftShot | None:
    async with TaskGroup() as group:
        length = group.create_task(guessed_ms(caption, direction.language, direction.voice))
        frame = await draw(segment, caption, brush)
    if frame is None:
        return None
    events.emit("frame.drafted", segment=segment, asset=frame.asset, width=frame.width, height=frame.height)
    return DraftShot(segment=segment, caption=caption, segments=segments, frame=frame, duration_ms=length.result())


def _draw(caption: str, brush: Brush) -> Frame:
    return Frame(asset=keep_picture(drawn(caption, brush).pixels), width=brush.width, height=brush.height)


def _duration_ms(caption: str, language: Language, voice: str) -> int:
    """How long the voice will need for *caption*; what has no sound is counted by its letters."""
    try:
        seconds = engine("speech", chosen("speech")).seconds(caption, language=language, voice=voice)
    except BadInput:
        seconds = len(caption) / LETTERS_PER_SECOND[language]
    return max(1, round(seconds * 1000))

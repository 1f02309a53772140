"""The screenplay's steps: a draft to see at once, an outline, then segment after segment as they are refined."""

from __future__ import annotations

from asyncio import TaskGroup, ensure_future
from typing import TYPE_CHECKING

from infra import events, pools
from infra.engines import chosen, engine
from infra.media import captions
from tasks import script
from tasks.numbering import check_added, check_named, in_order, written_ids
from tasks.policy import step
from tasks.schema import Anchor, Brief, Edits, Language, Media, Segment
from tasks.script import Draft, Outline, Plan
from tasks.writing.lines import lines_of

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import AsyncIterator, Callable
    from typing import Any

    from tasks.writing.lines import Lines

    OnLine = Callable[[str, str], None]


def planned(anchor: Anchor, seconds: float) -> Plan:
    """How much is to be said in *seconds*."""
    return script.plan(seconds, anchor.language, bpm=anchor.bpm)


def given_media(brief: Brief, edits: Edits, segments: int) -> dict[str, Media]:
    """The user's own pictures and clips, by the segment that shows them.

    Raises:
        BadInput: the brief or the edits speak of a segment that the film does not have, or add one that it has.
    """
    written = written_ids(segments)
    check_added(edits, written)
    check_named(edits.model_copy(update={"media": brief.media | edits.media}), written)
    return brief.media | edits.media


def writer(anchor: Anchor) -> Anchor:
    """The anchor as the writer knows it: the same script for every voice."""
    return anchor.model_copy(update={"voice": ""})


async def draft_script(anchor: Anchor, seconds: float, on_line: OnLine, added: tuple[str, ...] = ()) -> Draft:
    """The draft that is shown while the script is refined; it is told how long the script, with *added* shots, will be.

    *on_line* gets a segment's id and its line as soon as that is whole; at once if the draft is in the cache. A line
    of a long film is about a chapter, and is given to the chapter's first segment.
    """
    known, plan = writer(anchor), planned(anchor, seconds)
    events.emit("script.planned", segments=plan.segments, added=added)
    tell = _once_each(plan, on_line)
    async with TaskGroup() as group:
        lines = lines_of(write_draft.key(known, plan))
        writing = group.create_task(write_draft(known, plan))
        await _followed(lines, writing, tell)
    draft = writing.result()
    for index, line in enumerate(draft.lines):
        tell(index, line)
    events.emit("script.drafted", title=draft.title, lines=draft.lines)
    return draft


async def draft_ahead(anchor: Anchor, seconds: float, on_line: OnLine) -> Draft | None:
    """The same, begun before the flow is there to do it; None where the cache has it or another process is at it."""
    known, plan = writer(anchor), planned(anchor, seconds)
    tell = _once_each(plan, on_line)
    lines, writing = lines_of(write_draft.key(known, plan)), ensure_future(write_draft.ahead(known, plan))
    await _followed(lines, writing, tell)
    draft = writing.result()
    for index, line in enumerate(draft.lines if draft else ()):
        tell(index, line)
    return draft


async def _followed(lines: Lines, writing: Future[Any], tell: Callable[[int, str], None]) -> None:
    """Pass on the lines behind the title, each when it is whole, until *writing* is done."""
    index = -1
    async for line in lines.follow(writing):
        if index >= 0:
            tell(index, line)
        index += 1
    await writing


def _once_each(plan: Plan, on_line: OnLine) -> Callable[[int, str], None]:
    """Gives *on_line* each line by the segment that it is about, unless it had the same before."""
    places, told = tuple(drafted_segments(plan)), dict[str, str]()

    def tell(index: int, line: str) -> None:
        if line and index < len(places) and told.get(places[index]) != line:
            told[places[index]] = line
            on_line(places[index], line)

    return tell


def drafted_segments(plan: Plan) -> dict[str, int]:
    """The segments that a draft has a line for, and for how many each line stands: itself, or its whole chapter."""
    if len(plan.chapters) == 1:
        return {f"s{n}": 1 for n in range(1, plan.segments + 1)}
    return {f"s{plan.start_of(chapter) + 1}": count for chapter, count in enumerate(plan.chapters)}


async def outline_script(anchor: Anchor, seconds: float) -> Outline:
    """The title and the moments the film will tell; of a long film, those of its first chapter."""
    return await write_outline(writer(anchor), planned(anchor, seconds))


async def refine_script(anchor: Anchor, seconds: float, outline: Outline, edits: Edits) -> AsyncIterator[Segment]:
    """The segments, each as soon as it is written, with what a human changed; then those that a human added.

    They come in the human's order if there is one, once all are written. All are told, as they will be.
    """
    plan, anchor = planned(anchor, seconds), writer(anchor)
    done: tuple[Segment, ...] = ()
    there: dict[str, Segment] = {}
    while len(done) < plan.segments:
        if len(done) == len(outline.beats):
            outline = await extend_outline(anchor, plan, outline)
        done = (*done, await refine_segment.run(f"s{len(done) + 1}", anchor, plan, outline, done))
        segment = there[done[-1].id] = _edited(done[-1], edits, anchor.language)
        if edits.order is None:
            yield segment
    for name in in_order(edits.added):
        segment = there[name] = _edited(_added(name, edits, anchor), edits, anchor.language)
        if edits.order is None:
            yield segment
    for name in edits.order or ():
        if name in there:
            yield there[name]


@step(recipe=script.RECIPE, uses=("draft",))
async def write_draft(anchor: Anchor, plan: Plan) -> Draft:
    """A title and a short line for each segment, by the small model; its lines can be followed.

    It carries no tag: it is what somebody waits for, and asking a server for a slot can take longer than it does.
    """
    lines, pass_on = lines_of(write_draft.key(anchor, plan)), _told("draft")
    lines.begin()

    def tell(text: str) -> None:
        pass_on(text)
        lines.take(text)

    return await pools.run("text", lambda: script.draft(anchor, plan, engine("text", chosen("draft")), tell))


@step(recipe=script.RECIPE, pool="text", uses=("text",))
async def write_outline(anchor: Anchor, plan: Plan) -> Outline:
    """The title and the distinct moments that the film will tell."""
    outlined = await pools.run(
        "text", lambda: script.outline(anchor, plan, engine("text", chosen("text")), _told("outline"))
    )
    events.emit("script.outlined", title=outlined.title, lines=outlined.beats)
    return outlined


@step(recipe=script.RECIPE, pool="text", uses=("text",))
async def extend_outline(anchor: Anchor, plan: Plan, outline: Outline) -> Outline:
    """The outline with the moments of the next chapter."""
    return await pools.run(
        "text", lambda: script.extend(anchor, plan, outline, engine("text", chosen("text")), _told("outline"))
    )


@step(recipe=script.RECIPE, pool="text", uses=("text",))
async def refine_segment(anchor: Anchor, plan: Plan, outline: Outline, done: tuple[Segment, ...]) -> Segment:
    """The segment after *done*: its words, its picture, its mood."""
    return await pools.run(
        "text", lambda: script.refine(anchor, plan, outline, done, engine("text", chosen("text")), _told("refine"))
    )


def _added(name: str, edits: Edits, anchor: Anchor) -> Segment:
    """The segment of a shot that a human added; where nobody says what it shows, it shows what it says."""
    added = edits.added[name]
    caption = edits.captions.get(name, added.caption)
    return Segment(id=name, caption=caption, visual=added.visual or caption, mood=added.mood or anchor.mood)


def _edited(segment: Segment, edits: Edits, language: Language) -> Segment:
    """The segment as a human wants it; it is told so.

    Raises:
        BadInput: it is shown, and its caption, whoever wrote it, has characters that no face on this machine can show.
    """
    changed = {"caption": edits.captions.get(segment.id), "visual": edits.visuals.get(segment.id)}
    edited = segment.model_copy(update={name: text for name, text in changed.items() if text is not None})
    if edits.shows(segment.id):
        captions.check(edited.caption, language)
    events.emit("segment.refined", segment=edited)
    return edited


def _told(stage: str) -> Callable[[str], None]:
    """Passes streamed text on as events."""

    def tell(text: str) -> None:
        pools.checkpoint()
        events.emit("text.streamed", stage=stage, text=text)

    return tell

"""The conversation in which a script is written, question by question; it needs no engine to be read."""

from __future__ import annotations

from tasks.schema import Anchor, Segment, Value
from tasks.writing.grammar import size
from tasks.writing.plan import Plan
from tasks.writing.prompts import Message, ask, opening, reply


class Outline(Value):
    """`chapters`: what each chapter is about; `beats`: one moment per segment, up to the chapter reached."""

    title: str
    chapters: tuple[str, ...]
    beats: tuple[str, ...]


def to_outline(anchor: Anchor, planned: Plan, *, narrated: bool = True) -> list[Message]:
    """The conversation up to the question for the outline, with or without examples of narration."""
    name, count = ("outline", planned.segments) if len(planned.chapters) == 1 else ("chapters", len(planned.chapters))
    return [*opening(anchor, narrated=narrated), ask(anchor, name, count=count)]


def to_chapter(anchor: Anchor, planned: Plan, known: Outline, chapter: int) -> list[Message]:
    """The conversation up to the question for the moments of a chapter."""
    about = {"number": chapter + 1, "chapter": known.chapters[chapter], "count": planned.chapters[chapter]}
    told = reply("\n".join([known.title, *known.chapters]))
    return [*to_outline(anchor, planned), told, ask(anchor, "chapter", **about)]


def to_segment(anchor: Anchor, planned: Plan, known: Outline, done: tuple[Segment, ...]) -> list[Message]:
    """The conversation up to the question for the next segment: this chapter's moments, each with its reply."""
    chapter = planned.chapter_of(len(done))
    start = planned.start_of(chapter)
    beats = known.beats[start : start + planned.chapters[chapter]]
    if len(planned.chapters) == 1:
        messages = [*to_outline(anchor, planned), reply("\n".join([known.title, *beats]))]
    else:
        messages = [*to_chapter(anchor, planned, known, chapter), reply("\n".join(beats))]
    for index in range(start, len(done)):
        messages += [_question(anchor, planned, known, done[:index]), reply(_answer(done[index]))]
    return [*messages, _question(anchor, planned, known, done)]


def room(planned: Plan, done: tuple[Segment, ...]) -> int:
    """Letters for the segment after *done*."""
    return planned.room(tuple(segment.caption for segment in done))


def _question(anchor: Anchor, planned: Plan, known: Outline, done: tuple[Segment, ...]) -> Message:
    """Asks for the segment after *done*."""
    index, last = len(done), planned.segments - 1
    name = "only" if last == 0 else "first" if index == 0 else "last" if index == last else "next"
    words = size(room(planned, done), anchor.language)
    return ask(anchor, name, beat=known.beats[index], words=words)


def _answer(segment: Segment) -> str:
    """The reply that *segment* came from."""
    scene = segment.visual.partition(" of ")[2].rpartition(", ")[0]
    return f"{segment.caption}\n{scene}\n{segment.mood}"

"""The script: a quick draft to show at once, an outline of distinct moments, then one refined segment after the other.

    plan ── draft      (small model: something to read within seconds)
         └─ outline ── refine, refine, … ── extend (the next chapter's moments) ── refine, …

Every function is pure: the same arguments and engine give the same value, so each step can be cached by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from tasks.schema import Anchor, Mood, Segment, Value
from tasks.writing import checks
from tasks.writing.conversation import Outline, room, to_chapter, to_outline, to_segment
from tasks.writing.grammar import cut_short, lines_grammar, segment_grammar, title_fits
from tasks.writing.light import LIGHTS, light_of
from tasks.writing.plan import Plan, plan
from tasks.writing.prompts import Message, example_captions, example_things, template_of
from tasks.writing.templates import texts_digest

if TYPE_CHECKING:
    from infra.engines import TextEngine

__all__ = ["RECIPE", "Draft", "Outline", "Plan", "draft", "extend", "outline", "plan", "refine"]

RECIPE = f"script/1:{texts_digest()}"
TRIES = 3
COPIED = ("open landscape", "path", "hills")
"""Shown where every thing of a picture was copied from the worked example."""
SHOTS = ("Wide shot", "Close-up", "Medium shot", "Low angle", "Close-up", "Top view")
OnText = Callable[[str], None] | None


class Draft(Value):
    """A first idea of the film: a title and one short line per segment (per chapter, if it has chapters)."""

    title: str
    lines: tuple[str, ...]


def draft(anchor: Anchor, planned: Plan, engine: TextEngine, on_text: OnText = None) -> Draft:
    """A title and a short sentence for each segment, in seconds; *on_text* gets the text as it is written."""
    count = planned.segments if len(planned.chapters) == 1 else len(planned.chapters)
    first = to_outline(anchor, planned, narrated=False)
    title, *lines = _lines(anchor, first, count, engine, on_text, tries=1, boldness=0.8)
    return Draft(title=_titled(title, anchor), lines=tuple(lines))


def outline(anchor: Anchor, planned: Plan, engine: TextEngine, on_text: OnText = None) -> Outline:
    """The title and distinct moments: all of a short film, the chapters and the first one's moments of a long one."""
    chapters = len(planned.chapters)
    count = planned.segments if chapters == 1 else chapters
    title, *lines = _lines(anchor, to_outline(anchor, planned), count, engine, on_text)
    if chapters == 1:
        return Outline(title=_titled(title, anchor), chapters=(title,), beats=tuple(lines))
    return extend(
        anchor, planned, Outline(title=_titled(title, anchor), chapters=tuple(lines), beats=()), engine, on_text
    )


def extend(anchor: Anchor, planned: Plan, known: Outline, engine: TextEngine, on_text: OnText = None) -> Outline:
    """*known* with the moments of the next chapter; call it when every beat it has is written."""
    chapter = planned.chapter_of(len(known.beats))
    messages, count = to_chapter(anchor, planned, known, chapter), planned.chapters[chapter]
    beats = _lines(anchor, messages, count, engine, on_text, title=False, earlier=known.beats)
    return known.model_copy(update={"beats": known.beats + tuple(beats)})


def refine(
    anchor: Anchor,
    planned: Plan,
    known: Outline,
    done: tuple[Segment, ...],
    engine: TextEngine,
    on_text: OnText = None,
) -> Segment:
    """The segment after *done*; *on_text* gets its caption as it is written (again from the start if it is retried).

    A caption with a broken end, a repeated sentence or words of the prompt is asked for again with another seed; the
    best of three is kept, and what is still repeated is cut away.
    """
    letters = room(planned, done)
    grammar = segment_grammar(anchor.language, anchor.topic, letters)
    messages = to_segment(anchor, planned, known, done)
    tries: list[tuple[float, Segment]] = []
    for attempt in range(TRIES):
        written = engine.complete(
            _with_hint(messages, tries, done, anchor),
            grammar=grammar,
            max_tokens=120 + 2 * letters,
            temperature=0.65 + 0.1 * attempt,
            seed=_seed(anchor, len(done), attempt),
            on_text=_first_line(on_text),
        )
        segment = _segment(written, len(done), anchor)
        tries.append((_faults(segment, done, anchor, letters), segment))
        if tries[-1][0] < 1:
            break
    best = min(tries, key=lambda scored: scored[0])[1]
    return _repaired(best, done, known.beats[len(done)], anchor)


def _lines(
    anchor: Anchor,
    messages: list[Message],
    count: int,
    engine: TextEngine,
    on_text: OnText,
    *,
    title: bool = True,
    earlier: tuple[str, ...] = (),
    tries: int = 2,
    boldness: float = 0.4,
) -> list[str]:
    """A title, if wanted, and *count* lines: the most distinct reply of *tries*, each bolder than the one before."""
    grammar = lines_grammar(anchor.language, anchor.topic, count, title=title)
    best, most = [anchor.topic], -1
    for attempt in range(tries):
        written = engine.complete(
            messages,
            grammar=grammar,
            max_tokens=40 * (count + title),
            temperature=boldness + 0.2 * attempt,
            seed=_seed(anchor, len(earlier), attempt),
            on_text=on_text,
        )
        lines = written.strip().split("\n")
        if (found := checks.distinct([*earlier, *lines[title:]], anchor.topic)) > most:
            best, most = lines, found
        if most == len(earlier) + count:
            break
    return (best + [anchor.topic] * (count + title))[: count + title]


def _titled(title: str, anchor: Anchor) -> str:
    """*title*; the topic where the title was cut off and the topic is short and in the film's language."""
    fitting = anchor.topic.isascii() if anchor.language == "en" else "\u4e00" <= anchor.topic[:1] <= "\u9fff"
    return title if title_fits(title, anchor.language) or not fitting or len(anchor.topic) > 40 else anchor.topic


def _segment(written: str, index: int, anchor: Anchor) -> Segment:
    caption, picture, mood = (*written.strip().split("\n"), "", "", "")[:3]
    light = light_of(f"{caption} {picture}") or anchor.light
    visual = f"{SHOTS[index % len(SHOTS)]} of {_own_things(picture, anchor)}, {LIGHTS[light]}"
    return Segment(
        id=f"s{index + 1}", caption=caption.strip() or "…", visual=visual, mood=cast("Mood", mood or anchor.mood)
    )


def _own_things(picture: str, anchor: Anchor) -> str:
    """The things of a picture, each once, without those that were copied from the worked example."""
    copied = example_things(anchor.template, anchor.language)
    things = dict.fromkeys(thing.strip() for thing in picture.split(",") if thing.strip())
    return ", ".join([thing for thing in things if thing not in copied] or COPIED)


def _with_hint(
    messages: list[Message], tries: list[tuple[float, Segment]], done: Iterable[Segment], anchor: Anchor
) -> list[Message]:
    """*messages*, the last with a word about what the latest try repeated."""
    said = tries and _repeats(tries[-1][1].caption, done, anchor)
    if not said:
        return messages
    hint = template_of(anchor).again.format(repeated=said)
    return [*messages[:-1], {"role": "user", "content": messages[-1]["content"] + hint}]


def _faults(segment: Segment, done: tuple[Segment, ...], anchor: Anchor, letters: int) -> float:
    """0 for a good segment; 1 and more if it must be tried again."""
    caption, tongue = segment.caption, anchor.language
    faults = 3.0 * (_repeats(caption, done, anchor) is not None)
    faults += 3.0 * (checks.repeated(caption, example_captions(anchor.template, anchor.language)) is not None)
    faults += 2.0 * checks.broken(caption, tongue) + 1.0 * checks.leaks(caption, anchor.topic)
    faults += 1.5 * cut_short(checks.sentences(caption), letters, tongue)
    faults += 1.0 * (", ".join(COPIED) in segment.visual)
    faults += 0.5 * checks.same_picture(segment.visual, [other.visual for other in done])
    return faults + min(0.4, abs(len(caption) - letters) / (2 * letters))


def _repaired(segment: Segment, done: tuple[Segment, ...], beat: str, anchor: Anchor) -> Segment:
    """*segment* without phrases and sentences said before; if none is left its beat, unless that was said too."""
    said = [other.caption for other in done]
    kept: list[str] = []
    for sentence in checks.sentences(segment.caption):
        if not checks.repeated(sentence, [*said, *kept], anchor.topic):
            kept.append(checks.trimmed(sentence, [*said, *kept]))
    caption = (" " if anchor.language == "en" else "").join(kept)
    if not caption:
        caption = beat if segment.caption in said or not _repeats(beat, done, anchor) else segment.caption
    return segment.model_copy(update={"caption": caption})


def _repeats(caption: str, done: Iterable[Segment], anchor: Anchor) -> str | None:
    return checks.repeated(caption, [segment.caption for segment in done], anchor.topic)


def _first_line(on_text: OnText) -> OnText:
    """*on_text* for the first line of a reply only; an empty piece says that it begins."""
    if on_text is None:
        return None
    on_text("")
    ended = False

    def relay(piece: str) -> None:
        nonlocal ended
        head, newline, _ = piece.partition("\n")
        if not ended and head:
            on_text(head)
        ended = ended or bool(newline)

    return relay


def _seed(anchor: Anchor, index: int, attempt: int) -> int:
    return (anchor.seed * 7919 + index * 101 + attempt * 13) % 2**31

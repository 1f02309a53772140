"""What models would be told for a brief, without any model: to read while one words a template."""

from __future__ import annotations

from tasks.schema import Anchor, Brief, Language, Value
from tasks.writing.conversation import Outline, to_outline, to_segment
from tasks.writing.languages import language_of
from tasks.writing.plan import plan
from tasks.writing.prompts import template_of

UNKNOWN: dict[Language, dict[str, str]] = {
    "en": {"tone": "(the tone of the style)", "title": "(the title)", "line": "(line {number} of the outline.)"},
    "zh": {"tone": "（风格的语气）", "title": "（标题）", "line": "（提纲的第{number}句。）"},
}
"""Stands for what is known only when the film is made."""
BPM = 90.0
BLACK = "#000000"


class Preview(Value):
    """The messages of the draft, of the outline and of the first narration; the draft's is shown without narration."""

    draft: tuple[dict[str, str], ...]
    outline: tuple[dict[str, str], ...]
    narration: tuple[dict[str, str], ...]


def preview(brief: Brief, tone: str | None = None) -> Preview:
    """The messages for *brief* with its template and wording; *tone* unset: what stands for it is shown.

    Raises:
        BadInput: its wording cannot be filled; prompt, hole and remedy are named.
    """
    anchor = _anchor(brief, tone)
    template_of(anchor)
    planned = plan(brief.seconds, anchor.language, bpm=anchor.bpm)
    draft, outline = to_outline(anchor, planned, narrated=False), to_outline(anchor, planned)
    narration = to_segment(anchor, planned, _outline(anchor.language, planned.chapters), ())
    return Preview(
        draft=tuple(map(dict, draft)), outline=tuple(map(dict, outline)), narration=tuple(map(dict, narration))
    )


def _outline(language: Language, chapters: tuple[int, ...]) -> Outline:
    """An outline of which nothing is known but its size."""
    unknown = UNKNOWN[language]

    def lines(count: int) -> tuple[str, ...]:
        return tuple(unknown["line"].format(number=number + 1) for number in range(count))

    return Outline(
        title=unknown["title"],
        chapters=lines(len(chapters)) if len(chapters) > 1 else (unknown["title"],),
        beats=lines(chapters[0]),
    )


def _anchor(brief: Brief, tone: str | None) -> Anchor:
    """An anchor of which only what the prompts say is true."""
    language = brief.language or language_of(brief.topic)
    return Anchor(
        topic=brief.topic,
        style=brief.style,
        language=language,
        look="",
        palette=(BLACK, BLACK, BLACK, BLACK, BLACK),
        light="day",
        tone=tone or UNKNOWN[language]["tone"],
        voice="",
        mood="calm",
        bpm=brief.bpm or BPM,
        seed=brief.seed,
        template=brief.template,
        wording=brief.wording,
    )

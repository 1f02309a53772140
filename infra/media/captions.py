"""Captions timed to the spoken word: pages of one or two lines, the word being spoken highlighted."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version

from PIL import Image

from infra.media import fonts
from infra.media.lettering import Line, Style, measure, paint
from infra.media.pages import Page, chinese_words, paginate
from infra.media.sprites import Sprite, sprite
from infra.media.timing import Span, Word, spans

IDENTITY = f"captions-1+skia-{version('skia-python')}+jieba-{version('jieba')}+{fonts.IDENTITY}"
"""What decides where captions break and how they look; part of the identity of every shot that has one."""
EARLY_S, LINGER_S = 0.15, 0.6
"""A caption stands this long before its first word and after its last; a short pause does not clear it."""


@dataclass(frozen=True)
class Caption:
    """What is shown: *text* as written, *words* as heard, in seconds from the shot's first frame."""

    text: str
    words: tuple[Word, ...] = ()
    language: str = "en"


@dataclass(frozen=True)
class Look:
    """Where and how large: shares of the frame's shorter side, width and height."""

    size: float
    width: float
    bottom: float


WIDE = Look(size=0.058, width=0.76, bottom=0.915)
SQUARE = Look(size=0.058, width=0.84, bottom=0.90)
TALL = Look(size=0.066, width=0.84, bottom=0.76)
"""In a tall frame the lowest fifth belongs to the buttons of whatever plays it."""


@dataclass(frozen=True)
class Cue:
    """Frames [first, end) show these *lines* at (*x*, *y*)."""

    first: int
    end: int
    lines: tuple[Line, ...]
    style: Style
    language: str
    x: int
    y: int


def look_for(width: int, height: int) -> Look:
    """The safe area and size for that aspect."""
    if width > 1.2 * height:
        return WIDE
    return TALL if height > 1.2 * width else SQUARE


def style_for(width: int, height: int) -> Style:
    """Size, outline and shadow in pixels for frames of that size."""
    size = look_for(width, height).size * min(width, height)
    return Style(round(size, 1), outline=round(size * 0.075, 1), shadow=round(size * 0.07, 1))


def layout(caption: Caption, *, width: int, height: int, fps: int, frames: int) -> tuple[Cue, ...]:
    """The cues of a shot of *frames* frames, in order and without overlap; the same text gives the same cues.

    Raises:
        ModelMissing: the text needs the CJK face, which is not on this machine.
    """
    text = " ".join(caption.text.split())
    style, look = style_for(width, height), look_for(width, height)
    timed = spans(text, caption.words, frames / fps)
    pages = paginate(
        text, chinese_words(text), lambda piece: _width(piece, style, caption.language), look.width * width
    )
    starts, ends = _page_times(pages, timed, frames / fps)
    cues: list[Cue] = []
    for page, start, end in zip(pages, starts, ends, strict=True):
        x, y = _place(text, page, style, caption.language, width, height)
        blank = Cue(_frame(start, fps), min(frames, _frame(end, fps)), (), style, caption.language, x, y)
        cues += _page_cues(text, page, timed, blank, fps)
    return tuple(cue for cue in cues if cue.end > cue.first)


def draw(cue: Cue) -> Sprite:
    """The cue as a patch for frames."""
    return sprite(paint(cue.lines, cue.style, cue.language), cue.x, cue.y)


def sprite_png(cue: Cue) -> bytes:
    """The cue as a PNG with straight alpha, to be placed at (cue.x, cue.y)."""
    pixels = paint(cue.lines, cue.style, cue.language)
    target = io.BytesIO()
    Image.frombuffer("RGBa", pixels.shape[1::-1], pixels.tobytes(), "raw", "RGBa", 0, 1).convert("RGBA").save(
        target, "PNG"
    )
    return target.getvalue()


def missing_glyphs(text: str, language: str = "en") -> tuple[str, ...]:
    """Characters of *text* that would be shown as empty boxes."""
    return fonts.missing_glyphs(text, language)


def _page_times(pages: tuple[Page, ...], timed: tuple[Span, ...], total: float) -> tuple[list[float], list[float]]:
    """When each page comes and goes, in seconds."""
    starts = [max(0.0, _spoken_at(page[0][0], timed, pages[-1][-1][1], total) - EARLY_S) for page in pages]
    ends = []
    for index, page in enumerate(pages):
        following = starts[index + 1] if index + 1 < len(pages) else total
        words = [span for span in timed if span.start < page[-1][1] and span.end > page[0][0]]
        last = words[-1].end_s + LINGER_S if words else following
        ends.append(following if following - last < LINGER_S else last)
    return starts, ends


def _spoken_at(place: int, timed: tuple[Span, ...], length: int, total: float) -> float:
    """When character *place* is spoken: within a word by proportion, else when the next word is."""
    for span in timed:
        if place < span.end:
            return span.start_s + (span.end_s - span.start_s) * max(0, place - span.start) / (span.end - span.start)
    return timed[-1].end_s if timed else total * place / length


def _page_cues(text: str, page: Page, timed: tuple[Span, ...], blank: Cue, fps: int) -> list[Cue]:
    """The cues of one page: one per word, plus those before, between and after."""
    cues, at = [], blank.first
    on_page = [span for span in timed if span.start < page[-1][1] and span.end > page[0][0]]
    for index, span in enumerate(on_page):
        begin = min(max(at, _frame(span.start_s, fps)), blank.end)
        pause_over = on_page[index + 1].start_s if index + 1 < len(on_page) else span.end_s
        lasts = pause_over if pause_over - span.end_s < EARLY_S else span.end_s
        stop = min(max(begin, _frame(lasts, fps)), blank.end)
        cues.append(replace(blank, first=at, end=begin, lines=_lines(text, page, None)))
        cues.append(replace(blank, first=begin, end=stop, lines=_lines(text, page, span)))
        at = stop
    return [*cues, replace(blank, first=at, lines=_lines(text, page, None))]


def _lines(text: str, page: Page, span: Span | None) -> tuple[Line, ...]:
    lines = []
    for start, end in page:
        mark = (max(span.start, start) - start, min(span.end, end) - start) if span else (0, 0)
        lines.append(Line(text[start:end], mark if mark[0] < mark[1] else (0, 0)))
    return tuple(lines)


def _place(text: str, page: Page, style: Style, language: str, width: int, height: int) -> tuple[int, int]:
    """Even x and y of the page's sprite: centred, its last line standing on the safe area's edge."""
    rows, columns = paint(_lines(text, page, None), style, language).shape[:2]
    left = (width - columns) // 4 * 2
    top = int(look_for(width, height).bottom * height - rows + style.margin) // 2 * 2
    return max(0, left), max(0, min(top, (height - rows) // 2 * 2))


@lru_cache(maxsize=8192)
def _width(piece: str, style: Style, language: str) -> float:
    return measure(piece, style, language)


def _frame(seconds: float, fps: int) -> int:
    return max(0, int(seconds * fps + 0.5))

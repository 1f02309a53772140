"""Captions timed to the spoken word: pages of one or two lines, the word being spoken highlighted."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from importlib.metadata import version

from PIL import Image

from infra.hashing import digest
from infra.media import fonts, styles
from infra.media.atoms import chinese_words
from infra.media.lettering import Line, Style, extent, paint
from infra.media.pages import Page, paginate
from infra.media.setting import THAI, Setting, cased, fitted
from infra.media.sprites import Sprite, sprite
from infra.media.timing import Span, Word, spans, whole_words

MADE_BY = f"captions-2+skia-{version('skia-python')}+jieba-{version('jieba')}+{fonts.IDENTITY}"
"""The code, libraries and faces that decide where captions break and how they look."""
EARLY_S, LINGER_S = 0.15, 0.6
"""A caption stands this long before its first word and after its last; a short pause does not clear it."""


@dataclass(frozen=True)
class Caption:
    """What is shown: *text* as written, *words* as heard, in seconds from the shot's first frame; *style* by name."""

    text: str
    words: tuple[Word, ...] = ()
    language: str = "en"
    style: str = "clean"


@dataclass(frozen=True)
class Cue:
    """Frames [first, end) show these *lines* at (*x*, *y*), set left (*align* 0), centred (0.5) or right (1)."""

    first: int
    end: int
    lines: tuple[Line, ...]
    style: Style
    language: str
    x: int
    y: int
    align: float = 0.5

    @property
    def key(self) -> str:
        """SHA-256 of all that the picture depends on; cues that look the same share it, whenever they are shown."""
        return digest([MADE_BY, self.lines, self.style, self.language, self.align])


def identity(style: str) -> str:
    """What decides how captions of that style look; part of the identity of every shot that has one.

    Raises:
        UnknownName: there is no such style.
    """
    return f"{MADE_BY}+{style}-{styles.identity(style)}"


def layout(caption: Caption, *, width: int, height: int, fps: int, frames: int) -> tuple[Cue, ...]:
    """The cues of a shot of *frames* frames, in order and without overlap; the same text gives the same cues.

    Raises:
        UnknownName: there is no such style.
        ModelMissing: the text needs the CJK face, which is not on this machine.
    """
    look = styles.look(caption.style)
    text = cased(" ".join(caption.text.split()), caption.language) if look.upper else " ".join(caption.text.split())
    written = chinese_words(text)
    timed = whole_words(spans(text, caption.words, frames / fps), written)
    words = [*written, *((span.start, span.end) for span in timed if THAI.match(text[span.start]))]
    setting = fitted(text, caption.language, look, words, width, height)
    pages = paginate(text, words, setting.measure, setting.limit, most_words=look.words or float("inf"))
    starts, ends = _page_times(pages, timed, frames / fps)
    cues: list[Cue] = []
    for page, start, end in zip(pages, starts, ends, strict=True):
        cues += _page_cues(setting, page, timed, (_frame(start, fps), min(frames, _frame(end, fps))), fps)
    return tuple(cue for cue in cues if cue.end > cue.first)


def draw(cue: Cue) -> Sprite:
    """The cue as a patch for frames."""
    return sprite(paint(cue.lines, cue.style, cue.language, align=cue.align), cue.x, cue.y)


def sprite_png(cue: Cue) -> bytes:
    """The cue as a PNG with straight alpha, to be placed at (cue.x, cue.y)."""
    target = io.BytesIO()
    straight(cue).save(target, "PNG", compress_level=3)
    return target.getvalue()


def straight(cue: Cue) -> Image.Image:
    """The cue as a picture with straight alpha."""
    pixels = paint(cue.lines, cue.style, cue.language, align=cue.align)
    return Image.frombuffer("RGBa", pixels.shape[1::-1], pixels.tobytes(), "raw", "RGBa", 0, 1).convert("RGBA")


def check(text: str, language: str = "en") -> None:
    """Do nothing if *text* can be shown whole; to be called before a film is made of it.

    Raises:
        BadInput: some characters would be empty boxes; the message names them.
        ModelMissing: the text needs the CJK face, which is not on this machine.
    """
    fonts.check(text, language)


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


def _page_cues(setting: Setting, page: Page, timed: tuple[Span, ...], shown: tuple[int, int], fps: int) -> list[Cue]:
    """The cues of one page, shown in those frames: one per word, plus those before, between and after."""
    at, limit = shown
    x, y = _place(setting, page)
    blank = Cue(at, limit, (), setting.style, setting.language, x, y, setting.align)
    on_page = [k for k, span in enumerate(timed) if span.start < page[-1][1] and span.end > page[0][0]]
    cues = []
    for index in on_page:
        span, following = timed[index], timed[index + 1] if index + 1 < len(timed) and index != on_page[-1] else None
        begin = min(max(at, _frame(span.start_s, fps)), limit)
        pause_over = following.start_s if following else span.end_s
        lasts = pause_over if pause_over - span.end_s < EARLY_S else span.end_s
        stop = min(max(begin, _frame(lasts, fps)), limit)
        cues.append(replace(blank, first=at, end=begin, lines=_lines(setting, page, timed[:index], None)))
        cues.append(replace(blank, first=begin, end=stop, lines=_lines(setting, page, timed[:index], span)))
        at = stop
    spoken = timed[: on_page[-1] + 1] if on_page else ()
    return [*cues, replace(blank, first=at, lines=_lines(setting, page, spoken, None))]


def _lines(setting: Setting, page: Page, spoken: tuple[Span, ...], now: Span | None) -> tuple[Line, ...]:
    """The page's lines while *now* is spoken, after *spoken*."""
    colours, lit = setting.look.highlight, setting.look.stays
    tinted = [*enumerate(spoken)] if lit else []
    if now and (lit or len(colours) > 1):
        tinted.append((len(spoken), now))
    lines = []
    for start, end in page:
        mark = _within(now, start, end) if now else None
        tints = tuple(
            (*part, colours[number % len(colours)]) for number, span in tinted if (part := _within(span, start, end))
        )
        lines.append(Line(setting.text[start:end], mark or (0, 0), tints, setting.rtl))
    return tuple(lines)


def _within(span: Span, start: int, end: int) -> tuple[int, int] | None:
    """The part of *span* on the line [start, end), counted from the line's start."""
    first, last = max(span.start, start) - start, min(span.end, end) - start
    return (first, last) if first < last else None


def _place(setting: Setting, page: Page) -> tuple[int, int]:
    """Even x and y of the page's sprite, within the safe area; its last line stands on the style's lowest edge."""
    width, height, style = setting.width, setting.height, setting.style
    rows, columns = extent(_lines(setting, page, (), None), style, setting.language, align=setting.align)
    safe = styles.safe_area(width, height)
    room = safe.left * width, safe.right * width - columns
    left = room[0] + (room[1] - room[0]) * setting.align
    lowest = safe.bottom * height - rows
    top = setting.look.place(width, height).bottom * height - rows + style.margin
    return _even_within(left, *room, width - columns), _even_within(top, safe.top * height, lowest, height - rows)


def _even_within(place: float, low: float, high: float, most: int) -> int:
    """The even number nearest below *place* within [low, high], or what comes closest within [0, most]."""
    even = int(min(max(place, low), high)) // 2 * 2
    if even < low and even + 2 <= high:
        even += 2
    return max(0, min(even, most // 2 * 2))


def _frame(seconds: float, fps: int) -> int:
    return max(0, int(seconds * fps + 0.5))

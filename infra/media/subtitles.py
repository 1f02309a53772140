"""Subtitle files: WebVTT (W3C) with the time of every word, and SubRip.

Players draw them in a look of their own, so the words stand as written, whatever the style of the film's captions.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from infra.media import fonts, styles
from infra.media.atoms import chinese_words
from infra.media.pages import Page, paginate
from infra.media.timing import Span, Word, spans
from infra.media.typeset import right_to_left

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS = {"wide": (42, 36), "square": (36, 32), "tall": (28, 26)}
"""Columns of one line, in spaced scripts and in East Asian ones; a Chinese character takes two."""
LINE_SHARE = 0.06
"""Height of a line as players draw it, in shares of the frame's shorter side."""
RIGHT_TO_LEFT_MARK = "\u200f"


@dataclass(frozen=True)
class Spoken:
    """One caption from *start_s* to *end_s*; the times of *words* count from the film's start, too."""

    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class _Cue:
    """Milliseconds from *start* to *end*; lines of pieces, each with the time of the word it begins (or none)."""

    start: int
    end: int
    lines: tuple[tuple[tuple[str, int | None], ...], ...]
    rtl: bool


def webvtt(
    captions: Sequence[Spoken],
    *,
    language: str,
    title: str = "",
    frame: tuple[int, int] | None = None,
    style: str = "clean",
) -> str:
    """A WebVTT file; each word after a cue's first carries its time, so that players can highlight it.

    With *frame* (width, height) each cue stands where captions of that *style* would, within the safe area, in lines
    short enough for that aspect; without it players put cues where they like.

    Raises:
        UnknownName: there is no such style.
    """
    blocks = [f"WEBVTT {_folded(title).replace('-->', '→')}".strip()]
    for number, cue in enumerate(_cues(captions, language, styles.aspect_of(*frame) if frame else "wide"), 1):
        lines, at = [], cue.start
        for line in cue.lines:
            text = ""
            for piece, begins in line:
                if begins is not None and at < begins < cue.end:
                    text, at = f"{text}<{_stamp(begins, '.')}>", begins
                text += _escaped(piece)
            lines.append(f"&rlm;{text}&rlm;" if cue.rtl else text)
        settings = _settings(cue, frame, style) if frame else ""
        blocks.append(
            "\n".join([str(number), f"{_stamp(cue.start, '.')} --> {_stamp(cue.end, '.')}{settings}", *lines])
        )
    return "\n\n".join(blocks) + "\n"


def srt(captions: Sequence[Spoken], *, language: str) -> str:
    """A SubRip file: numbered cues without markup; lines that run to the left are held by marks at both ends."""
    blocks = []
    for number, cue in enumerate(_cues(captions, language), 1):
        edge = RIGHT_TO_LEFT_MARK if cue.rtl else ""
        lines = [f"{edge}{''.join(piece for piece, _ in line)}{edge}".replace("-->", "→") for line in cue.lines]
        blocks.append("\n".join([str(number), f"{_stamp(cue.start, ',')} --> {_stamp(cue.end, ',')}", *lines]))
    return "\n\n".join(blocks) + "\n"


def _settings(cue: _Cue, frame: tuple[int, int], style: str) -> str:
    """Where the cue stands (WebVTT cue settings), in whole per cent: its foot where the style has it."""
    look, safe = styles.look(style), styles.safe_area(*frame)
    foot = min(look.place(*frame).bottom, safe.bottom)
    top = foot - len(cue.lines) * LINE_SHARE * min(frame) / frame[1]
    left, right = math.ceil(100 * safe.left), math.floor(100 * safe.right)
    place = f" line:{math.floor(100 * top)}% size:{right - left}%"
    if look.align == "centre":
        return f"{place} position:{(left + right) // 2}% align:center"
    return f"{place} position:{right if cue.rtl else left}% align:start"


def _cues(captions: Sequence[Spoken], language: str, aspect: styles.Aspect = "wide") -> list[_Cue]:
    """Cues of at most two lines, in order, each of a positive length."""
    limit = COLUMNS[aspect][fonts.east_asian(language)]
    cues: list[_Cue] = []
    for caption in captions:
        text = _folded(caption.text)
        if not text:
            continue
        timed = spans(text, caption.words, caption.end_s - caption.start_s)
        if not caption.words:
            timed = tuple(
                replace(s, start_s=s.start_s + caption.start_s, end_s=s.end_s + caption.start_s) for s in timed
            )
        pages = paginate(text, chinese_words(text), _width, limit)
        cues += _paged(text, pages, timed, caption)
    return cues


def _paged(text: str, pages: Sequence[Page], timed: Sequence[Span], caption: Spoken) -> list[_Cue]:
    """One cue per page: each comes with its first word and stays until the next."""
    starts = [caption.start_s]
    for page in pages[1:]:
        first = next((span.start_s for span in timed if span.start >= page[0][0]), starts[-1])
        starts.append(min(max(first, starts[-1]), caption.end_s))
    edges = [round(1000 * second) for second in (*starts, caption.end_s)]
    return [
        _Cue(begin, max(end, begin + 1), tuple(_pieces(text, line, timed) for line in page), right_to_left(text))
        for page, (begin, end) in zip(pages, pairwise(edges), strict=True)
    ]


def _pieces(text: str, line: tuple[int, int], timed: Sequence[Span]) -> tuple[tuple[str, int | None], ...]:
    """The line cut where its words begin."""
    begins = {span.start: round(1000 * span.start_s) for span in timed if line[0] <= span.start < line[1]}
    edges = sorted({line[0], line[1], *begins})
    return tuple((text[start:end], begins.get(start)) for start, end in pairwise(edges))


def _width(text: str) -> float:
    """Columns of *text*: two for a wide character, none for a mark."""
    wide = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return float(wide - sum(1 for char in text if unicodedata.category(char) in {"Mn", "Me", "Cf"}))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _folded(text: str) -> str:
    return " ".join(text.split())


def _stamp(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{rest:03d}"

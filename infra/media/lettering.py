"""Lines of text as pixels: mixed scripts, colour emoji, right-to-left, outlines, shadow, a plate, a marked word."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import cv2
import numpy as np
import regex
from numpy.typing import NDArray
from pydantic import Field, StringConstraints

from infra.media.glstub import skia
from infra.media.typeset import Brush, argb, paragraph, right_to_left

if TYPE_CHECKING:
    from collections.abc import Sequence

Colour = Annotated[str, StringConstraints(pattern=r"^#([0-9a-f]{6}|[0-9a-f]{8})$")]
Pixels_ = Annotated[float, Field(ge=0, le=1000)]
RISE, FALL = 1.16, 0.42
"""Room above and below the baseline, in text sizes: enough for Arabic, Thai and stacked accents."""
CAPITALS, TAILS = 0.76, 0.20
"""What a plate or a box covers at least above and below the baseline, so that it does not jump from word to word."""
INK = 48
"""Opacity from which a pixel counts as covered."""
EDGE = r"[\s“”‘’…—·\u3001-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]"
BARE = regex.compile(rf"(?!{EDGE}).(?:.*(?!{EDGE}).)?", regex.DOTALL)
_drawing = threading.Lock()


@dataclass(frozen=True)
class Line:
    """One line of text; characters [mark[0], mark[1]) are the word being spoken.

    *tints* are the colours of other ranges (start, end, colour) and come first. *rtl* None: as its first letter runs.
    """

    text: str
    mark: tuple[int, int] = (0, 0)
    tints: tuple[tuple[int, int, Colour], ...] = ()
    rtl: bool | None = None

    @property
    def runs_left(self) -> bool:
        """Whether the line is read from the right."""
        return right_to_left(self.text) if self.rtl is None else self.rtl


@dataclass(frozen=True)
class Mark:
    """A *box* behind the word being spoken, or an *underline*; lengths in pixels."""

    manner: Literal["box", "underline"]
    colour: Colour
    corner: Pixels_ = 0.0
    padding: Pixels_ = 0.0
    thickness: Pixels_ = 0.0


@dataclass(frozen=True)
class Panel:
    """A plate behind the lines, larger by *across* and *down* pixels; *rule* is the bar where lines begin."""

    colour: Colour
    corner: Pixels_ = 0.0
    across: Pixels_ = 0.0
    down: Pixels_ = 0.0
    rule: Pixels_ = 0.0
    rule_colour: Colour = "#ffffff"


@dataclass(frozen=True)
class Style:
    """How text looks; lengths in pixels, *leading* in text sizes.

    *fatten* swells and rounds the letters, *outline* runs around them and *halo* around that.
    """

    size: Annotated[float, Field(gt=0, le=1000)]
    colour: Colour = "#ffffff"
    highlight: Colour = "#ffd60a"
    outline: Pixels_ = 0.0
    outline_colour: Colour = "#101014"
    shadow: Pixels_ = 0.0
    shade: Annotated[float, Field(ge=0, le=1)] = 0.59
    halo: Pixels_ = 0.0
    halo_colour: Colour = "#ffffff"
    weight: Annotated[int, Field(ge=100, le=900)] = 700
    fatten: Pixels_ = 0.0
    tracking: Pixels_ = 0.0
    leading: Annotated[float, Field(ge=0.5, le=4)] = 1.3
    mark: Mark | None = None
    panel: Panel | None = None

    @property
    def margin(self) -> int:
        """Pixels around the text that outlines, shadow and the word's box may reach."""
        letters = self.fatten / 2 + self.outline + self.halo + self.shadow * 3
        return int(max(letters, self.mark.padding if self.mark else 0) + 2)

    @property
    def side(self) -> int:
        """Pixels to the left and right of the longest line within the picture."""
        return self.margin + (int(self.panel.across + 1) if self.panel else 0)


@dataclass(frozen=True)
class _Page:
    """What stays the same while the words of a page are spoken: *pixels*, and where each line lies in them.

    *inks* are the rows each line covers, from its baseline.
    """

    pixels: NDArray[np.uint8]
    lefts: tuple[float, ...]
    baselines: tuple[float, ...]
    inks: tuple[tuple[float, float], ...]


def measure(text: str, style: Style, language: str) -> float:
    """Width of one line of *text* in pixels, without its margins."""
    with _drawing:
        return _length(Line(text), style, language)


def paint(lines: Sequence[Line], style: Style, language: str, *, align: float = 0.5) -> NDArray[np.uint8]:
    """*lines* one below the other as (h, w, 4) sRGB with premultiplied alpha, both sides even.

    *align* 0 sets them left, 0.5 centred, 1 right, within the longest.
    """
    with _drawing:
        page = _page(tuple(Line(line.text, rtl=line.runs_left) for line in lines), style, language, align)
        pixels = page.pixels.copy()
        canvas = _canvas(pixels)
        for index, line in enumerate(lines):
            if style.mark and line.mark[0] < line.mark[1]:
                _mark_word(canvas, line, page, index, style, language)
        _letters(canvas, lines, page, style, language, Brush())
    return pixels


def extent(lines: Sequence[Line], style: Style, language: str, *, align: float = 0.5) -> tuple[int, int]:
    """Height and width of what `paint` gives."""
    with _drawing:
        page = _page(tuple(Line(line.text, rtl=line.runs_left) for line in lines), style, language, align)
    return page.pixels.shape[0], page.pixels.shape[1]


def word_columns(line: Line, style: Style, language: str) -> tuple[float, float] | None:
    """First and last column, from the line's left end, that the marked word covers; None if it leaves no ink."""
    with _drawing:
        ink = _ink(line, style, language, Brush(only=line.mark))
    return ink and (ink[0], ink[1])


@lru_cache(maxsize=16)
def _page(lines: tuple[Line, ...], style: Style, language: str, align: float) -> _Page:
    lengths = [_length(line, style, language) for line in lines]
    inks = tuple(_rows(line, style, language) for line in lines)
    rise, fall = _room(inks, style)
    columns = _even(max(lengths) + 2 * style.side)
    rows = _even(rise + fall + style.leading * style.size * (len(lines) - 1) + 2 * style.margin)
    lefts = tuple(style.side + (columns - 2 * style.side - length) * align for length in lengths)
    baselines = tuple(style.margin + rise + style.leading * style.size * index for index in range(len(lines)))
    page = _Page(np.zeros((rows, columns, 4), np.uint8), lefts, baselines, inks)
    _backdrop(page, lines, style, language)
    return page


def _room(inks: Sequence[tuple[float, float]], style: Style) -> tuple[float, float]:
    """Pixels from the page's top to the first baseline, and from the last to its foot, without margins."""
    if style.panel is None:
        return RISE * style.size, FALL * style.size
    return style.panel.down - inks[0][0], style.panel.down + inks[-1][1]


def _rows(line: Line, style: Style, language: str) -> tuple[float, float]:
    """Rows the line covers, from its baseline: at least those of capitals and of a tail."""
    if style.panel is None and style.mark is None:
        return -RISE * style.size, FALL * style.size
    ink = _ink(line, style, language, Brush())
    _, _, top, bottom = ink or (0, 0, 0.0, 0.0)
    return min(top, -CAPITALS * style.size), max(bottom, TAILS * style.size)


def _backdrop(page: _Page, lines: Sequence[Line], style: Style, language: str) -> None:
    """Plate, shadow, halo and outline of the lines."""
    if style.halo:
        halo = Brush(style.outline + style.halo, style.halo_colour)
        _letters(_canvas(page.pixels), lines, page, style, language, halo)
    if style.outline:
        _letters(_canvas(page.pixels), lines, page, style, language, Brush(style.outline, style.outline_colour))
    if style.shadow:
        if not style.halo and not style.outline:
            _letters(_canvas(page.pixels), lines, page, style, language, Brush())
        _cast_shadow(page.pixels, style.shadow, style.shade)
    if style.panel:
        _lay_plate(page, lines[0].runs_left, style, style.panel)


def _letters(canvas: Any, lines: Sequence[Line], page: _Page, style: Style, language: str, brush: Brush) -> None:
    for line, left, baseline in zip(lines, page.lefts, page.baselines, strict=True):
        text = paragraph(line, style, language, brush)
        text.paint(canvas, left, baseline - text.AlphabeticBaseline)


def _cast_shadow(pixels: NDArray[np.uint8], softness: float, shade: float) -> None:
    """Lay a soft shadow of *softness* pixels under what is drawn, a little lower."""
    cast = cv2.GaussianBlur(pixels[..., 3], (0, 0), softness)
    cast = np.roll(cast, round(softness * 0.6), axis=0).astype(np.uint16) * int(shade * 256) >> 8
    pixels[..., 3] += ((255 - pixels[..., 3]) * cast // 255).astype(np.uint8)


def _lay_plate(page: _Page, runs_left: bool, style: Style, panel: Panel) -> None:
    """Lay the plate under what is drawn, its rule on the side where lines begin."""
    sk = skia()
    rows, columns = page.pixels.shape[:2]
    plate = np.zeros_like(page.pixels)
    canvas = _canvas(plate)
    box = sk.Rect.MakeLTRB(style.margin, style.margin, columns - style.margin, rows - style.margin)
    canvas.clipRRect(sk.RRect.MakeRectXY(box, panel.corner, panel.corner), True)
    canvas.drawColor(argb(panel.colour))
    if panel.rule:
        left = columns - style.margin - panel.rule if runs_left else style.margin
        bar = sk.Rect.MakeXYWH(left, style.margin, panel.rule, rows)
        canvas.drawRect(bar, sk.Paint(AntiAlias=True, Color=argb(panel.rule_colour)))
    over = page.pixels.astype(np.uint16)
    page.pixels[:] = over + (plate * (255 - over[..., 3:]) + 127) // 255


def _mark_word(canvas: Any, line: Line, page: _Page, index: int, style: Style, language: str) -> None:
    """Draw the box or the line that shows which word is spoken."""
    mark, line = style.mark, replace(line, mark=_bare(line))
    ink = _ink(line, style, language, Brush(only=line.mark))
    if ink is None or mark is None:
        return
    left, baseline = page.lefts[index], page.baselines[index]
    if mark.manner == "underline":
        top = baseline + TAILS * style.size
        box = skia().Rect.MakeLTRB(left + ink[0], top, left + ink[1], top + mark.thickness)
    else:
        before, after = _paddings(line, style, mark.padding)
        (rise, fall), height = page.inks[index], max(mark.padding / 2, style.outline + 0.5)
        box = skia().Rect.MakeLTRB(
            left + ink[0] - before,
            baseline + rise - height,
            left + ink[1] + after,
            baseline + fall + height,
        )
    canvas.drawRoundRect(box, mark.corner, mark.corner, skia().Paint(AntiAlias=True, Color=argb(mark.colour)))


def _bare(line: Line) -> tuple[int, int]:
    """The marked word without the wide marks around it, unless it is nothing else."""
    start, end = line.mark
    word = BARE.search(line.text[start:end])
    return (start + word.start(), start + word.end()) if word else (start, end)


def _paddings(line: Line, style: Style, padding: float) -> tuple[float, float]:
    """Padding to the left and to the right: no more than covers the outline where a neighbour touches the word."""
    tight = min(padding, style.outline + 0.5)
    start, end = line.mark
    before = tight if start and not line.text[start - 1].isspace() else padding
    after = tight if end < len(line.text) and not line.text[end].isspace() else padding
    return (after, before) if right_to_left(line.text[start:end]) else (before, after)


def _ink(line: Line, style: Style, language: str, brush: Brush) -> tuple[float, float, float, float] | None:
    """Columns from the line's left end and rows from its baseline that *brush* covers: left, right, top, bottom."""
    text = paragraph(line, style, language, brush)
    room = int(style.size) + 2
    scratch = np.zeros((4 * room, int(text.MaxIntrinsicWidth) + 2 * room, 4), np.uint8)
    text.paint(_canvas(scratch), room, 2.5 * room - text.AlphabeticBaseline)
    seen = scratch[..., 3] > INK
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    if not rows.size:
        return None
    left, right, top, bottom = float(columns[0]), float(columns[-1] + 1), float(rows[0]), float(rows[-1] + 1)
    return left - room, right - room, top - 2.5 * room, bottom - 2.5 * room


def _length(line: Line, style: Style, language: str) -> float:
    return float(paragraph(line, style, language, Brush()).MaxIntrinsicWidth)


def _canvas(pixels: NDArray[np.uint8]) -> Any:
    return skia().Canvas(pixels, skia().kRGBA_8888_ColorType, skia().kPremul_AlphaType)


def _even(length: float) -> int:
    return (int(length) + 2) // 2 * 2

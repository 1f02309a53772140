"""Lines of text as pixels: mixed scripts, colour emoji, right-to-left, outline and soft shadow, through skia."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import regex
from numpy.typing import NDArray

from infra.media import fonts
from infra.media.glstub import skia

if TYPE_CHECKING:
    from collections.abc import Sequence

GRAPHEME = regex.compile(r"\X")
EMOJI = regex.compile(r"[\p{Emoji_Presentation}\u20e3\ufe0f]")
CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\u3000-\u303f\uff00-\uffef]")
RTL = regex.compile(r"[\p{Arabic}\p{Hebrew}]")
LETTER = regex.compile(r"\p{L}")
ISOLATE_RTL, POP_ISOLATE = "\u2067", "\u2069"
RISE, FALL = 1.16, 0.42
"""Room above and below the baseline, in text sizes: enough for Arabic, Thai and stacked accents."""
LINE = 1.3
SHADE = 150
_drawing = threading.Lock()


@dataclass(frozen=True)
class Line:
    """One line of text; characters [mark[0], mark[1]) are in the highlight colour."""

    text: str
    mark: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Style:
    """How text looks: *size*, *outline* and *shadow* in pixels, colours as sRGB hex."""

    size: float
    colour: str = "#ffffff"
    highlight: str = "#ffd60a"
    outline: float = 0.0
    outline_colour: str = "#101014"
    shadow: float = 0.0

    @property
    def margin(self) -> int:
        """Pixels around the text that outline and shadow may reach."""
        return int(self.outline + self.shadow * 3 + 2)


def right_to_left(text: str) -> bool:
    """Whether the first letter of *text* is of a script that runs to the left."""
    first = LETTER.search(text)
    return bool(first and RTL.match(first.group()))


def measure(text: str, style: Style, language: str) -> float:
    """Width of one line of *text* in pixels, without its margins."""
    with _drawing:
        return float(_paragraph(Line(text), style, language, None).MaxIntrinsicWidth)


def paint(
    lines: Sequence[Line], style: Style, language: str, *, align: float = 0.5, width: int | None = None
) -> NDArray[np.uint8]:
    """*lines* one below the other as (h, w, 4) sRGB with premultiplied alpha, both sides even.

    *align* 0 sets them left, 0.5 centred, 1 right, within *width* pixels (or that of the longest).
    """
    with _drawing:
        pixels = _backdrop(tuple(line.text for line in lines), style, language, align, width).copy()
        _draw(pixels, lines, style, language, align, None)
    return pixels


@lru_cache(maxsize=16)
def _backdrop(
    texts: tuple[str, ...], style: Style, language: str, align: float, width: int | None
) -> NDArray[np.uint8]:
    """Outline and shadow of the lines: what stays the same while the highlight moves on."""
    lines = [Line(text) for text in texts]
    longest = max(_paragraph(line, style, language, None).MaxIntrinsicWidth for line in lines)
    columns = _even(width or longest + 2 * style.margin)
    rows = _even((RISE + FALL + LINE * (len(lines) - 1)) * style.size + 2 * style.margin)
    pixels = np.zeros((rows, columns, 4), np.uint8)
    if style.outline:
        _draw(pixels, lines, style, language, align, style)
    if style.shadow:
        _cast_shadow(pixels, style.shadow)
    return pixels


def _draw(
    pixels: NDArray[np.uint8], lines: Sequence[Line], style: Style, language: str, align: float, brush: Style | None
) -> None:
    """Draw *lines* onto *pixels*: filled, or with *brush* stroked in its outline."""
    canvas = skia().Canvas(pixels, skia().kRGBA_8888_ColorType, skia().kPremul_AlphaType)
    for index, line in enumerate(lines):
        text = _paragraph(line, style, language, brush)
        left = style.margin + (pixels.shape[1] - 2 * style.margin - text.MaxIntrinsicWidth) * align
        baseline = style.margin + (RISE + LINE * index) * style.size
        text.paint(canvas, left, baseline - text.AlphabeticBaseline)


def _cast_shadow(pixels: NDArray[np.uint8], softness: float) -> None:
    """Lay a soft shadow of *softness* pixels under what is drawn, a little lower."""
    shade = cv2.GaussianBlur(pixels[..., 3], (0, 0), softness)
    shade = np.roll(shade, round(softness * 0.6), axis=0).astype(np.uint16) * SHADE // 255
    pixels[..., 3] += ((255 - pixels[..., 3]) * shade // 255).astype(np.uint8)


def _paragraph(line: Line, style: Style, language: str, brush: Any) -> Any:
    """The laid-out line; *brush* None fills it, else it is stroked."""
    layout = skia().textlayout
    names = fonts.faces_for(line.text, language)
    base = _text_style(style, language, names, "other", _paint(style.colour, brush))
    shape = layout.ParagraphStyle()
    shape.setTextStyle(base)
    builder = layout.ParagraphBuilder.make(shape, fonts.collection(names), _unicode())
    isolate = right_to_left(line.text)
    builder.addText(ISOLATE_RTL if isolate else "")
    for (kind, marked), text in _runs(line, language):
        colour = style.highlight if marked else style.colour
        builder.pushStyle(_text_style(style, language, names, kind, _paint(colour, brush)))
        builder.addText(text)
        builder.pop()
    builder.addText(POP_ISOLATE if isolate else "")
    paragraph = builder.Build()
    paragraph.layout(1e6)
    return paragraph


@lru_cache(maxsize=1)
def _unicode() -> Any:
    return skia().Unicodes.ICU.Make()


def _runs(line: Line, language: str) -> list[tuple[tuple[str, bool], str]]:
    """The line in pieces that share a kind of script and the highlight."""
    pieces = [
        ((_kind(match.group(), language), line.mark[0] <= match.start() < line.mark[1]), match.group())
        for match in GRAPHEME.finditer(line.text)
    ]
    return [(key, "".join(text for _, text in group)) for key, group in groupby(pieces, key=lambda piece: piece[0])]


def _kind(grapheme: str, language: str) -> str:
    if EMOJI.search(grapheme):
        return "emoji"
    shared = fonts.east_asian(language) and fonts.SHARED.match(grapheme)
    return "cjk" if shared or CJK.search(grapheme) else "other"


def _text_style(style: Style, language: str, names: tuple[str, ...], kind: str, paint: Any) -> Any:
    first = [name for name in names if name.partition("-")[0] == kind]
    text = skia().textlayout.TextStyle()
    text.setFontSize(style.size)
    text.setFontFamilies([skia().String(name) for name in dict.fromkeys([*first, *names])])
    text.setLocale(skia().String({"zh": "zh-Hans"}.get(language, language)))
    text.setForegroundPaint(paint)
    return text


def _paint(colour: str, brush: Style | None) -> Any:
    sk = skia()
    paint = sk.Paint(AntiAlias=True, Color=_colour(brush.outline_colour if brush else colour))
    if brush:
        paint.setStyle(sk.Paint.kStroke_Style)
        paint.setStrokeWidth(brush.outline * 2)
        paint.setStrokeJoin(sk.Paint.kRound_Join)
    return paint


def _colour(text: str) -> int:
    return 0xFF000000 | int(text.removeprefix("#"), 16)


def _even(length: float) -> int:
    return (int(length) + 2) // 2 * 2

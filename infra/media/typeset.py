"""One line of text laid out by skia: its scripts, faces, direction and the paint of every run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import regex

from infra.media import fonts
from infra.media.glstub import skia

if TYPE_CHECKING:
    from infra.media.lettering import Line, Style

GRAPHEME = regex.compile(r"\X")
EMOJI = regex.compile(r"[\p{Emoji_Presentation}\u20e3\ufe0f]")
CJK = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\u3000-\u303f\uff00-\uffef]")
RTL = regex.compile(r"[\p{Arabic}\p{Hebrew}]")
LETTER = regex.compile(r"\p{L}")
JOINED = regex.compile(r"[\p{Arabic}\p{Devanagari}]")
"""Scripts whose letters touch: space between them would tear words."""
ISOLATE_RTL, POP_ISOLATE = "\u2067", "\u2069"
CLEAR = "#00000000"
DENSE = regex.compile(r"[\p{Arabic}\p{Devanagari}\p{Thai}]")
THICKENS = {"cjk": 0.3, "emoji": 0.0, "dense": 0.4, "other": 1.0}
"""How much of a style's fatness a kind of script takes: close strokes run together, and the CJK face has weights."""
LOCALES = {"zh": "zh-Hans"}


@dataclass(frozen=True)
class Brush:
    """How a line is painted: fat by the style's measure and *grow* pixels on all sides; in *colour*, or each run's own.

    With *only* nothing but those characters leaves a trace.
    """

    grow: float = 0.0
    colour: str | None = None
    only: tuple[int, int] | None = None

    def colour_of(self, line: Line, style: Style, place: int) -> str:
        """What character *place* is painted with."""
        if self.only and not self.only[0] <= place < self.only[1]:
            return CLEAR
        if self.colour:
            return self.colour
        own = next((colour for start, end, colour in line.tints if start <= place < end), None)
        return own or (style.highlight if line.mark[0] <= place < line.mark[1] else style.colour)


def right_to_left(text: str) -> bool:
    """Whether the first letter of *text* is of a script that runs to the left."""
    first = LETTER.search(text)
    return bool(first and RTL.match(first.group()))


def paragraph(line: Line, style: Style, language: str, brush: Brush) -> Any:
    """The laid-out line, ready to be painted."""
    layout = skia().textlayout
    names = fonts.faces_for(line.text, language)
    shape = layout.ParagraphStyle()
    shape.setTextStyle(_text_style(line, style, language, names, "other", _paint(style.colour, 0.0)))
    builder = layout.ParagraphBuilder.make(shape, fonts.collection(names, style.weight), _unicode())
    builder.addText(ISOLATE_RTL if line.runs_left else "")
    for (kind, colour), text in _runs(line, style, language, brush):
        paint = _paint(colour, brush.grow + style.fatten / 2 * THICKENS[kind])
        builder.pushStyle(_text_style(line, style, language, names, kind, paint))
        builder.addText(text)
        builder.pop()
    builder.addText(POP_ISOLATE if line.runs_left else "")
    laid_out = builder.Build()
    laid_out.layout(1e6)
    return laid_out


def argb(colour: str) -> int:
    """`#rrggbb` or `#rrggbbaa` as skia wants it."""
    digits = colour.removeprefix("#")
    return int(digits[6:] or "ff", 16) << 24 | int(digits[:6], 16)


@lru_cache(maxsize=1)
def _unicode() -> Any:
    return skia().Unicodes.ICU.Make()


def _runs(line: Line, style: Style, language: str, brush: Brush) -> list[tuple[tuple[str, str], str]]:
    """The line in pieces that share a kind of script and a colour."""
    pieces = [
        ((_kind(match.group(), language), brush.colour_of(line, style, match.start())), match.group())
        for match in GRAPHEME.finditer(line.text)
    ]
    return [(key, "".join(text for _, text in group)) for key, group in groupby(pieces, key=lambda piece: piece[0])]


def _kind(grapheme: str, language: str) -> str:
    if EMOJI.search(grapheme):
        return "emoji"
    shared = fonts.east_asian(language) and fonts.SHARED.match(grapheme)
    if shared or CJK.search(grapheme):
        return "cjk"
    return "dense" if DENSE.search(grapheme) else "other"


def _text_style(line: Line, style: Style, language: str, names: tuple[str, ...], kind: str, paint: Any) -> Any:
    first = [name for name in names if name.partition("-")[0] == kind]
    text = skia().textlayout.TextStyle()
    text.setFontSize(style.size)
    text.setFontFamilies([skia().String(name) for name in dict.fromkeys([*first, *names])])
    text.setLocale(skia().String(LOCALES.get(language, language)))
    if style.tracking and not JOINED.search(line.text):
        text.setLetterSpacing(style.tracking)
    text.setForegroundPaint(paint)
    return text


def _paint(colour: str, grow: float) -> Any:
    sk = skia()
    paint = sk.Paint(AntiAlias=True, Color=argb(colour))
    if grow:
        paint.setStyle(sk.Paint.kStrokeAndFill_Style)
        paint.setStrokeWidth(grow * 2)
        paint.setStrokeJoin(sk.Paint.kRound_Join)
    return paint

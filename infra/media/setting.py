"""How a caption is set in frames of one size: its case, its size in pixels and the longest line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import regex

from infra.media import styles
from infra.media.atoms import GRAPHEME, SYMBOL, atoms_of
from infra.media.lettering import Style, measure
from infra.media.typeset import right_to_left

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.media.styles import CaptionLook

WIDEST = 11
"""Text sizes that the widest single character takes, with room to spare."""
SMALLEST = 0.6
"""Text shrinks to this share of its size before a word too long for a line is torn."""
CASED = regex.compile(r"[\p{Latin}\p{Cyrillic}\p{M}]+")
MEASURE = regex.compile(rf"(?<=\p{{N}} ?){SYMBOL}(?![\p{{L}}/])")
THAI = regex.compile(r"\p{Thai}")


@dataclass(frozen=True)
class Setting:
    """How one caption is set in frames of one size: *limit* is the longest line in pixels."""

    text: str
    language: str
    look: CaptionLook
    style: Style
    rtl: bool
    width: int
    height: int
    limit: float

    @property
    def align(self) -> float:
        if self.look.align == "centre":
            return 0.5
        return 1.0 if self.rtl else 0.0

    def measure(self, piece: str) -> float:
        return _width(piece, self.style, self.language)


def cased(text: str, language: str) -> str:
    """*text* in capitals where its script has them; units of measure stay as they are (5 km)."""
    kept = [0, *(edge for match in MEASURE.finditer(text) for edge in match.span()), len(text)]
    parts = [text[start:end] for start, end in pairwise(kept)]
    return "".join(part if index % 2 else CASED.sub(_upper(language), part) for index, part in enumerate(parts))


def _upper(language: str) -> Callable[[regex.Match[str]], str]:
    dotted = language.split("-", 1)[0] in {"tr", "az"}
    return lambda match: (match.group().replace("i", "İ") if dotted else match.group()).upper()


def fitted(
    text: str, language: str, look: CaptionLook, words: list[tuple[int, int]], width: int, height: int
) -> Setting:
    """The setting in which the longest word fits a line, smaller than usual if it must be."""
    size = look.place(width, height).size * min(width, height)
    setting = _set(text, language, look, size, width, height)
    atoms = atoms_of(text, words, setting.measure, float("inf"))
    spaced = [atom.width for atom in atoms if not THAI.search(text[atom.start : atom.end])]
    fits = max(SMALLEST, _share(setting, spaced))
    if fits < 1 or size > setting.limit / WIDEST:
        letters = {match.group() for match in GRAPHEME.finditer(text)}
        fits = min(fits, _share(setting, [setting.measure(letter) for letter in letters]))
    return _set(text, language, look, size * fits, width, height) if fits < 1 else setting


def _share(setting: Setting, widths: list[float]) -> float:
    """By how much the text must shrink for the widest piece to fit a line; 1 if it fits."""
    return min(1.0, 0.98 * setting.limit / max(*widths, 1.0, 1.0))


def _set(text: str, language: str, look: CaptionLook, size: float, width: int, height: int) -> Setting:
    style, safe = look.lettering(size), styles.safe_area(width, height)
    share = min(look.place(width, height).width, safe.right - safe.left)
    limit = 0.99 * min(share * width, (safe.right - safe.left) * width - 2 * style.side - 4)
    return Setting(text, language, look, style, right_to_left(text), width, height, max(limit, 1.0))


@lru_cache(maxsize=8192)
def _width(piece: str, style: Style, language: str) -> float:
    return measure(piece, style, language)

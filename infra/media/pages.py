"""Where a caption breaks: pages of at most two lines of about equal width, broken where a reader expects it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

import regex

from infra.media.timing import OPENING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

GRAPHEME = regex.compile(r"\X")
HAN = regex.compile(r"\p{Han}")
SOLID = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
CLOSING = regex.compile(r"[\p{Pe}\p{Pf}\p{Po}\p{Pd}ー々…—·~～]")
SENTENCE_END = regex.compile(r"[.!?。！？…؟۔][\p{Pe}\p{Pf}\"']*$")
CLAUSE_END = regex.compile(r"[,;:，；：、—–،؛][\p{Pe}\p{Pf}\"']*$")
CLINGS = {"的", "了", "吗", "呢", "吧", "着", "过", "们", "地", "得", "么", "啊"}  # never first on a line
LEADS = frozenset(
    "a an the of to in on at by for with from and or but as is are was were that which who its their our".split()  # noqa: SIM905
)
SPLIT_WORD, AFTER_SENTENCE, AFTER_CLAUSE = 3.0, -0.6, 0.1
NEW_PAGE, SECOND_LINE, STUB = 1.2, 0.35, 0.3


@dataclass(frozen=True)
class Atom:
    """Characters [start, end) that stay together; *cost* of a break after them; *width* and *gap* after, in pixels."""

    start: int
    end: int
    cost: float
    width: float
    gap: float = 0.0


Range = tuple[int, int]
Page = tuple[Range, ...]
"""The lines of one page, each as characters [start, end) of the caption."""


def paginate(text: str, words: Sequence[Range], width: Callable[[str], float], limit: float) -> tuple[Page, ...]:
    """The pages of *text*: each of one or two lines no wider than *limit*.

    *words* are ranges that should not be torn (the words of a text without spaces); *width* measures a piece of text.
    """
    atoms = _atoms(text, words, width, limit)
    pages = _cheapest(len(atoms), _Fitter(atoms, limit).page)
    return tuple(tuple((atoms[a].start, atoms[b - 1].end) for a, b in _lines(page)) for page in pages)


def chinese_words(text: str) -> list[Range]:
    """Ranges of *text* that a break should not tear, where it is Chinese: its words, by jieba's dictionary."""
    if not HAN.search(text):
        return []
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return [(start, end) for _, start, end in jieba.tokenize(text)]


def _lines(page: tuple[int, int, int]) -> list[tuple[int, int]]:
    first, middle, last = page
    return [(first, last)] if middle == last else [(first, middle), (middle, last)]


def _cheapest(count: int, fit: Callable[[int, int], tuple[float, int] | None]) -> list[tuple[int, int, int]]:
    """The run of pages (first, middle, last) of least cost that covers all *count* atoms."""
    best: list[tuple[float, int, int]] = [(0.0, 0, 0)]
    for last in range(1, count + 1):
        found = (float("inf"), 0, 0)
        for first in range(last - 1, -1, -1):
            layout = fit(first, last)
            if layout is None:
                break
            total = best[first][0] + layout[0] + NEW_PAGE
            found = min(found, (total, first, layout[1]))
        best.append(found)
    pages, last = [], count
    while last:
        _, first, middle = best[last]
        pages.append((first, middle, last))
        last = first
    return pages[::-1]


class _Fitter:
    """Lays pages of *atoms* into lines no wider than *limit* pixels."""

    def __init__(self, atoms: list[Atom], limit: float) -> None:
        self.atoms, self.limit = atoms, limit
        self.begin = list(accumulate((atom.width + atom.gap for atom in atoms), initial=0.0))

    def page(self, first: int, last: int) -> tuple[float, int] | None:
        """Cost and line break of the best page of atoms [first, last); None if two lines cannot hold them."""
        whole = self._width(first, last)
        if whole > 2 * self.limit:
            return None
        total = len(self.atoms)
        end = 0.0 if last == total else self.atoms[last - 1].cost
        if whole <= self.limit:
            stub = whole < STUB * self.limit and total > last - first
            return end + (1.0 if stub else 0.0), last
        costs = [(end + SECOND_LINE + cost, middle) for middle, cost in self._breaks(first, last)]
        return min(costs) if costs else None

    def _breaks(self, first: int, last: int) -> Iterator[tuple[int, float]]:
        """Each place where two lines fit, with its cost: uneven lines and bad places cost."""
        for middle in range(first + 1, last):
            top, low = self._width(first, middle), self._width(middle, last)
            if top <= self.limit and low <= self.limit:
                yield middle, 1.5 * ((top - low) / self.limit) ** 2 + 0.6 * self.atoms[middle - 1].cost

    def _width(self, first: int, last: int) -> float:
        return self.begin[last] - self.begin[first] - self.atoms[last - 1].gap


def _atoms(text: str, words: Sequence[Range], width: Callable[[str], float], limit: float) -> list[Atom]:
    """The pieces between which *text* may break."""
    inner = {place for start, end in words for place in range(start + 1, end)}
    graphemes = [(match.start(), match.end()) for match in GRAPHEME.finditer(text) if not match.group().isspace()]
    atoms: list[Atom] = []
    begin = 0
    for index, (_, end) in enumerate(graphemes):
        following = graphemes[index + 1][0] if index + 1 < len(graphemes) else None
        start = graphemes[begin][0]
        if following is None or following > end or _may_break(text, end):
            gap = width(" ") if following is not None and following > end else 0.0
            atoms += _torn(Atom(start, end, _cost(text, start, end, following, inner), 0.0, gap), text, width, limit)
            begin = index + 1
    return atoms


def _may_break(text: str, place: int) -> bool:
    """Whether a line may end before character *place*, where no space stands."""
    before, after = text[place - 1], text[place]
    if OPENING.match(before) or CLOSING.match(after) or after in CLINGS:
        return False
    return bool(SOLID.match(before) or SOLID.match(after) or (CLOSING.match(before) and SOLID.match(after)))


def _cost(text: str, start: int, end: int, following: int | None, inner: set[int]) -> float:
    """How bad a break after [start, end) is: nothing after a sentence, much inside a word."""
    piece = text[start:end]
    if SENTENCE_END.search(piece):
        return AFTER_SENTENCE
    if CLAUSE_END.search(piece):
        return AFTER_CLAUSE
    if following == end and end in inner:
        return SPLIT_WORD
    return 0.9 if piece.casefold().strip("“\"'(") in LEADS else 0.5


def _torn(atom: Atom, text: str, width: Callable[[str], float], limit: float) -> list[Atom]:
    """The atom measured, or in pieces where it alone is wider than a line (a long word, a script without spaces)."""
    piece = text[atom.start : atom.end]
    size = width(piece)
    edges = [atom.start + match.end() for match in GRAPHEME.finditer(piece)]
    if size <= limit or len(edges) < 2:
        return [replace(atom, width=min(size, limit))]
    middle = edges[len(edges) // 2 - 1]
    left = replace(atom, end=middle, cost=SPLIT_WORD, gap=0.0)
    return [*_torn(left, text, width, limit), *_torn(replace(atom, start=middle), text, width, limit)]

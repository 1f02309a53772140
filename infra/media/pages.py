"""Where a caption breaks: pages of at most two lines of about equal width, broken where a reader expects it."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from infra.media.atoms import Atom, Range, atoms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NEW_PAGE, SHORT_PAGE, SECOND_LINE, STUB, ORPHAN = 1.2, 0.4, 0.35, 0.3, 2.5
"""What a page costs, and one of few words; what its second line adds, a stub of a line, and a lone word."""

Page = tuple[Range, ...]
"""The lines of one page, each as characters [start, end) of the caption."""


def paginate(
    text: str,
    words: Sequence[Range],
    width: Callable[[str], float],
    limit: float,
    *,
    most_words: float = float("inf"),
) -> tuple[Page, ...]:
    """The pages of *text*: each of one or two lines no wider than *limit*, and of at most *most_words* words.

    *words* are ranges that are not torn (the words of a text without spaces); *width* measures a piece of text.
    """
    atoms = atoms_of(text, words, width, limit)
    pages = _cheapest(len(atoms), _Fitter(atoms, limit, most_words).page)
    return tuple(tuple((atoms[a].start, atoms[b - 1].end) for a, b in _lines(page)) for page in pages)


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
            total = best[first][0] + layout[0]
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

    def __init__(self, atoms: list[Atom], limit: float, most_words: float) -> None:
        self.atoms, self.limit, self.most_words = atoms, limit, most_words
        self.few = most_words < float("inf")
        self.begin = list(accumulate((atom.width + atom.gap for atom in atoms), initial=0.0))
        self.words = list(accumulate((atom.words for atom in atoms), initial=0.0))

    def page(self, first: int, last: int) -> tuple[float, int] | None:
        """Cost and line break of the best page of atoms [first, last); None if it cannot hold them.

        A page of a single atom is always possible.
        """
        whole, alone = self._width(first, last), last - first == 1
        if not alone and (whole > 2 * self.limit or self.words[last] - self.words[first] > self.most_words):
            return None
        end = (SHORT_PAGE if self.few else NEW_PAGE) + (0.0 if last == len(self.atoms) else self.atoms[last - 1].cost)
        if whole <= self.limit or alone:
            return end + self._shortness(first, last, whole), last
        costs = [(end + SECOND_LINE + cost, middle) for middle, cost in self._breaks(first, last)]
        return min(costs) if costs else None

    def _shortness(self, first: int, last: int, whole: float) -> float:
        """What a page of one short line costs in a text of several."""
        count = len(self.atoms)
        if count == last - first:
            return 0.0
        if last - first == 1 and self.few and self.atoms[first].words < 2:
            return ORPHAN
        if whole >= STUB * self.limit:
            return 0.0
        return ORPHAN if last == count and last - first == 1 else 1.0

    def _breaks(self, first: int, last: int) -> Iterator[tuple[int, float]]:
        """Each place where two lines fit, with its cost: uneven lines and bad places cost."""
        for middle in range(first + 1, last):
            top, low = self._width(first, middle), self._width(middle, last)
            if top <= self.limit and low <= self.limit:
                yield middle, 1.5 * ((top - low) / self.limit) ** 2 + 0.6 * self.atoms[middle - 1].cost

    def _width(self, first: int, last: int) -> float:
        return self.begin[last] - self.begin[first] - self.atoms[last - 1].gap

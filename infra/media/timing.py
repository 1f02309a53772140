"""When each piece of a written caption is spoken: word times laid onto ranges of its characters."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

TOKEN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]|(?:(?![\p{Han}\p{Hiragana}\p{Katakana}])\S)+")
VARIATION = regex.compile(r"[\p{Variation_Selector}\u20e3]")
OPENING = regex.compile(r"[\p{Ps}\p{Pi}]")
ENOUGH = 0.5
"""Below this share of letters found in the words, their times say nothing about the caption's words."""


@dataclass(frozen=True)
class Word:
    """A word as heard, in seconds from the caption's start."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Span:
    """Characters [start, end) of a caption, spoken from *start_s* to *end_s*."""

    start: int
    end: int
    start_s: float
    end_s: float


@dataclass(frozen=True)
class _Letter:
    """A letter or digit, folded; *at* is the place of its character, or of its word."""

    char: str
    at: int


def spans(text: str, words: Sequence[Word], total_s: float) -> tuple[Span, ...]:
    """The words of *text* in order, with their times; punctuation belongs to the word it touches.

    Where *words* spell *text* their own ranges and times are taken. Where they differ (a number spoken out), times
    come from the letters that agree, between them by proportion. Without words the caption takes *total_s* seconds.
    """
    letters = _letters(text)
    if not letters:
        return ()
    times = _letter_times(letters, words, total_s)
    ranges = _spelled(letters, words) or _tokens(text, letters)
    found = [Span(letters[a].at, letters[b - 1].at + 1, times[a][0], times[b - 1][1]) for a, b in ranges]
    return tuple(_with_punctuation(text, found))


def whole_words(found: Sequence[Span], words: Sequence[tuple[int, int]]) -> tuple[Span, ...]:
    """The spans, those that begin within one of the *words* (ranges of characters) joined to one."""
    word_at = {place: word for word, (start, end) in enumerate(words) for place in range(start, end)}
    joined: list[Span] = []
    for span in found:
        last = joined[-1] if joined else None
        if last and word_at.get(span.start, -1) == word_at.get(last.start, -2):
            joined[-1] = Span(last.start, span.end, last.start_s, span.end_s)
        else:
            joined.append(span)
    return tuple(joined)


def _letters(text: str) -> list[_Letter]:
    """Letters and digits of *text*, compatibility-folded, each with the index of its character."""
    return [
        _Letter(folded, index)
        for index, char in enumerate(text)
        for folded in unicodedata.normalize("NFKC", char).casefold()
        if unicodedata.category(folded)[0] in "LNM" and not VARIATION.match(folded)
    ]


def _letter_times(letters: list[_Letter], words: Sequence[Word], total_s: float) -> list[tuple[float, float]]:
    """Start and end in seconds of each letter; never decreasing."""
    heard = [(word, letter, of) for word in words for of in [_letters(word.text)] for letter in of]
    places: dict[int, tuple[float, float]] = {}
    position = {id(word): 0 for word in words}
    parts = []
    for word, letter, of in heard:
        step = (word.end_s - word.start_s) / len(of)
        begin = word.start_s + position[id(word)] * step
        position[id(word)] += 1
        parts.append((letter.char, begin, begin + step))
    matcher = SequenceMatcher(None, [letter.char for letter in letters], [char for char, _, _ in parts], autojunk=False)
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            places[block.a + offset] = parts[block.b + offset][1:]
    start = words[0].start_s if words else 0.0
    end = words[-1].end_s if words else total_s
    if len(places) < ENOUGH * len(letters):
        places = {}
    return _filled(places, len(letters), start, end)


def _filled(places: dict[int, tuple[float, float]], count: int, start: float, end: float) -> list[tuple[float, float]]:
    """Times of all *count* letters: known ones as they are, runs between them by proportion."""
    known = [(-1, start, start), *((index, *places[index]) for index in sorted(places)), (count, end, end)]
    times: list[tuple[float, float]] = []
    for (left, _, left_end), (right, right_start, _) in pairwise(known):
        step = max(0.0, right_start - left_end) / max(1, right - left - 1)
        times += [(left_end + k * step, left_end + (k + 1) * step) for k in range(right - left - 1)]
        if right < count:
            times.append(places[right])
    return times


def _spelled(letters: list[_Letter], words: Sequence[Word]) -> list[tuple[int, int]]:
    """Ranges of letters, one per word, if the words spell the text exactly; else none."""
    lengths = [len(_letters(word.text)) for word in words]
    spoken = "".join(letter.char for word in words for letter in _letters(word.text))
    if spoken != "".join(letter.char for letter in letters):
        return []
    ranges, at = [], 0
    for length in lengths:
        if length:
            ranges.append((at, at + length))
        at += length
    return ranges


def _tokens(text: str, letters: list[_Letter]) -> list[tuple[int, int]]:
    """Ranges of letters, one per word as written: between white space, or a single Chinese character."""
    ranges = []
    for token in TOKEN.finditer(text):
        inside = [index for index, letter in enumerate(letters) if token.start() <= letter.at < token.end()]
        if inside:
            ranges.append((inside[0], inside[-1] + 1))
    return ranges


def _with_punctuation(text: str, found: list[Span]) -> list[Span]:
    """The spans grown over the marks that touch them: opening ones to the right, all others to the left."""
    grown: list[Span] = []
    for index, span in enumerate(found):
        start = grown[-1].end if grown else 0
        begin = span.start
        while begin > start and not text[begin - 1].isspace():
            begin -= 1
        stop = span.end
        limit = found[index + 1].start if index + 1 < len(found) else len(text)
        while stop < limit and not text[stop].isspace() and not OPENING.match(text[stop]):
            stop += 1
        grown.append(Span(begin, max(stop, span.end), span.start_s, span.end_s))
    return grown

"""The pieces of a text that a line never tears, and how bad a break after each is.

Words stay whole (Chinese by jieba's dictionary, Thai by the words heard), a number keeps its unit, a title its name;
no line begins with a closing mark or a particle that leans on the word before it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import regex

from infra.media.timing import OPENING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

GRAPHEME = regex.compile(r"\X")
HAN = regex.compile(r"\p{Han}")
SOLID = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")
CLOSING = regex.compile(
    r"(?![@#&*•¿¡§¶])[\p{Pe}\p{Pf}\p{Po}\p{Pd}ー々…—·~～%％‰°℃℉ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ]"
)
NOT_AT_END = regex.compile(r"[第$€£¥￥#＃№·・@\"']")
SENTENCE_END = regex.compile(r"[.!?。！？…؟۔।][\p{Pe}\p{Pf}\"']*$")
CLAUSE_END = regex.compile(r"[,;:，；：、—–،؛][\p{Pe}\p{Pf}\"']*$")
SHORT_FORM = regex.compile(
    r"[\p{Ps}\p{Pi}\"']*(?:(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nr|Vol|Fig|Mt|Jr|Sr)\.|(?:\p{L}\.)+)$", regex.IGNORECASE
)
TITLE = regex.compile(r"[\p{Ps}\p{Pi}\"']*(?:Mr|Mrs|Ms|Dr|Prof|St|No|Nr|Vol|Fig|Mt)\.$", regex.IGNORECASE)
INITIAL = regex.compile(r"[\p{Ps}\p{Pi}\"']*\p{Lu}\.$")
EMOJI = regex.compile(r"\p{Emoji_Presentation}|\p{Emoji}\uFE0F")
NUMBER = regex.compile(r"[\p{Ps}\p{Pi}\p{Sc}~≈<>±+−-]*\p{N}[\p{N}.,:/×–-]*$")
SYMBOL = r"(?:km/h|m/s|[µunpcdhkMGT]?(?:m|g|l|L|s|Hz|Wh|W|V|A|J|N|Pa|B|b|eV|cal)[²³23]?)"
"""Units whose capitals mean something else."""
UNIT = regex.compile(
    rf"(?:{SYMBOL}|mph|min|h|ha|t|lbs?|oz|ft|in|mi|yd|°[CF]?|[%‰℃℉]|[ap]\.?m\.?|BCE?|CE|AD|percent|hundred|thousand"
    r"|million|billion|trillion)[\p{Po}\p{Pe}\p{Pf}]*",
    regex.IGNORECASE,
)
PARTICLES = frozenset("的了吗呢吧嘛啊呀啦呗哦喔哇么们")
LEANING = frozenset("着过地得之")
"""Particles only where they are a word of their own: 着 leans, 着急 does not."""
WORDS_OF_THEIR_OWN = (
    "了解",
    "了不起",
    "了结",
    "了却",
    "了如指掌",
    "的确",
    "的士",
    "吧台",
    "吧嗒",
    "啊呀",
    "呢喃",
    "呢子",
    "哦哟",
)
THAI_LEADING, THAI_FOLLOWING = regex.compile(r"[เแโใไ]"), regex.compile(r"[ะาำๅๆฯ]")
LEADS = frozenset(
    "a an the of to in on at by for with from and or but as is are was were that which who its their our"  # noqa: SIM905
    " 在 把 被 和 与 从 对 向 于 是 就 也 都 很 不 更 最 将 给 为 以 而 或 及 跟 让 使 用 又 还 再 才 会 能 要".split()
)
"""Words that point to the next one: a line that ends with them reads badly."""
SPLIT_WORD, AFTER_SENTENCE, AFTER_CLAUSE, AFTER_LEAD, AFTER_WORD = 3.0, -0.6, -0.2, 1.4, 0.5
SOLID_WORD = 0.45
"""What a Chinese character counts where words are counted."""

Range = tuple[int, int]


@dataclass(frozen=True)
class Atom:
    """Characters [start, end) that stay together; *cost* of a break after them; *width* and *gap* after, in pixels.

    *words* is how many they count as.
    """

    start: int
    end: int
    cost: float
    width: float
    gap: float = 0.0
    words: float = 1.0


def chinese_words(text: str) -> list[Range]:
    """Ranges of *text* that a break should not tear, where it is Chinese: its words, by jieba's dictionary."""
    if not HAN.search(text):
        return []
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return [(start, end) for _, start, end in jieba.tokenize(text)]


def atoms_of(text: str, words: Sequence[Range], width: Callable[[str], float], limit: float) -> list[Atom]:
    """The pieces between which *text* may break, none wider than *limit* pixels unless it is a single character.

    *words* are ranges that are not torn; *width* measures a piece of text.
    """
    atoms: list[Atom] = []
    for start, end, following in _pieces(text, words):
        spaced = following is not None and following > end
        piece = text[start:end]
        solid = len(SOLID.findall(piece))
        atom = Atom(
            start,
            end,
            _cost(piece, text[end:].lstrip()),
            0.0,
            width(" ") if spaced else 0.0,
            max(1.0, piece.count(" ") + 1.0) if not solid else SOLID_WORD * solid,
        )
        atoms += _torn(atom, text, width, limit)
    return atoms


def _pieces(text: str, words: Sequence[Range]) -> Iterator[tuple[int, int, int | None]]:
    """Start and end of each piece, and where the next begins."""
    inner = {place for start, end in words for place in range(start + 1, end)}
    edges = {place for word in words for place in word}
    graphemes = [(match.start(), match.end()) for match in GRAPHEME.finditer(text) if not match.group().isspace()]
    begin = 0
    for index, (_, end) in enumerate(graphemes):
        following = graphemes[index + 1][0] if index + 1 < len(graphemes) else None
        start = graphemes[begin][0]
        if following is None or _may_break(text, start, end, following, inner, edges):
            yield start, end, following
            begin = index + 1


def _may_break(text: str, start: int, end: int, following: int, inner: Collection[int], edges: Collection[int]) -> bool:
    """Whether a line may end at *end*, the next one beginning with character *following*."""
    before, after = text[end - 1], text[following]
    if following > end:
        return not _belong_together(text[start:end].rsplit(" ", 1)[-1], text[following:].split(" ", 1)[0])
    if end in inner or OPENING.match(before) or CLOSING.match(after) or NOT_AT_END.match(before):
        return False
    if _leans(text, end, edges) or (before.isnumeric() and after.isnumeric()):
        return False
    if before.isdecimal() and SOLID.match(after):
        return False
    if SOLID.match(before) or SOLID.match(after):
        return True
    return bool(UNSPACED.match(before) and UNSPACED.match(after) and end in edges)


def _belong_together(before: str, after: str) -> bool:
    """Whether a space between these two words is none to break at: 5 km, Dr. Chen, 第 3 章, bees 🐝."""
    if NUMBER.match(before):
        return bool(UNIT.fullmatch(after) or SOLID.match(after))
    if EMOJI.match(after) and not EMOJI.match(before):
        return True
    return bool(TITLE.match(before) or before in {"第", "№"} or CLOSING.fullmatch(after))


def _leans(text: str, place: int, edges: Collection[int]) -> bool:
    """Whether the character at *place* is a particle that belongs to the word before it."""
    char = text[place]
    if char in LEANING:
        return place in edges and (place + 1 in edges or place + 1 == len(text))
    return char in PARTICLES and not text.startswith(WORDS_OF_THEIR_OWN, place)


def _cost(piece: str, rest: str) -> float:
    """How bad a break between *piece* and *rest* is: nothing after a sentence, much after an article."""
    if SENTENCE_END.search(piece) and not SHORT_FORM.match(piece):
        return AFTER_SENTENCE
    if CLAUSE_END.search(piece):
        return AFTER_CLAUSE
    if INITIAL.match(piece) or (rest[:1].isdecimal() and not SOLID.search(piece)):
        return AFTER_LEAD
    return AFTER_LEAD if piece.casefold().strip("“\"'(") in LEADS else AFTER_WORD


def _torn(atom: Atom, text: str, width: Callable[[str], float], limit: float) -> list[Atom]:
    """The atom measured, or in pieces where it alone is wider than a line (a long word, a script without spaces)."""
    piece = text[atom.start : atom.end]
    size = width(piece)
    edges = [atom.start + match.end() for match in GRAPHEME.finditer(piece)]
    if size <= limit or len(edges) < 2:
        return [replace(atom, width=size)]
    middle = _tear(text, edges)
    end = atom.start + len(text[atom.start : middle].rstrip())
    gap = width(" ") if end < middle else 0.0
    left = replace(atom, end=end, cost=SPLIT_WORD, gap=gap, words=atom.words / 2)
    right = replace(atom, start=middle, words=atom.words / 2)
    return [*_torn(left, text, width, limit), *_torn(right, text, width, limit)]


def _tear(text: str, edges: list[int]) -> int:
    """The place nearest to the middle where a piece is best torn: at a space, else where a syllable may end."""

    def badness(index: int) -> tuple[bool, bool, int]:
        before, after = text[edges[index] - 1], text[edges[index]]
        syllable = THAI_LEADING.match(before) or THAI_FOLLOWING.match(after) or CLOSING.match(after)
        stays = syllable or OPENING.match(before) or after.isspace() or after in PARTICLES
        return not before.isspace(), bool(stays), abs(index - (len(edges) // 2 - 1))

    return edges[min(range(len(edges) - 1), key=badness)]

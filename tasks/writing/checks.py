"""What is wrong with a caption: broken ends, repetition, words of the prompt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from tasks.schema import Language

NEAR = 0.5
TWICE = 0.7
WEAK_ENDS = frozenset(
    (  # noqa: SIM905
        "a an the of to and or but with in on at by for from as that which who where when while into its their our "
        "your his her is are was were be than this these those every each very so because if"
    ).split()
)
LEAKS = re.compile(
    r"\b(moment|narrator|viewers?|this film|the film|chapter|script|voice-?over|video|topic)\b"
    r"|时刻|旁白|观众|影片|画面|本章|脚本|视频|短片|主题|约.{0,3}字",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"[^.!?。！？]+[.!?。！？]")
CLUMSY = re.compile(r"[，、]{2}|[，、][。！？]|^[，、]|(.{2,6})\1\1|\b(\w+) \2\b", re.IGNORECASE)


def sentences(caption: str) -> list[str]:
    """The sentences of a caption."""
    return [part.strip() for part in SENTENCE.findall(caption)] or [caption]


def likeness(one: str, other: str, topic: str = "") -> float:
    """0 (nothing shared) to 1 (the same words): shared neighbours among words or characters, the topic's aside."""
    if one == other:
        return 1
    a, b = _pairs(one) - _pairs(topic), _pairs(other) - _pairs(topic)
    return len(a & b) / (min(len(a), len(b)) or 1)


def repeated(caption: str, earlier: Iterable[str], topic: str = "") -> str | None:
    """The earlier sentence that *caption* says again, equal or nearly; also one that it says twice itself."""
    own = sentences(caption)
    known = [sentence for text in earlier for sentence in sentences(text)]
    for index, sentence in enumerate(own):
        for other in [*known, *own[:index]]:
            if likeness(sentence, other, topic) >= NEAR:
                return other
    return None


def trimmed(sentence: str, earlier: Iterable[str]) -> str:
    """*sentence* without its later clauses that were said before word for word: stock phrases."""
    said = {clause for text in earlier for clause in _clauses(text)}
    first, *later = re.split(r"(?<=[,，])\s*", sentence[:-1])
    kept = [first, *(clause for clause in later if clause.strip(" ,，").lower() not in said)]
    return (" " if first.isascii() else "").join(kept).rstrip(" ,，") + sentence[-1:]


def broken(caption: str, language: Language) -> bool:
    """Whether the caption does not end as a sentence does, stutters, or is in the wrong script."""
    if caption[-1:] not in (".!?" if language == "en" else "。！？") or CLUMSY.search(caption) or stutters(caption):
        return True
    if language == "en":
        return any(_weak(sentence) for sentence in sentences(caption))
    return sum("\u4e00" <= c <= "\u9fff" for c in caption) < len(caption) / 2


def stutters(caption: str) -> bool:
    """Whether two clauses of a caption say nearly the same."""
    clauses = [clause for clause in re.split(r"[,，.。!！?？;；]", caption) if len(_pairs(clause)) > 2]
    return any(likeness(one, other) > TWICE for i, one in enumerate(clauses) for other in clauses[:i])


def leaks(caption: str, topic: str) -> bool:
    """Whether it speaks of the film or the task, in words that are not the topic's."""
    return any(found.group().lower() not in topic.lower() for found in LEAKS.finditer(caption))


def same_picture(visual: str, earlier: Iterable[str]) -> bool:
    """Whether most things in a picture's list are those of one list before it."""
    things = _things(visual)
    return any(len(things & _things(other)) > len(things) / 2 for other in earlier)


def distinct(lines: Sequence[str], topic: str) -> int:
    """How many lines are not (nearly) said before."""
    return sum(not repeated(line, lines[:index], topic) for index, line in enumerate(lines))


def _clauses(text: str) -> list[str]:
    """The clauses that are long enough to be noticed when they come again."""
    parts = (part.strip().lower() for part in re.split(r"[,，.!?。！？]", text))
    return [part for part in parts if len(part.split()) >= 3 or (not part.isascii() and len(part) >= 5)]


def _things(visual: str) -> set[str]:
    return set(visual.partition(" of ")[2].split(", ")[:-1])


def _weak(sentence: str) -> bool:
    return (sentence[:-1].lower().split() or ["the"])[-1] in WEAK_ENDS


def _pairs(text: str) -> set[str]:
    """Neighbouring content words, and threes of neighbouring Chinese characters."""
    words = re.findall(r"[a-z0-9é']+", text.lower())
    words = [re.sub(r"(?:'s|es|s|ed|ing)$", "", word) or word for word in words if word not in WEAK_ENDS]
    han = "".join(re.findall(r"[\u4e00-\u9fff]", text))
    found = {f"{a} {b}" for a, b in pairwise(words)} | {han[i : i + 3] for i in range(len(han) - 2)}
    return found or {*words, han}

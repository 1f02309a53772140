"""GBNF: what a reply may look like. Sentences are whole by rule; the language is enforced letter by letter."""

from __future__ import annotations

import re
from typing import get_args

from tasks.schema import Language, Mood
from tasks.writing.plan import LETTERS_PER_WORD

LATIN = re.compile(r"[A-Za-z][A-Za-z0-9+#.-]*[A-Za-z0-9+#]|[A-Za-z]|[0-9]+(?:\.[0-9]+)?[A-Za-z]{0,3}")


LINE: dict[Language, tuple[int, int]] = {"en": (3, 14), "zh": (6, 26)}
"""Fewest and most words or characters of an outline's line."""
TITLE: dict[Language, int] = {"en": 8, "zh": 14}
"""Most words or characters of a title."""


def size(letters: int, language: Language) -> int:
    """How many words (en) or characters (zh) *letters* written characters are."""
    return max(4, round(letters / LETTERS_PER_WORD)) if language == "en" else max(8, letters)


def bounds(wanted: int) -> tuple[int, int]:
    """Fewest and most words or characters of a caption that should have *wanted*."""
    return max(3, round(0.75 * wanted)), round(1.3 * wanted) + 1


def half_bounds(wanted: int) -> tuple[int, int]:
    """The same for each sentence of a caption of two."""
    low, high = bounds(wanted)
    return max(2, low // 2), max(4, round(0.65 * high))


def cut_short(caption: list[str], letters: int, language: Language) -> bool:
    """Whether a sentence of *caption* is as long as the grammar lets it be: it ended because it had to."""
    wanted = size(letters, language)
    most = (bounds if len(caption) == 1 else half_bounds)(wanted)[1]
    split = [sentence.rstrip(".!?。！？").split("，" if language == "zh" else ", ") for sentence in caption]
    lengths = [(len(clauses), _units(clauses[-1], language)) for clauses in split]
    return any(length >= _clause(most, clauses) for clauses, length in lengths)


def title_fits(title: str, language: Language) -> bool:
    """Whether a title ended by itself, before the grammar ended it."""
    return _units(title, language) < TITLE[language]


def segment_grammar(language: Language, topic: str, letters: int) -> str:
    """Three lines: caption of one or two sentences, picture in English, mood."""
    wanted = size(letters, language)
    moods = " | ".join(f'"{mood}"' for mood in get_args(Mood))
    gap = '" " ' if language == "en" else ""
    return "\n".join(
        [
            r'root ::= caption "\n" picture "\n" mood',
            f"caption ::= whole | half {gap}half",
            _sentence("whole", language, *bounds(wanted)),
            _sentence("half", language, *half_bounds(wanted)),
            *_letters(language, topic),
            'picture ::= thing ("," " " thing){1,4}',
            'thing ::= [a-z]{2,15} (" " [a-z]{1,15}){0,2}',
            f"mood ::= {moods}",
        ]
    )


def lines_grammar(language: Language, topic: str, count: int, *, title: bool) -> str:
    """A title line, if wanted, then *count* lines of one short sentence each."""
    return "\n".join(
        [
            f'root ::= {"title " if title else ""}line ("\\n" line){{{count - 1}}}',
            _title(language),
            _sentence("line", language, *LINE[language]),
            *_letters(language, topic, listing=False),
        ]
    )


def _sentence(name: str, language: Language, low: int, high: int) -> str:
    """A rule for one sentence of up to three clauses, each of some words, so that it cannot become a list."""
    comma, ends = ('", "', "[.!?]") if language == "en" else ('"，"', '("。" | "！" | "？")')
    two, three = _clause(high, 2), _clause(high, 3)
    later = 2 if language == "en" else 4
    one = _run("first", language, low, high)
    both = f"{_run('first', language, 2, two)} {comma} {_run('word', language, max(later, low // 2), two)}"
    each = f"{comma} {_run('word', language, later, three)}"
    return f"{name} ::= ({one} | {both} | {_run('first', language, 2, three)} {each} {each}) {ends}"


def _run(first: str, language: Language, low: int, high: int) -> str:
    """*low* to *high* words, or characters, in a row."""
    following = '" " word' if language == "en" else "word"
    return f"{first} ({following}){{{low - 1},{max(low, high) - 1}}}"


def _clause(most: int, clauses: int) -> int:
    """Most words of each clause of a sentence that has *most*."""
    return max(4, round(most * {1: 1, 2: 0.65, 3: 0.45}.get(clauses, 0.45)))


def _units(text: str, language: Language) -> int:
    return len(text.split()) if language == "en" else len(text)


def _title(language: Language) -> str:
    return f'title ::= {_run("word", language, 2, TITLE[language])} "\\n"'


def _letters(language: Language, topic: str, *, listing: bool = True) -> list[str]:
    """What words are made of; Latin words and figures in a Chinese caption, figures in an English one: the topic's."""
    given = dict.fromkeys(LATIN.findall(topic))
    if language == "en":
        figures = "".join(f' | "{word}"' for word in given if word[0].isdigit())
        return ["first ::= [A-Z] [a-zé'-]{0,15}" + figures, "word ::= [a-zA-Zé] [a-zA-Zé'-]{0,15}" + figures]
    words = "".join(f' | "{word}"' for word in given)
    return [r"first ::= [\u4e00-\u9fff]" + words, 'word ::= first | "、"' if listing else "word ::= first"]

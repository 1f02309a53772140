"""GBNF: what a reply may look like. Sentences are whole by rule; the language is enforced letter by letter."""

from __future__ import annotations

import re
from typing import get_args

from tasks.schema import Language, Mood
from tasks.writing.plan import LETTERS_PER_WORD

LATIN = re.compile(r"[A-Za-z][A-Za-z0-9+#.-]*[A-Za-z0-9+#]|[A-Za-z]|[0-9]+(?:\.[0-9]+)?")


def size(letters: int, language: Language) -> int:
    """How many words (en) or characters (zh) *letters* written characters are."""
    return max(4, round(letters / LETTERS_PER_WORD)) if language == "en" else max(8, letters)


def bounds(wanted: int) -> tuple[int, int]:
    """Fewest and most words or characters of a caption that should have *wanted*."""
    return max(3, round(0.75 * wanted)), round(1.45 * wanted) + 2


def half_bounds(wanted: int) -> tuple[int, int]:
    """The same for each sentence of a caption of two."""
    low, high = bounds(wanted)
    return max(2, low // 2), max(4, round(0.65 * high))


def cut_short(caption: list[str], letters: int, language: Language) -> bool:
    """Whether a sentence of *caption* is as long as the grammar lets it be: it ended because it had to."""
    wanted = size(letters, language)
    most = (bounds if len(caption) == 1 else half_bounds)(wanted)[1]
    lengths = [len(sentence.split()) if language == "en" else len(sentence) - 1 for sentence in caption]
    return max(lengths) >= most


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
            'thing ::= [a-z]{2,15} (" " [a-z]{1,15}){0,3}',
            f"mood ::= {moods}",
        ]
    )


def lines_grammar(language: Language, topic: str, count: int, *, title: bool, sentences: bool) -> str:
    """An optional title line, then *count* lines: moments of a few words, or short sentences."""
    low, high = {("en", False): (4, 12), ("en", True): (4, 18), ("zh", False): (3, 18), ("zh", True): (6, 30)}[
        language, sentences
    ]
    head = r'title "\n" ' if title else ""
    return "\n".join(
        [
            f'root ::= {head}line ("\\n" line){{{count - 1}}}',
            _phrase("title", language, 1, 8 if language == "en" else 14),
            _sentence("line", language, low, high) if sentences else _phrase("line", language, low, high),
            *_letters(language, topic),
        ]
    )


def _sentence(name: str, language: Language, low: int, high: int) -> str:
    if language == "en":
        return f'{name} ::= first ((" " | ", ") word){{{low - 1},{high - 1}}} [.!?]'
    return f'{name} ::= han letter{{{low - 1},{high - 1}}} ("。" | "！" | "？")'


def _phrase(name: str, language: Language, low: int, high: int) -> str:
    if language == "en":
        return f'{name} ::= word (" " word){{{low - 1},{high - 1}}}'
    return f"{name} ::= han{{{low},{high}}}"


def _letters(language: Language, topic: str) -> list[str]:
    """What words are made of; Latin words and figures in a Chinese caption, figures in an English one: the topic's."""
    given = dict.fromkeys(LATIN.findall(topic))
    if language == "en":
        figures = "".join(f' | "{word}"' for word in given if word[0].isdigit())
        return ["first ::= [A-Z] [a-zé'-]{0,15}" + figures, "word ::= [a-zA-Zé] [a-zA-Zé'-]{0,15}" + figures]
    words = "".join(f' | "{word}"' for word in given)
    return [r"han ::= [\u4e00-\u9fff]" + words, 'letter ::= han | "，" | "、"']

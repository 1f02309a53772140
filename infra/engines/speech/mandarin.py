"""A Mandarin sentence → words and their phonemes: jieba finds the words, pypinyin and misaki their sounds.

Numbers, dates, money and units are read as they are said; Latin words inside go through an English voice's phonemes.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from infra.engines.speech.tables import table

NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_TABLE = table("mandarin")
UNITS, CURRENCIES = dict[str, str](_TABLE["units"]), dict[str, str](_TABLE["currencies"])
PAUSES, OPENING = dict[str, str](_TABLE["pauses"]), frozenset(_TABLE["opening"])
COUNTED, READINGS = frozenset(_TABLE["counted"]), dict[str, str](_TABLE["readings"])
"""Measure words before which 2 is 两; single characters whose commonest reading is not the dictionary's first."""
SCALES = "[十百千万亿]*"
UNIT = "|".join(map(re.escape, UNITS))
SPLIT = re.compile(
    rf"(?P<number>[¥￥$€£]?[-−+]?{NUMBER}%?(?:[-/:~～—–至到]{NUMBER})*{SCALES}"
    rf"(?:%|‰|{UNIT})?(?![A-Za-z])年?|[¥￥$€£]?{NUMBER})"
    r"|(?P<latin>[A-Za-z\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f'’.+&-]*(?: (?=[A-Za-z]))?)"
    r"|(?P<han>[\u3400-\u9fff\u3007]+)|(?P<sign>.)",
    re.DOTALL,
)
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
NUMERALS = "零一二三四五六七八九"

Latin = Callable[[str], str]


@lru_cache(maxsize=1)
def _tools() -> tuple[Any, Any, Any]:
    """Jieba's cutter, pypinyin's reader, misaki's table of sounds; loaded at the first call (about 1 s)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
        from misaki.zh import ZHG2P
        from pypinyin import Style, lazy_pinyin
    jieba.setLogLevel(60)
    jieba.initialize()
    return (
        lambda text: jieba.lcut(text, HMM=True),
        lambda word: lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True),
        ZHG2P.py2ipa,
    )


def words(text: str) -> list[str]:
    """The words of *text*: `"".join(words(text)) == text`; closing signs stay with the word before them."""
    found: list[str] = []
    opening = ""
    for match in SPLIT.finditer(text):
        if match["sign"] is None:
            pieces = _tools()[0](match[0]) if match["han"] else [match[0]]
            found += [opening + pieces[0], *pieces[1:]]
            opening = ""
        elif match[0] in OPENING or not found or opening:
            opening += match[0]
        else:
            found[-1] += match[0]
    if opening and found:
        found[-1] += opening
    return found if found or not opening else [opening]


def phonemes(written: list[str], latin: Latin) -> list[str]:
    """For each word its phonemes with the mark that follows; "" for a word that is silent."""
    said: list[str] = []
    for index, word in enumerate(written):
        after = written[index + 1] if index + 1 < len(written) else ""
        before = written[index - 1] if index else ""
        said.append(_sound(word, before, after, latin))
    return said


def _sound(word: str, before: str, after: str, latin: Latin) -> str:
    parts: list[str] = []
    marks: list[str] = []
    for match in SPLIT.finditer(word):
        if match["number"]:
            parts += [
                _sound(piece, "", "", latin)
                for piece in _tools()[0](spoken_number(match[0], "" if before.endswith("第") else after))
            ]
        elif match["latin"]:
            parts.append(latin(match[0]))
        elif match["han"]:
            parts.append(han(match[0].replace("〇", "零"), counted=before[-1:].isdigit()))
        elif match[0] in PAUSES and parts:
            marks.append(PAUSES[match[0]])
    return " ".join(part for part in parts if part) + (marks[0] if marks and any(parts) else "")


def han(word: str, *, counted: bool = False) -> str:
    """Phonemes of one Chinese word; a character without a reading is silent."""
    _, pinyin, sound = _tools()
    if counted and word.startswith("只"):
        return str(sound("zhi1")) + (han(word[1:]) if word[1:] else "")
    readings = [READINGS[word]] if word in READINGS else pinyin(word)
    syllables: list[str] = []
    for reading in readings:
        try:
            syllables.append(sound(reading))
        except (ValueError, AssertionError, KeyError):
            continue
    return "".join(syllables).replace("\u032f", "")


def spoken_number(text: str, after: str = "") -> str:
    """`2026年` → 二零二六年, `12%` → 百分之十二, `$3.5亿` → 三点五亿美元, `-5℃` → 零下五摄氏度."""
    text = "".join(str(unicodedata.decimal(sign, sign)) for sign in text.translate(HALF_WIDTH))
    if text == "2" and after[:1] and after[0] in COUNTED:
        return "两"
    for pattern, say in RULES:
        match = re.fullmatch(pattern, text)
        if match:
            return say(match)
    return re.sub(
        "[^零一二两三四五六七八九十百千万亿点负年]", "", re.sub(NUMBER, lambda match: cardinal(match[0]), text)
    )


def cardinal(number: str) -> str:
    """A number in Chinese numerals; more than 16 digits, or a leading zero, one by one."""
    import cn2an

    plain = number.replace(",", "").replace("−", "-")
    sign = "负" if plain.startswith("-") else ""
    plain = plain.lstrip("+-")
    whole, _, fraction = plain.partition(".")
    if len(whole) > 15 or (len(whole) > 1 and whole.startswith("0")):
        return sign + digits(whole)
    said = str(cn2an.an2cn(whole, "low"))
    said = said[1:] if said.startswith("一十") else said
    return sign + said + (f"点{digits(fraction)}" if fraction else "")


def digits(number: str) -> str:
    """Each digit by its name."""
    return "".join(NUMERALS[int(digit)] for digit in number if digit.isdigit())


def _date(match: re.Match[str]) -> str:
    return f"{digits(match[1])}年{cardinal(str(int(match[2])))}月{cardinal(str(int(match[3])))}日"


def _scaled(match: re.Match[str]) -> str:
    two = match[1] == "2" and match[2][:1] in ("千", "万", "亿")
    return f"{'两' if two else cardinal(match[1])}{match[2]}{match[3]}"


def _money(match: re.Match[str]) -> str:
    return f"{cardinal(match[2])}{match[3]}{CURRENCIES[match[1]]}"


def _measured(match: re.Match[str]) -> str:
    cold = match[1] and match[4] in {"℃", "°C", "°", "°F"}
    number = "两" if match[2] == "2" else cardinal(match[2])
    return f"{'零下' if cold else '负' if match[1] else ''}{number}{match[3]}{UNITS[match[4]]}"


def _clock(match: re.Match[str]) -> str:
    hour = "两" if match[1] in {"2", "02"} else cardinal(str(int(match[1])))
    minute = int(match[2])
    tail = "" if not minute else f"零{cardinal(str(minute))}分" if minute < 10 else f"{cardinal(str(minute))}分"
    return f"{hour}点{tail}"


def _span(match: re.Match[str]) -> str:
    ends = [digits(end) if match[4] else cardinal(end) for end in (match[1], match[2])]
    percent = "百分之" if match[3] == "%" else ""
    unit = UNITS.get(match[3] or "", match[3] if match[3] and match[3] != "%" else "")
    return f"{percent}{ends[0]}到{percent}{ends[1]}{unit}{match[4] or ''}"


RULES: list[tuple[str, Callable[[re.Match[str]], str]]] = [
    (r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", _date),
    (r"(\d{4})年", lambda m: f"{digits(m[1])}年"),
    (rf"({NUMBER})年", lambda m: f"{'两' if m[1] == '2' else cardinal(m[1])}年"),
    (rf"([-−]?)({NUMBER})%", lambda m: f"{'负' if m[1] else ''}百分之{cardinal(m[2])}"),
    (rf"({NUMBER})‰", lambda m: f"千分之{cardinal(m[1])}"),
    (rf"([¥￥$€£])({NUMBER})({SCALES})", _money),
    (r"(\d{1,2}):(\d{2})", _clock),
    (r"(\d+):(\d+)", lambda m: f"{cardinal(m[1])}比{cardinal(m[2])}"),
    (r"1\d{10}", lambda m: digits(m[0])),
    (r"(\d+)/(\d+)", lambda m: f"{cardinal(m[2])}分之{cardinal(m[1])}"),
    (rf"({NUMBER})%?[-~～—–至到]({NUMBER})({UNIT}|{SCALES}|%)?(年)?", _span),
    (rf"([-−]?)({NUMBER})({SCALES})({UNIT})", _measured),
    (rf"({NUMBER})({SCALES})(年?)", _scaled),
]  # fmt: skip

"""English text → its words in one spelling: lower case, no signs, every number as digits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

SIGNS = {"%": " percent ", "&": " and ", "+": " plus ", "°c": " degrees celsius ", "°f": " degrees fahrenheit "}
CURRENCIES = {"$": "dollars", "£": "pounds", "€": "euros", "¥": "yuan"}
ALIKE = {"kilometre": "kilometer", "metre": "meter", "colour": "color", "grey": "gray", "okay": "ok", "mr": "mister"}
ALIKE |= {"dr": "doctor", "mrs": "missus", "vs": "versus", "km": "kilometers", "kg": "kilograms", "metres": "meters"}
ALIKE |= {"kilometres": "kilometers", "oclock": "o'clock", "centimetres": "centimeters"}
SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}


def _money(match: re.Match[str]) -> str:
    whole, _, cents = match[2].partition(".")
    if len(cents) == 2 and not match[3]:
        return f"{whole} {CURRENCIES[match[1]]} and {cents} cents"
    return f"{match[2]}{match[3] or ''} {CURRENCIES[match[1]]}"


Put = str | Callable[[re.Match[str]], str]
STEPS: list[tuple[str, Put]] = [
    (r"\b(?:[a-z]\.){2,}", lambda match: match[0].replace(".", "")),
    (r"(\d),(?=\d{3})", r"\1"),
    (r"([$£€¥])\s?(\d+(?:\.\d+)?)( (?:million|billion|trillion|thousand)\b)?", _money),
    (r"(\d{1,2}):00\b", r"\1 o'clock"),
    (r"(\d)(?:st|nd|rd|th)\b", r"\1"),
    (r"(\d)([a-z])", r"\1 \2"),
    (r"(\d) g\b", r"\1 grams"),
    (r"\b1/4\b", "1 quarter"),
    (r"\b(\d)/4\b", r"\1 quarters"),
    (r"\b1/2\b", "1 half"),
    (r"(?<!\d)\.|\.(?!\d)", " "),
]


def units(text: str) -> list[str]:
    """The words of *text*; a number, a year or a fraction said in several words is one."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    for pattern, put in STEPS:
        plain = re.sub(pattern, put, plain)
    for sign, words in SIGNS.items():
        plain = plain.replace(sign, words)
    found = [word.replace("'", "") for word in re.findall(r"\d+(?:\.\d+)?|[a-z']+", plain)]
    return _counted([ALIKE.get(word, word) for word in found if word])


@lru_cache(maxsize=1)
def _numerals() -> dict[str, int]:
    """Words for 0 to 19 and the tens, with their ordinals; "second" is not one of them, it is mostly time."""
    from num2words import num2words

    small = [*range(20), *range(20, 100, 10)]
    names = {str(num2words(number)): number for number in small}
    names |= {str(num2words(number, to="ordinal")): number for number in small if number not in {0, 2}}
    return names | {"oh": 0}


def _counted(words: list[str]) -> list[str]:
    """Runs of number words and digits become digits."""
    out: list[str] = []
    run: list[str] = []
    for word, after in zip(words, [*words[1:], ""], strict=False):
        if _belongs(word, after, run):
            run.append(word)
        else:
            out += [*_values(run), word]
            run = []
    return out + _values(run)


def _belongs(word: str, after: str, run: list[str]) -> bool:
    numerals = _numerals()
    if word == "oh" or (word == "second" and run):
        return bool(run) and (word == "second" or after in numerals)
    if word == "and":
        return bool(run) and run[-1] in {"hundred", *SCALES} and (after in numerals or after.isdigit())
    if word == "point":
        return bool(run) and after in numerals
    return word[0].isdigit() or word in numerals or (bool(run) and word in {"hundred", *SCALES})


def _values(run: list[str]) -> list[str]:
    """The numbers that a run of number words says."""
    numbers: list[float] = []
    total = part = 0.0
    open_ = False
    for word in _decimals([word for word in run if word != "and"]):
        if word == "hundred":
            part = (part or 1) * 100
        elif word in SCALES:
            total, part = total + (part or 1) * SCALES[word], 0.0
        else:
            number = float(word)
            if open_ and not _fits(part, number):
                numbers.append(total + part)
                total = part = 0.0
            part += number
        open_ = True
    return _years([f"{number:.12g}" for number in [*numbers, total + part]]) if open_ else []


def _fits(part: float, number: float) -> bool:
    """Whether *number* goes on where *part* stopped: 20 + 6, 300 + 45; but not 20 + 26."""
    return (
        part == 0
        or (part >= 100 > number and part % 100 == 0)
        or (part % 100 >= 20 and part % 10 == 0 and 0 < number < 10)
    )


def _decimals(run: list[str]) -> list[str]:
    """Words of a run as digits, `three point one four` as 3.14; hundred and the scales stay words."""
    numerals = _with_second()
    out: list[str] = []
    for word in run:
        if word == "oh":
            out[-1] += "oh"
            continue
        text = str(numerals.get(word, word))
        if out and out[-1].endswith("oh"):
            out[-1] = out[-1].replace("oh", "0") + text
        elif text == "point":
            out[-1] += "."
        elif out and "." in out[-1] and len(text) == 1:
            out[-1] += text
        else:
            out.append(text)
    return [text.rstrip(".") for text in out]


def _with_second() -> dict[str, int]:
    """The number words, with "second" as in "twenty-second"."""
    return _numerals() | {"second": 2}


def _years(numbers: list[str]) -> list[str]:
    """Two pairs of digits read one after the other are a year (nineteen eighty-four)."""
    out: list[str] = []
    for number in numbers:
        if out and re.fullmatch(r"1[0-9]|20", out[-1]) and re.fullmatch(r"\d\d", number):
            out[-1] += number
        else:
            out.append(number)
    return out

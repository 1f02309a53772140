"""English as written → English as said: numbers, money, dates, times, units, abbreviations and signs become words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infra.engines.speech.tables import table

MARKS = ",.!?;:—…"
"""The pauses a voice knows; every other sign is silent."""
_TABLE = table("english")
MONTHS: list[str] = _TABLE["months"]
SHORT_MONTHS = {month[:3]: month for month in MONTHS} | {"sept": "september"}
MAGNITUDES, SHORT_MAGNITUDES = frozenset(_TABLE["magnitudes"]), dict[str, str](_TABLE["short_magnitudes"])
MONEY, PLURALS = dict[str, list[str]](_TABLE["money"]), dict[str, str](_TABLE["plurals"])
UNITS, UNSPACED_UNITS = dict[str, str](_TABLE["units"]), frozenset(_TABLE["unspaced_units"])
ABBREVIATIONS, DOTLESS = dict[str, str](_TABLE["abbreviations"]), frozenset(_TABLE["dotless"])
"""Said in full; the dotless are understood without their dot too."""
UNITLESS = frozenset("BGMSTH")
"""Capitals that mean no unit behind a number: 5G, 2T."""
SIGNS, YEAR_CUES = dict[str, str](_TABLE["signs"]), frozenset(_TABLE["year_cues"])
ROMAN, THINGS = dict[str, int](_TABLE["roman"]), frozenset(_TABLE["numbered_things"])
NUMBER = r"\d[\d,]*(?:\.\d+)?|\.\d+"


@dataclass(frozen=True)
class Spot:
    """A written word's neighbours, without their signs, in lower case."""

    before: str
    after: str


def spoken(words: Sequence[str]) -> list[list[str]]:
    """For each written word, the words said for it and at most one mark at the end; [] for a silent one."""
    if not words:
        return []
    bare = [_trimmed(word)[1].lower() for word in words]
    spots = [Spot(before, after) for before, after in zip(["", *bare[:-1]], [*bare[1:], ""], strict=False)]
    return [
        _word(word, spot, last=index == len(words) - 1)
        for index, (word, spot) in enumerate(zip(words, spots, strict=True))
    ]


def cardinal(number: int | str) -> str:
    """`1234` → one thousand two hundred thirty-four; digits may have commas and a fraction."""
    whole, _, fraction = str(number).replace(",", "").partition(".")
    if len(whole) > 15:
        return digits(whole)
    words = _words(int(whole or 0), "cardinal")
    return f"{words} point {digits(fraction)}" if fraction else words


def digits(number: str) -> str:
    """Each digit by its name."""
    return " ".join(_words(int(digit), "cardinal") for digit in number)


def year(number: int) -> str:
    """`1984` → nineteen eighty-four, `2005` → two thousand five."""
    return _words(number, "year")


def _words(number: int, kind: str) -> str:
    from num2words import num2words

    return str(num2words(number, to=kind)).replace(",", "").replace(" and ", " ")


def _ordinal(number: str) -> str:
    return _words(int(number.replace(",", "")), "ordinal")


def _trimmed(word: str) -> tuple[str, str, str]:
    """Leading signs, core, trailing signs."""
    match = re.fullmatch(r"([^\w$£€¥#&+=@°.×÷→-]*)(.*?)([^\w%°&+=@×÷→²³]*)", word, re.DOTALL)
    return (match[1], match[2], match[3]) if match else ("", word, "")


def _word(word: str, spot: Spot, *, last: bool) -> list[str]:
    lead, core, tail = _trimmed(_plain(word))
    if not core:
        return ["—"] if re.search("[–—]|^-+$", lead + tail) else []
    short = _abbreviation(core.lower(), tail, spot)
    if (short or re.fullmatch(r"(?:[A-Za-z]\.)*[A-Z]", core)) and not last:
        tail = tail.removeprefix(".")
    mark = next((sign for sign in tail.replace("–", "—") if sign in MARKS), "")
    return [*(short.split() if short else _core(core, spot)), *mark]


def _plain(word: str) -> str:
    """*word* with straight apostrophes, one sign for an ellipsis, `½` as 1/2, full width as half width."""
    plain = unicodedata.normalize("NFKC", word).replace("⁄", "/")
    return plain.replace("’", "'").replace("‘", "'").replace("...", "…")


def _abbreviation(lower: str, tail: str, spot: Spot) -> str | None:
    if not tail.startswith(".") and lower not in DOTLESS:
        return None
    if lower == "no" and not spot.after[:1].isdigit():
        return None
    return ABBREVIATIONS.get(lower) or (SHORT_MONTHS.get(lower) if lower != "may" else None)


def _core(core: str, spot: Spot) -> list[str]:
    """The words of a written word without the signs around it."""
    for pattern, say in RULES:
        match = re.fullmatch(pattern, core)
        if match and (words := say(match, spot)) is not None:
            return words.split()
    pieces = [piece for piece in re.split(r"([—–…/]|--)", core) if piece]
    if len(pieces) > 1:
        return [
            word
            for piece in pieces
            for word in ([] if piece == "/" else ["—"] if re.fullmatch("[—–…]|--", piece) else _core(piece, spot))
        ]
    return _mixed(core)


def _mixed(core: str) -> list[str]:
    """Letters, digits and signs glued together: `COVID-19`, `H2O`, `AT&T`, `C++`."""
    words: list[str] = []
    for run in re.findall(r"[^\W\d_]+(?:['-][^\W\d_]+)*|\d[\d,]*(?:\.\d+)?|[&+=@%°×÷→]", core):
        words += [SIGNS[run]] if run in SIGNS else cardinal(run).split() if run[0].isdigit() else [run]
    return words


def _plural(unit: str, number: str) -> str:
    head, _, rest = unit.partition(" per ")
    first, _, second = head.rpartition(" ")
    one = number.replace(",", "") in {"1", "1.0"}
    if not one and head.startswith("degree"):
        head = head.replace("degree", "degrees")
    elif not one:
        head = f"{first} {PLURALS.get(second, second + 's')}".strip()
    return f"{head} per {rest}" if rest else head


def _money(match: re.Match[str], spot: Spot) -> str:
    unit, cent = MONEY[match[1]]
    amount, short = match[2], (match[3] or "").lower()
    if short or spot.after in MAGNITUDES:
        return f"{cardinal(amount)} {SHORT_MAGNITUDES[short]} {_plural(unit, '2')}" if short else cardinal(amount)
    whole, _, cents = amount.partition(".")
    said = [f"{cardinal(whole)} {_plural(unit, whole)}"] if int(whole.replace(",", "") or 0) or not cents else []
    if cents and int(cents):
        said.append(f"{cardinal(cents.ljust(2, '0').lstrip('0'))} {_plural(cent, cents.lstrip('0'))}")
    return " and ".join(said)


def _magnitude(match: re.Match[str], spot: Spot) -> str | None:
    sign = spot.before[:1]
    return f"{match[0]} {_plural(MONEY[sign][0], '2')}" if sign in MONEY else None


def _measure(match: re.Match[str], _spot: Spot) -> str | None:
    unit = UNITS.get(match[3].lower()) if match[3] not in UNITLESS else None
    minus = "minus " if match[1] else ""
    return f"{minus}{cardinal(match[2])} {_plural(unit, match[2])}" if unit else None


def _unit_alone(match: re.Match[str], spot: Spot) -> str | None:
    lower = match[0].lower()
    known = lower in UNITS and (lower not in UNSPACED_UNITS or lower in {"m", "g"}) and spot.before[-1:].isdigit()
    return _plural(UNITS[lower], spot.before) if known else None


def _number(match: re.Match[str], spot: Spot) -> str:
    text = match[0]
    if re.fullmatch(r"\d{1,2}", text) and (spot.before in MONTHS or spot.before in SHORT_MONTHS):
        return _ordinal(text)
    if re.fullmatch(r"\d{4}", text) and _is_year(int(text), spot):
        return year(int(text))
    if text.startswith("0") and text.isdigit() and len(text) > 1:
        return digits(text)
    return cardinal(text)


def _is_year(number: int, spot: Spot) -> bool:
    unit = spot.after in UNITS and spot.after not in UNSPACED_UNITS
    cue = (
        spot.before in YEAR_CUES
        or spot.before in MONTHS
        or re.fullmatch(r"\d{1,2}(st|nd|rd|th)?", spot.before) is not None
    )
    return not unit and (1900 <= number <= 2099 or (cue and 1000 < number < 2100 and number % 1000 != 0))


def _range(match: re.Match[str], _spot: Spot) -> str:
    first, second, unit = match[1], match[2], (match[3] or "").lower()
    years = all(re.fullmatch(r"1\d{3}|20\d\d", side) for side in (first, second)) and not unit
    say: Callable[[str], str] = (lambda text: year(int(text))) if years else cardinal
    tail = " percent" if unit == "%" else f" {_plural(UNITS[unit], second)}" if unit in UNITS else ""
    return f"{say(first)} to {say(second)}{tail}"


def _time(match: re.Match[str], spot: Spot) -> str:
    hour, minute, half = int(match[1]), match[2], (match[3] or "").upper()
    minutes = "" if minute == "00" else f"oh {cardinal(minute[1])}" if minute[0] == "0" else cardinal(minute)
    follows = half or spot.after[:2] in {"am", "pm"} or spot.after in {"a.m", "p.m"}
    return f"{cardinal(hour)} {minutes or ('' if follows else 'o_clock')} {' '.join(half)}".replace(
        "o_clock", "o'clock"
    )


def _fraction(match: re.Match[str], _spot: Spot) -> str | None:
    top, bottom = int(match[1]), int(match[2])
    if not 0 < top < bottom or bottom not in {*range(2, 11), 12, 16, 20, 100}:
        return f"{cardinal(top)} {cardinal(bottom)}"
    name = {2: "half", 4: "quarter"}.get(bottom) or _words(bottom, "ordinal")
    return f"{cardinal(top)} {name if top == 1 else 'halves' if bottom == 2 else name + 's'}"


def _decade(match: re.Match[str], _spot: Spot) -> str:
    number = int(match[1])
    said = cardinal(number) if number < 100 else year(number)
    return (
        said[:-1] + "ies"
        if said.endswith("ty")
        else said.replace("thousand", "thousands")
        if number % 1000 == 0
        else said + "s"
    )


def _roman(match: re.Match[str], spot: Spot) -> str | None:
    if not spot.before or match[0] not in ROMAN:
        return None
    number = ROMAN[match[0]]
    return cardinal(number) if spot.before in THINGS else f"the {_words(number, 'ordinal')}"


Rule = Callable[[re.Match[str], Spot], str | None]


def _says(template: str) -> Rule:
    return lambda match, _: template.format(
        *(cardinal(group) if group and group[0] in "0123456789." else group for group in match.groups())
    )


def _month(match: re.Match[str], spot: Spot) -> str | None:
    return SHORT_MONTHS[match[0].lower()] if re.match(r"\d", spot.after) and match[0][0].isupper() else None


RULES: list[tuple[str, Rule]] = [
    (rf"([$£€¥])({NUMBER})([kmb]|bn|tn|K|M|B)?", _money),
    (r"(?i:hundred|thousand|million|billion|trillion)", _magnitude),
    (rf"({NUMBER})%", _says("{} percent")),
    (rf"[-−]({NUMBER})%", _says("minus {} percent")),
    (r"'?(\d{2}|\d{3}0)'?s", _decade),
    (rf"([-−]?)({NUMBER})[-]?(°?[A-Za-z/]+[²³23]?|°)", _measure),
    (r"([\d,]+)(?:st|nd|rd|th)", lambda match, _: _ordinal(match[1])),
    (r"(\d{1,2}):(\d{2})\s?(?i:(am|pm))?", _time),
    (r"(\d{1,2})(?i:(a)m)", _says("{} A M")),
    (r"(\d{1,2})(?i:(p)m)", _says("{} P M")),
    (r"(?i:([ap])\.?m)", lambda match, spot: f"{match[1].upper()} M" if spot.before[-1:].isdigit() else None),
    (r"(\d{1,3})/(\d{1,3})", _fraction),
    (rf"({NUMBER})x", _says("{} times")),
    (r"(?:\d{3}-)?\d{3}-\d{4}", lambda match, _: " , ".join(map(digits, match[0].split("-")))),
    (rf"({NUMBER})[-–~]({NUMBER})(%|°C|[a-z]+)?", _range),
    (rf"#({NUMBER})", _says("number {}")),
    (rf"\+({NUMBER})", _says("plus {}")),
    (rf"[-−]({NUMBER})", _says("minus {}")),
    (NUMBER, _number),
    (r"(?:[A-Z][a-z]?\.)+[A-Z]\.?", lambda match, _: match[0].replace(".", "")),
    (r"[IVX]{2,4}", _roman),
    (r"[A-Za-z°]{1,3}[²³23]?|km/h", _unit_alone),
    (r"(?i:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)", _month),
    (r"#(\w+)", lambda match, _: match[1]),
    (r"(?:https?://)?(?:www\.)?([\w-]+)\.(com|org|net|io|ai|cn|edu|gov)(?:/.*)?", _says("{} dot {}")),
]  # fmt: skip

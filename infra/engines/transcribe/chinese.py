"""Chinese text → its characters in one spelling: no signs, every number as digits, Latin words in lower case."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
TENS = {"十": 10, "百": 100, "千": 1_000}
LARGE = {"万": 10_000, "亿": 100_000_000}
DIGIT, NUMERAL = f"[{''.join(DIGITS)}]", f"[{''.join([*DIGITS, *TENS, *LARGE])}]"
HOMOPHONES = str.maketrans("她它地得著", "他他的的着")
"""Written apart, spoken alike (or nearly): no ear can tell which was meant."""
Put = str | Callable[[re.Match[str]], str]


def units(text: str) -> list[str]:
    """The characters of *text*, digit by digit; a Latin word is one unit."""
    plain = simplified(unicodedata.normalize("NFKC", text)).casefold().translate(HOMOPHONES)
    for pattern, put in STEPS:
        plain = re.sub(pattern, put, plain)
    return re.findall(r"\d|[a-z]+|[\u3400-\u9fff]", plain)


def simplified(text: str) -> str:
    """*text* with every traditional character as its simplified one."""
    from misaki.zh_normalization.char_convert import tranditional_to_simplified

    return str(tranditional_to_simplified(text))


def _decimal(match: re.Match[str]) -> str:
    return f"{_amount(match[1])}.{''.join(str(DIGITS[sign]) for sign in match[2])}"


def _scaled(match: re.Match[str]) -> str:
    """`3.5亿` → 350000000."""
    factor = 1
    for sign in match[2]:
        factor *= (TENS | LARGE)[sign]
    return f"{round(float(match[1]) * factor, 6):.15g}"


def _amount(run: str) -> str:
    """Chinese numerals as digits: by place (三百二十) or one by one (二零二六)."""
    if set(run) <= set(DIGITS):
        return "".join(str(DIGITS[sign]) for sign in run)
    total = section = digit = 0
    for sign in run:
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in TENS:
            section, digit = section + (digit or 1) * TENS[sign], 0
        elif sign == "亿":
            total, section, digit = (total + section + digit or 1) * LARGE[sign], 0, 0
        else:
            total, section, digit = total + (section + digit or 1) * LARGE[sign], 0, 0
    return str(total + section + digit)


STEPS: list[tuple[str, Put]] = [
    (r"(\d),(?=\d{3})", r"\1"),
    (r"(\d+(?:\.\d+)?)%", r"百分之\1"),
    (r"(\d{1,2}):(\d\d)", r"\1点\2分"),
    ("百分之", "％"),
    (f"({NUMERAL}+)点({DIGIT}+)(?![十百千分])", _decimal),
    (f"(?<![\\d.])(?:{DIGIT}|[十百千]){NUMERAL}*", lambda match: _amount(match[0])),
    (r"(\d+(?:\.\d+)?)([十百千万亿]+)", _scaled),
    ("％", "百分之"),
]

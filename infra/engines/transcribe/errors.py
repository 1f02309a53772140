"""How much of a text was lost on the way through speech: word error rate (English), character error rate (Chinese).

Levenshtein distance over the reference's length, after both sides were made alike: case, punctuation, accents and the
spelling of numbers do not count ("2026", "twenty twenty-six" and 二零二六 are each one number).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from infra.engines.transcribe import chinese, english
from infra.errors import UnknownName

UNITS: dict[str, Callable[[str], list[str]]] = {"en": english.units, "zh": chinese.units}


def error_rate(reference: str, heard: str, language: str) -> float:
    """Share of *reference* that was changed, lost or added in *heard*: 0 is perfect, more than 1 is possible.

    Words for `en`, characters for `zh`. Two empty texts have rate 0; anything heard for an empty one, rate 1.

    Raises:
        UnknownName: another language.
    """
    if language not in UNITS:
        raise UnknownName("language", language, UNITS)
    wanted, got = UNITS[language](reference), UNITS[language](heard)
    if not wanted:
        return float(bool(got))
    return _distance(wanted, got) / len(wanted)


def _distance(wanted: Sequence[str], got: Sequence[str]) -> int:
    """Fewest substitutions, deletions and insertions."""
    row = list(range(len(got) + 1))
    for place, unit in enumerate(wanted, 1):
        corner, row[0] = row[0], place
        for column, other in enumerate(got, 1):
            best = min(row[column] + 1, row[column - 1] + 1, corner + (unit != other))
            corner, row[column] = row[column], best
    return row[-1]

"""What was done to a film since it was certified, in plain words: its certificate against the one made of it now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.hashing import canonical
from tasks.certificate import shortened
from tasks.schema import Value
from tasks.verdict import CLAIM_DB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasks.certificate import Certificate

ROUNDED = {"the loudness in LUFS": CLAIM_DB, "the true peak in dBTP": CLAIM_DB}
"""Figures that another processor may round otherwise, and by how much."""
WORDS = {
    "sha256": "the SHA-256 of the MP4",
    "manifest_sha256": "the SHA-256 of the manifest",
    "content": "the hash of what the manifest says",
    "packets_sha256": "the SHA-256 of the packets",
    "off_grid": "frames not at k/fps",
    "residual_ms": "the distance from the beat in ms",
    "loudness_lufs": "the loudness in LUFS",
    "true_peak_dbtp": "the true peak in dBTP",
    "duration_ms": "the length in ms",
    "video_ms": "the first picture in ms",
    "sound_ms": "the first sample in ms",
    "offset_ms": "the offset in ms",
}
"""Names of figures as a person says them; the others are said as they are written."""
LONGEST = 60


class Difference(Value):
    """*what* differs, in words; what the certificate says (*expected*) and what is so (*found*)."""

    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, found {self.found}"


def differences(told: Certificate, found: Certificate) -> tuple[Difference, ...]:
    """What of the exact part is no longer as *told*; and, where the certificate's seal is broken, all that is not."""
    if told.seal == (right := told.sealed().seal):
        return tuple(_compared((), canonical(told.exact), canonical(found.exact)))
    broken = Difference(what="the seal of the certificate itself", expected=_short(right), found=_short(told.seal))
    unheard = _comparable(told, found)
    return (broken, *_compared((), canonical(told), canonical(unheard.model_copy(update={"seal": told.seal}))))


def remeasured(told: Certificate, found: Certificate) -> tuple[Difference, ...]:
    """What came out otherwise this time of that which is measured; another machine may hear otherwise."""
    return tuple(_compared((), canonical(told.measured), canonical(_comparable(told, found).measured)))


def _comparable(told: Certificate, found: Certificate) -> Certificate:
    """*found*; as *told* in what was heard (and so in the checks of it) where another transcriber listened."""
    before, now = told.measured.hearing, found.measured.hearing
    if before.transcriber == now.transcriber:
        return found
    measured = found.measured.model_copy(update={"hearing": before})
    return found.model_copy(update={"measured": measured, "checks": told.checks})


def _compared(where: tuple[str, ...], told: Any, found: Any) -> Iterator[Difference]:
    """Every figure that differs; *where* leads to it, in words."""
    if isinstance(told, dict) and isinstance(found, dict):
        for name, value in told.items():
            yield from _compared((*where, WORDS.get(name, name.replace("_", " "))), value, found.get(name))
    elif isinstance(told, list) and isinstance(found, list):
        if len(told) != len(found):
            yield Difference(what=_path((*where, "how many")), expected=str(len(told)), found=str(len(found)))
        for number, (before, now) in enumerate(zip(told, found, strict=False), 1):
            yield from _compared((*where, _name(before, number)), before, now)
    elif told != found and not _rounded(where, told, found):
        yield Difference(what=_path(where), expected=_short(told), found=_short(found))


def _name(item: Any, number: int) -> str:
    """An item of a list by its segment or its name, else by its number."""
    known = item if isinstance(item, dict) else {}
    return str(known.get("segment") or known.get("name") or number)


def _path(where: tuple[str, ...]) -> str:
    return " · ".join(where)


def _rounded(where: tuple[str, ...], told: Any, found: Any) -> bool:
    numbers = isinstance(told, int | float) and isinstance(found, int | float)
    return numbers and abs(told - found) <= ROUNDED.get(where[-1], 0.0)


def _short(value: Any) -> str:
    text = "nothing" if value is None or value == "" else shortened(str(value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

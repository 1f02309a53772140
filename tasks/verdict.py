"""The checks of a certificate: each figure against its limit, and why the limit is what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasks.certificate import Certificate, Check

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tasks.certificate import Exact, Measured

LOUDNESS_LUFS, LOUDNESS_LU = -14.0, 0.2
"""What video platforms play at, so that nobody turns the film down or up; 0.2 LU more or less is not heard.

It decides of a film whose manifest says so. Where the manifest itself names another loudness, because the peaks left no
room for it or the film is silent, it informs, and what decides is that the sound is as loud as the manifest says.
"""
PEAK_DBTP = -1.0
"""What recoding at a platform needs, so that it does not clip (AES TD1004)."""
CLAIM_DB = 0.05
"""How far another processor's decoder may round the loudness and the peak that the manifest names."""
CONTAINER_MS = 1.0
"""Pictures and sound begin together: a sixteenth of the shortest frame."""
AAC_MS = 1024 / 48
"""AAC comes in packets of 1,024 samples, so the sound may outlast the pictures by a part of one."""
HALF_FRAME = 0.5
"""A cut that is nearer to another frame than to its own is in the wrong place."""
CAPTION_MS = VOICE_MS = 80.0
"""Two frames at 24 a second; half of it may be the transcriber's, which is early by about 50 ms."""
NARRATION_MS = 60.0
"""Sound that is late by so much goes unnoticed (ITU-R BT.1359-1 sets 125 ms); a soft voice begins 20 to 50 ms late."""
ERROR_RATE = 0.15
"""What a small transcriber mishears of a good voice, and some more."""
PLACES = 3
ROUNDING_MS = 0.001


def judged(exact: Exact, measured: Measured) -> Certificate:
    """The certificate of both parts, sealed."""
    checks = (*exact_checks(exact), *measured_checks(exact, measured))
    holds = all(check.holds for check in checks if check.decides)
    return Certificate(holds=holds, checks=checks, exact=exact, measured=measured).sealed()


def exact_checks(exact: Exact) -> Iterator[Check]:
    """What is exact; all of it decides, but for a loudness that the manifest does not promise."""
    yield from _files(exact)
    yield from _pictures(exact)
    yield from _cuts(exact)
    yield from _sound(exact)


def measured_checks(exact: Exact, measured: Measured) -> Iterator[Check]:
    """What informs; None where nothing could be measured."""
    half_frame_ms = HALF_FRAME * 1000 / exact.promised.fps
    heard = measured.hearing
    seen = [cut.error_ms for cut in measured.cuts if cut.error_ms is not None]
    for name, value, limit, unit in (
        ("cuts as seen, worst", max(seen, key=abs, default=None), half_frame_ms, "ms"),
        ("onset of narration, median", measured.narration_offset_ms, NARRATION_MS, "ms"),
        ("lit words off the voice, median", heard.lit.median_ms, CAPTION_MS, "ms"),
        ("word times off the voice, median", heard.voice.median_ms, VOICE_MS, "ms"),
        ("share misheard", heard.error_rate, ERROR_RATE, ""),
    ):
        yield _near(name, value, limit, unit, decides=False)


def _files(exact: Exact) -> Iterator[Check]:
    promised = exact.promised
    yield _same("MP4 that the manifest names", exact.file.sha256, promised.sha256)
    yield _same("manifest that the MP4 names", exact.file.content or "nothing", promised.content)


def _pictures(exact: Exact) -> Iterator[Check]:
    found, promised = exact.pictures, exact.promised
    yield _same("frames decoded", found.decoded, promised.frames, "frames")
    yield _same("frames not at k/fps", found.off_grid, 0, "frames")
    yield _same("size and rate", picture(found.width, found.height, found.fps), _promised_picture(exact))
    yield _same("colours", colours(exact), "BT.709, limited range")
    yield _same("shots encoded otherwise", _named(shot.segment for shot in exact.shots if not shot.copied), "none")
    lengths = _named(shot.segment for shot in exact.shots if shot.frames != shot.planned)
    yield _same("shots of another length", lengths, "none")
    beyond = found.packets - sum(shot.frames for shot in exact.shots)
    yield _same("packets beyond the shots", beyond, 0, "packets")


def _cuts(exact: Exact) -> Iterator[Check]:
    worst = max((cut.residual_ms for cut in exact.beats.cuts), key=abs)
    yield _near("cuts off their beats, worst", worst, HALF_FRAME * 1000 / exact.promised.fps, "ms")


def _sound(exact: Exact) -> Iterator[Check]:
    sound, promised = exact.sound, exact.promised
    longer_ms = round(sound.duration_ms - promised.duration_ms, PLACES)
    fits = -ROUNDING_MS <= longer_ms <= AAC_MS + ROUNDING_MS
    yield _check("sound beyond the pictures", longer_ms, "ms", f"0 to {AAC_MS:.1f}", fits)
    apart = max(abs(exact.starts.video_ms), abs(exact.starts.sound_ms), abs(exact.starts.offset_ms))
    yield _near("start of pictures and sound", apart, CONTAINER_MS, "ms")
    limit = f"{LOUDNESS_LUFS:g} ± {LOUDNESS_LU:g}"
    decides = _loud(promised.loudness_lufs)
    yield _check("loudness", sound.loudness_lufs, "LUFS", limit, _loud(sound.loudness_lufs), decides=decides)
    yield _check("true peak", sound.true_peak_dbtp, "dBTP", f"≤ {PEAK_DBTP:g}", sound.true_peak_dbtp <= PEAK_DBTP)
    claims = (sound.loudness_lufs - promised.loudness_lufs, sound.true_peak_dbtp - promised.true_peak_dbtp)
    claimed = max(claims, key=abs)
    yield _near("levels off the manifest's", round(claimed, PLACES), CLAIM_DB, "dB")


def _loud(loudness_lufs: float) -> bool:
    return abs(loudness_lufs - LOUDNESS_LUFS) <= LOUDNESS_LU + 1e-9


def picture(width: int, height: int, fps: float) -> str:
    """Size and rate in one word."""
    return f"{width}×{height}, {fps:g} fps"


def colours(exact: Exact) -> str:
    """The colour tags in words."""
    found = exact.pictures
    known = (found.matrix, found.primaries, found.transfer) == (1, 1, 1)
    space = "BT.709" if known else f"codes {found.matrix}, {found.primaries}, {found.transfer}"
    return f"{space}, {'limited' if found.limited_range else 'full'} range"


def _promised_picture(exact: Exact) -> str:
    return picture(exact.promised.width, exact.promised.height, exact.promised.fps)


def _named(segments: Iterable[str]) -> str:
    return ", ".join(segments) or "none"


def _same(name: str, value: str | int, wanted: str | int, unit: str = "") -> Check:
    return _check(name, value, unit, f"= {wanted}", value == wanted)


def _near(name: str, value: float | None, limit: float, unit: str, *, decides: bool = True) -> Check:
    """*value* is at most *limit* away from 0."""
    holds = None if value is None else abs(value) <= limit + ROUNDING_MS
    return _check(name, value, unit, f"± {limit:.3g}", holds, decides=decides)


def _check(
    name: str, value: str | float | None, unit: str, limit: str, holds: bool | None, *, decides: bool = True
) -> Check:
    return Check(name=name, value=value, unit=unit, limit=limit, holds=holds, decides=decides)

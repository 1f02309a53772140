"""Sound: files in and out, the mix of narration and music, AAC. Samples are float32, (n,) mono or (n, channels)."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from infra.errors import BadInput
from infra.media.loudness import BLOCK, CELL, SILENCE_LUFS, Meter, Samples, loudness, peak_curve, true_peak

__all__ = ["Ducking", "encode_aac", "loudness", "mix", "read", "resample", "true_peak", "write_flac"]

log = logging.getLogger(__name__)

RATE = 48000
VOICE_LUFS = -16.0
"""Narration, before the whole is brought to its target; the bed is set from it."""
BED_LU = -7.0
"""The bed where nobody speaks, next to the narration."""
FADE_IN_S, FADE_OUT_S, BED_FADE_S = 0.004, 0.012, 0.8
LOOK_AHEAD = 15
"""Cells (5 ms at 48 kHz) over which the limiter closes before a peak."""
RELEASE_DB = 60.0 * CELL / RATE
"""What the limiter opens again per cell: 60 dB a second."""
TOLERANCE_LU, PASSES = 0.05, 8


@dataclass(frozen=True)
class Ducking:
    """How the bed steps back: down by `depth_db` before a voice starts, up again `hold_s` after it ends."""

    depth_db: float = -11.0
    attack_s: float = 0.3
    hold_s: float = 0.2
    release_s: float = 0.7


def write_flac(path: Path, samples: Samples, rate: int) -> None:
    """Write 24-bit FLAC; the same samples give the same bytes. What exceeds full scale is clipped."""
    import soundfile

    soundfile.write(path, np.clip(samples, -1, 1), rate, format="FLAC", subtype="PCM_24")


def read(path: Path) -> tuple[Samples, int]:
    """Samples, (n,) where the file is mono and (n, channels) otherwise, and their rate: WAV, FLAC, Ogg, MP3."""
    import soundfile

    try:
        samples, rate = soundfile.read(path, dtype="float32")
    except soundfile.LibsndfileError as error:
        raise BadInput(f"{path} cannot be read as sound: {error}.", "Use WAV, FLAC, Ogg or MP3.") from error
    return samples, int(rate)


def resample(samples: Samples, rate: int, to: int) -> Samples:
    """The same sound at another rate; as it is where the rates are equal."""
    if rate == to:
        return samples
    import soxr

    return np.asarray(soxr.resample(samples, rate, to, "HQ"), np.float32)


def mix(
    voices: Sequence[tuple[Samples, float]],
    bed: Samples | None,
    seconds: float,
    rate: int = RATE,
    *,
    target_lufs: float = -14.0,
    ceiling_dbtp: float = -1.5,
    ducking: Ducking | None = None,
) -> Samples:
    """Narration over music: stereo, exactly `round(seconds * rate)` samples, at *target_lufs* and below *ceiling_dbtp*.

    Args:
        voices: mono clips at *rate* with their start in seconds; each is brought to the same loudness.
        bed: stereo music at *rate*, from the film's start; what is longer than the film is faded out.
        seconds: length of the film. A clip that reaches beyond it is cut with a short fade.
        rate: samples per second of everything.
        target_lufs: integrated loudness of the whole (ITU-R BS.1770-4).
        ceiling_dbtp: true peak that is never exceeded; lossy coding adds up to 0.5 dB.
        ducking: how the bed makes way for the voice.

    Where nothing is to be heard, silence comes back and a warning is logged.
    """
    if seconds <= 0:
        raise BadInput(f"A mix cannot last {seconds:g} s.", "Give the film's length.")
    out = np.zeros((round(seconds * rate), 2), np.float32)
    spans = [_add_voice(out, voice, start_s, rate) for voice, start_s in voices]
    if bed is not None:
        _add_bed(out, bed, _merged(spans, ducking or Ducking()), ducking or Ducking(), rate, heard=bool(spans))
    if not _normalise(out, rate, target_lufs, ceiling_dbtp):
        log.warning("The mix is silent: %d clips, %s.", len(voices), "no bed" if bed is None else "a bed without sound")
    return out


def _add_voice(out: Samples, voice: Samples, start_s: float, rate: int) -> tuple[float, float]:
    """Add a clip at narration loudness to both channels; return from when to when it is heard."""
    if voice.ndim != 1 or start_s < 0:
        raise BadInput(
            f"A clip of shape {voice.shape} at {start_s:g} s cannot be mixed.", "Give mono clips from 0 s on."
        )
    start = round(start_s * rate)
    clip = voice[: max(0, len(out) - start)]
    level = loudness(clip, rate) if len(clip) else SILENCE_LUFS
    if level == SILENCE_LUFS:
        log.warning("The clip at %.2f s is silent.", start_s)
        return start_s, start_s
    clip = clip * np.float32(10 ** ((VOICE_LUFS - 10 * math.log10(2) - level) / 20))  # two channels add 3 LU
    _fade(clip, round(FADE_IN_S * rate), round(FADE_OUT_S * rate))
    out[start : start + len(clip)] += clip[:, None]
    return start_s, start_s + len(clip) / rate


def _fade(sound: Samples, rise: int, fall: int) -> None:
    """Ease in and out, in place."""
    rise, fall = min(rise, len(sound) // 2), min(fall, len(sound) // 2)
    shape = (-1,) + (1,) * (sound.ndim - 1)
    if rise:
        sound[:rise] *= _smooth(np.linspace(0, 1, rise, dtype=np.float32)).reshape(shape)
    if fall:
        sound[-fall:] *= _smooth(np.linspace(1, 0, fall, dtype=np.float32)).reshape(shape)


def _smooth(x: Samples) -> Samples:
    """A ramp 0…1 with level ends."""
    return x * x * (3 - 2 * x)


def _merged(spans: Sequence[tuple[float, float]], ducking: Ducking) -> list[tuple[float, float]]:
    """Spans in order; the bed stays down through gaps too short to come up in."""
    gap = ducking.attack_s + ducking.hold_s + 1.5 * ducking.release_s
    merged: list[tuple[float, float]] = []
    for start, end in sorted(span for span in spans if span[1] > span[0]):
        if merged and start - merged[-1][1] < gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _add_bed(
    out: Samples, bed: Samples, spans: list[tuple[float, float]], ducking: Ducking, rate: int, *, heard: bool
) -> None:
    """Add the music, stepping back while *spans* are spoken."""
    if bed.ndim != 2 or bed.shape[1] != 2:
        raise BadInput(f"A bed of shape {bed.shape} cannot be mixed.", "Give stereo music, (n, 2).")
    level = loudness(bed, rate)
    if level == SILENCE_LUFS:
        return
    gain_db = VOICE_LUFS + (BED_LU if heard else 0) - level
    size = min(len(bed), len(out))
    for start in range(0, size, BLOCK):
        stop = min(size, start + BLOCK)
        curve = gain_db + ducking.depth_db * _ducked(spans, ducking, start, stop, rate)
        part = bed[start:stop] * np.power(10, curve / 20, dtype=np.float32)[:, None]
        if len(bed) > len(out) + rate // 20:
            left = (len(out) - np.arange(start, stop, dtype=np.float32)) / np.float32(BED_FADE_S * rate)
            part *= _smooth(np.clip(left, 0, 1))[:, None]
        out[start:stop] += part


def _ducked(spans: list[tuple[float, float]], ducking: Ducking, start: int, stop: int, rate: int) -> Samples:
    """How far down the bed is at each sample, 0…1."""
    corners = [(0.0, 0.0)]
    for begin, end in spans:
        up = end + ducking.hold_s
        corners += [(begin - ducking.attack_s, 0), (begin, 1), (up, 1), (up + ducking.release_s, 0)]
    times, depths = zip(*corners[1:], strict=True) if spans else ((0.0,), (0.0,))
    return _smooth(np.interp(np.arange(start, stop) / rate, times, depths).astype(np.float32))


def _normalise(out: Samples, rate: int, target_lufs: float, ceiling_dbtp: float) -> bool:
    """Bring *out* to its loudness under its ceiling, in place; False where it is silent."""
    level = loudness(out, rate)
    if level == SILENCE_LUFS:
        return False
    gain_db, ceiling = target_lufs - level, 10 ** (ceiling_dbtp / 20)
    peaks = peak_curve(out, ceiling / 10 ** ((gain_db + 3) / 20))
    step, reached, yielded = 0.0, level, 1.0
    for _ in range(PASSES):
        before, reached = reached, _loudness_at(out, rate, gain_db, peaks, ceiling)
        if abs(target_lufs - reached) < TOLERANCE_LU:
            break
        if step:  # the limiter swallows part of what is added: aim by what the last step brought
            yielded = min(1.0, max(0.2, (reached - before) / step))
        step = (target_lufs - reached) / yielded
        gain_db += step
    limit = _limiter(peaks * 10 ** (gain_db / 20), ceiling)
    for start, piece in zip(range(0, len(out), BLOCK), _limited(out, gain_db, limit), strict=True):
        out[start : start + len(piece)] = piece
    return True


def _loudness_at(sound: Samples, rate: int, gain_db: float, peaks: Samples, ceiling: float) -> float:
    """How loud *sound* will be after so much gain and the limiter."""
    meter = Meter(rate)
    for piece in _limited(sound, gain_db, _limiter(peaks * 10 ** (gain_db / 20), ceiling)):
        meter.feed(piece)
    return meter.lufs()


def _limiter(peaks: Samples, ceiling: float) -> Samples:
    """Gain in dB at each cell, ≤ 0: closes smoothly ahead of a peak, opens evenly after it."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    wanted = 20 * np.log10(ceiling / np.maximum(peaks, ceiling))
    if not wanted.any():
        return np.zeros_like(peaks)
    slope = RELEASE_DB * np.arange(len(wanted))
    held = slope + np.minimum.accumulate(wanted - slope)
    held = minimum_filter1d(np.minimum(held, 0), 2 * LOOK_AHEAD + 3, mode="nearest")
    return np.asarray(uniform_filter1d(held, 2 * LOOK_AHEAD + 1, mode="nearest"), np.float32)


def _limited(sound: Samples, gain_db: float, limit: Samples) -> Iterator[Samples]:
    """*sound* through gain and limiter, in pieces of BLOCK."""
    centres = np.arange(len(limit)) * CELL + CELL / 2
    still = not limit.any()
    for start in range(0, len(sound), BLOCK):
        piece = sound[start : start + BLOCK]
        if still:
            yield piece * np.float32(10 ** (gain_db / 20))
            continue
        curve = np.interp(np.arange(start, start + len(piece)), centres, limit).astype(np.float32)
        yield piece * np.power(10, (curve + np.float32(gain_db)) / 20, dtype=np.float32)[:, None]


def encode_aac(samples: Samples, rate: int, path: Path, bit_rate: int = 192_000) -> None:
    """Write stereo *samples* as AAC-LC in an .m4a whose edit list hides the encoder's priming: time 0 is sample 0."""
    import av

    if samples.ndim != 2 or samples.shape[1] != 2:
        raise BadInput(f"Sound of shape {samples.shape} cannot be encoded.", "Give stereo samples, (n, 2).")
    with av.open(str(path), "w", format="ipod", options={"movflags": "+faststart"}) as container:
        stream: Any = container.add_stream("aac", rate=rate, layout="stereo", bit_rate=bit_rate)
        for start in range(0, len(samples), 1 << 16):
            piece = np.ascontiguousarray(samples[start : start + (1 << 16)].T)
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

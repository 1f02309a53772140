"""What a listener gets: the sound of any file, decoded as a player would, whole or in blocks."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import av
import numpy as np
from av.error import FFmpegError

from infra.errors import BadInput
from infra.media.loudness import Meter, Peak
from infra.media.tape import RATE, gathered, resampled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.engines import Samples

PREROLL_S = 0.3
"""Decoded and dropped after a leap into a file, until the decoder has settled."""
REMEDY = "Give a WAV, FLAC, Ogg, MP3, M4A or MP4 file."


class Heard(NamedTuple):
    """How a finished file sounds."""

    loudness_lufs: float
    true_peak_dbtp: float


def sound_of(path: Path) -> tuple[Samples, int]:
    """The decoded sound of *path*, (n, channels) float32 ±1, and its rate; priming is skipped as the edit list says.

    Raises:
        BadInput: the file cannot be read or has no sound.
    """
    with _opened(path) as (container, stream):
        blocks = [block for _, block in _decoded(container, stream, stereo=False)]
        if not blocks:
            raise BadInput(f"{path.name} has no sound that can be read: it is empty.", REMEDY)
        return np.concatenate(blocks), int(stream.rate)


def stereo(path: Path, start_s: float = 0) -> Iterator[Samples]:
    """The sound of *path* from *start_s* on, in blocks of (n, 2) at 48 kHz, whatever its rate and channels.

    Mono is heard on both sides as loud as it is; 5.1 and the like are mixed down as ITU-R BS.775 says and may then
    exceed ±1. Time is the file's own: where its sound begins after its pictures, silence stands for what lacks.

    Raises:
        BadInput: the file cannot be read or has no sound.
    """
    with _opened(path) as (container, stream):
        found = gathered(_from(container, stream, start_s))
        for block in resampled(found, int(stream.rate), RATE):
            yield block if block.shape[1] == 2 else np.repeat(block, 2, axis=1)


def mono(path: Path) -> tuple[Samples, int]:
    """The mean of the channels of *path*, (n,) float32, and its rate: `sound_of` in the memory of one channel.

    Raises:
        BadInput: the file cannot be read or has no sound.
    """
    held = bytearray()
    with _opened(path) as (container, stream):
        for _, block in _decoded(container, stream, stereo=False):
            held += block.mean(axis=1, dtype=np.float32).tobytes()
        if not held:
            raise BadInput(f"{path.name} has no sound that can be read: it is empty.", REMEDY)
        return np.frombuffer(held, np.float32), int(stream.rate)


def heard(path: Path) -> Heard:
    """Loudness and true peak of a finished file as decoded, in one pass."""
    with _opened(path) as (container, stream):
        meter, peak = Meter(int(stream.rate)), Peak()
        for block in gathered(block for _, block in _decoded(container, stream, stereo=False)):
            meter.feed(block)
            peak.feed(block)
        return Heard(meter.lufs(), peak.dbtp())


def has_sound(path: Path) -> bool:
    """Whether *path* is a media file with a track of sound."""
    try:
        with av.open(str(path)) as container:
            return bool(container.streams.audio)
    except (FFmpegError, OSError):
        return False


def tags_of(path: Path) -> dict[str, str]:
    """What the file says of itself and of its sound, names in lower case."""
    with _opened(path) as (container, stream):
        return {name.lower(): text for name, text in (container.metadata | stream.metadata).items()}


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """The container and its first track of sound; what fails while it is read is said as BadInput."""
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio or not container.streams.audio[0].rate:
                raise BadInput(f"{path.name} has no sound.", REMEDY)
            yield container, container.streams.audio[0]
    except (FFmpegError, OSError) as error:
        raise BadInput(f"{path.name} has no sound that can be read: {error}.", REMEDY) from error


def _from(container: Any, stream: Any, start_s: float) -> Iterator[Samples]:
    """Blocks from *start_s* of the container's time on."""
    origin = (container.start_time or 0) / av.time_base
    if start_s > PREROLL_S:
        container.seek(int((origin + start_s - PREROLL_S) * av.time_base))
    missing: int | None = None
    for at_s, block in _decoded(container, stream, stereo=True):
        if missing is None:
            missing = round((at_s - origin - start_s) * stream.rate)
            if missing > 0:
                yield np.zeros((missing, block.shape[1]), np.float32)
        dropped = min(len(block), max(0, -missing))
        missing += dropped
        if dropped < len(block):
            yield block[dropped:]


def _decoded(container: Any, stream: Any, *, stereo: bool) -> Iterator[tuple[float, Samples]]:
    """Each decoded block with its time in seconds; with *stereo* what has more channels is mixed down to two."""
    known, shaper = None, None
    for frame in container.decode(stream):
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != known:
            layout = "stereo" if stereo and frame.layout.nb_channels > 2 else frame.layout.name
            known, shaper = shape, av.AudioResampler(format="fltp", layout=layout, rate=stream.rate)
        at_s = frame.time or 0.0
        for piece in shaper.resample(frame) if shaper else ():
            yield at_s, np.ascontiguousarray(piece.to_ndarray().T)

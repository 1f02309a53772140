"""Sound files: short ones read whole, FLAC and AAC written. Samples are float32, (n,) mono or (n, channels)."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from infra.errors import BadInput
from infra.media.loudness import highest
from infra.media.tape import RATE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from typing_extensions import Buffer

    from infra.engines import Samples


class _Sink(io.FileIO):
    """A file for libsndfile, which does not tell of a full disk: closing raises what a write met."""

    fault: OSError | None = None

    def write(self, data: Buffer, /) -> int:
        view = memoryview(data)
        left = view
        try:
            while left:
                left = left[super().write(left) :]
        except OSError as error:
            self.fault = error
        return len(view) - len(left)

    def close(self) -> None:
        super().close()
        fault, self.fault = self.fault, None
        if fault:
            raise fault


def write_flac(path: Path, samples: Samples, rate: int) -> None:
    """Write 24-bit FLAC; the same samples give the same bytes. What exceeds full scale is scaled down to it."""
    import soundfile

    peak = highest(samples)
    with _Sink(path, "w") as out:
        soundfile.write(out, samples / np.float32(peak) if peak > 1 else samples, rate, format="FLAC", subtype="PCM_24")


def write_flac_blocks(path: Path, blocks: Iterable[Samples], rate: int = RATE) -> None:
    """Write stereo blocks, none beyond full scale, as 24-bit FLAC."""
    import soundfile

    with _Sink(path, "w") as sink, soundfile.SoundFile(sink, "w", rate, 2, "PCM_24", format="FLAC") as out:
        for block in blocks:
            out.write(block)


def read(path: Path) -> tuple[Samples, int]:
    """Samples, (n,) where the file is mono and (n, channels) otherwise, and their rate: WAV, FLAC, Ogg, MP3."""
    import soundfile

    try:
        samples, rate = soundfile.read(path, dtype="float32")
    except soundfile.LibsndfileError as error:
        raise BadInput(f"{path} cannot be read as sound: {error}.", "Use WAV, FLAC, Ogg or MP3.") from error
    return samples, int(rate)


def seconds_of(path: Path) -> float:
    """How long a file that `read` reads lasts, from its header."""
    import soundfile

    try:
        facts = soundfile.info(path)
    except soundfile.LibsndfileError as error:
        raise BadInput(f"{path} cannot be read as sound: {error}.", "Use WAV, FLAC, Ogg or MP3.") from error
    return float(facts.frames / facts.samplerate)


def resample(samples: Samples, rate: int, to: int) -> Samples:
    """The same sound at another rate; as it is where the rates are equal."""
    if rate == to:
        return samples
    import soxr

    return np.asarray(soxr.resample(samples, rate, to, "HQ"), np.float32)


def encode_aac(blocks: Iterable[Samples], path: Path, bit_rate: int = 192_000) -> None:
    """Write stereo *blocks* at 48 kHz as AAC-LC in an .m4a whose edit list hides the encoder's priming.

    Time 0 is sample 0.
    """
    import av

    with av.open(str(path), "w", format="ipod", options={"movflags": "+faststart"}) as container:
        stream: Any = container.add_stream("aac", rate=RATE, layout="stereo", bit_rate=bit_rate)
        done = 0
        for block in blocks:
            if block.ndim != 2 or block.shape[1] != 2:
                raise BadInput(f"Sound of shape {block.shape} cannot be encoded.", "Give stereo samples, (n, 2).")
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, done, Fraction(1, RATE)
            container.mux(stream.encode(frame))
            done += len(block)
        container.mux(stream.encode(None))

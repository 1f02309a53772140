"""Sound that passes in blocks of (n, channels) float32: joined, resampled, eased; and the scratch it is kept on."""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from typing import TYPE_CHECKING, Self

import numpy as np

from infra.store import no_room, room_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from infra.engines import Samples

IDENTITY = "sound-1" + "".join(f"+{name}-{version(name)}" for name in ("av", "soxr", "scipy", "soundfile"))
"""What decodes, resamples, weighs and writes a recording."""
RATE = 48_000
"""Samples per second of every film."""
BLOCK = RATE * 3 // 2
"""Samples taken at a time, so that memory does not grow with length."""


def smooth(x: Samples) -> Samples:
    """A ramp 0…1 with level ends."""
    return x * x * (3 - 2 * x)


def gathered(blocks: Iterable[Samples], size: int = BLOCK) -> Iterator[Samples]:
    """The same sound in blocks of at least *size*, but for the last: small ones cost more than they hold."""
    held: list[Samples] = []
    for block in blocks:
        held.append(block)
        if sum(map(len, held)) >= size:
            yield np.concatenate(held)
            held = []
    if held:
        yield np.concatenate(held)


def resampled(blocks: Iterable[Samples], rate: int, to: int) -> Iterator[Samples]:
    """The same sound at another rate, on time to the sample; as it is where the rates are equal."""
    if rate == to:
        yield from blocks
        return
    import soxr

    stream = None
    for block in blocks:
        stream = stream or soxr.ResampleStream(rate, to, block.shape[1], dtype="float32", quality="HQ")
        yield stream.resample_chunk(np.ascontiguousarray(block))
        rest = block[:0]
    if stream:
        yield stream.resample_chunk(np.ascontiguousarray(rest), last=True)


def eased(blocks: Iterable[Samples], size: int, rise: int, fall: int) -> Iterator[Samples]:
    """At most *size* samples, eased in over *rise* and out over *fall*, wherever the sound ends."""
    held, done = None, 0
    for block in blocks:
        piece = block[: size - done].copy()
        if done < rise:
            here = np.arange(done, done + len(piece), dtype=np.float32)
            piece *= smooth(np.minimum(1, here / np.float32(rise)))[:, None]
        done += len(piece)
        held = piece if held is None else np.concatenate([held, piece])
        if done >= size:
            break
        if len(held) > fall:
            yield held[: len(held) - fall]
            held = held[len(held) - fall :]
    if held is not None:
        tail = min(fall, len(held))
        if tail:
            held[len(held) - tail :] *= smooth(np.linspace(1, 0, tail, dtype=np.float32))[:, None]
        yield held


class Player:
    """Blocks as they come, taken in pieces of any length."""

    def __init__(self, blocks: Iterable[Samples]) -> None:
        self._blocks = iter(blocks)
        self._held: Samples | None = None

    def take(self, size: int) -> Samples:
        """The next *size* samples; fewer where the sound ends."""
        parts, missing = [], size
        while missing:
            block = self._held if self._held is not None and len(self._held) else next(self._blocks, None)
            if block is None:
                break
            parts.append(block[:missing])
            self._held = block[missing:]
            missing -= len(parts[-1])
        return np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)


class Reel:
    """Stereo sound on disk, for work that passes over it more than once; gone when the block ends, whatever happens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._size = 0

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)
        except OSError as error:
            raise no_room(self._folder, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._size

    def append(self, block: Samples) -> None:
        """Add (n, 2) at the end.

        Raises:
            StoreFull: the disk has no room for it.
        """
        if not len(block):
            return
        view = np.ascontiguousarray(block, np.float32).data.cast("B")
        with room_errors(self._folder):
            self._file.seek(self._size * 8)
            while view:
                view = view[self._file.write(view) :]
        self._size += len(block)

    def read(self, start: int, stop: int) -> Samples:
        """Samples *start* to *stop*; silence before the first and after the last."""
        out = np.zeros((stop - start, 2), np.float32)
        first, last = max(0, start), min(self._size, stop)
        if first < last:
            view = out[first - start : last - start].data.cast("B")
            self._file.seek(first * 8)
            while view:
                view = view[self._file.readinto(view) or len(view) :]
        return out

    def blocks(self, size: int = BLOCK) -> Iterator[Samples]:
        """All of it, in order."""
        for start in range(0, self._size, size):
            yield self.read(start, min(self._size, start + size))

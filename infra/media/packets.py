"""The encoded packets of a video stream: their digest proves that a film's pictures were encoded once.

A master is made by copying the packets of its shots. So the packets of shot i in the master are, byte for byte, those
of the shot's own file, and cutting the master's stream by frame counts gives the shots' digests back.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from infra.media.probe import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def digest_of(path: Path) -> str:
    """SHA-256 of the payloads of all video packets in *path*, in decoding order.

    Raises:
        BadInput: the file is not a film.
    """
    [digest] = digests(path, [None])
    return digest


def digests(path: Path, frames: Sequence[int | None]) -> list[str]:
    """The digest of each run of so many packets, in order; None takes all that are left.

    Raises:
        BadInput: the file is not a film.
    """
    with opened(path) as film:
        payloads = _payloads(film, film.streams.video[0])
        return [_digest(payloads, count) for count in frames]


def digest_of_sound(path: Path) -> str:
    """SHA-256 of the payloads of all packets of the sound in *path*; empty if it has none.

    Raises:
        BadInput: the file is not a film.
    """
    with opened(path) as film:
        return _digest(_payloads(film, film.streams.audio[0]), None) if film.streams.audio else ""


def _digest(payloads: Iterator[bytes], count: int | None) -> str:
    sha = hashlib.sha256()
    taken = 0
    while taken != count and (payload := next(payloads, None)) is not None:
        sha.update(payload)
        taken += 1
    return sha.hexdigest()


def _payloads(film: Any, stream: Any) -> Iterator[bytes]:
    for packet in film.demux(stream):
        if packet.size:
            yield bytes(packet)

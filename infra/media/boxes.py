"""The boxes of fragmented MP4 (ISO/IEC 14496-12): cut a file where its fragments begin."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = 8
"""Bytes of a box's size and type."""


@dataclass(frozen=True)
class Fragment:
    """One `moof` with its `mdat`, of one track, decoded from *begin* on, in ticks of its track."""

    data: bytes
    begin: int

    def starting_at(self, ticks: int) -> bytes:
        """Its bytes, to be decoded at another time."""
        at, wide = _decode_time(self.data)
        return self.data[:at] + ticks.to_bytes(wide, "big") + self.data[at + wide :]


def fragments(path: Path) -> tuple[bytes, list[Fragment], int]:
    """What comes before the fragments of a file of one track, the fragments, and the track's ticks per second."""
    data = path.read_bytes()
    tops = list(_boxes(data, 0, len(data)))
    begins = [start for kind, start, _ in tops if kind == b"moof"]
    end = max(end for kind, _, end in tops if kind == b"mdat")
    pieces = [data[this:after] for this, after in pairwise((*begins, end))]
    return data[: begins[0]], [Fragment(piece, _begin(piece)) for piece in pieces], _rate(data)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, first byte and end of each box from *start* to *end*."""
    while start < end:
        size, kind = struct.unpack_from(">I4s", data, start)
        if size == 1:
            size = int.from_bytes(data[start + HEAD : start + 2 * HEAD], "big")
        yield kind, start, start + (size or end - start)
        start += size or end - start


def _inside(data: bytes, *path: bytes) -> tuple[int, int]:
    """The content of the first box at *path*."""
    start, end = 0, len(data)
    for wanted in path:
        start, end = next((a + HEAD, z) for kind, a, z in _boxes(data, start, end) if kind == wanted)
    return start, end


def _decode_time(fragment: bytes) -> tuple[int, int]:
    """Where a fragment says when it is decoded, and in how many bytes."""
    start, _ = _inside(fragment, b"moof", b"traf", b"tfdt")
    return start + 4, 8 if fragment[start] else 4


def _begin(fragment: bytes) -> int:
    at, wide = _decode_time(fragment)
    return int.from_bytes(fragment[at : at + wide], "big")


def _rate(data: bytes) -> int:
    start, _ = _inside(data, b"moov", b"trak", b"mdia", b"mdhd")
    at = start + (20 if data[start] else 12)
    return int.from_bytes(data[at : at + 4], "big")

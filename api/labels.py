"""What an MP4 says of its own making, read from its boxes (ISO 14496-12) without a media library.

ftyp · uuid (C2PA, XMP) · moov ─ udta ─ meta ─ ilst ─ ©cmt ─ data        what stands before the pictures
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.store import S3Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.store import Store

C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
FIRST_BYTES, MOST_BYTES = 1 << 16, 1 << 26
PLACE = (b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data")
BEFORE = {b"meta": 4, b"data": 8}
"""Bytes of a box before what it contains: version and flags; of data, its type and locale."""


@dataclass(frozen=True)
class Label:
    """What is in the file: the *comment*, and whether there are C2PA content credentials or an XMP packet."""

    comment: str
    c2pa: bool
    xmp: bool


@dataclass(frozen=True)
class Box:
    """A box: its name, and where its content begins and ends."""

    name: bytes
    begin: int
    end: int


def label_of(sha256: str) -> Label:
    """What the MP4 of that hash says.

    Raises:
        AssetMissing: the store does not hold it.
    """
    store = open_store()
    head = _head(store, sha256, FIRST_BYTES)
    needed = max((box.end for box in boxes(head, 0, MOST_BYTES) if box.name != b"mdat"), default=0)
    if needed > len(head):
        head = _head(store, sha256, min(needed, MOST_BYTES))
    return read_label(head)


def read_label(head: bytes) -> Label:
    """What *head*, the beginning of an MP4, says."""
    kinds = {head[box.begin : box.begin + 16] for box in boxes(head, 0, len(head)) if box.name == b"uuid"}
    return Label(_comment(head, 0, len(head), PLACE), C2PA in kinds, XMP in kinds)


def boxes(data: bytes, begin: int, end: int) -> Iterator[Box]:
    """The boxes from *begin* to *end*, as far as their headers are in *data*."""
    while begin + 8 <= min(end, len(data)):
        size, header = int.from_bytes(data[begin : begin + 4], "big"), 8
        if size == 1:
            size, header = int.from_bytes(data[begin + 8 : begin + 16], "big"), 16
        last = end if size == 0 else begin + size
        if last < begin + header or last > end:
            return
        yield Box(data[begin + 4 : begin + 8], begin + header, last)
        begin = last


def _comment(data: bytes, begin: int, end: int, place: tuple[bytes, ...]) -> str:
    found = next((box for box in boxes(data, begin, end) if box.name == place[0]), None)
    if found is None:
        return ""
    inner = found.begin + BEFORE.get(found.name, 0)
    if place[1:]:
        return _comment(data, inner, found.end, place[1:])
    return data[inner : found.end].decode("utf-8", "replace")


def _head(store: Store, sha256: str, length: int) -> bytes:
    if isinstance(store, S3Store):
        return store.head(sha256, min(length, store.size(sha256)))
    with store.path(sha256).open("rb") as file:
        return file.read(length)

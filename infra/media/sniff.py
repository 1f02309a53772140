"""What kind of media a file is, by its bytes: names and suffixes are not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.errors import BadInput
from infra.media.containers import opened, pictures

if TYPE_CHECKING:
    from pathlib import Path

HEADS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"II*\0": "image/tiff",
    b"MM\0*": "image/tiff",
}
FOREIGN = {
    b"heic": "HEIC", b"heix": "HEIC", b"heim": "HEIC", b"heis": "HEIC", b"mif1": "HEIF", b"msf1": "HEIF",
}  # fmt: skip
"""Pictures of phones that nothing here reads, by their brand."""
CLIPS = {"mov": "mp4", "matroska": "x-matroska", "avi": "x-msvideo", "mpegts": "mp2t", "mpeg": "mpeg", "ogg": "ogg"}
SOUNDS = {"mov": "mp4", "matroska": "webm", "mp3": "mpeg", "wav": "wav", "flac": "flac", "ogg": "ogg", "aac": "aac"}
"""Media types by the container's first name; any other is its own."""


def media_type(path: Path) -> str:
    """`image/…`, `video/…` or `audio/…`, as the file's own bytes say.

    Raises:
        BadInput: it is none of them, or one that cannot be read.
    """
    if path.is_file() and (found := picture_type(path)):
        return found
    with opened(path) as container:
        name = container.format.name.split(",")[0]
        if pictures(container):
            return f"video/{CLIPS.get(name, name)}"
        if container.streams.audio:
            return f"audio/{SOUNDS.get(name, name)}"
    raise BadInput(f"{path.name} holds neither pictures nor sound.", "Give a picture, a clip or a song.")


def picture_type(path: Path) -> str | None:
    """The media type of the picture at *path*; None where it is no picture.

    Raises:
        BadInput: it is a picture of a kind that is not read.
    """
    with path.open("rb") as file:
        head = file.read(64)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "image/bmp"
    if head[4:8] == b"ftyp":
        return _boxed(head, path.name)
    return next((kind for start, kind in HEADS.items() if head.startswith(start)), None)


def _boxed(head: bytes, name: str) -> str | None:
    """AVIF by any of its brands; HEIC is named and refused; what is left is a clip."""
    brands = head[8 : min(len(head), int.from_bytes(head[:4], "big"))]
    if b"avif" in brands:
        return "image/avif"
    if head[8:12] in FOREIGN:
        raise BadInput(f"{name} is a {FOREIGN[head[8:12]]} picture, which cannot be read.", "Save it as JPEG.")
    return None

"""Kinds of files: which extension is which media type, and what the first bytes of a file say it is.

The front has no media library: this is a table and a look at signatures. Whether a file can be read through is found
out by the flow that takes it.
"""

from __future__ import annotations

import re

INLINE = {
    "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "avif": "image/avif",
    "mp4": "video/mp4", "webm": "video/webm", "ts": "video/mp2t", "m3u8": "application/vnd.apple.mpegurl",
    "m4a": "audio/mp4", "mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg",
    "aac": "audio/aac", "vtt": "text/vtt; charset=utf-8", "srt": "application/x-subrip; charset=utf-8",
    "json": "application/json",
}  # fmt: skip
"""What browsers may show, by extension; everything else is saved."""
OTHER = "application/octet-stream"

HEAD_BYTES = 512
"""How much of a file `sniffed` wants to see."""

TAKEN = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/tiff", "image/bmp",
        "video/mp4", "video/webm", "video/x-matroska", "video/x-msvideo", "video/mp2t", "video/mpeg", "video/ogg",
        "audio/mp4", "audio/mpeg", "audio/wav", "audio/flac", "audio/ogg", "audio/aac", "audio/webm",
    }
)  # fmt: skip
"""What may be uploaded."""
ALIASES = {
    "image/jpg": "image/jpeg", "image/x-ms-bmp": "image/bmp",
    "video/quicktime": "video/mp4", "video/avi": "video/x-msvideo",
    "audio/mp3": "audio/mpeg", "audio/x-wav": "audio/wav", "audio/wave": "audio/wav", "audio/vnd.wave": "audio/wav",
    "audio/x-flac": "audio/flac", "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4", "audio/x-aac": "audio/aac",
    "application/ogg": "audio/ogg", "audio/opus": "audio/ogg",
}  # fmt: skip

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\0\0\1\xba", "video/mpeg"),
    (b"WEBVTT", "text/vtt"),
    (b"#EXTM3U", "application/vnd.apple.mpegurl"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_FOREIGN = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"}
_SUBRIP = re.compile(rb"\d+\r?\n\d\d:\d\d:\d\d,\d\d\d --> ")
_SHARED = {"mp4", "webm", "ogg"}
"""Containers that hold films and songs alike."""


def extension(media_type: str) -> str:
    """The extension that names *media_type* in an address; `bin` for one that browsers may not show."""
    plain = media_type.split(";", maxsplit=1)[0]
    return next((name for name, kind in INLINE.items() if kind.split(";")[0] == plain), "bin")


def sniffed(head: bytes) -> str:
    """The media type that a file's first bytes show; `application/octet-stream` where they show none of ours."""
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], OTHER)
    if head[4:8] == b"ftyp":
        return _boxed(head)
    if found := next((kind for start, kind in _SIGNATURES if head.startswith(start)), None):
        return found
    return _streamed(head) or _written(head)


def settled(declared: str, head: bytes) -> str | None:
    """The media type of an upload: what its sender says, as long as its bytes do not say otherwise; None: not taken."""
    seen, said = sniffed(head), declared.split(";", maxsplit=1)[0].strip().lower()
    said = ALIASES.get(said, said)
    if said in {OTHER, seen}:
        return seen if seen in TAKEN else None
    box = seen.partition("/")[2]
    same = box in _SHARED and said.partition("/")[2] == box
    return said if same and said in TAKEN else None


def _boxed(head: bytes) -> str:
    brand = head[8:12]
    if b"avif" in head[8 : min(len(head), int.from_bytes(head[:4], "big"))]:
        return "image/avif"
    if brand in _FOREIGN:
        return "image/heic"
    return "audio/mp4" if brand in {b"M4A ", b"M4B "} else "video/mp4"


def _streamed(head: bytes) -> str | None:
    """Containers that are known by more than their first word."""
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head[:4] == b"OggS":
        return "video/ogg" if b"theora" in head[:64] else "audio/ogg"
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "image/bmp"
    if head[:1] == b"G" and head[188:189] == b"G":
        return "video/mp2t"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "audio/aac" if head[1] & 0x06 == 0 else "audio/mpeg"
    return None


def _written(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _SUBRIP.match(text):
        return "application/x-subrip"
    return "application/json" if text[:1] in {b"{", b"["} else OTHER

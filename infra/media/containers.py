"""The files that clips and songs come in: which are read, and how they are opened safely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av
from av.error import FFmpegError
from av.stream import Disposition

from infra.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

LONG = 60
EXPORT = "Export it again, for example as an MP4 with H.264."
FORMATS = ("mov", "mp4", "matroska", "webm", "avi", "mpegts", "mpeg", "ogg", "flv", "asf", "mxf", "dv", "nut", "gif")
"""Containers of clips. Playlists and scripts that name other files are not among them."""
SOUNDS = ("mp3", "flac", "wav", "aiff", "aac", "w64", "caf")


def called(path: Path) -> str:
    """The file's name as a person would say it: of an asset in the store, whose name is a hash, the beginning."""
    return path.name if len(path.name) <= LONG or "." in path.name else path.name[:12]


def opened(path: Path) -> Any:
    """The media file at *path*, open for reading; it cannot make the reader open anything else.

    Raises:
        BadInput: there is no such file, or it is no clip or sound that can be read.
    """
    if not path.is_file():
        raise BadInput(f"{path} is {'a folder' if path.is_dir() else 'not there'}.", "Give the path of one file.")
    options = {"format_whitelist": ",".join(FORMATS + SOUNDS), "protocol_whitelist": "file"}
    try:
        return av.open(str(path.resolve()), options=options, metadata_errors="ignore")
    except (FFmpegError, OSError, ValueError) as error:
        fault = "it is empty" if not path.stat().st_size else getattr(error, "strerror", None) or str(error)
        raise BadInput(f"{called(path)} cannot be read as a clip: {fault}.", EXPORT) from error


def pictures(container: Any) -> Any:
    """The stream of moving pictures, or None: the cover of an album is none."""
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    return streams[0] if streams else None

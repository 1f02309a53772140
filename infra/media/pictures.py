"""Picture files of any size as pixels, upright, without ever holding more of them than a film needs."""

from __future__ import annotations

from mmap import ACCESS_READ, mmap
from os import SEEK_END
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from infra.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from infra.engines import Pixels

MOST_PIXELS = 34_000_000
"""What is decoded at once, 102 MB: an 8K frame. Larger JPEG files are read at a half, a quarter or an eighth."""
REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
KINDS = (JpegImageFile, PngImageFile, WebPImageFile)
CENTRE = (0.5, 0.5)


def read_picture(path: Path) -> Pixels:
    """The picture file as (h, w, 3) sRGB, upright; transparency is dropped, and a huge JPEG is read reduced.

    Raises:
        BadInput: the file is not a picture, or more of one than is decoded at once.
    """
    pixels = _decoded(path, REDUCED[_reduction(path)])
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels), np.uint8)


def read_layer(path: Path) -> Pixels:
    """The picture file as (h, w, 4) sRGB with straight alpha.

    Raises:
        BadInput: the file is not a picture with transparency, or more of one than is decoded at once.
    """
    _reduction(path)
    pixels = _decoded(path, cv2.IMREAD_UNCHANGED)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4:
        raise BadInput(f"{path.name} has no transparency.", "A layer is a PNG file of red, green, blue and alpha.")
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA, dst=pixels), np.uint8)


def cover(pixels: Pixels, aspect: float, focus: tuple[float, float] = CENTRE) -> Pixels:
    """The largest part of *pixels* whose width is *aspect* times its height, as near around *focus* as it can be."""
    high, wide = pixels.shape[:2]
    across, down = max(1, min(wide, round(high * aspect))), max(1, min(high, round(wide / aspect)))
    left, top = _begin(wide, across, focus[0]), _begin(high, down, focus[1])
    return pixels[top : top + down, left : left + across]


def _begin(whole: int, part: int, focus: float) -> int:
    return min(max(int(focus * whole - part / 2), 0), whole - part)


def _reduction(path: Path) -> int:
    """By how much the file must be read smaller: 1, 2, 4 or 8."""
    width, height, reducible = _measured(path)
    for reduction in REDUCED if reducible else (1,):
        if width * height <= MOST_PIXELS * reduction**2:
            return reduction
    raise _too_large(path, width, height)


def _measured(path: Path) -> tuple[int, int, bool]:
    """Width, height, and whether it can be read reduced in little memory: a JPEG of one pass. Nothing is decoded."""
    for kind in KINDS:
        try:
            with path.open("rb") as file, kind(file) as picture:
                if not _whole(file, kind):
                    raise _cut_off(path)
                return picture.width, picture.height, kind is JpegImageFile and not picture.info.get("progressive")
        except SyntaxError:
            continue  # what Pillow raises for a file of another kind
        except OSError as error:
            raise _unreadable(path) from error
    raise _unreadable(path)


def _whole(file: BinaryIO, kind: type) -> bool:
    """Whether a JPEG or WebP has its end: what is missing would be decoded as grey; a torn PNG is not.

    *file* stands where Pillow left it: at a JPEG's first scan. The mark of the end cannot occur within one.
    """
    if kind is JpegImageFile:
        with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            return data.find(b"\xff\xd9", file.tell()) >= 0
    if kind is WebPImageFile:
        file.seek(4)
        return int.from_bytes(file.read(4), "little") + 8 <= file.seek(0, SEEK_END)
    return True


def _decoded(path: Path, flags: int) -> Pixels:
    pixels = cv2.imread(str(path), flags)
    if pixels is None:
        raise _unreadable(path)
    return np.asarray(pixels)


def _unreadable(path: Path) -> BadInput:
    return BadInput(f"{path.name} is not a picture that can be read.", "Give a PNG, JPEG or WebP file.")


def _cut_off(path: Path) -> BadInput:
    return BadInput(f"{path.name} is cut off: its end is missing.", "Copy or export the picture again.")


def _too_large(path: Path, width: int, height: int) -> BadInput:
    return BadInput(
        f"{path.name} has {width:,}x{height:,} pixels, more than can be read at once.",
        f"Scale it to at most {MOST_PIXELS // 1_000_000} million pixels, or give a baseline JPEG.",
    )

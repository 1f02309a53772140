"""Stills as planar YUV 4:2:0, BT.709, limited range: converted and scaled once, warped ever after."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.media.pictures import CENTRE, cover, read_picture

if TYPE_CHECKING:
    from infra.engines import Pixels

cv2.setNumThreads(1)  # shots run side by side; threads inside each would only fight

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
"""Y (h, w), U and V (h/2, w/2)."""

BT709 = np.array([[0.2126, 0.7152, 0.0722], [-0.114572, -0.385428, 0.5], [0.5, -0.454153, -0.045847]], np.float32)
"""RGB to Y, Cb, Cr; rows sum to 1, 0, 0 (ITU-R BT.709-6)."""
RANGE = np.array([219, 224, 224], np.float32) / 255
BLACK = np.array([16, 128, 128], np.float32)
TO_YUV = np.column_stack([RANGE[:, None] * BT709, BLACK])
"""RGB to limited range, all in bytes."""
OVERSAMPLING = 1.178
"""Source pixels per output pixel at the tightest crop: below 1.15 slow pans pulse in sharpness.

1 + 1 / (5 + golden ratio - 1): no small fraction is near, so its multiples meet the source's grid often (see sampling).
"""
ALIGN = 64
PAD, MARGIN = 256, 16
"""Samples by which a source's edges repeat before and after; the first a multiple of ALIGN (see sampling.REACH)."""


@dataclass(frozen=True)
class Source:
    """A still of *width* x *height* at the output's aspect, larger than it, its edges repeated outwards.

    Chroma is sited in the centre of its four pixels. Every plane has PAD samples before it and MARGIN after it.
    """

    planes: Planes
    width: int
    height: int


def source(path: Path, width: int, height: int, zoom: float, focus: tuple[float, float] = CENTRE) -> Source:
    """The picture at *path* for frames of that size, enlarged at most *zoom* times.

    Raises:
        BadInput: the file is not a picture that can be read.
    """
    return prepare(read_picture(path), width, height, zoom, focus)


def prepare(pixels: Pixels, width: int, height: int, zoom: float, focus: tuple[float, float] = CENTRE) -> Source:
    """(h, w, 3) sRGB cropped to the aspect, scaled to OVERSAMPLING times the tightest crop, and converted."""
    size = enlarged(width, zoom), enlarged(height, zoom)
    return padded(planar(_bytes(cv2.transform(resized(cover(pixels, width / height, focus), *size), TO_YUV))))


def planar(pixels: Pixels) -> Planes:
    """(h, w, 3) YUV, both sides even, as planes with chroma of half the size."""
    luma, blue, red = cv2.split(pixels)
    return _bytes(luma), halved(_bytes(blue)), halved(_bytes(red))


def enlarged(side: int, zoom: float) -> int:
    """Pixels of a source along a side of that many in the frame; even."""
    return int(side * zoom * OVERSAMPLING / 2 + 0.5) * 2


def resized(pixels: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """The picture at that size: averaged where it shrinks, cubic where it grows."""
    kernel = cv2.INTER_AREA if pixels.shape[1] > width else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=kernel))


def halved(plane: Plane) -> Plane:
    """Chroma of half the size, sited in the centre of its four pixels."""
    return _bytes(cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA))


def padded(planes: Planes) -> Source:
    """The source with those planes inside, its edges repeated outwards."""
    height, width = planes[0].shape
    luma, blue, red = (_framed(plane) for plane in planes)
    return Source((luma, blue, red), width, height)


def _framed(plane: Plane) -> Plane:
    """An aligned copy with PAD samples before and MARGIN after, along both axes."""
    high, wide = plane.shape
    room = aligned(PAD + high + MARGIN, PAD + wide + MARGIN)
    return _bytes(cv2.copyMakeBorder(plane, PAD, MARGIN, PAD, MARGIN, cv2.BORDER_REPLICATE, dst=room))


def aligned(height: int, width: int) -> Plane:
    """An uninitialised plane whose rows start at multiples of 64 bytes."""
    stride = (width + ALIGN - 1) // ALIGN * ALIGN
    raw = np.empty(height * stride + ALIGN, np.uint8)
    start = -raw.ctypes.data % ALIGN
    return raw[start : start + height * stride].reshape(height, stride)[:, :width]


def blank(width: int, height: int) -> Planes:
    """Uninitialised planes of one frame."""
    return aligned(height, width), aligned(height // 2, width // 2), aligned(height // 2, width // 2)


def shrunk(frame: Planes, width: int) -> Planes:
    """The frame scaled to *width* pixels across (made even), by averaging."""
    high, wide = frame[0].shape
    across = max(2, width // 2 * 2)
    down = max(2, round(across * high / wide / 2) * 2)
    sizes = (across, down), (across // 2, down // 2), (across // 2, down // 2)
    parts = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part, size in zip(frame, sizes, strict=True)]
    return _bytes(parts[0]), _bytes(parts[1]), _bytes(parts[2])


def to_rgb(frame: Planes) -> Pixels:
    """The planes (left-sited chroma) as (h, w, 3) sRGB: the inverse of what the encoder is given."""
    high, wide = frame[0].shape
    shift = np.array([[0.5, 0, 0], [0, 0.5, -0.25]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    full = [cv2.warpAffine(c, shift, (wide, high), flags=flags, borderMode=cv2.BORDER_REPLICATE) for c in frame[1:]]
    luma = (frame[0].astype(np.float32) - 16) * (255 / 219)
    yuv = np.dstack([luma, *((c.astype(np.float32) - 128) * (255 / 224) for c in full)])
    return np.clip(np.rint(cv2.transform(yuv, np.linalg.inv(BT709).astype(np.float32))), 0, 255).astype(np.uint8)


def _bytes(values: NDArray[Any]) -> Plane:
    return np.asarray(values, np.uint8)

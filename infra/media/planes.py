"""Stills as planar YUV 4:2:0, BT.709, limited range: converted and scaled once, warped ever after."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.errors import BadInput

if TYPE_CHECKING:
    from infra.engines import Pixels

cv2.setNumThreads(1)  # shots run side by side; threads inside each would only fight

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
"""Y (h, w), U and V (h/2, w/2)."""

BT709 = np.array([[0.2126, 0.7152, 0.0722], [-0.114572, -0.385428, 0.5], [0.5, -0.454153, -0.045847]], np.float32)
"""RGB to Y, Cb, Cr; rows sum to 1, 0, 0 (ITU-R BT.709-6)."""
OVERSAMPLING = 1.178
"""Source pixels per output pixel at the tightest crop: below 1.15 slow pans pulse in sharpness.

1 + 1 / (5 + golden ratio - 1): no small fraction is near, so its multiples meet the source's grid often (see warp).
"""
ALIGN = 64
STRIP = 128
REACH = 128
"""Output samples beyond the frame that a warp may compute to meet the grid of the source (see warp)."""
KEPT = 4
_kept: OrderedDict[tuple[str, int, int, float], Source] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Source:
    """A still of *width* x *height* at the output's aspect, larger than it, its edges repeated *pad* samples outwards.

    Chroma is sited in the centre of its four pixels. Every plane has the same padding, in its own samples.
    """

    planes: Planes
    width: int
    height: int
    pad: int


def source(path: Path, sha256: str, width: int, height: int, zoom: float) -> Source:
    """The picture at *path* for frames of that size, enlarged at most *zoom* times; the last few are kept.

    Raises:
        BadInput: the file is not a picture.
    """
    key = (sha256, width, height, zoom)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = prepare(read_picture(path), width, height, zoom)
    with _lock:
        _kept[key] = made
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return made


def read_picture(path: Path) -> Pixels:
    """The picture file as (h, w, 3) sRGB, upright; transparency is dropped."""
    data = np.fromfile(path, np.uint8) if path.is_file() else np.empty(0, np.uint8)
    pixels = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if pixels is None:
        raise BadInput(f"{path.name} is not a picture that can be read.", "Give a PNG, JPEG or WebP file.")
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)


def prepare(pixels: Pixels, width: int, height: int, zoom: float) -> Source:
    """(h, w, 3) sRGB cropped to the aspect, converted, and scaled to OVERSAMPLING times the tightest crop."""
    wide, high = (int(side * zoom * OVERSAMPLING / 2 + 0.5) * 2 for side in (width, height))
    luma, blue, red = _convert(cover(pixels, width / height))
    half = wide // 2, high // 2
    return padded(
        (_scaled(luma, wide, high), _scaled(blue, *half), _scaled(red, *half)), int(REACH * OVERSAMPLING * zoom) + 8
    )


def padded(planes: Planes, pad: int) -> Source:
    """The source with those planes inside; its edges are repeated *pad* samples outwards."""
    height, width = planes[0].shape
    luma, blue, red = (_bytes(cv2.copyMakeBorder(plane, pad, pad, pad, pad, cv2.BORDER_REPLICATE)) for plane in planes)
    return Source((luma, blue, red), width, height, pad)


def cover(pixels: Pixels, aspect: float) -> Pixels:
    """The largest centred part of *pixels* whose width is *aspect* times its height."""
    high, wide = pixels.shape[:2]
    across, down = min(wide, round(high * aspect)), min(high, round(wide / aspect))
    left, top = (wide - across) // 2, (high - down) // 2
    return pixels[top : top + max(1, down), left : left + max(1, across)]


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


def _convert(pixels: Pixels) -> Planes:
    """4:4:4 planes, in strips: a float copy of a whole picture would be ten times its size."""
    high, wide = pixels.shape[:2]
    out = np.empty((3, high, wide), np.uint8)
    scale = (np.array([[219], [224], [224]]) / 255 * BT709).astype(np.float32)
    offset = np.array([[16.0], [128.0], [128.0]], np.float32)
    matrix = np.hstack([scale, offset])
    for top in range(0, high, STRIP):
        strip = cv2.transform(np.ascontiguousarray(pixels[top : top + STRIP], np.float32), matrix)
        np.rint(strip, out=strip)
        out[:, top : top + STRIP] = np.moveaxis(strip, 2, 0)
    return out[0], out[1], out[2]


def _scaled(plane: Plane, width: int, height: int) -> Plane:
    kernel = cv2.INTER_AREA if plane.shape[1] > width else cv2.INTER_CUBIC
    return _bytes(cv2.resize(plane, (width, height), interpolation=kernel))


def _bytes(values: NDArray[Any]) -> Plane:
    return np.asarray(values, np.uint8)

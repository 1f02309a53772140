"""A picture with transparency, ready to be laid onto planar YUV frames: only its own box is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.media.planes import BLACK, BT709, RANGE, Planes

if TYPE_CHECKING:
    from infra.engines import Pixels

UNIT = 256
PREMULTIPLIED = UNIT * np.block(
    [[RANGE[:, None] * BT709, BLACK[:, None] / 255], [np.zeros((1, 3)), np.ones((1, 1)) / 255]]
)
"""Premultiplied RGB and alpha, bytes, to premultiplied YUV and alpha in 1/256."""
ACROSS, ALONE = np.array([0.25, 0.5, 0.25]), np.array([1.0])


@dataclass(frozen=True)
class Sprite:
    """At even (*x*, *y*): per plane, *keep* is what stays of the frame and *add* what comes, both in 1/256."""

    x: int
    y: int
    keep: tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint16]]
    add: tuple[NDArray[np.uint16], NDArray[np.uint16], NDArray[np.uint16]]


def sprite(pixels: Pixels, x: int, y: int) -> Sprite:
    """The sprite of (h, w, 4) sRGB with premultiplied alpha, h and w even, at even (x, y).

    Chroma is filtered to the left siting of H.264, as the frames are.
    """
    luma, blue, red, alpha = cv2.split(cv2.transform(pixels.astype(np.float32), PREMULTIPLIED))
    thin = _chroma(alpha)
    pairs = (luma, alpha), (_chroma(blue), thin), (_chroma(red), thin)
    keep, add = zip(*(_fixed(part, cover) for part, cover in pairs), strict=True)
    return Sprite(x, y, keep, add)


def blend(frame: Planes, patch: Sprite) -> None:
    """Lay *patch* onto *frame*, in place."""
    for index, plane in enumerate(frame):
        keep = patch.keep[index]
        x, y = (patch.x, patch.y) if index == 0 else (patch.x // 2, patch.y // 2)
        box = plane[y : y + keep.shape[0], x : x + keep.shape[1]]
        mixed = np.multiply(box, keep, dtype=np.uint16)
        mixed += patch.add[index]
        mixed >>= 8
        np.copyto(box, mixed, casting="unsafe")


def _chroma(full: Any) -> NDArray[np.float32]:
    """Half size both ways: co-sited with the left pixel across, midway down."""
    rows = cv2.addWeighted(full[::2], 0.5, full[1::2], 0.5, 0)
    smooth = cv2.sepFilter2D(rows, -1, ACROSS, ALONE, borderType=cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(smooth[:, ::2])


def _fixed(part: Any, alpha: Any) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """What stays of the frame where *alpha* is, and what *part* adds, rounded half up once the sum is shifted down."""
    keep = _rounded(UNIT - alpha)
    return keep, np.minimum(_rounded(part + 128), 65535 - keep * np.uint16(255))


def _rounded(values: Any) -> NDArray[np.uint16]:
    return np.asarray(cv2.add(values, np.zeros(1), dtype=cv2.CV_16U), np.uint16)

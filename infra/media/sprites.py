"""A picture with transparency, ready to be laid onto planar YUV frames: only its own box is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.media.planes import BT709, Planes

if TYPE_CHECKING:
    from infra.engines import Pixels

UNIT = 256


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
    colour = pixels[..., :3].astype(np.float32)
    alpha = pixels[..., 3].astype(np.float32) / 255
    yuv = cv2.transform(colour, BT709)
    thin = _chroma(alpha)
    planes = (
        yuv[..., 0] * (219 / 255) + 16 * alpha,
        _chroma(yuv[..., 1]) * (224 / 255) + 128 * thin,
        _chroma(yuv[..., 2]) * (224 / 255) + 128 * thin,
    )
    keep = tuple(_fixed(1 - part) for part in (alpha, thin, thin))
    room = [np.uint16(65535 - 128) - stay * np.uint16(255) for stay in keep]
    add = tuple(np.minimum(_fixed(part), most) + np.uint16(128) for part, most in zip(planes, room, strict=True))
    return Sprite(x, y, (keep[0], keep[1], keep[2]), (add[0], add[1], add[2]))


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


def _chroma(full: NDArray[Any]) -> NDArray[np.float32]:
    """Half size both ways: co-sited with the left pixel across, midway down."""
    smooth = cv2.sepFilter2D(full, -1, np.array([0.25, 0.5, 0.25]), np.array([1.0]), borderType=cv2.BORDER_REPLICATE)
    return np.asarray((smooth[::2, ::2] + smooth[1::2, ::2]) / 2, np.float32)


def _fixed(values: NDArray[Any]) -> NDArray[np.uint16]:
    return np.asarray(np.clip(np.rint(values * UNIT), 0, 65535), np.uint16)

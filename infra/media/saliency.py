"""Where a picture asks to be looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from infra.engines import Pixels

Energy = NDArray[np.float32]

IDENTITY = "saliency-1"
SIZE = 64
LEAST, MOST = 0.15, 0.85


def focus(pixels: Pixels) -> tuple[float, float]:
    """What stands out of (h, w, 3) sRGB, as shares of width and height within 0.15 to 0.85; the middle if nothing does.

    The spectral residual (Hou and Zhang 2007): what the picture has beyond the smooth spectrum that all pictures share.
    It knows no faces.
    """
    small = np.asarray(cv2.resize(pixels, (SIZE, SIZE), interpolation=cv2.INTER_AREA), np.uint8)
    if np.ptp(small.reshape(-1, 3), axis=0).max() < 8:
        return 0.5, 0.5
    residual = np.sum([_residual(small[..., channel]) for channel in range(3)], axis=0)
    stands_out = np.asarray(cv2.GaussianBlur(residual, (0, 0), 2.5), np.float32)
    weight = np.maximum(stands_out - stands_out.mean() - stands_out.std(), 0)
    weight[[0, 1, -1, -2]] = weight[:, [0, 1, -1, -2]] = 0  # the spectrum takes opposite edges for neighbours
    if not weight.any():
        return 0.5, 0.5
    centres = (np.arange(SIZE) + 0.5) / SIZE
    x, y = np.average(centres, weights=weight.sum(0)), np.average(centres, weights=weight.sum(1))
    return round(float(np.clip(x, LEAST, MOST)), 3), round(float(np.clip(y, LEAST, MOST)), 3)


def _residual(channel: Pixels) -> Energy:
    spectrum = np.fft.fft2(channel)
    size = np.log(np.abs(spectrum) + 1e-3).astype(np.float32)
    rest = size - cv2.blur(size, (3, 3))
    return np.asarray(np.abs(np.fft.ifft2(np.exp(rest + 1j * np.angle(spectrum)))) ** 2, np.float32)

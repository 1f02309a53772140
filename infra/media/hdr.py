"""Light that sRGB cannot hold: HDR is tone-mapped, wide gamuts are brought in. Codes are those of ITU-T H.273.

Tone mapping is the curve of ITU-R BT.2390 from 1,000 cd/m² down to SDR white, which is 203 cd/m² (ITU-R BT.2408): what
is darker than about 90 cd/m² stays as bright as it was, lights roll off. It acts on the largest of R, G and B, so hues
stay. A colour outside BT.709 moves towards the grey of its own luminance just as far as it must.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.errors import BadInput

if TYPE_CHECKING:
    from infra.engines import Pixels

Light = NDArray[np.float32]
"""Linear light; 1 is SDR white."""

IDENTITY = "hdr-1"
PQ, HLG = 16, 18
"""Transfer codes of HDR: SMPTE ST 2084 and ARIB STD-B67."""
UNREADABLE = {8: "linear", 9: "logarithmic", 10: "logarithmic", 17: "SMPTE ST 428"}
SDR_WHITE_NITS, PEAK_NITS = 203.0, 1000.0
BT709_LUMA = np.array([[0.2126, 0.7152, 0.0722]], np.float32)
BT2020_LUMA = np.array([[0.2627, 0.678, 0.0593]], np.float32)
TO_BT709 = {
    9: np.array(
        [[1.660491, -0.587641, -0.07285], [-0.12455, 1.132899, -0.008349], [-0.018151, -0.100579, 1.11873]], np.float32
    ),
    12: np.array([[1.22494, -0.22494, 0.0], [-0.042057, 1.042057, 0.0], [-0.019638, -0.078636, 1.098274]], np.float32),
}
"""Linear RGB of wide primaries (BT.2020, Display P3) to BT.709; every row sums to 1."""
STRIP = 1 << 18
"""Pixels converted at once, so that the floats of a large picture never stand in memory together."""
STEPS = 4095


def needed(transfer: int, primaries: int) -> bool:
    """Whether pixels so coded must go through `to_sdr`; all others are shown as they are."""
    return transfer in (PQ, HLG) or primaries in TO_BT709


def check(transfer: int, name: str) -> None:
    """Refuse light that would be shown wrong.

    Raises:
        BadInput: the file *name* is coded with a curve that is not for showing.
    """
    if transfer in UNREADABLE:
        raise BadInput(
            f"{name} is recorded in {UNREADABLE[transfer]} light, which cannot be shown as it is.",
            "Grade it and export it as Rec. 709, HLG or PQ.",
        )


def to_sdr(pixels: NDArray[np.uint16], transfer: int, primaries: int) -> Pixels:
    """(h, w, 3) full-range RGB of 16 bits, coded as the two codes say, as sRGB of 8 bits."""
    out = np.empty(pixels.shape, np.uint8)
    rows = max(1, STRIP // pixels.shape[1])
    for top in range(0, len(pixels), rows):
        light = _linear(pixels[top : top + rows], transfer)
        if primaries in TO_BT709:
            light = _fitted(np.asarray(cv2.transform(light, TO_BT709[primaries]), np.float32))
        out[top : top + rows] = _srgb_table()[np.rint(np.sqrt(light) * STEPS).astype(np.uint16)]
    return out


def _linear(pixels: NDArray[np.uint16], transfer: int) -> Light:
    """Light of SDR range, 0 to 1."""
    light: Light = _curve(transfer)[pixels]
    if transfer == HLG:
        scene = cv2.transform(light, BT2020_LUMA)
        light *= (PEAK_NITS / SDR_WHITE_NITS * np.power(np.maximum(scene, 1e-6), 0.2))[..., None]
    if transfer in (PQ, HLG):
        brightest = np.maximum(np.maximum(light[..., 0], light[..., 1]), light[..., 2])
        place = np.power(np.minimum(brightest * (SDR_WHITE_NITS / PEAK_NITS), 1), 0.25) * STEPS
        light *= _gain_table()[np.rint(place).astype(np.uint16)][..., None]
    return np.clip(light, 0, 1, out=light)


def _fitted(light: Light) -> Light:
    """Colours outside 0 to 1 moved towards grey of the same luminance, onto the edge of what can be shown."""
    grey = np.clip(cv2.transform(light, BT709_LUMA), 0, 1)
    least = np.minimum(np.minimum(light[..., 0], light[..., 1]), light[..., 2])
    most = np.maximum(np.maximum(light[..., 0], light[..., 1]), light[..., 2])
    keep = np.minimum(1, grey / np.maximum(grey - np.minimum(least, 0), 1e-6))
    keep = np.minimum(keep, (1 - grey) / np.maximum(np.maximum(most, 1) - grey, 1e-6))
    fitted = grey[..., None] + (light - grey[..., None]) * keep[..., None]
    return np.asarray(np.clip(fitted, 0, 1), np.float32)


@lru_cache(maxsize=3)
def _curve(transfer: int) -> Light:
    """Light of each of 65,536 codes: PQ and SDR relative to SDR white, HLG as scene light."""
    code = np.arange(65536) / 65535
    if transfer == PQ:
        return np.asarray(_pq_nits(code) / SDR_WHITE_NITS, np.float32)
    if transfer == HLG:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        return np.asarray(np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12), np.float32)
    return np.asarray(np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4), np.float32)


@lru_cache(maxsize=1)
def _gain_table() -> Light:
    """By how much light is multiplied, at each fourth root of its share of the peak (BT.2390, section 5.4.1)."""
    nits = np.maximum((np.arange(STEPS + 1) / STEPS) ** 4 * PEAK_NITS, 1e-4)
    top = _pq_code(np.array(PEAK_NITS))
    code, target = _pq_code(nits) / top, float(_pq_code(np.array(SDR_WHITE_NITS)) / top)
    knee = 1.5 * target - 0.5
    u = np.clip((code - knee) / (1 - knee), 0, 1)
    bent = (2 * u**3 - 3 * u**2 + 1) * knee + (u**3 - 2 * u**2 + u) * (1 - knee) + (3 * u**2 - 2 * u**3) * target
    return np.asarray(_pq_nits(np.where(code < knee, code, bent) * top) / nits, np.float32)


@lru_cache(maxsize=1)
def _srgb_table() -> NDArray[np.uint8]:
    """The sRGB code of each square root of light."""
    light = (np.arange(STEPS + 1) / STEPS) ** 2
    code = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(code * 255), np.uint8)


M1, M2, C1, C2, C3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875


def _pq_nits(code: NDArray[Any]) -> NDArray[Any]:
    """SMPTE ST 2084: cd/m² of a code 0 to 1."""
    root = np.power(code, 1 / M2)
    return np.asarray(10000 * np.power(np.maximum(root - C1, 0) / (C2 - C3 * root), 1 / M1))


def _pq_code(nits: NDArray[Any]) -> NDArray[Any]:
    share = np.power(nits / 10000, M1)
    return np.asarray(np.power((C1 + C2 * share) / (1 + C3 * share), M2))

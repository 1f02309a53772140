"""Neural style transfer at low resolution, its colours and strokes carried up along the picture's own edges.

The network (26 styles, conditional instance normalisation after Dumoulin et al., 2017) runs on a small copy. A guided
filter (He et al., 2013) then explains the styled copy as a local linear map of the plain one; that map, enlarged and
applied to the full picture, keeps every edge as sharp as it was drawn.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from infra.catalogue import locate
from infra.engines import Pixels
from infra.engines.image.paint import dice
from infra.errors import ModelMissing, UnknownName
from infra.settings import settings

MODEL, FILE = "style-transfer", "multistyle26.onnx"
NETWORK = {
    "pastel": 0,  # soft ochre and teal chalk
    "woodblock": 2,  # pale blues and cream with short cut strokes, as in Edo prints
    "impressionist": 12,  # blue-violet shadows, apricot light, broken strokes
    "watercolour": 14,  # light, airy washes of blue and sea green
    "mosaic": 15,  # pale tesserae with thin coloured joints
    "starry": 19,  # ultramarine and yellow in swirling strokes
    "oil": 23,  # deep, muted greens under a stormy sky
    "print": 24,  # two faded inks on cream paper
}
"""Style → index in the network."""
STYLES: tuple[str, ...] = ("plain", *NETWORK)
LONG_SIDE = 704
SPARING = 0.5
Floats = NDArray[Any]
"""(height, width, 3) float32, 0–1."""
_running = threading.Lock()


def check(style: str) -> None:
    """Raise UnknownName unless *style* is one of STYLES."""
    if style not in STYLES:
        raise UnknownName("picture style", style, STYLES)


@lru_cache(maxsize=1)
def _network() -> Any:
    import onnxruntime

    path = locate(MODEL) / FILE
    if not path.is_file():
        raise ModelMissing(f"Model {MODEL} has no file {FILE}.", f"Run: flywheel models pull {MODEL}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings().threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def stylise(picture: Pixels, style: str, strength: float, spared: Pixels | None = None) -> Pixels:
    """*picture* (height, width, 3) in *style*, by *strength* 0–1; half of that where *spared* (any size) is 255."""
    check(style)
    if style == "plain" or strength <= 0:
        return picture
    small = _small(picture)
    styled = _run(small, NETWORK[style])
    size = (small.shape[1], small.shape[0])
    share = np.full((*small.shape[:2], 1), min(1.0, strength), np.float32)
    if spared is not None:
        share[..., 0] *= 1 - cv2.blur(cv2.resize(spared, size, interpolation=cv2.INTER_AREA), (3, 3)) / (255 / SPARING)
    return _carried_up(picture, small, styled, share)


def _small(picture: Pixels) -> Floats:
    """A copy of at most LONG_SIDE px, sides multiples of 4, values 0–1."""
    height, width = picture.shape[:2]
    scale = min(1.0, LONG_SIDE / max(height, width))
    size = (max(32, round(width * scale / 4) * 4), max(32, round(height * scale / 4) * 4))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _run(small: Floats, index: int) -> Floats:
    """The network's picture; a little texture first keeps flat areas from banding."""
    height, width = small.shape[:2]
    coarse = dice("paper").normal(0, 0.03, (height // 6, width // 6)).astype(np.float32)
    noise = dice("texture").normal(0, 0.022, (height, width)).astype(np.float32) + cv2.resize(coarse, (width, height))
    weights = np.zeros(26, np.float32)
    weights[index] = 1
    planes = np.ascontiguousarray(np.clip(small + noise[..., None], 0, 1).transpose(2, 0, 1)[None])
    with _running:
        out: Floats = _network().run(None, {"image": planes, "style_weights": weights})[0][0]
    return np.clip(out.transpose(1, 2, 0)[:height, :width], 0, 1)


def _carried_up(picture: Pixels, small: Floats, styled: Floats, strength: Floats) -> Pixels:
    """The guided filter's linear map from *small* to *styled*, applied to *picture*; brush strokes are added back."""
    window = (9, 9)

    def mean(values: Floats) -> Floats:
        return cv2.blur(values, window)

    centre, target = mean(small), mean(styled)
    slope = (mean(small * styled) - centre * target) / (mean(small * small) - centre * centre + 0.003)
    slope = np.clip(slope, -0.2, 1.6)
    offset = mean(target - slope * centre)
    slope = mean(slope)
    strokes = np.clip(styled - (slope * small + offset), -0.16, 0.16)
    size = picture.shape[1::-1]
    slope, offset = 1 - strength + strength * slope, strength * (offset + 0.8 * strokes)
    big_slope = cv2.resize(slope, size, interpolation=cv2.INTER_LINEAR)
    big_offset = cv2.resize(offset * 255, size, interpolation=cv2.INTER_CUBIC)
    out = picture.astype(np.float32)
    cv2.multiply(out, big_slope, dst=out)
    cv2.add(out, big_offset, dst=out)
    return np.clip(out, 0, 255, out=out).astype(np.uint8)

"""Brushes: colours in OKLab, smooth outlines, gradients, clouds, glows and pieces of art, drawn with skia.

Colours are (r, g, b) floats 0–1 in sRGB. A `Sheet` is one transparent layer as large as the picture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import skia
from numpy.typing import NDArray

from infra.art import pixels
from infra.engines import Pixels

Colour = tuple[float, float, float]
Point = tuple[float, float]

WHITE: Colour = (1.0, 1.0, 1.0)
BLACK: Colour = (0.0, 0.0, 0.0)
CUBIC = skia.SamplingOptions(skia.CubicResampler.Mitchell())
MIPMAP = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)


def dice(*parts: object) -> np.random.Generator:
    """A random generator that depends on nothing but *parts*."""
    seed = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    return np.random.default_rng(int.from_bytes(seed[:8], "little"))


def colour(text: str) -> Colour:
    """`#rrggbb` as a colour."""
    red, green, blue = (int(text[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return (red, green, blue)


def _to_lab(value: Colour) -> NDArray[np.float64]:
    c = np.asarray(value, float)
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    matrix = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    lms = np.cbrt(np.array(matrix) @ linear)
    lab: NDArray[np.float64] = (
        np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]) @ lms
    )
    return lab


def _from_lab(lab: NDArray[np.float64]) -> Colour:
    lms = (np.array([[1, 0.3963, 0.2158], [1, -0.1056, -0.0639], [1, -0.0895, -1.2915]]) @ lab) ** 3
    matrix = [[4.0767, -3.3077, 0.2310], [-1.2684, 2.6098, -0.3413], [-0.0042, -0.7034, 1.7076]]
    linear = np.clip(np.array(matrix) @ lms, 0, 1)
    red, green, blue = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return (float(red), float(green), float(blue))


def mix(one: Colour, two: Colour, share: float) -> Colour:
    """*one* with *share* (0–1) of *two*, even to the eye."""
    return _from_lab(_to_lab(one) * (1 - share) + _to_lab(two) * share)


def lit(value: Colour, by: float) -> Colour:
    """The colour with its lightness moved by *by* (±1), hue kept."""
    lab = _to_lab(value)
    lab[0] = np.clip(lab[0] + by, 0.04, 0.99)
    return _from_lab(lab)


def lightness(value: Colour) -> float:
    """OKLab lightness, 0–1."""
    return float(_to_lab(value)[0])


def argb(value: Colour, alpha: float = 1.0) -> int:
    """The colour as skia wants it."""
    return int(skia.Color4f(*value, float(np.clip(alpha, 0, 1))).toColor())


def wave(rng: np.random.Generator, xs: NDArray[np.float64], rough: float) -> NDArray[np.float64]:
    """A random outline over *xs* (0–1), within about ±1; *rough* 0 is one soft swell, 1 is craggy."""
    total = np.zeros_like(xs)
    for octave in range(2 + round(4 * rough)):
        frequency = 0.7 * 1.9**octave
        total += np.sin(2 * np.pi * (frequency * xs + rng.random())) * (0.45 + 0.2 * rough) ** octave
    return total / (1.3 + 0.5 * rough)


def outline(points: Sequence[Point], *, close: bool = True) -> Any:
    """A path through *points*."""
    path = skia.Path()
    path.addPoly([skia.Point(x, y) for x, y in points], close)
    return path


def vertical(top: float, bottom: float, stops: Sequence[tuple[Colour, float]]) -> Any:
    """A gradient shader from y *top* to *bottom* through (colour, alpha) *stops*."""
    colours = [argb(value, alpha) for value, alpha in stops]
    return skia.GradientShader.MakeLinear([(0, top), (0, bottom)], colours)


class Sheet:
    """One layer that is being drawn: *width* × *height* px, transparent at first."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.unit = (width * height) ** 0.5 / 1333
        self.surface = skia.Surface(width, height)
        self.canvas = self.surface.getCanvas()

    def pixels(self) -> Pixels:
        """(height, width, 4) RGBA with straight alpha."""
        info = skia.ImageInfo.Make(self.width, self.height, skia.kRGBA_8888_ColorType, skia.kUnpremul_AlphaType)
        out = np.empty((self.height, self.width, 4), np.uint8)
        self.surface.readPixels(skia.Pixmap(info, out, out.strides[0]))
        return out

    def fill(
        self, path: Any, *, shader: Any = None, paint: int | None = None, blur: float = 0, mode: Any = None
    ) -> None:
        """Fill *path* with a shader or an ARGB colour, its edge blurred by *blur* px."""
        brush = skia.Paint(AntiAlias=True)
        if shader is not None:
            brush.setShader(shader)
        else:
            brush.setColor(paint)
        if blur > 0:
            brush.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
        if mode is not None:
            brush.setBlendMode(mode)
        self.canvas.drawPath(path, brush)

    def wash(
        self, stops: Sequence[tuple[Colour, float]], top: float = 0, bottom: float | None = None, mode: Any = None
    ) -> None:
        """A vertical gradient over the whole width from *top* to *bottom*; beyond them it goes on."""
        brush = skia.Paint(Shader=vertical(top, self.height if bottom is None else bottom, stops))
        if mode is not None:
            brush.setBlendMode(mode)
        self.canvas.drawRect(skia.Rect.MakeWH(self.width, self.height), brush)

    def box(
        self, x: float, y: float, width: float, height: float, paint: int, *, radius: float = 0, shader: Any = None
    ) -> None:
        """A rectangle with rounded corners."""
        brush = skia.Paint(AntiAlias=True, Color=paint)
        if shader is not None:
            brush.setShader(shader)
        self.canvas.drawRoundRect(skia.Rect.MakeXYWH(x, y, width, height), radius, radius, brush)

    def glow(self, x: float, y: float, radius: float, value: Colour, alpha: float, mode: Any = None) -> None:
        """A soft round light."""
        stops = [argb(value, alpha), argb(value, alpha * 0.35), argb(value, 0)]
        shader = skia.GradientShader.MakeRadial((x, y), radius, stops, [0.0, 0.4, 1.0])
        brush = skia.Paint(Shader=shader, BlendMode=mode or skia.BlendMode.kSrcOver)
        self.canvas.drawCircle(x, y, radius, brush)

    def disc(self, x: float, y: float, radius: float, paint: int, *, squash: float = 1.0, blur: float = 0) -> None:
        """A circle or a lying ellipse."""
        brush = skia.Paint(AntiAlias=True, Color=paint)
        if blur > 0:
            brush.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
        self.canvas.drawOval(
            skia.Rect.MakeLTRB(x - radius, y - radius * squash, x + radius, y + radius * squash), brush
        )

    def ridge(
        self, ys: NDArray[np.float64], stops: Sequence[tuple[Colour, float]], *, depth: float, rim: Colour | None = None
    ) -> None:
        """Land below the outline *ys* (px, evenly spaced over the width), shaded downwards over *depth* px."""
        xs = np.linspace(-4, self.width + 4, len(ys))
        points = [*zip(xs.tolist(), ys.tolist(), strict=True), (self.width + 4, self.height + 4), (-4, self.height + 4)]
        top = float(ys.min())
        self.fill(outline(points), shader=vertical(top, top + depth, stops))
        if rim is not None:
            self.line(points[: len(ys)], argb(rim, 0.5), 2.2 * self.unit)

    def line(self, points: Sequence[Point], paint: int, thick: float, blur: float = 0) -> None:
        """A stroke through *points* with round ends."""
        brush = skia.Paint(AntiAlias=True, Color=paint, Style=skia.Paint.kStroke_Style, StrokeWidth=thick)
        brush.setStrokeCap(skia.Paint.kRound_Cap)
        brush.setStrokeJoin(skia.Paint.kRound_Join)
        if blur > 0:
            brush.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
        self.canvas.drawPath(outline(points, close=False), brush)

    def cloud(
        self, rng: np.random.Generator, x: float, y: float, size: float, value: Colour, alpha: float = 0.9
    ) -> None:
        """A soft cumulus *size* px wide whose base is at *y*."""
        shade = mix(value, (0.45, 0.52, 0.68), 0.32)
        shader = vertical(
            y - size * 0.32, y + size * 0.06, [(lit(value, 0.05), alpha), (value, alpha), (shade, alpha * 0.75)]
        )
        puffs = 9
        for index in range(puffs):
            place = index / (puffs - 1)
            tall = np.sin(np.pi * place) * (0.7 + 0.5 * rng.random())
            radius = size * (0.06 + 0.105 * tall)
            brush = skia.Paint(AntiAlias=True, Shader=shader)
            brush.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, size * 0.012))
            self.canvas.drawCircle(x + (place - 0.5) * size, y - radius * 0.75, radius, brush)


@lru_cache(maxsize=64)
def piece_image(piece: str, width: int) -> Any:
    """The piece as a skia image, *width* px wide (drawn larger art is reduced with area averaging)."""
    art = pixels(piece)
    height = max(1, round(art.shape[0] * width / art.shape[1]))
    premultiplied = art.astype(np.float32)
    premultiplied[..., :3] *= premultiplied[..., 3:] / 255
    way = cv2.INTER_AREA if width < art.shape[1] else cv2.INTER_CUBIC
    scaled = np.clip(cv2.resize(premultiplied, (width, height), interpolation=way), 0, 255)
    scaled[..., :3] = np.minimum(scaled[..., :3], scaled[..., 3:])
    data = np.ascontiguousarray((scaled + 0.5).astype(np.uint8))
    info = skia.ImageInfo.Make(width, height, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)
    return skia.Image.MakeRasterCopy(skia.Pixmap(info, data, data.strides[0]))

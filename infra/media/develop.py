"""A decoded frame of anyone's clip as sRGB of one size: upright, square pixels, cropped to cover, SDR, opaque."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av
import av.filter
import numpy as np
from av.error import FFmpegError
from av.sidedata.sidedata import Type

from infra.errors import BadInput
from infra.media import hdr
from infra.media.containers import EXPORT

if TYPE_CHECKING:
    from fractions import Fraction

    from infra.engines import Pixels

UNSPECIFIED, RGB = 2, 0
BT709, BT601, BT2020 = 1, 6, 9
MATRICES = {BT709: "bt709", 4: "fcc", 5: "bt601", BT601: "bt601", 7: "smpte240m", BT2020: "bt2020", 10: "bt2020"}
HD_PIXELS = 1024 * 577
"""A picture that says nothing of its colours is BT.709 from here on, and BT.601 below."""
SCALING = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
"""swscale widens its kernel when it makes smaller, so nothing aliases."""
AS_STORED = (1, 0, 0, 1)
PAPER, CHARCOAL = (255, 255, 255), (40, 40, 44)
"""What is laid under transparency: paper, or charcoal where what is drawn is itself light."""
LIGHT = 150.0
"""Mean luma from which a drawing is light."""


def backdrop_for(pixels: Pixels) -> tuple[int, int, int]:
    """What (h, w, 4) sRGB with straight alpha is best laid over: whatever sets off what is drawn."""
    weight = pixels[..., 3].astype(np.float64)
    if not weight.any():
        return PAPER
    luma = pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722])
    return CHARCOAL if np.average(luma, weights=weight) > LIGHT else PAPER


def transparent(frame: av.VideoFrame) -> bool:
    """Whether the frame's format has room for transparency."""
    return bool(frame.format.has_palette) or any(part.is_alpha for part in frame.format.components)


def orientation(frame: av.VideoFrame) -> tuple[int, int, int, int]:
    """The display matrix's a, b, c, d: a pixel at (x, y) is shown at (a x + c y, b x + d y).

    Ask it of one frame: PyAV keeps a frame whose side data was read until the garbage collector comes.
    """
    parts: Any = frame.side_data
    for data in parts:
        if data.type == Type.DISPLAYMATRIX:
            a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].tolist()
            return a, b, c, d
    return AS_STORED


class Developer:
    """Develops the frames of one clip to *width* x *height*.

    *matrix* is what `orientation` says of its first frame, *aspect* is that of a pixel, *backdrop* lies under
    transparency.
    """

    def __init__(
        self,
        name: str,
        width: int,
        height: int,
        *,
        matrix: tuple[int, int, int, int] = AS_STORED,
        aspect: Fraction | None = None,
        backdrop: tuple[int, int, int] = PAPER,
    ) -> None:
        self.name, self.width, self.height = name, width, height
        self.matrix, self.aspect = matrix, float(aspect) if aspect else 1.0
        self.backdrop = np.array(backdrop, np.uint16)
        self._graph: Any = None
        self._shape: tuple[object, ...] | None = None

    def __call__(self, frame: av.VideoFrame) -> Pixels:
        """The frame as (height, width, 3) sRGB.

        Raises:
            BadInput: it is coded in a way that cannot be shown.
        """
        a, b, c, d = self.matrix
        turned = abs(b) > abs(a)
        made = self.as_stored(frame, turned=turned)
        if turned:
            made = made.swapaxes(0, 1)
        made = made[:, ::-1] if (c if turned else a) < 0 else made
        made = made[::-1] if (b if turned else d) < 0 else made
        return np.ascontiguousarray(made)

    def as_stored(self, frame: av.VideoFrame, *, turned: bool = False) -> Pixels:
        """The same, but the way it lies in the file: (width, height, 3) where it is to be *turned*."""
        hdr.check(frame.color_trc, self.name)
        try:
            return self._converted(frame, turned=turned)
        except FFmpegError as error:
            what = f"{frame.width}x{frame.height}, {frame.format.name}: {error.strerror}"
            raise BadInput(f"{self.name} holds a frame that cannot be shown ({what}).", EXPORT) from error

    def _converted(self, frame: av.VideoFrame, *, turned: bool) -> Pixels:
        clear, wide = transparent(frame), hdr.needed(frame.color_trc, frame.color_primaries)
        layout = "rgba" if clear else "rgb48le" if wide else "rgb24"
        shape = (frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range, turned, layout)
        if shape != self._shape:
            self._graph, self._shape = self._built(frame, layout, turned=turned, clear=clear), shape
        self._graph.vpush(frame)
        made = self._graph.vpull().to_ndarray()
        if clear:
            under = self.backdrop * (255 - made[..., 3:].astype(np.uint16)) + 127
            return np.asarray(np.minimum(made[..., :3] + under // 255, 255), np.uint8)
        return hdr.to_sdr(made, frame.color_trc, frame.color_primaries) if wide else np.asarray(made, np.uint8)

    def _built(self, frame: av.VideoFrame, layout: str, *, turned: bool, clear: bool) -> Any:
        """The filters that crop, flatten and scale a frame like this one."""
        wide, high = (self.height, self.width) if turned else (self.width, self.height)
        across, down = self._seen(frame, wide / high)
        left, top = ((frame.width - across) // 4 * 2, (frame.height - down) // 4 * 2)
        scale = f"{wide}:{high}:flags={SCALING}"
        steps = [("crop", f"{across}:{down}:{left}:{top}:exact=1")]
        if clear:
            steps += [("scale", f"flags={SCALING}{_matrix(frame)}"), ("format", "gbrap"), ("premultiply", "inplace=1")]
            steps += [("scale", scale)]
        else:
            steps += [("scale", scale + _matrix(frame))]
        steps += [("format", layout), ("buffersink", "")]
        graph = av.filter.Graph()
        last = source(graph, frame)
        for name, options in steps:
            step = graph.add(name, options)
            last.link_to(step)
            last = step
        graph.configure()
        return graph

    def _seen(self, frame: av.VideoFrame, aspect: float) -> tuple[int, int]:
        """How much of the frame, in its own pixels, has the wanted aspect."""
        across = min(frame.width, round(frame.height * aspect / self.aspect))
        down = min(frame.height, round(frame.width * self.aspect / aspect))
        if min(frame.width, frame.height) < 2:
            raise BadInput(f"{self.name} is {frame.width}x{frame.height} pixels.", "Give a clip of 2x2 pixels or more.")
        return max(2, across), max(2, down)


def source(graph: Any, frame: av.VideoFrame) -> Any:
    """The entry of a filter graph for frames like this one."""
    if frame.colorspace not in {RGB, *MATRICES}:
        frame.colorspace = UNSPECIFIED
    args = f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base={frame.time_base}"
    return graph.add("buffer", f"{args}:pixel_aspect=1/1:colorspace={frame.colorspace}:range={frame.color_range}")


def _matrix(frame: av.VideoFrame) -> str:
    """The option of `scale` that says how the frame's colours are coded, where the frame itself does not."""
    if frame.format.is_rgb or frame.format.has_palette or frame.colorspace in MATRICES:
        return ""
    if frame.color_primaries == BT2020 or frame.color_trc in (hdr.PQ, hdr.HLG):
        return ":in_color_matrix=bt2020"
    return ":in_color_matrix=" + ("bt709" if frame.width * frame.height >= HD_PIXELS else "bt601")

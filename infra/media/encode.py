"""H.264 through PyAV: the quality tiers, and frames whose planes are written into directly."""

from __future__ import annotations

from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

import av
import numpy as np
from av.video.frame import PictureType

from infra.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.media.planes import Plane, Planes

TIERS: dict[str, dict[str, str]] = {
    "preview": {"preset": "ultrafast", "crf": "24"},
    "standard": {"preset": "superfast", "crf": "23", "x264-params": "trellis=1"},
    "best": {"preset": "faster", "crf": "22"},
}
THREADS = 2
"""Part of a shot's identity: x264 gives other bytes with other counts."""
KEYFRAME_S = 5
BT709_CODE, LIMITED = 1, 1


def identity() -> str:
    """What encodes: changes whenever the same frames could give other bytes."""
    codec = ".".join(str(part) for part in av.library_versions["libavcodec"])
    return f"x264-1+av-{av.__version__}+avcodec-{codec}+threads-{THREADS}"


class Writer(Protocol):
    """Takes frames."""

    def write(self, frame: av.VideoFrame) -> None:
        """Encode *frame*, the next one."""
        ...


def tier(name: str) -> dict[str, str]:
    """Options of a quality tier.

    Raises:
        UnknownName: there is no such tier.
    """
    if name not in TIERS:
        raise UnknownName("quality tier", name, TIERS)
    return TIERS[name]


@contextmanager
def h264(path: Path, width: int, height: int, fps: int, quality: str) -> Iterator[Writer]:
    """An MP4 at *path* with one closed-GOP H.264 stream, BT.709 limited, no dates and no tool names.

    Raises:
        UnknownName: there is no such tier.
    """
    options = tier(quality)
    with av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream: Any = container.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, fps)
        context = stream.codec_context
        context.thread_count, context.gop_size = THREADS, KEYFRAME_S * fps
        context.color_primaries = context.color_trc = context.colorspace = BT709_CODE
        context.color_range = LIMITED
        writer = _Mp4(container, stream, fps)
        yield writer
        container.mux(stream.encode(None))


class _Mp4:
    """Numbers the frames and muxes what the encoder gives back."""

    def __init__(self, container: Any, stream: Any, fps: int) -> None:
        self.container, self.stream = container, stream
        self.step, self.count = Fraction(1, fps), 0  # the stream's own time base changes once the header is written

    def write(self, frame: av.VideoFrame) -> None:
        frame.pts, frame.time_base, frame.pict_type = self.count, self.step, PictureType.NONE
        self.container.mux(self.stream.encode(frame))
        self.count += 1


def new_frame(width: int, height: int) -> tuple[av.VideoFrame, Planes]:
    """A frame and its planes, which are views of its memory."""
    frame = av.VideoFrame(width, height, "yuv420p")
    planes = planes_of(frame)
    return frame, planes


def planes_of(frame: av.VideoFrame) -> Planes:
    """The planes of a 4:2:0 frame as arrays, without copying."""
    luma, blue, red = (_view(plane) for plane in frame.planes)
    return luma, blue, red


def _view(plane: Any) -> Plane:
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]

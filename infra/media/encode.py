"""Encoders through PyAV: their quality tiers, and frames whose planes are written into directly.

Each gives one closed GOP whose frames can be joined to others without decoding: AV1 and NVENC without reordering.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import av
import numpy as np
from av.video.frame import PictureType

from infra.errors import PackageMissing, UnknownName
from infra.store import room_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from infra.media.planes import Plane, Planes

os.environ.setdefault("SVT_LOG", "1")  # errors only: SVT-AV1 writes what it does to stderr otherwise
THREADS = 2
"""Part of a shot's identity: x264 gives other bytes with other counts."""
KEYFRAME_S = 5
BT709_CODE, LIMITED = 1, 1


@dataclass(frozen=True)
class Encoder:
    """A codec of libavcodec, its options by quality tier, and what to do where this machine lacks it."""

    codec: str
    tiers: Mapping[str, Mapping[str, str]]
    remedy: str
    common: Mapping[str, str] = field(default_factory=dict)


def _svt(preset: int, crf: int) -> dict[str, str]:
    """Low delay (pred-struct 1): every frame is shown in the order in which it is decoded; lp holds the threads."""
    return {"preset": str(preset), "crf": str(crf), "svtav1-params": f"pred-struct=1:lp={THREADS}:enable-tf=0"}


ENCODERS: Mapping[str, Encoder] = {
    "x264": Encoder(
        "libx264",
        {
            "preview": {"preset": "ultrafast", "crf": "24"},
            "standard": {"preset": "superfast", "crf": "23", "x264-params": "trellis=1"},
            "best": {"preset": "faster", "crf": "22"},
        },
        "Install the wheel of PyAV from the Python index: it holds x264.",
    ),
    "svtav1": Encoder(
        "libsvtav1",
        {"preview": _svt(9, 40), "standard": _svt(8, 34), "best": _svt(6, 30)},
        "Install the wheel of PyAV from the Python index, which holds SVT-AV1, or ask for the encoder x264.",
    ),
    "nvenc": Encoder(
        "h264_nvenc",
        {
            "preview": {"preset": "p1", "cq": "30"},
            "standard": {"preset": "p4", "cq": "25"},
            "best": {"preset": "p6", "cq": "22"},
        },
        "NVENC needs an NVIDIA GPU and its driver; ask for the encoder x264.",
        {"rc": "vbr", "b": "0", "bf": "0", "strict_gop": "1", "forced-idr": "1"},
    ),
}


def identity(encoder: str = "x264", quality: str = "standard") -> str:
    """What encodes: changes whenever the same frames could give other bytes.

    Raises:
        UnknownName: there is no such encoder or tier.
    """
    codec = ".".join(str(part) for part in av.library_versions["libavcodec"])
    options = ":".join(f"{name}={value}" for name, value in sorted(_options(encoder, quality).items()))
    return f"{encoder}-2+av-{av.__version__}+avcodec-{codec}+threads-{THREADS}+{options}"


def present(encoder: str) -> bool:
    """Whether this machine has that encoder."""
    try:
        require(encoder)
    except PackageMissing:
        return False
    return True


class Writer(Protocol):
    """Takes frames."""

    def write(self, frame: av.VideoFrame) -> None:
        """Encode *frame*, the next one."""
        ...


def _named(name: str) -> Encoder:
    if name not in ENCODERS:
        raise UnknownName("encoder", name, ENCODERS)
    return ENCODERS[name]


def _options(encoder: str, quality: str) -> dict[str, str]:
    found = _named(encoder)
    if quality not in found.tiers:
        raise UnknownName("quality tier", quality, found.tiers)
    return {**found.common, **found.tiers[quality]}


@lru_cache(maxsize=8)
def require(encoder: str) -> None:
    """Open *encoder* once, to see whether this machine has what it needs.

    Raises:
        UnknownName: there is no such encoder.
        PackageMissing: it cannot be opened here.
    """
    found = _named(encoder)
    try:
        context: Any = av.CodecContext.create(found.codec, "w")
        context.options = dict(_options(encoder, "preview"))
        context.width, context.height, context.pix_fmt = 256, 256, "yuv420p"
        context.time_base = context.framerate = Fraction(1, 25)
        context.open()
    except (av.FFmpegError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise PackageMissing(f"The encoder {encoder} ({found.codec}) cannot be opened: {why}.", found.remedy) from error


@contextmanager
def writer(path: Path, width: int, height: int, fps: int, quality: str, encoder: str = "x264") -> Iterator[Writer]:
    """An MP4 at *path* with one stream of closed GOPs, BT.709 limited, no dates and no tool names.

    Raises:
        UnknownName: there is no such encoder or tier.
        PackageMissing: this machine lacks the encoder.
        StoreFull: there is no room at *path*.
    """
    options = _options(encoder, quality)
    require(encoder)
    with room_errors(path.parent), av.open(str(path), "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        stream: Any = container.add_stream(_named(encoder).codec, rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, fps)
        context = stream.codec_context
        context.thread_count, context.gop_size = THREADS, KEYFRAME_S * fps
        context.color_primaries = context.color_trc = context.colorspace = BT709_CODE
        context.color_range = LIMITED
        taker = _Mp4(container, stream, fps)
        yield taker
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

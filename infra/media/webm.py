"""WebM from a finished film: AV1 pictures, Opus sound, captions as a WebVTT track that can be selected."""

from __future__ import annotations

import io
import os
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from av.video.frame import PictureType

from infra.errors import PackageMissing, UnknownName
from infra.media.encode import BT709_CODE, KEYFRAME_S, LIMITED
from infra.media.mux import LANGUAGES
from infra.media.probe import opened
from infra.store import fresh_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

ENCODERS = ("libsvtav1", "libaom-av1", "libvpx-vp9")
"""The first that this machine has is used."""
TIERS: dict[str, dict[str, tuple[int, int]]] = {
    "preview": {"libsvtav1": (9, 42), "libaom-av1": (8, 42), "libvpx-vp9": (6, 42)},
    "standard": {"libsvtav1": (8, 34), "libaom-av1": (6, 34), "libvpx-vp9": (4, 34)},
    "best": {"libsvtav1": (6, 28), "libaom-av1": (4, 28), "libvpx-vp9": (2, 28)},
}
"""Speed (higher is faster) and quantiser (higher is coarser) of each encoder."""
SOUND_RATE, SOUND_BITS = 48_000, 128_000


def export_webm(
    film: Path,
    out: Path,
    *,
    quality: str = "standard",
    captions: str = "",
    language: str = "en",
    title: str = "",
    encoders: Sequence[str] = ENCODERS,
    on_frame: Callable[[int], None] | None = None,
) -> str:
    """Write *film* as WebM at *out*, whole or not at all; return what encoded the pictures, or `copied`.

    Every frame is there once, at its time; AV1 is copied, other pictures are encoded by the first of *encoders* that
    this machine has. *captions* is a WebVTT file's text. *on_frame* is called with the number of each frame.

    Raises:
        BadInput: *film* is no film.
        UnknownName: there is no such tier.
        PackageMissing: no encoder is there.
        StoreFull: there is no room at *out*.
    """
    if quality not in TIERS:
        raise UnknownName("quality tier", quality, TIERS)
    with opened(film) as source, fresh_file(out.parent, ".webm") as fresh:
        copied = source.streams.video[0].codec_context.codec.canonical_name == "av1"
        encoder = "copied" if copied else _available(encoders)
        with av.open(str(fresh), "w", format="webm", options={"fflags": "+bitexact"}) as target:
            if title:
                target.metadata["title"] = title
            writer = _Writer(target, source, encoder, quality, LANGUAGES.get(language, "und"), captions)
            writer.run(on_frame or (lambda _: None))
        fresh.chmod(0o644)
        fresh.replace(out)
    return encoder


def _available(encoders: Sequence[str]) -> str:
    for name in encoders:
        if name in av.codecs_available:
            return name
    raise PackageMissing(f"PyAV has none of the encoders {', '.join(encoders)}.", "Install the wheel of av from PyPI.")


class _Writer:
    """Takes a film's packets in their order and writes them, encoded where they must be."""

    def __init__(self, target: Any, source: Any, encoder: str, quality: str, language: str, captions: str) -> None:
        self.target, self.source, self.language = target, source, language
        self.seen = source.streams.video[0]
        self.heard = source.streams.audio[0] if source.streams.audio else None
        self.copied = encoder == "copied"
        self.pictures = (
            target.add_stream_from_template(self.seen, opaque=True) if self.copied else self._video(encoder, quality)
        )
        self.sound: Any = self._audio() if self.heard else None
        self.count, self.step = 0, 1 / Fraction(self.seen.average_rate)
        if captions.strip():
            self._caption(captions)

    def _video(self, encoder: str, quality: str) -> Any:
        speed, quantiser = TIERS[quality][encoder]
        options = {"preset" if encoder == "libsvtav1" else "cpu-used": str(speed), "crf": str(quantiser)}
        if encoder == "libsvtav1":
            os.environ.setdefault("SVT_LOG", "1")  # errors only: it writes to the terminal itself
        stream: Any = self.target.add_stream(encoder, rate=self.seen.average_rate, options=options)
        shape, context = self.seen.codec_context, stream.codec_context
        stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, "yuv420p"
        context.bit_rate, context.gop_size = 0, KEYFRAME_S * round(self.seen.average_rate)
        context.color_primaries = context.color_trc = context.colorspace = BT709_CODE
        context.color_range = LIMITED
        return stream

    def _audio(self) -> Any:
        stream = self.target.add_stream("libopus", rate=SOUND_RATE, layout="stereo", bit_rate=SOUND_BITS)
        stream.metadata["language"] = self.language
        return stream

    def _caption(self, captions: str) -> None:
        with av.open(io.BytesIO(captions.encode()), "r", format="webvtt") as text:
            track = self.target.add_stream_from_template(text.streams.subtitles[0])
            track.metadata["language"] = self.language
            for packet in text.demux():
                if packet.size:
                    packet.stream = track
                    self.target.mux(packet)

    def run(self, on_frame: Callable[[int], None]) -> None:
        """Write everything."""
        for packet in self.source.demux([track for track in (self.seen, self.heard) if track]):
            if packet.stream is self.heard:
                for frame in packet.decode():
                    self.target.mux(self.sound.encode(frame))
            elif not self.copied:
                for frame in packet.decode():
                    self._encode(frame)
                    on_frame(self.count - 1)
            elif packet.size:
                packet.stream = self.pictures
                self.target.mux(packet)
        for stream in (None if self.copied else self.pictures, self.sound):
            if stream:
                self.target.mux(stream.encode(None))

    def _encode(self, frame: av.VideoFrame) -> None:
        frame.pts, frame.time_base, frame.pict_type = self.count, self.step, PictureType.NONE
        self.target.mux(self.pictures.encode(frame))
        self.count += 1

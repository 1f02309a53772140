"""Shots and sound into the master: packets are copied, nothing is encoded again."""

from __future__ import annotations

import heapq
from contextlib import ExitStack
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av

from infra.errors import BadInput
from infra.store import fresh_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

REORDERED = 2
"""Frames that x264 moves a packet ahead of its turn, at most (a pyramid of B-frames)."""
LANGUAGES = {"en": "eng", "zh": "zho", "ar": "ara", "ja": "jpn", "ko": "kor", "de": "deu", "fr": "fra", "es": "spa"}


def join(
    shots: Sequence[Path],
    fps: int,
    audio: Path | None,
    out: Path,
    *,
    title: str = "",
    comment: str = "",
    language: str = "",
) -> int:
    """Write the master at *out*, whole or not at all: the *shots* end to end over *audio*; return its frames.

    The index stands before the pictures, so that it plays while it loads. Every shot must come from the same
    encoder settings; frame k of the whole is shown at k/fps s, the sound starts at 0.

    Raises:
        BadInput: no shots, or shots of unlike size, rate or encoding.
        StoreFull: there is no room at *out*.
    """
    if not shots:
        raise BadInput("A film needs at least one shot.", "Give the files of its shots.")
    tags = {"title": title, "comment": comment}
    with fresh_file(out.parent, ".mp4") as fresh:
        with ExitStack() as stack:
            target = stack.enter_context(
                av.open(str(fresh), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"})
            )
            target.metadata.update({name: text for name, text in tags.items() if text})
            frames = _copy(target, shots, fps, stack.enter_context(av.open(str(audio))) if audio else None, language)
        fresh.chmod(0o644)
        fresh.replace(out)
    return frames


def _copy(target: Any, shots: Sequence[Path], fps: int, sound: Any, language: str) -> int:
    with av.open(str(shots[0])) as first:
        template = first.streams.video[0]
        video = target.add_stream_from_template(template, opaque=True)
        video.time_base = Fraction(1, fps)
        pictures = _Pictures(
            shots, fps, video, _shape(template), REORDERED if template.codec_context.has_b_frames else 0
        )
    runs = [iter(pictures)]
    if sound:
        track = target.add_stream_from_template(sound.streams.audio[0])
        track.metadata["language"] = LANGUAGES.get(language.split("-", maxsplit=1)[0], "und")
        runs.append(_sounds(sound, track))
    for _, packet in heapq.merge(*runs, key=lambda pair: pair[0]):
        target.mux(packet)
    return pictures.count


class _Pictures:
    """The packets of all shots with their decoding times in seconds.

    Decoding order is counted through, `delay` frames ahead of showing: right also for shots shorter than that.
    """

    def __init__(self, shots: Sequence[Path], fps: int, stream: Any, shape: tuple[object, ...], delay: int) -> None:
        self.shots, self.fps, self.stream, self.shape, self.delay = shots, fps, stream, shape, delay
        self.count = 0

    def __iter__(self) -> Iterator[tuple[float, Any]]:
        begin = 0
        for path in self.shots:
            with av.open(str(path)) as shot:
                source = shot.streams.video[0]
                if _shape(source) != self.shape:
                    raise BadInput(
                        f"The shot {path.name} was encoded unlike the first.", "Render all shots of a film alike."
                    )
                for packet in shot.demux(source):
                    if packet.size:
                        yield self._placed(packet, begin)
            begin = self.count

    def _placed(self, packet: Any, begin: int) -> tuple[float, Any]:
        packet.pts = round(packet.pts * packet.time_base * self.fps) + begin
        packet.dts = self.count - self.delay
        packet.duration, packet.time_base, packet.stream = 1, Fraction(1, self.fps), self.stream
        self.count += 1
        return packet.dts / self.fps, packet


def _sounds(sound: Any, track: Any) -> Iterator[tuple[float, Any]]:
    for packet in sound.demux(audio=0):
        if packet.size:
            at = float(packet.dts * packet.time_base)
            packet.stream = track
            yield at, packet


def _shape(stream: Any) -> tuple[object, ...]:
    context = stream.codec_context
    return context.width, context.height, stream.average_rate, bytes(context.extradata or b"")

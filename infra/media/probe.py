"""What a film file holds, found by reading it: length, frames, codecs, colour tags, any frame as pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import av
from av.error import FFmpegError

from infra.errors import BadInput
from infra.media.encode import planes_of
from infra.media.planes import shrunk, to_rgb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction
    from pathlib import Path

    from infra.engines import Pixels


@dataclass(frozen=True)
class Probe:
    """A film file as it is; *frames* are counted packets, colour codes are those of ITU-T H.273 (1 is BT.709)."""

    duration_s: float
    frames: int
    width: int
    height: int
    fps: Fraction
    video_codec: str
    audio_codec: str | None
    audio_rate: int | None
    matrix: int
    primaries: int
    transfer: int
    limited_range: bool
    tags: dict[str, str]


def probe(path: Path) -> Probe:
    """The facts of the film at *path*, without decoding it.

    Raises:
        BadInput: the file is not a film.
    """
    with opened(path) as film:
        video: Any = film.streams.video[0]
        sound: Any = film.streams.audio[0] if film.streams.audio else None
        context = video.codec_context
        return Probe(
            frames=sum(1 for packet in film.demux(video) if packet.size),
            duration_s=float(film.duration / av.time_base) if film.duration else 0.0,
            width=context.width,
            height=context.height,
            fps=video.average_rate,
            video_codec=context.codec.canonical_name,
            audio_codec=sound.codec_context.codec.canonical_name if sound else None,
            audio_rate=sound.codec_context.sample_rate if sound else None,
            matrix=int(context.colorspace),
            primaries=int(context.color_primaries),
            transfer=int(context.color_trc),
            limited_range=int(context.color_range) == 1,
            tags=dict(film.metadata),
        )


@dataclass(frozen=True)
class Starts:
    """When the first picture is shown and the first sample is played, in seconds, edit lists applied."""

    video_s: float
    sound_s: float | None


def starts(path: Path) -> Starts:
    """When pictures and sound begin, by decoding the first of each.

    Raises:
        BadInput: the file is not a film, or has no frame.
    """
    begins = [_first_s(path, kind) for kind in ("video", "audio")]
    if begins[0] is None:
        raise BadInput(f"{path.name} has no frame that can be decoded.", "Give an MP4 file with pictures.")
    return Starts(begins[0], begins[1])


def _first_s(path: Path, kind: str) -> float | None:
    with opened(path) as film:
        streams = getattr(film.streams, kind)
        try:
            frame = next(film.decode(streams[0]), None) if streams else None
        except FFmpegError:
            return None
        return float(frame.pts * frame.time_base) if frame else None


def frame_at(path: Path, seconds: float) -> Pixels:
    """The frame shown at *seconds* as (h, w, 3) sRGB; the last one for any later time."""
    return next(frames_at(path, [seconds]))


def frames_at(path: Path, times_s: Sequence[float], *, width: int | None = None) -> Iterator[Pixels]:
    """The frames shown at each of *times_s* (seconds), in that order, as (h, w, 3) sRGB; one is held at a time.

    With *width* they are scaled to it, and may lie a frame or two earlier: those that nothing refers to are skipped.

    Raises:
        BadInput: the file is not a film, or has no frame.
    """
    with opened(path) as film:
        video: Any = film.streams.video[0]
        video.codec_context.skip_frame = "NONREF" if width else "DEFAULT"
        for seconds in times_s:
            film.seek(max(0, int(seconds / video.time_base)), stream=video, backward=True)
            planes = planes_of(_shown_at(film, video, seconds, path))
            yield to_rgb(shrunk(planes, width) if width else planes)


def _shown_at(film: Any, video: Any, seconds: float, path: Path) -> av.VideoFrame:
    """The last frame that starts no later than *seconds* (and half a millisecond, for rounded times)."""
    shown: av.VideoFrame | None = None
    for frame in film.decode(video):
        if shown is not None and frame.time > seconds + 0.0005:
            break
        shown = frame
    if shown is None:
        raise BadInput(f"{path.name} has no frame at {seconds:.2f} s.", "Choose a time within the film.")
    return shown


def opened(path: Path) -> Any:
    """The film at *path*, open for reading; close it, or use it in a `with`.

    Raises:
        BadInput: the file is not a film.
    """
    try:
        film = av.open(str(path))
    except (FFmpegError, OSError) as error:
        raise BadInput(f"{path.name} is not a film that can be read: {error}.", "Give an MP4 file.") from error
    if not film.streams.video:
        film.close()
        raise BadInput(f"{path.name} holds no pictures.", "Give an MP4 file with a video track.")
    return film

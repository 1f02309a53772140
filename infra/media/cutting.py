"""The shots of a finished film as files of their own: packets are copied, nothing is encoded again."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any

import av

from infra.errors import BadInput
from infra.media.mux import REORDERED
from infra.media.probe import opened
from infra.store import fresh_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def cut_shots(film: Path, frames: Sequence[int], outs: Sequence[Path | None]) -> None:
    """Write the pictures of each run of so many frames of *film* to its file, each whole or not at all.

    A run begins where one before it ended, with a key frame; one whose file is None is skipped.

    Raises:
        BadInput: *film* has other shots than these.
        StoreFull: there is no room.
    """
    with opened(film) as source:
        video: Any = source.streams.video[0]
        packets = (packet for packet in source.demux(video) if packet.size)
        begin = 0
        for count, out in zip(frames, outs, strict=True):
            run = list(islice(packets, count))
            if len(run) < count or not run[0].is_keyframe:
                raise BadInput(
                    f"{film.name} has no shot of {count} frames at frame {begin}: it is not the film of this manifest.",
                    "Put back the MP4 that was made with the manifest.",
                )
            if out:
                _write(video, run, begin, out)
            begin += count


def _write(video: Any, run: Sequence[Any], begin: int, out: Path) -> None:
    with fresh_file(out.parent, ".mp4") as fresh:
        with av.open(str(fresh), "w", format="mp4", options={"fflags": "+bitexact"}) as target:
            track = target.add_stream_from_template(video, opaque=True)
            track.time_base = 1 / Fraction(video.average_rate)
            for packet in _placed(video, run, begin):
                packet.stream = track
                target.mux(packet)
        fresh.chmod(0o644)
        fresh.replace(out)


def _placed(video: Any, run: Sequence[Any], begin: int) -> Iterator[Any]:
    """The packets with the first at time 0, decoding order counted through."""
    fps, delay = Fraction(video.average_rate), REORDERED if video.codec_context.has_b_frames else 0
    for index, packet in enumerate(run):
        packet.pts, packet.dts = round(packet.pts * packet.time_base * fps) - begin, index - delay
        packet.duration, packet.time_base = 1, 1 / fps
        yield packet

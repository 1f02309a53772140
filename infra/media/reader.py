"""The frames of a clip of anyone's making, by time: the frame at t is the last one that begins no later than t.

Times are those of the file, from its first frame on, so variable frame rates are right. Frames that arrive damaged
are left out: the one before stays, and a warning says so.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import av
from av.error import FFmpegError

from infra.errors import BadInput
from infra.media.containers import EXPORT, called, opened, pictures
from infra.media.fields import woven

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

SLACK_S = 0.001
"""Containers round times to a millisecond."""
EARLIER_S = 10.0
"""Where seeking overshoots, this much earlier is tried before the beginning."""
LATE_S = 0.5
"""A file that ends so much before it says so is not whole."""
LAYERED = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Codecs whose transparency only another decoder reads."""
THREADS = 2
MOST_PIXELS = 50_000_000
"""Half as much again as an 8K frame."""
SMALLER = "Export it smaller: 4K is more than any film shows."


class Reader:
    """The clip at *path*; two of its frames are held at a time.

    Attributes:
        first: its first frame.
        length_s: from there to its end, as the file says; None where it does not.
        aspect: width to height of its pixels, or None.

    Raises:
        BadInput: the file is not a clip, or none of its frames can be read.
    """

    def __init__(self, path: Path) -> None:
        self.name = called(path)
        self.container = opened(path)
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._now: Any = None
        self._next: Any = None
        self._warned: set[str] = set()
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        self.stream = pictures(self.container)
        if self.stream is None:
            raise BadInput(f"{self.name} holds no moving pictures.", "Give a clip; a song is given as music.")
        if self.stream.codec_context is None:
            raise BadInput(f"{self.name} is coded in a way that nothing here decodes.", EXPORT)
        if self.stream.width * self.stream.height > MOST_PIXELS:
            raise BadInput(f"{self.name} is {self.stream.width:,} x {self.stream.height:,} pixels large.", SMALLER)
        self.stream.thread_type, self.stream.codec_context.thread_count = "AUTO", THREADS
        self._frames = woven(self._decoded())
        self._now, self._next = self._take(), self._take()
        if self._now is None:
            raise BadInput(f"{self.name} holds no frame that can be read.", EXPORT)
        self.first, self._zero = self._now, self._now.time
        self.length_s, self.aspect = self._length(), self.stream.sample_aspect_ratio

    def at(self, seconds: float) -> av.VideoFrame:
        """The frame at *seconds* from the first; beyond the end the last one."""
        time = self._zero + seconds + SLACK_S
        passed = self._now is None or self._zero < self._now.time > time
        far = self._next is not None and time > self._next.time + EARLIER_S
        if passed or far:
            self._rewind(time)
        while self._next is not None and self._next.time <= time:
            self._now, self._next = self._next, self._take()
        if self._next is None:
            self._note_end(seconds)
        return self._now  # type: ignore[no-any-return]

    def ends_before(self, seconds: float) -> float | None:
        """When the clip ends, in seconds, if that is no later than *seconds*; reads on to there."""
        if self.length_s is not None and seconds >= self.length_s:
            return self.length_s
        self.at(seconds)
        return self._end_s() if self._next is None and self._end_s() <= seconds else None

    def check_end(self) -> None:
        """Have a warning logged where the file ends well before it says so; reads its end."""
        if self.length_s is not None:
            self.at(self.length_s)

    def close(self) -> None:
        """Let go of the file; may be called again."""
        self._frames, self._now, self._next = iter(()), None, None
        self.container.close()

    def _rewind(self, time: float) -> None:
        """Read from a frame no later than *time*, or from the first."""
        for start in (time, time - EARLIER_S, self._zero):
            self._now = self._next = None
            if self._seek(max(start, self._zero)):
                self._now, self._next = self._take(), self._take()
            if self._now is not None and (self._now.time <= time or start <= self._zero):
                return
        raise BadInput(f"{self.name} cannot be wound to {time - self._zero:.2f} s.", EXPORT)

    def _seek(self, time: float) -> bool:
        try:
            self.container.seek(int(time / self.stream.time_base), stream=self.stream, backward=True)
        except FFmpegError:
            return False
        self._frames = woven(self._decoded())
        return True

    def _take(self) -> av.VideoFrame | None:
        try:
            return next(self._frames, None)
        except FFmpegError as error:
            self._warn("fault", f"holds fields that cannot be woven: {error.strerror}")
            return None

    def _decoded(self) -> Iterator[av.VideoFrame]:
        """Whole frames with times, from where the file stands."""
        decoder, layered = self.stream.codec_context, LAYERED.get(self.stream.codec_context.codec.name)
        if layered and self.stream.metadata.get("alpha_mode") == "1":
            decoder = av.CodecContext.create(layered, "r")
        for packet in self._packets():
            try:
                frames = decoder.decode(packet)
            except FFmpegError as error:
                self._warn("fault", f"has a fault near {_place(packet)}: {error.strerror}")
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self._warn("fault", f"is damaged near {_place(packet)}")
                elif frame.time is not None:
                    yield frame

    def _packets(self) -> Iterator[Any]:
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError as error:
                self._warn("fault", f"breaks off: {error.strerror}")
                return
            except IndexError:  # a packet of a stream that the file's head did not name
                packets = self.container.demux(self.stream)
                continue
            if packet is None:
                return
            yield packet

    def _note_end(self, seconds: float) -> None:
        """Say so, once, where the file ends well before it should."""
        if self.length_s is not None and self._end_s() < min(seconds, self.length_s - LATE_S):
            self._warn(
                "end", f"should last {self.length_s:.2f} s and ends at {self._end_s():.2f} s; its last frame stays"
            )

    def _warn(self, kind: str, fault: str) -> None:
        """Log the first fault of each kind."""
        if kind not in self._warned:
            log.warning("%s %s.", self.name, fault)
            self._warned.add(kind)

    def _end_s(self) -> float:
        """Where the frame at hand ends."""
        frame = self._now
        lasts_s = float(frame.duration * frame.time_base) if frame.duration else 0.0
        if not lasts_s and self.stream.average_rate:
            lasts_s = float(1 / self.stream.average_rate)
        return float(frame.time - self._zero) + lasts_s

    def _length(self) -> float | None:
        if self.stream.duration:
            return float(self.stream.duration * self.stream.time_base)
        if self.container.duration:
            end = self.container.duration + (self.container.start_time or 0)
            return float(end / av.time_base - self._zero)
        return None


def _place(packet: Any) -> str:
    at = packet.pts if packet.pts is not None else packet.dts
    return "its end" if at is None else f"{float(at * packet.time_base):.2f} s"

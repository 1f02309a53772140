"""A clip of anyone's making, read by time: the frame at t is the last one that begins no later than t.

Times are those of the file, from its first frame on, so variable frame rates are right. Frames that arrive damaged
are left out: the one before stays, and a warning says so.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import av
import av.filter
from av.error import FFmpegError

from infra.errors import BadInput
from infra.media.containers import EXPORT, opened, pictures
from infra.media.develop import PAPER, Developer, backdrop_for, orientation, source, transparent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.engines import Pixels

log = logging.getLogger(__name__)

IDENTITY = f"recording-1+av-{av.__version__}"
SLACK_S = 0.001
"""Containers round times to a millisecond."""
EARLIER_S = 10.0
"""Where seeking overshoots, this much earlier is tried before the beginning."""
LATE_S = 0.5
"""A file that ends so much before it says so is not whole."""
LAYERED = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Codecs whose transparency only another decoder reads."""
THREADS = 2


class Recording:
    """The clip at *path*, cropped and scaled to *width* x *height*.

    Attributes:
        length_s: from its first frame to its end, as the file says; None where it does not.

    Raises:
        BadInput: the file is not a clip, or none of its frames can be read.
    """

    def __init__(self, path: Path, width: int, height: int) -> None:
        self.name = path.name
        self.container = opened(path)
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._now: Any = None
        self._next: Any = None
        self._drawn: tuple[av.VideoFrame, Pixels] | None = None
        self._warned = False
        try:
            self._begin(width, height)
        except BaseException:
            self.close()
            raise

    def _begin(self, width: int, height: int) -> None:
        self.stream = pictures(self.container)
        if self.stream is None:
            raise BadInput(f"{self.name} holds no moving pictures.", "Give a clip; a song is given as music.")
        if self.stream.codec_context is None:
            raise BadInput(f"{self.name} is coded in a way that nothing here decodes.", EXPORT)
        self.stream.thread_type, self.stream.codec_context.thread_count = "AUTO", THREADS
        self._frames = self._read()
        self._now, self._next = self._take(), self._take()
        if self._now is None:
            raise BadInput(f"{self.name} holds no frame that can be read.", EXPORT)
        self._zero = self._first = self._now.time
        self.length_s = self._length()
        self.develop = Developer(
            self.name,
            width,
            height,
            matrix=orientation(self._now),
            aspect=self.stream.sample_aspect_ratio,
            backdrop=self._backdrop(),
        )

    def at(self, seconds: float) -> Pixels:
        """The frame at *seconds* from the first, as (h, w, 3) sRGB; beyond the end the last one. Do not write to it."""
        frame = self._shown(self._zero + seconds + SLACK_S)
        if self._drawn is None or self._drawn[0] is not frame:
            self._drawn = (frame, self.develop(frame))
        return self._drawn[1]

    def ends_before(self, seconds: float) -> float | None:
        """When the clip ends, in seconds, if that is no later than *seconds*; reads on to there."""
        if self.length_s is not None and seconds >= self.length_s:
            return self.length_s
        frame = self._shown(self._zero + seconds + SLACK_S)
        if self._next is not None:
            return None
        end = frame.time - self._zero + self._frame_s(frame)
        return end if end <= seconds else None

    def close(self) -> None:
        """Let go of the file; may be called again."""
        self._frames, self._now, self._next, self._drawn = iter(()), None, None, None
        self.container.close()

    def _shown(self, time: float) -> Any:
        passed = self._now is None or self._first < self._now.time > time
        far = self._next is not None and time > self._next.time + EARLIER_S
        if passed or far:
            self._rewind(time)
        while self._next is not None and self._next.time <= time:
            self._now, self._next = self._next, self._take()
        if self._next is None:
            self._check_end(time)
        return self._now

    def _rewind(self, time: float) -> None:
        """Read from a frame no later than *time*, or from the first."""
        for start in (time, time - EARLIER_S, self._first):
            self._now = self._next = None
            if self._seek(max(start, self._first)):
                self._now, self._next = self._take(), self._take()
            if self._now is not None and (self._now.time <= time or start <= self._first):
                return
        raise BadInput(f"{self.name} cannot be wound back to {time:.2f} s.", EXPORT)

    def _seek(self, time: float) -> bool:
        try:
            self.container.seek(int(time / self.stream.time_base), stream=self.stream, backward=True)
        except FFmpegError:
            return False
        self._frames = self._read()
        return True

    def _take(self) -> av.VideoFrame | None:
        return next(self._frames, None)

    def _read(self) -> Iterator[av.VideoFrame]:
        """Frames from where the file stands: whole, with times, deinterlaced."""
        weave: Any = None
        for frame in self._decoded():
            if weave is None and frame.interlaced_frame:
                weave = _deinterlacer(frame)
            if weave is None:
                yield frame
            else:
                weave.vpush(frame)
                yield from _pulled(weave)
        if weave is not None:
            weave.vpush(None)
            yield from _pulled(weave)

    def _decoded(self) -> Iterator[av.VideoFrame]:
        decoder, layered = self.stream.codec_context, LAYERED.get(self.stream.codec_context.codec.name)
        if layered and self.stream.metadata.get("alpha_mode") == "1":
            decoder = av.CodecContext.create(layered, "r")
        for packet in self._packets():
            try:
                frames = decoder.decode(packet)
            except FFmpegError as error:
                self._warn(f"has a fault near {self._time_of(packet)}: {error.strerror}")
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self._warn(f"is damaged near {self._time_of(packet)}")
                elif frame.time is not None:
                    yield frame

    def _packets(self) -> Iterator[Any]:
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError as error:
                self._warn(f"breaks off: {error.strerror}")
                return
            if packet is None:
                return
            yield packet

    def _check_end(self, time: float) -> None:
        """Say so, once, where the file ends well before it should."""
        end = self._now.time - self._zero + self._frame_s(self._now) if self._now else 0.0
        if self.length_s is not None and end < self.length_s - LATE_S and time - self._zero > end:
            self._warn(f"should last {self.length_s:.2f} s and ends at {end:.2f} s; its last frame stays")

    def _warn(self, fault: str) -> None:
        if not self._warned:
            log.warning("%s %s.", self.name, fault)
            self._warned = True

    def _time_of(self, packet: Any) -> str:
        at = packet.pts if packet.pts is not None else packet.dts
        return "its end" if at is None else f"{float(at * packet.time_base):.2f} s"

    def _frame_s(self, frame: Any) -> float:
        if frame.duration:
            return float(frame.duration * frame.time_base)
        return float(1 / self.stream.average_rate) if self.stream.average_rate else 0.0

    def _length(self) -> float | None:
        if self.stream.duration:
            return float(self.stream.duration * self.stream.time_base)
        if self.container.duration:
            end = self.container.duration + (self.container.start_time or 0)
            return float(end / av.time_base - self._first)
        return None

    def _backdrop(self) -> tuple[int, int, int]:
        """What suits the clip's transparent frames: judged by one in the middle, so that it never changes."""
        if self._now is None or not transparent(self._now):
            return PAPER
        frame = self._shown(self._zero + (self.length_s or 0) / 2)
        small = frame.reformat(width=64, height=64, format="rgba").to_ndarray()
        return backdrop_for(small)


def _deinterlacer(frame: av.VideoFrame) -> Any:
    graph = av.filter.Graph()
    begin, weave, end = source(graph, frame), graph.add("bwdif", "send_frame:auto:interlaced"), graph.add("buffersink")
    begin.link_to(weave)
    weave.link_to(end)
    graph.configure()
    return graph


def _pulled(graph: Any) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield graph.vpull()
        except (BlockingIOError, EOFError):
            return

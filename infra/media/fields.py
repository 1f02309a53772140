"""Interlaced pictures: two fields, woven into one whole frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import av.filter

from infra.media.develop import source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def woven(frames: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    """The same frames at the same times, deinterlaced where they say that they are interlaced."""
    loom = None
    for frame in frames:
        if loom is not None and not loom.takes(frame):
            yield from loom.rest()
            loom = None
        if loom is None and frame.interlaced_frame:
            loom = _Loom(frame)
        yield from [frame] if loom is None else loom.fed(frame)
    if loom is not None:
        yield from loom.rest()


class _Loom:
    """ffmpeg's bwdif for frames like *frame*; those that are whole pass through."""

    def __init__(self, frame: av.VideoFrame) -> None:
        self.shape = _shape(frame)
        self.graph = av.filter.Graph()
        filters = source(self.graph, frame), self.graph.add("bwdif", "send_frame:auto:interlaced")
        self.graph.link_nodes(*filters, self.graph.add("buffersink")).configure()

    def takes(self, frame: av.VideoFrame) -> bool:
        """Whether *frame* is like the first."""
        return _shape(frame) == self.shape

    def fed(self, frame: av.VideoFrame) -> Iterator[av.VideoFrame]:
        """What is ready once *frame* is known: the one before it."""
        self.graph.vpush(frame)
        return self._ready()

    def rest(self) -> Iterator[av.VideoFrame]:
        """What is still held."""
        self.graph.vpush(None)
        return self._ready()

    def _ready(self) -> Iterator[av.VideoFrame]:
        while True:
            try:
                yield self.graph.vpull()
            except (BlockingIOError, EOFError):
                return


def _shape(frame: av.VideoFrame) -> tuple[object, ...]:
    return frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range

"""A clip of anyone's making as pictures of one size: upright, covering the frame, sRGB, opaque."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import av
from av.error import FFmpegError

from infra.errors import BadInput
from infra.media.containers import EXPORT
from infra.media.develop import PAPER, Developer, backdrop_for, orientation, transparent
from infra.media.reader import Reader

if TYPE_CHECKING:
    from pathlib import Path

    from infra.engines import Pixels

IDENTITY = f"recording-1+av-{av.__version__}"
SMALL = 64


class Recording:
    """The clip at *path*, cropped and scaled to *width* x *height*.

    Raises:
        BadInput: the file is not a clip, or none of its frames can be read.
    """

    def __init__(self, path: Path, width: int, height: int) -> None:
        self.reader = Reader(path)
        self.name, self.length_s = self.reader.name, self.reader.length_s
        self._drawn: tuple[av.VideoFrame, Pixels] | None = None
        try:
            self.develop = self._developer(width, height)
        except BaseException:
            self.close()
            raise

    def at(self, seconds: float) -> Pixels:
        """The picture at *seconds* from the first, as (h, w, 3) sRGB; beyond the end the last one. Do not write to it.

        Raises:
            BadInput: it is coded in a way that cannot be shown.
        """
        frame = self.reader.at(seconds)
        if self._drawn is None or self._drawn[0] is not frame:
            self._drawn = (frame, self.develop(frame))
        return self._drawn[1]

    def close(self) -> None:
        """Let go of the file; may be called again."""
        self._drawn = None
        self.reader.close()

    def _developer(self, width: int, height: int) -> Developer:
        first = self.reader.first
        backdrop = self._backdrop() if transparent(first) else PAPER
        return Developer(
            self.name, width, height, matrix=orientation(first), aspect=self.reader.aspect, backdrop=backdrop
        )

    def _backdrop(self) -> tuple[int, int, int]:
        """What suits the clip's transparent frames: judged by the one in the middle, so that it never changes."""
        frame: Any = self.reader.at((self.length_s or 0) / 2)
        try:
            return backdrop_for(frame.reformat(width=SMALL, height=SMALL, format="rgba").to_ndarray())
        except FFmpegError as error:
            raise BadInput(f"{self.name} is coded in a way that cannot be shown: {error.strerror}.", EXPORT) from error

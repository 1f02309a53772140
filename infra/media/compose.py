"""Going on in moviepy: finished films and the frames of single shots as its clips.

Frame k of either is what moviepy gets from k/fps s on, so that cuts stay where they are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

from moviepy import VideoClip
from moviepy.audio.AudioClip import AudioArrayClip

from infra.media.encode import planes_of
from infra.media.listen import sound_of
from infra.media.planes import blank, to_rgb
from infra.media.probe import probe
from infra.media.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from infra.engines import Pixels
    from infra.media.planes import Planes

AS_BT709 = (
    "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int+full_chroma_inp,"
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
)
WRITING: dict[str, Any] = {
    "audio_fps": 48000,
    "audio_codec": "aac",
    "ffmpeg_params": ["-vf", AS_BT709],
}
"""What to give moviepy's `write_videofile`: left to itself it resamples the sound and codes HD in the colours of SD."""
SLACK_FRAMES = 0.001
"""moviepy's times are floats."""


class Scene(Protocol):
    """Whatever draws the frames of a shot."""

    def draw(self, index: int, frame: Planes) -> None:
        """Fill *frame* with frame *index*."""
        ...


def film_clip(film: Path) -> FilmClip:
    """The finished film at *film* as a moviepy clip with its sound; close it, or use it in a `with`.

    Frames are read as they are asked for; the sound is held, 0.4 MB a second. Write with `**WRITING`.

    Raises:
        BadInput: the file is not a film.
    """
    return FilmClip(film)


def scene_clip(scene: Scene, width: int, height: int, *, fps: int, frames: int) -> VideoClip:
    """*frames* frames that *scene* draws as a moviepy clip; nothing is encoded."""
    planes = blank(width, height)

    def drawn(index: int) -> Pixels:
        scene.draw(index, planes)
        return to_rgb(planes)

    clip = VideoClip(_by_time(drawn, fps, frames), duration=_duration_s(frames, fps))
    clip.fps = fps
    return clip


class FilmClip(VideoClip):  # type: ignore[misc]
    """A finished film; what `film_clip` gives."""

    def __init__(self, film: Path) -> None:
        facts = probe(film)
        fps = float(facts.fps)
        sound = sound_of(film) if facts.audio_codec else None
        self._reader = Reader(film)
        super().__init__(_by_time(self._pixels, fps, facts.frames), duration=_duration_s(facts.frames, fps))
        self.fps = fps
        if sound:
            self.audio = AudioArrayClip(sound[0], fps=sound[1]).with_duration(self.duration)

    def _pixels(self, index: int) -> Pixels:
        frame: Any = self._reader.at(index / float(self._reader.stream.average_rate))
        return to_rgb(planes_of(frame if frame.format.name == "yuv420p" else frame.reformat(format="yuv420p")))

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()


def _by_time(pixels: Callable[[int], Pixels], fps: float, frames: int) -> Callable[[float], Pixels]:
    return lambda seconds: pixels(min(frames - 1, max(0, int(seconds * fps + SLACK_FRAMES))))


def _duration_s(frames: int, fps: float) -> float:
    """A duration of which moviepy's `int(duration * fps)` makes all frames."""
    return math.nextafter(frames / fps, math.inf)

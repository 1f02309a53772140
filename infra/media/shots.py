"""One shot as one closed-GOP MP4: a still in motion, the crossfade from the shot before, captions.

Everything a shot shows is in its spec, so the hash of the spec is the name of the file: an edit renders its own
shots only, and shots are joined by copying packets, never encoded twice.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from infra.errors import BadInput
from infra.hashing import digest
from infra.media import captions, encode
from infra.media.captions import Caption, Cue
from infra.media.memory import calm_malloc
from infra.media.planes import blank, source
from infra.media.sprites import Sprite, blend
from infra.media.warp import RENDERER, Move, Warp, mix, move
from infra.store import fresh_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import av

    from infra.media.planes import Planes, Source

RECIPE = 1
AHEAD = 6
"""Frames that may be drawn before the encoder has taken them."""


@dataclass(frozen=True)
class Still:
    """A picture (by hash) in *motion* for *frames* frames: those of its own shot and those it fades away in."""

    sha256: str
    motion: str
    frames: int


@dataclass(frozen=True)
class ShotSpec:
    """*frames* frames of *still*; over the first *fade_frames* it comes out of *before*, which ends its move there."""

    width: int
    height: int
    fps: int
    frames: int
    still: Still
    fade_frames: int = 0
    before: Still | None = None
    caption: Caption | None = None
    quality: str = "standard"

    def __post_init__(self) -> None:
        if self.frames < 1 or self.width % 2 or self.height % 2 or min(self.width, self.height) < 16:
            raise BadInput(
                f"A shot of {self.frames} frames at {self.width}x{self.height} cannot be rendered.",
                "Ask for at least one frame, with even sides of 16 pixels or more.",
            )
        if self.fade_frames > min(self.frames, self.before.frames if self.before else 0):
            raise BadInput(
                f"A crossfade of {self.fade_frames} frames is longer than the shots it joins.", "Ask for a shorter one."
            )

    @property
    def key(self) -> str:
        """SHA-256 of all that can change the file's bytes: the spec, the renderer, the fonts, the encoder."""
        made_by = [RECIPE, RENDERER, encode.identity(), encode.tier(self.quality)]
        written = captions.identity(self.caption.style) if self.caption else ""
        return digest([asdict(self), made_by, written])


def render_shot(
    spec: ShotSpec, pictures: dict[str, Path], path: Path, *, on_frame: Callable[[int], None] | None = None
) -> None:
    """Render *spec* to *path*, whole or not at all; *pictures* holds the file of each picture by its SHA-256.

    *on_frame* is called with the number of each frame encoded; what it raises stops the rendering.
    The same spec gives the same bytes.

    Raises:
        BadInput: a picture is absent or cannot be read.
        ModelMissing: the caption needs a face that is not on this machine.
        StoreFull: there is no room at *path*.
    """
    calm_malloc()
    scene = _Scene(spec, pictures)
    with fresh_file(path.parent, ".mp4") as fresh:
        with encode.h264(fresh, spec.width, spec.height, spec.fps, spec.quality) as writer:
            for index, frame in enumerate(_drawn(scene, spec)):
                writer.write(frame)
                if on_frame:
                    on_frame(index)
        fresh.chmod(0o644)
        fresh.replace(path)


class _Scene:
    """Draws any frame of a shot into given planes."""

    def __init__(self, spec: ShotSpec, pictures: dict[str, Path]) -> None:
        self.spec = spec
        self.move, self.source = _camera(spec, spec.still, pictures)
        self.before = _camera(spec, spec.before, pictures) if spec.before and spec.fade_frames else None
        self.warp, self.spare = Warp(spec.width, spec.height), blank(spec.width, spec.height)
        self.cues = _cues(spec)
        self.patch: tuple[Cue, Sprite] | None = None

    def draw(self, index: int, frame: Planes) -> None:
        spec = self.spec
        if self.before and spec.before and index < spec.fade_frames:
            departing, old = self.before
            at = spec.before.frames - spec.fade_frames + index
            self.warp(old, departing.at(at, spec.before.frames), frame)
            self.warp(self.source, self.move.at(index, spec.still.frames), self.spare)
            mix(frame, self.spare, (index + 1) / (spec.fade_frames + 1))
        else:
            self.warp(self.source, self.move.at(index, spec.still.frames), frame)
        cue = next((cue for cue in self.cues if cue.first <= index < cue.end), None)
        if cue:
            blend(frame, self._sprite(cue))

    def _sprite(self, cue: Cue) -> Sprite:
        if self.patch is None or self.patch[0] is not cue:
            self.patch = (cue, captions.draw(cue))
        return self.patch[1]


def _camera(spec: ShotSpec, still: Still, pictures: dict[str, Path]) -> tuple[Move, Source]:
    if still.sha256 not in pictures:
        raise BadInput(f"The picture {still.sha256[:12]} of the shot was not given.", "Give the file of every picture.")
    motion = move(still.motion, still.frames / spec.fps)
    return motion, source(pictures[still.sha256], still.sha256, spec.width, spec.height, motion.zoom)


def _cues(spec: ShotSpec) -> tuple[Cue, ...]:
    if spec.caption is None or not spec.caption.text.strip():
        return ()
    return captions.layout(spec.caption, width=spec.width, height=spec.height, fps=spec.fps, frames=spec.frames)


def _drawn(scene: _Scene, spec: ShotSpec) -> Iterator[av.VideoFrame]:
    """The frames in order, drawn by a thread of its own a few frames ahead of whoever takes them.

    A frame is valid until the next is taken: its memory is then drawn into again.
    """
    free: queue.Queue[tuple[av.VideoFrame, Planes] | None] = queue.Queue()
    done: queue.Queue[tuple[av.VideoFrame, Planes] | BaseException] = queue.Queue()
    for _ in range(min(AHEAD, spec.frames)):
        free.put(encode.new_frame(spec.width, spec.height))

    def work() -> None:
        try:
            for index in range(spec.frames):
                place = free.get()
                if place is None:
                    return
                scene.draw(index, place[1])
                done.put(place)
        except BaseException as error:  # noqa: BLE001 - raised again where the frame is taken
            done.put(error)

    thread = threading.Thread(target=work, name="draw-shot", daemon=True)
    thread.start()
    try:
        for _ in range(spec.frames):
            place = done.get()
            if isinstance(place, BaseException):
                raise place
            yield place[0]
            free.put(place)
    finally:
        free.put(None)
        thread.join()

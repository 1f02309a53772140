"""One shot as one closed-GOP MP4: what it looks at, how it comes out of the shot before, captions.

Everything a shot shows is in its spec, so the hash of the spec is the name of the file: an edit renders its own
shots only, and shots are joined by copying packets, never encoded twice.
"""

from __future__ import annotations

import queue
import threading
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import cv2

from infra.errors import BadInput
from infra.hashing import digest
from infra.media import captions, encode, transitions, warp
from infra.media.camera import PLAIN
from infra.media.captions import Caption, Cue
from infra.media.memory import calm_malloc
from infra.media.pictures import CENTRE
from infra.media.planes import blank
from infra.media.sprites import Sprite, blend
from infra.media.views import view
from infra.store import fresh_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import av

    from infra.media.planes import Planes

RECIPE = 2
AHEAD = 6
"""Frames that may be drawn before the encoder has taken them."""


@dataclass(frozen=True)
class Excerpt:
    """Where a clip is shown from, and what is done to it."""

    start_s: float = 0.0
    effects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Still:
    """A picture (by hash) in *motion* for *frames* frames: those of its own shot and those it is still seen in after.

    Where it is cropped, *focus* (shares of width and height) stays in view. A parallax moves *layers* (hash and depth,
    far to near) in the picture's stead. With *footage*, the hash is that of a clip, which only has the motion hold.
    """

    sha256: str
    motion: str
    frames: int
    focus: tuple[float, float] = CENTRE
    layers: tuple[tuple[str, float], ...] = ()
    footage: Excerpt | None = None

    def __post_init__(self) -> None:
        if self.layers and self.motion not in PLAIN:
            raise BadInput(f"The motion {self.motion} has no use for layers.", "Leave them out, or ask for a parallax.")
        if self.footage and self.motion != "hold":
            raise BadInput(f"A clip cannot be shown with the motion {self.motion}.", "Its motion is hold.")

    @property
    def hashes(self) -> tuple[str, ...]:
        """The files that are drawn from."""
        return tuple(sha256 for sha256, _ in self.layers) or (self.sha256,)


@dataclass(frozen=True)
class ShotSpec:
    """*frames* frames of *still*; in the first *transition_frames* it comes out of *before*, which ends there."""

    width: int
    height: int
    fps: int
    frames: int
    still: Still
    transition: str = "cut"
    transition_frames: int = 0
    before: Still | None = None
    caption: Caption | None = None
    quality: str = "standard"
    encoder: str = "x264"

    def __post_init__(self) -> None:
        if self.frames < 1 or self.width % 2 or self.height % 2 or min(self.width, self.height) < 16:
            raise BadInput(
                f"A shot of {self.frames} frames at {self.width}x{self.height} cannot be rendered.",
                "Ask for at least one frame, with even sides of 16 pixels or more.",
            )
        transitions.check(self.transition)
        if (self.transition == "cut") != (self.transition_frames == 0):
            raise BadInput(
                f"A {self.transition} of {self.transition_frames} frames cannot be shown.",
                "A cut takes no frames, and every other transition takes some.",
            )
        if self.still.frames < self.frames:
            raise BadInput(
                f"A still of {self.still.frames} frames cannot fill a shot of {self.frames}.",
                "Let the still last as long as the shot, and as long as it is seen after it.",
            )
        if self.transition_frames > min(self.frames, self.before.frames if self.before else 0):
            raise BadInput(
                f"A {self.transition} of {self.transition_frames} frames is longer than the shots it joins.",
                "Ask for a shorter one.",
            )

    @property
    def stills(self) -> tuple[Still, ...]:
        """What is seen, in order: the still before, if it comes out of one, and the still."""
        return (self.before, self.still) if self.before and self.transition_frames else (self.still,)

    @property
    def hashes(self) -> tuple[str, ...]:
        """The files that are drawn from."""
        return tuple(dict.fromkeys(sha256 for still in self.stills for sha256 in still.hashes))

    @property
    def key(self) -> str:
        """SHA-256 of all that can change the file's bytes: the spec, the renderer, the fonts, the encoder."""
        made_by = [RECIPE, cv2.__version__, encode.identity(self.encoder, self.quality)]
        if any(still.footage for still in self.stills):
            from infra.media import footage

            made_by.append(footage.IDENTITY)
        if not all(still.footage for still in self.stills):
            made_by.append(warp.identity())
        if self.caption:
            made_by.append(captions.identity(self.caption.style))
        return digest([asdict(self), made_by])


def render_shot(
    spec: ShotSpec, files: Mapping[str, Path], path: Path, *, on_frame: Callable[[int], None] | None = None
) -> None:
    """Render *spec* to *path*, whole or not at all; *files* holds each picture, layer and clip by its SHA-256.

    *on_frame* is called with the number of each frame encoded; what it raises stops the rendering.
    The same spec gives the same bytes.

    Raises:
        BadInput: a file is absent or cannot be read.
        ModelMissing: the caption needs a face that is not on this machine.
        PackageMissing: the encoder, or the library that the settings ask for, is not on this machine.
        StoreFull: there is no room at *path*.
    """
    calm_malloc()
    with closing(_Scene(spec, files)) as scene, fresh_file(path.parent, ".mp4") as fresh:
        with encode.writer(fresh, spec.width, spec.height, spec.fps, spec.quality, spec.encoder) as writer:
            for index, frame in enumerate(_drawn(scene, spec)):
                writer.write(frame)
                if on_frame:
                    on_frame(index)
        fresh.chmod(0o644)
        fresh.replace(path)


class _Scene:
    """Draws any frame of a shot into given planes."""

    def __init__(self, spec: ShotSpec, files: Mapping[str, Path]) -> None:
        self.spec = spec
        self.spare = blank(spec.width, spec.height)
        self.cues = _cues(spec)
        self.patch: tuple[Cue, Sprite] | None = None
        with ExitStack() as open_views:
            self.views = [open_views.enter_context(closing(view(still, spec, files))) for still in spec.stills]
            self.close = open_views.pop_all().close

    def draw(self, index: int, frame: Planes) -> None:
        if index < self.spec.transition_frames:
            self._come_in(index, frame)
        else:
            self.views[-1].draw(index, frame)
        cue = next((cue for cue in self.cues if cue.first <= index < cue.end), None)
        if cue:
            blend(frame, self._sprite(cue))

    def _come_in(self, index: int, frame: Planes) -> None:
        spec = self.spec
        old, new = self.views
        begun = spec.stills[0].frames - spec.transition_frames
        transitions.draw(
            spec.transition,
            (index + 1) / (spec.transition_frames + 1),
            lambda planes: old.draw(begun + index, planes),
            lambda planes: new.draw(index, planes),
            frame,
            self.spare,
        )

    def _sprite(self, cue: Cue) -> Sprite:
        if self.patch is None or self.patch[0] is not cue:
            self.patch = (cue, captions.draw(cue))
        return self.patch[1]


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

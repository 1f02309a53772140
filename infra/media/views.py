"""What a shot looks at: a still under a moving camera, a layered still in depth, or a clip; each draws any frame."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from infra.errors import BadInput
from infra.media import parallax, warp
from infra.media.camera import PLAIN, move
from infra.media.keeping import Kept
from infra.media.pictures import read_layer
from infra.media.planes import blank, source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from infra.media.camera import Move, Window
    from infra.media.planes import Planes, Source
    from infra.media.shots import ShotSpec, Still

    Show = Callable[[Window, Planes], None]

_kept: Kept[Any] = Kept(2)
"""What the last two stills were made into: a still is seen in its own shot and at the start of the next."""


class View(Protocol):
    """Draws frames of one still or clip."""

    def draw(self, index: int, frame: Planes) -> None:
        """Fill *frame* with frame *index*, counted from the first of the still."""
        ...

    def close(self) -> None:
        """Give back what is open."""
        ...


def view(still: Still, spec: ShotSpec, files: Mapping[str, Path]) -> View:
    """The view of a still of a shot; *files* holds each picture, layer and clip by its SHA-256.

    Raises:
        BadInput: a file is absent or cannot be read.
    """
    if still.footage is None:
        return _Layered(still, spec, files) if still.layers else _Flat(still, spec, files)
    from infra.media.footage import Footage

    return Footage(
        _file(still.sha256, files),
        start_s=still.footage.start_s,
        effects=still.footage.effects,
        width=spec.width,
        height=spec.height,
        fps=spec.fps,
    )


class _Flat:
    """A still under a moving camera."""

    def __init__(self, still: Still, spec: ShotSpec, files: Mapping[str, Path]) -> None:
        self.frames = still.frames
        self.move = move(PLAIN.get(still.motion, still.motion), still.frames / spec.fps)
        path, size = _file(still.sha256, files), (spec.width, spec.height)
        load = partial(source, path, *size, self.move.zoom, still.focus)
        self.show = _shown(self.move, load, size, (still.sha256, still.focus))

    def draw(self, index: int, frame: Planes) -> None:
        self.show(self.move.at(index, self.frames), frame)

    def close(self) -> None:
        """Nothing is open."""


def _shown(camera: Move, load: Callable[[], Source], size: tuple[int, int], picture: tuple[object, ...]) -> Show:
    """What draws any window of *camera*, in the way that costs least."""
    key = (picture, size, camera, warp.identity())
    if camera.still:
        return partial(_copy, _kept.get(key, lambda: _held(load(), camera, *size)))
    return cast("Show", _kept.get(key, lambda: warp.Warp(load(), camera, *size)))


def _held(picture: Source, camera: Move, width: int, height: int) -> Planes:
    frame = blank(width, height)
    warp.Warp(picture, camera, width, height)(camera.start, frame)
    return frame


def _copy(held: Planes, _window: Window, frame: Planes) -> None:
    for plane, same in zip(frame, held, strict=True):
        np.copyto(plane, same)


class _Layered:
    """A still in layers, each under a camera of its own."""

    def __init__(self, still: Still, spec: ShotSpec, files: Mapping[str, Path]) -> None:
        self.frames = still.frames
        key = (still, spec.width, spec.height, spec.fps, warp.identity())
        self.layers = _kept.get(key, lambda: _layers(still, spec, files))
        self.scratch = self.layers.scratch()

    def draw(self, index: int, frame: Planes) -> None:
        self.layers([camera.at(index, self.frames) for camera in self.layers.cameras], frame, self.scratch)

    def close(self) -> None:
        """Nothing is open."""


def _layers(still: Still, spec: ShotSpec, files: Mapping[str, Path]) -> parallax.Layers:
    seconds = still.frames / spec.fps
    near = move(still.motion, seconds)
    layers = ((read_layer(_file(sha256, files)), depth) for sha256, depth in still.layers)
    parted = layers if near.pan else parallax.merged(layers)
    made = parallax.groups(parted, spec.width, spec.height, near.zoom, still.focus)
    cameras = [move(still.motion, seconds, group.depth) for group in made]
    return parallax.Layers(made, cameras, spec.width, spec.height)


def _file(sha256: str, files: Mapping[str, Path]) -> Path:
    if sha256 not in files:
        raise BadInput(f"The file {sha256[:12]} of the shot was not given.", "Give the file of every picture.")
    return files[sha256]

"""A user's own clip inside a shot: moviepy applies the effects, the frames go into the encoder's planes.

moviepy's own reader counts frames where clips have times, takes pixels to be square, and knows neither HDR nor
transparency, so that a `Recording` reads for it: `clip_of` is a moviepy clip like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from infra.errors import BadInput
from infra.media import effects, hdr, recording
from infra.media.planes import BT709
from infra.media.recording import Recording

if TYPE_CHECKING:
    from pathlib import Path

    from infra.engines import Pixels
    from infra.media.planes import Planes

IDENTITY = f"footage-1+{recording.IDENTITY}+{hdr.IDENTITY}+{effects.IDENTITY}"
"""What decides how a clip looks; part of the identity of every shot that shows one."""
TO_YUV = np.hstack(
    [np.array([[219], [224], [224]]) / 255 * BT709, np.array([[16.0], [128.0], [128.0]])],
).astype(np.float32)
"""sRGB bytes to Y, Cb, Cr bytes, BT.709 limited."""


class Footage:
    """A clip of the user's own as frames of one size and rate.

    It begins at *start_s*, in seconds of the clip, and where it is shorter than the shot, its last frame stays.

    Raises:
        BadInput: the file is not a clip that can be read, or ends before *start_s*.
        UnknownName: there is no such effect.
    """

    def __init__(
        self, path: Path, *, start_s: float, effects: tuple[str, ...], width: int, height: int, fps: int
    ) -> None:
        self.fps = fps
        self.recording = Recording(path, width, height)
        try:
            self.clip = clip_of(self.recording, start_s, effects)
        except BaseException:
            self.close()
            raise

    def draw(self, index: int, frame: Planes) -> None:
        """Fill *frame* with the clip as it is *index* frames into the shot."""
        fill(frame, self.picture(index))

    def picture(self, index: int) -> Pixels:
        """The same as (h, w, 3) sRGB."""
        return np.ascontiguousarray(self.clip.get_frame(index / self.fps), np.uint8)

    def close(self) -> None:
        """Let go of the file; may be called again."""
        self.recording.close()


def clip_of(recording: Recording, start_s: float, names: tuple[str, ...]) -> Any:
    """The recording from *start_s* on as a moviepy `VideoClip` with those effects; close the recording, not the clip.

    Raises:
        BadInput: it ends before *start_s*.
        UnknownName: there is no such effect.
    """
    from moviepy import VideoClip

    end_s = recording.reader.ends_before(start_s)
    if end_s is not None:
        raise BadInput(
            f"{recording.name} lasts {end_s:.2f} s and cannot be shown from {start_s:g} s on.",
            "Choose an earlier start.",
        )
    length_s = None if recording.length_s is None else recording.length_s - start_s
    return effects.applied(VideoClip(lambda t: recording.at(start_s + t), duration=length_s), names)


def fill(frame: Planes, pixels: Pixels) -> None:
    """Write (h, w, 3) sRGB into planes: BT.709 limited, chroma co-sited with the left pixel, midway down."""
    cv2.transform(pixels, TO_YUV[:1], dst=frame[0])
    half = cv2.resize(pixels, (pixels.shape[1], pixels.shape[0] // 2), interpolation=cv2.INTER_AREA)
    smooth = cv2.sepFilter2D(half, -1, np.array([0.25, 0.5, 0.25]), np.array([1.0]), borderType=cv2.BORDER_REPLICATE)
    chroma = cv2.transform(np.ascontiguousarray(smooth[:, ::2]), TO_YUV[1:])
    np.copyto(frame[1], chroma[..., 0])
    np.copyto(frame[2], chroma[..., 1])

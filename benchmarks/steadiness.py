"""How evenly the camera moves over a 1080p film: `python -m benchmarks.steadiness measure`, with the sampler in use.

The error of a step is found by the phase of a grating of 24 pixels, around three places of the frame: how far a frame
moved on from the one before, against what the move says. The pulse of sharpness is found on a drift of 0.13 pixels a
frame over fine texture: the standard deviation of its Laplacian's variance, against the mean.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.process import run
from benchmarks.storyset import FADE_FRAMES, FPS, HEIGHT, MOTIONS, SHOT_FRAMES, WIDTH
from infra.media.camera import Move, Window, move
from infra.media.planes import Source, blank, enlarged, padded, prepare
from infra.media.sampling import backend
from infra.media.warp import Warp

FRAMES, PERIOD = SHOT_FRAMES + FADE_FRAMES, 24.0
PLACES, REACH = (0.2, 0.5, 0.8), 0.07
"""Where in the frame a step is measured, and how far around, as shares of its side."""
DRIFT, DRIFT_FRAMES, DRIFT_ZOOM = 0.13, 40, 1.08


def measure() -> dict[str, Any]:
    """The sampler's name, the worst error of any step in pixels, and the worst pulse of sharpness in percent."""
    return {
        "sampler": backend(),
        "step_px": max(step_error(motion) for motion in sorted(set(MOTIONS))),
        "pulse_percent": max(pulse(across=across) for across in (True, False)),
    }


def step_error(motion: str) -> float:
    camera, across = move(motion, FRAMES / FPS), not motion.startswith("tilt")
    picture, frame = grating(camera.zoom, across=across), blank(WIDTH, HEIGHT)
    warp = Warp(picture, camera, WIDTH, HEIGHT)
    missed = []
    for index in range(FRAMES):
        window = camera.at(index, FRAMES)
        warp(window, frame)
        line = frame[0].mean(0 if across else 1) - 128
        missed.append([astray(line, window, picture, place, across=across) for place in PLACES])
    return float(np.abs(np.diff(missed, axis=0)).max())


def grating(zoom: float, *, across: bool) -> Source:
    """A picture whose brightness is a sine wave along one axis, dithered to bytes."""
    wide, high = enlarged(WIDTH, zoom), enlarged(HEIGHT, zoom)
    wave = 128 + 80 * np.sin(2 * np.pi * (np.arange(wide if across else high) + 0.5) / PERIOD)
    field = np.broadcast_to(wave[None, :] if across else wave[:, None], (high, wide))
    luma = np.rint(field + np.random.default_rng(0).uniform(-0.5, 0.5, field.shape)).astype(np.uint8)
    chroma = np.full((high // 2, wide // 2), 128, np.uint8)
    return padded((luma, chroma, chroma))


def astray(line: NDArray[Any], window: Window, picture: Source, place: float, *, across: bool) -> float:
    """Pixels of the frame by which the grating lies off, around *place*."""
    size = len(line)
    length, middle = (picture.width, window.x) if across else (picture.height, window.y)
    step = length / window.zoom / size
    offset = np.arange(size) + 0.5 - place * size
    near = np.exp(-((offset / (REACH * size)) ** 2))
    centre = middle * length + step * size * (place - 0.5)
    phase = np.angle((line * near) @ np.exp(-2j * np.pi * (offset * step + centre) / PERIOD))
    return float((phase + np.pi / 2) / (2 * np.pi) * PERIOD / step)


def pulse(*, across: bool) -> float:
    texture = cv2.GaussianBlur(np.random.default_rng(0).uniform(0, 255, (1350, 2400)), (0, 0), 0.8)
    pixels = np.repeat(np.clip(128 + (texture - 128) * 2, 0, 255).astype(np.uint8)[..., None], 3, 2)
    picture = prepare(pixels, WIDTH, HEIGHT, DRIFT_ZOOM)
    way = DRIFT * DRIFT_FRAMES / (WIDTH if across else HEIGHT) / DRIFT_ZOOM
    end = Window(0.5 + way * across, 0.5 + way * (not across), DRIFT_ZOOM)
    camera = Move(Window(0.5, 0.5, DRIFT_ZOOM), end)
    warp, frame, sharpness = Warp(picture, camera, WIDTH, HEIGHT), blank(WIDTH, HEIGHT), []
    for index in range(DRIFT_FRAMES):
        warp(camera.at(index, DRIFT_FRAMES), frame)
        sharpness.append(cv2.Laplacian(frame[0][8:-8, 8:-8], cv2.CV_32F).var())
    return float(np.std(sharpness) / np.mean(sharpness) * 100)


if __name__ == "__main__":
    run(lambda: print(measure()), {"measure": measure})

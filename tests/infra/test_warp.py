"""The camera moves evenly, below a fiftieth of a pixel, in even sharpness, and keeps colour where it belongs."""

import cv2
import numpy as np
import pytest

from infra.errors import PackageMissing
from infra.media import sampling, zimg
from infra.media.camera import Move, Window, move
from infra.media.planes import OVERSAMPLING, PAD, aligned, blank, padded, prepare, to_rgb
from infra.media.sampling import Axis
from infra.media.warp import Sampled, Warp, axes, identity
from infra.settings import settings

WIDTH, HEIGHT, FRAMES = 640, 360, 60


@pytest.fixture(params=["cv2", "zimg"])
def library(request, monkeypatch):
    """Each library that may sample, by the setting."""
    if request.param == "zimg" and not zimg.installed():
        pytest.skip("libzimg2 is not installed")
    monkeypatch.setenv("FLYWHEEL_WARP", request.param)
    settings.cache_clear()
    yield request.param
    monkeypatch.undo()
    settings.cache_clear()


def grating(wide, high, period, *, across):
    """A still whose brightness is a sine wave of *period* pixels."""
    along = np.arange(wide if across else high) + 0.5
    wave = 128 + 80 * np.sin(2 * np.pi * along / period)
    field = np.repeat(wave[None, :], high, 0) if across else np.repeat(wave[:, None], wide, 1)
    luma = np.rint(field + np.random.default_rng(0).uniform(-0.5, 0.5, field.shape)).astype(np.uint8)
    chroma = np.full((high // 2, wide // 2), 128, np.uint8)
    return padded((luma, chroma, chroma))


def show(picture, window, width, height):
    """One frame through one window."""
    frame = blank(width, height)
    Warp(picture, Move(window, window), width, height)(window, frame)
    return frame


@pytest.mark.parametrize("motion", ["pan_right", "pan_left", "tilt_up", "tilt_down", "push", "pull"])
@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
def test_every_step_of_a_move_is_true_to_a_fiftieth_of_a_pixel(library, motion, place):
    """The step between frames, measured by the phase of a grating around *place*, against what the move says."""
    camera = move(motion, FRAMES / 30)
    across = not motion.startswith("tilt")
    wide, high = (int(side * camera.zoom * OVERSAMPLING / 2 + 0.5) * 2 for side in (WIDTH, HEIGHT))
    length, size, period = (wide, WIDTH, 24.0) if across else (high, HEIGHT, 24.0)
    picture, frame = grating(wide, high, period, across=across), blank(WIDTH, HEIGHT)
    warp = Warp(picture, camera, WIDTH, HEIGHT)
    offset = np.arange(size) + 0.5 - place * size
    near = np.exp(-((offset / (0.07 * size)) ** 2))
    missed = []
    for index in range(FRAMES):
        window = camera.at(index, FRAMES)
        warp(window, frame)
        line = frame[0].mean(0 if across else 1) - 128
        step = length / window.zoom / size
        centre = (window.x if across else window.y) * length + step * size * (place - 0.5)
        phase = np.angle((line * near) @ np.exp(-2j * np.pi * (offset * step + centre) / period))
        missed.append((phase + np.pi / 2) / (2 * np.pi) * period / step)
    assert np.abs(missed).max() < 0.05
    assert np.abs(np.diff(missed)).max() < 0.02


@pytest.mark.parametrize("axis", ["x", "y"])
def test_the_sharpness_of_a_slow_pan_does_not_pulse(library, axis):
    """A drift of 0.13 pixels per frame over fine texture; whatever enters and leaves the frame is left out."""
    texture = cv2.GaussianBlur(np.random.default_rng(0).uniform(0, 255, (900, 1600)), (0, 0), 0.8)
    pixels = np.repeat(np.clip(128 + (texture - 128) * 2, 0, 255).astype(np.uint8)[..., None], 3, 2)
    zoom, frames = 1.08, 40
    picture = prepare(pixels, WIDTH, HEIGHT, zoom)
    drift = 0.13 * frames / (WIDTH if axis == "x" else HEIGHT) / zoom
    start = Window(0.5, 0.5, zoom)
    end = Window(0.5 + drift * (axis == "x"), 0.5 + drift * (axis == "y"), zoom)
    camera = Move(start, end)
    warp, frame, sharpness = Warp(picture, camera, WIDTH, HEIGHT), blank(WIDTH, HEIGHT), []
    for index in range(frames):
        warp(camera.at(index, frames), frame)
        sharpness.append(cv2.Laplacian(frame[0][8:-8, 8:-8], cv2.CV_32F).var())
    assert np.std(sharpness) / np.mean(sharpness) <= 0.005


@pytest.mark.parametrize("motion", ["pan_right", "tilt_up"])
def test_a_pan_from_strips_is_what_sampling_gives(library, motion):
    pixels = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (300, 500, 3), dtype=np.uint8), (0, 0), 2)
    camera = move(motion, 2.0)
    picture, frame, other = prepare(pixels, 320, 180, camera.zoom), blank(320, 180), blank(320, 180)
    warp, sampled = Warp(picture, camera, 320, 180), Sampled(picture.planes[:1], picture.planes[1:])
    for index in (0, 7, 30, 59):
        window = camera.at(index, 60)
        warp(window, frame)
        sampled.draw(axes(warp.size, window, (180, 320)), warp.frame, other[:1], other[1:])
        assert all(np.abs(a.astype(int) - b).mean() < 0.5 for a, b in zip(frame, other, strict=True))
        assert all(np.abs(a.astype(int) - b).max() <= 4 for a, b in zip(frame, other, strict=True))


def test_samples_lie_where_the_axis_says(library):
    """A plane whose brightness is its own place is read back at start + k * step."""
    ramp = np.repeat(np.linspace(20, 220, 600)[None, :], 80, 0)
    source, target = aligned(80, 600), aligned(40, 300)
    source[:] = np.rint(ramp)
    sampling.sampler()((source,), (target,), Axis(200.3, 1.21, 300), Axis(10.7, 1.2, 40))
    places = (200.3 + 1.21 * np.arange(300)) / 599 * 200 + 20
    assert np.abs(target - places).max() < 1


def test_frames_whose_rows_are_not_aligned_are_drawn_as_well(library):
    picture = grating(500, 300, 20.0, across=True)
    whole, window = blank(246, 138), Window(0.5, 0.5, 1.02)
    Warp(picture, Move(window, window), 246, 138)(window, whole)
    loose = tuple(np.zeros((plane.shape[0], plane.shape[1] + 3), np.uint8)[:, 3:] for plane in whole)
    Warp(picture, Move(window, window), 246, 138)(window, loose)
    assert all(np.array_equal(a, b) for a, b in zip(whole, loose, strict=True))


def test_a_window_never_leaves_the_picture(library):
    picture = grating(800, 450, 20.0, across=True)
    frame = show(picture, Window(2.0, 2.0, 1.1), WIDTH, HEIGHT)
    corner = show(picture, Window(1 - 0.5 / 1.1, 1 - 0.5 / 1.1, 1.1), WIDTH, HEIGHT)
    assert np.array_equal(frame[0], corner[0])


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 180, 30), (255, 255, 255), (0, 0, 0)])
def test_colours_come_back_from_bt709(library, colour):
    picture = prepare(np.full((90, 160, 3), colour, np.uint8), 160, 90, 1.1)
    frame = show(picture, Window(0.5, 0.5, 1.05), 160, 90)
    assert np.abs(to_rgb(frame).astype(int) - np.array(colour)).max() <= 2
    assert frame[0].min() >= 16
    assert frame[0].max() <= 235


def test_chroma_stays_with_its_luma(library):
    """A red-to-blue edge must lie at the same place in luma and, decoded as left-sited, in chroma."""
    pixels = np.zeros((180, 320, 3), np.uint8)
    pixels[:, :160, 0] = pixels[:, 160:, 2] = 255
    frame = show(prepare(pixels, 320, 180, 1.0), Window(0.5, 0.5, 1.0), 320, 180)

    def edge(plane, first, spacing):
        line = plane[plane.shape[0] // 2].astype(float)
        share = (line - line[0]) / (line[-1] - line[0])
        return first + spacing * (len(line) - share.sum() - 0.5)

    assert edge(frame[1], 0.0, 2) == pytest.approx(edge(frame[0], 0.0, 1), abs=0.15)
    assert edge(frame[2], 0.0, 2) == pytest.approx(edge(frame[0], 0.0, 1), abs=0.15)


def test_the_library_is_named_and_part_of_the_identity(library):
    assert sampling.backend().startswith(f"{library}-")
    assert sampling.backend() in identity()


def test_a_library_that_is_asked_for_and_absent_is_named_with_its_package(monkeypatch):
    monkeypatch.setattr(zimg, "NAME", "libzimg-absent.so")
    monkeypatch.setenv("FLYWHEEL_WARP", "zimg")
    for cached in (zimg.library, zimg.installed, settings):
        cached.cache_clear()
    try:
        with pytest.raises(PackageMissing, match="apt-get install libzimg2"):
            sampling.backend()
        monkeypatch.setenv("FLYWHEEL_WARP", "cv2")
        settings.cache_clear()
        assert sampling.backend().startswith("cv2-")
    finally:
        monkeypatch.undo()
        for cached in (zimg.library, zimg.installed, settings):
            cached.cache_clear()


def test_the_padding_is_enough_for_the_tightest_crop():
    assert PAD >= sampling.REACH * OVERSAMPLING * 1.16 + 2

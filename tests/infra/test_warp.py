"""The camera moves evenly, below a fiftieth of a pixel, and keeps colour where it belongs."""

import numpy as np
import pytest

from infra.errors import BadInput, UnknownName
from infra.media.planes import OVERSAMPLING, REACH, blank, cover, padded, prepare, read_picture, to_rgb
from infra.media.warp import Warp, Window, mix, move

WIDTH, HEIGHT, FRAMES = 640, 360, 60


def grating(wide, high, period, *, across):
    """A still whose brightness is a sine wave of *period* pixels."""
    along = np.arange(wide if across else high) + 0.5
    wave = 128 + 80 * np.sin(2 * np.pi * along / period)
    field = np.repeat(wave[None, :], high, 0) if across else np.repeat(wave[:, None], wide, 1)
    luma = np.rint(field + np.random.default_rng(0).uniform(-0.5, 0.5, field.shape)).astype(np.uint8)
    chroma = np.full((high // 2, wide // 2), 128, np.uint8)
    return padded((luma, chroma, chroma), 2 * REACH)


@pytest.mark.parametrize("motion", ["pan_right", "pan_left", "tilt_up", "tilt_down", "push", "pull"])
@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
def test_every_step_of_a_pan_is_true_to_a_fiftieth_of_a_pixel(motion, place):
    """The step between frames, measured by the phase of a grating around *place*, against what the move says."""
    camera = move(motion, FRAMES / 30)
    across = not motion.startswith("tilt")
    wide, high = (int(side * camera.zoom * OVERSAMPLING / 2 + 0.5) * 2 for side in (WIDTH, HEIGHT))
    length, size, period = (wide, WIDTH, 24.0) if across else (high, HEIGHT, 24.0)
    picture, frame, warp = grating(wide, high, period, across=across), blank(WIDTH, HEIGHT), Warp(WIDTH, HEIGHT)
    offset = np.arange(size) + 0.5 - place * size
    near = np.exp(-((offset / (0.07 * size)) ** 2))
    missed = []
    for index in range(FRAMES):
        window = camera.at(index, FRAMES)
        warp(picture, window, frame)
        line = frame[0].mean(0 if across else 1) - 128
        step = length / window.zoom / size
        centre = (window.x if across else window.y) * length + step * size * (place - 0.5)
        phase = np.angle((line * near) @ np.exp(-2j * np.pi * (offset * step + centre) / period))
        missed.append((phase + np.pi / 2) / (2 * np.pi) * period / step)
    assert np.abs(missed).max() < 0.05
    assert np.abs(np.diff(missed)).max() < 0.02


def test_a_push_grows_smoothly():
    camera = move("push", 4)
    zooms = [camera.at(index, 120).zoom for index in range(120)]
    ratios = np.diff(np.log(zooms))
    assert zooms[0] == 1
    assert zooms[-1] == pytest.approx(camera.zoom)
    assert ratios.min() > 0
    assert np.abs(np.diff(ratios)).max() < 0.03 * ratios.max()


def test_a_window_never_leaves_the_picture():
    picture = grating(800, 450, 20.0, across=True)
    frame = blank(WIDTH, HEIGHT)
    corner = blank(WIDTH, HEIGHT)
    warp = Warp(WIDTH, HEIGHT)
    warp(picture, Window(2.0, 2.0, 1.1), frame)
    warp(picture, Window(1 - 0.5 / 1.1, 1 - 0.5 / 1.1, 1.1), corner)
    assert np.array_equal(frame[0], corner[0])


def test_unknown_motion_names_the_known_ones():
    with pytest.raises(UnknownName, match="push"):
        move("pusch", 3)


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 180, 30), (255, 255, 255), (0, 0, 0)])
def test_colours_come_back_from_bt709(colour):
    picture = prepare(np.full((90, 160, 3), colour, np.uint8), 160, 90, 1.1)
    frame = blank(160, 90)
    Warp(160, 90)(picture, Window(0.5, 0.5, 1.05), frame)
    assert np.abs(to_rgb(frame).astype(int) - np.array(colour)).max() <= 2
    assert frame[0].min() >= 16
    assert frame[0].max() <= 235


def test_chroma_stays_with_its_luma():
    """A red-to-blue edge must lie at the same place in luma and, decoded as left-sited, in chroma."""
    pixels = np.zeros((180, 320, 3), np.uint8)
    pixels[:, :160, 0] = pixels[:, 160:, 2] = 255
    frame = blank(320, 180)
    Warp(320, 180)(prepare(pixels, 320, 180, 1.0), Window(0.5, 0.5, 1.0), frame)

    def edge(plane, first, spacing):
        line = plane[plane.shape[0] // 2].astype(float)
        share = (line - line[0]) / (line[-1] - line[0])
        return first + spacing * (len(line) - share.sum() - 0.5)

    assert edge(frame[1], 0.0, 2) == pytest.approx(edge(frame[0], 0.0, 1), abs=0.15)
    assert edge(frame[2], 0.0, 2) == pytest.approx(edge(frame[0], 0.0, 1), abs=0.15)


def test_a_crossfade_is_halfway_at_half():
    black, white = blank(64, 32), blank(64, 32)
    for plane in black:
        plane[:] = 20
    for plane in white:
        plane[:] = 220
    mix(black, white, 0.5)
    assert all((plane == 120).all() for plane in black)


def test_a_picture_of_another_aspect_is_cropped_around_its_centre():
    pixels = np.zeros((100, 400, 3), np.uint8)
    pixels[:, 150:250] = 255
    assert cover(pixels, 1.0).shape == (100, 100, 3)
    assert cover(pixels, 1.0).min() == 255


def test_a_file_that_is_no_picture_is_refused(tmp_path):
    (tmp_path / "note.png").write_text("no picture")
    with pytest.raises(BadInput, match=r"note\.png"):
        read_picture(tmp_path / "note.png")
    with pytest.raises(BadInput):
        read_picture(tmp_path / "absent.png")

"""Camera moves are even, stay within the picture, and part what is near from what is far."""

import numpy as np
import pytest

from infra.errors import UnknownName
from infra.media.camera import FAR, MOST, PLAIN, move

PLAIN_MOVES = ["push", "pull", "pan_left", "pan_right", "tilt_up", "tilt_down", "hold"]


def windows(motion, depth=1.0, seconds=4.0, frames=120):
    camera = move(motion, seconds, depth)
    return [camera.at(index, frames) for index in range(frames)]


def test_a_push_grows_smoothly():
    zooms = [window.zoom for window in windows("push")]
    ratios = np.diff(np.log(zooms))
    assert zooms[0] == 1
    assert zooms[-1] == pytest.approx(move("push", 4).zoom)
    assert ratios.min() > 0
    assert np.abs(np.diff(ratios)).max() < 0.03 * ratios.max()


def test_unknown_motion_names_the_known_ones():
    with pytest.raises(UnknownName, match="push"):
        move("pusch", 3)
    with pytest.raises(UnknownName, match="parallax_push"):
        move("parallax_psh", 3)


@pytest.mark.parametrize("motion", [*PLAIN_MOVES, *PLAIN])
@pytest.mark.parametrize("seconds", [0.1, 2.5, 30])
@pytest.mark.parametrize("depth", [0.0, 0.35, 1.0])
def test_every_window_lies_within_the_picture(motion, seconds, depth):
    for window in windows(motion, depth, seconds, 31):
        half = 0.5 / window.zoom
        assert half - 1e-12 <= window.x <= 1 - half + 1e-12
        assert half - 1e-12 <= window.y <= 1 - half + 1e-12
        assert 1 <= window.zoom <= 1 + MOST + 1e-12


@pytest.mark.parametrize("motion", PLAIN_MOVES)
def test_a_plain_move_is_the_same_at_every_depth(motion):
    assert move(motion, 3, 0.0) == move(motion, 3, 1.0)


@pytest.mark.parametrize("motion", ["parallax_left", "parallax_right"])
def test_what_is_near_passes_by_what_is_far(motion):
    far, near = windows(motion, 0.0), windows(motion, 1.0)
    ways = [track[-1].x - track[0].x for track in (far, near)]
    assert ways[0] / ways[1] == pytest.approx(FAR)
    assert (ways[1] > 0) == (motion == "parallax_right")
    assert {window.zoom for window in far} == {window.zoom for window in near}


def test_what_is_near_grows_faster_in_a_parallax_push():
    far, near = windows("parallax_push", 0.0), windows("parallax_push", 1.0)
    assert far[0] == near[0]
    assert (far[-1].zoom - 1) / (near[-1].zoom - 1) == pytest.approx(FAR)


def test_moves_of_one_frame_have_a_window():
    assert move("pan_left", 1 / 30).at(0, 1) == move("pan_left", 1 / 30).start

"""Layers compose to their picture, move by depth, and reveal neither holes nor rims."""

import cv2
import numpy as np
import pytest

from infra.media.camera import Window, move
from infra.media.parallax import Layers, groups, merged
from infra.media.planes import blank, prepare, to_rgb
from infra.media.warp import Warp

WIDTH, HEIGHT = 320, 180
MOTIONS = ["parallax_left", "parallax_right", "parallax_push"]


def scene():
    """A sky, a ground that fills the lower third, a soft-edged disc in front, and mist that is never opaque."""
    rows, columns = np.mgrid[:216, :384]
    sky = np.zeros((216, 384, 4), np.uint8)
    sky[..., 0], sky[..., 1], sky[..., 2], sky[..., 3] = columns // 3, 120, 200 - rows // 2, 255
    ground = np.zeros_like(sky)
    ground[140:] = (60, 130, 40, 255)
    disc = np.zeros_like(sky)
    disc[..., :3] = (230, 40, 30)
    disc[..., 3] = np.clip((40 - np.hypot(rows - 90, columns - 190)) * 64, 0, 255)
    mist = np.zeros_like(sky)
    mist[180:] = (250, 250, 250, 60)
    return [(sky, 0.0), (ground, 0.35), (disc, 0.7), (mist, 1.0)]


def flat(layers):
    whole = np.zeros((*layers[0][0].shape[:2], 3))
    for pixels, _ in layers:
        share = pixels[..., 3:] / 255
        whole = whole * (1 - share) + pixels[..., :3] * share
    return np.rint(whole).astype(np.uint8)


def shown(layers, motion, index, frames=60, size=(WIDTH, HEIGHT)):
    made = groups(layers, *size, move(motion, frames / 30).zoom)
    cameras = [move(motion, frames / 30, group.depth) for group in made]
    drawer, frame = Layers(made, cameras, *size), blank(*size)
    for plane in frame:
        plane[:] = 77
    drawer([camera.at(index, frames) for camera in cameras], frame, drawer.scratch())
    return to_rgb(frame).astype(int)


def test_layers_at_rest_compose_to_the_picture():
    made = groups(scene(), WIDTH, HEIGHT, 1.1)
    window, frame, plain = Window(0.5, 0.5, 1.0), blank(WIDTH, HEIGHT), blank(WIDTH, HEIGHT)
    camera = move("parallax_push", 2.0)
    drawer = Layers(made, [camera] * len(made), WIDTH, HEIGHT)
    drawer([window] * len(made), frame, drawer.scratch())
    Warp(prepare(flat(scene()), WIDTH, HEIGHT, 1.1), camera, WIDTH, HEIGHT)(window, plain)
    difference = np.abs(to_rgb(frame).astype(int) - to_rgb(plain))
    assert difference.mean() < 1
    assert np.quantile(difference, 0.995) <= 16


def places(pixels):
    """Where the red disc and the first green row are."""
    red = (pixels[..., 0] > 180) & (pixels[..., 1] < 110)
    return np.nonzero(red)[1].mean(), red.sum()


@pytest.mark.parametrize("motion", ["parallax_left", "parallax_right"])
def test_the_near_disc_passes_by_the_far_sky(motion):
    first, last = shown(scene(), motion, 0), shown(scene(), motion, 59)
    near = places(last)[0] - places(first)[0]
    sky = [np.polyfit(np.arange(WIDTH), pixels[:40].mean(0)[:, 0], 1)[1] * -3 for pixels in (first, last)]
    assert (near < 0) == (motion == "parallax_right")
    assert abs(near) > 2 * abs(sky[1] - sky[0]) > 0


def test_the_near_disc_grows_more_than_the_picture():
    first, last = (places(shown(scene(), "parallax_push", index))[1] for index in (0, 59))
    camera = move("parallax_push", 2.0, 0.7)
    assert last / first == pytest.approx(camera.zoom**2, rel=0.03)


@pytest.mark.parametrize("motion", MOTIONS)
@pytest.mark.parametrize("index", [0, 13, 30, 59])
def test_no_hole_is_revealed(motion, index):
    """Each layer in a colour without blue over a far layer without blue: any hole, black or left over, would show."""
    layers = scene()
    for pixels, _ in layers:
        pixels[..., :3] = (200, 180, 0)
    pixels = shown(layers, motion, index)
    assert np.abs(pixels - (200, 180, 0)).max() <= 8


@pytest.mark.parametrize("motion", MOTIONS)
def test_edges_have_no_rim(motion):
    """Between a grey disc and a grey sky nothing is darker or lighter than both, but for four roundings."""
    layers = scene()[:1] + scene()[2:3]
    layers[0][0][..., :3] = 150
    layers[1][0][..., :3] = 100
    for index in (0, 17, 59):
        pixels = shown(layers, motion, index)
        assert pixels.min() >= 96
        assert pixels.max() <= 154


def test_what_lies_behind_the_farthest_is_black_not_left_over():
    layers = scene()[:1]
    layers[0][0][:, :100, 3] = 0
    assert shown(layers, "parallax_left", 0)[:, :60].max() <= 3


@pytest.mark.parametrize("motion", MOTIONS)
def test_layers_of_a_picture_of_another_aspect_keep_their_focus(motion):
    tall = (90, 160)
    made = groups(scene(), *tall, 1.1, (0.5, 0.5))
    assert made[0].source.height > made[0].source.width
    assert shown(scene(), motion, 30, size=tall).shape == (160, 90, 3)


def test_layers_are_merged_in_two():
    halves = merged(scene())
    assert [depth for _, depth in halves] == [0.35, 1.0]
    assert np.abs(flat(halves).astype(int) - flat(scene())).max() <= 3


def test_the_same_layers_give_the_same_frame():
    assert np.array_equal(shown(scene(), "parallax_push", 23), shown(scene(), "parallax_push", 23))


def test_layers_that_show_nothing_are_left_out():
    empty = np.zeros((216, 384, 4), np.uint8)
    assert [group.depth for group in groups([*scene()[:2], (empty, 0.7)], WIDTH, HEIGHT, 1.1)] == [0.0, 0.35]
    assert cv2.countNonZero(empty[..., 3]) == 0

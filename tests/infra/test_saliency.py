"""The focus of a picture is what stands out of it."""

import cv2
import numpy as np
import pytest

from infra.media.saliency import focus


@pytest.mark.parametrize("place", [(0.25, 0.3), (0.5, 0.5), (0.8, 0.7), (0.2, 0.75)])
@pytest.mark.parametrize("size", [(600, 900), (160, 90)])
def test_it_finds_the_thing_in_the_meadow(place, size):
    wide, high = size
    slope = np.linspace(90, 160, high)[:, None, None] * np.ones((1, wide, 3))
    meadow = np.clip(slope + np.random.default_rng(0).normal(0, 4, slope.shape), 0, 255).astype(np.uint8)
    middle = int(place[0] * wide), int(place[1] * high)
    cv2.circle(meadow, middle, min(size) // 10, (230, 80, 40), -1)
    assert np.abs(np.subtract(focus(meadow), place)).max() < (0.05 if wide > 200 else 0.1)


def test_it_keeps_off_the_edge():
    pixels = np.full((100, 100, 3), 120, np.uint8)
    pixels[:, 3:10] = 255
    assert focus(pixels)[0] == 0.15


def test_nothing_stands_out_of_nothing():
    assert focus(np.full((50, 80, 3), 90, np.uint8)) == (0.5, 0.5)
    assert focus(np.zeros((1, 1, 3), np.uint8)) == (0.5, 0.5)

"""Assets are kept whole or not at all."""

import resource
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from infra.errors import StoreFull
from infra.settings import settings
from tasks.assets import keep_picture, path_of


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file can be larger than 64 KiB: what a full disk looks like to OpenCV."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def noise(channels: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (200, 200, channels), dtype=np.uint8)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_picture_that_finds_no_room_is_told_and_not_kept(home, small_files, channels):
    with pytest.raises(StoreFull, match=r"Cannot write in .*scratch"):
        keep_picture(noise(channels))
    assert not [path for path in settings().store.rglob("*") if path.is_file()]


def test_a_layer_is_kept_as_it_is(home):
    kept = cv2.imread(str(path_of(keep_picture(noise(4)))), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(cv2.cvtColor(kept, cv2.COLOR_BGRA2RGBA), noise(4))

"""Pictures of any size and shape are read within bounded memory, or refused with the limit named."""

import subprocess
import sys

import cv2
import numpy as np
import pytest
from PIL import Image

from infra.errors import BadInput
from infra.media.pictures import MOST_PIXELS, cover, read_layer, read_picture
from infra.media.planes import prepare, to_rgb


def test_a_picture_of_another_aspect_is_cropped_around_its_centre():
    pixels = np.zeros((100, 400, 3), np.uint8)
    pixels[:, 150:250] = 255
    assert cover(pixels, 1.0).shape == (100, 100, 3)
    assert cover(pixels, 1.0).min() == 255


@pytest.mark.parametrize("focus", [(0.0, 0.5), (0.1, 0.5), (0.7, 0.2), (1.0, 1.0)])
def test_the_crop_keeps_the_focus_in_view(focus):
    pixels = np.zeros((100, 400, 3), np.uint8)
    column = min(399, int(focus[0] * 400))
    pixels[:, column] = 255
    part = cover(pixels, 1.0, focus)
    assert part.shape == (100, 100, 3)
    assert part.max() == 255
    if 0.2 < focus[0] < 0.8:
        assert part[:, 45:55].max() == 255


def test_the_focus_changes_nothing_where_nothing_is_cropped():
    pixels = np.random.default_rng(0).integers(0, 256, (90, 160, 3), dtype=np.uint8)
    assert np.array_equal(cover(pixels, 16 / 9, (0.0, 1.0)), pixels)


def test_a_file_that_is_no_picture_is_refused(tmp_path):
    (tmp_path / "note.png").write_text("no picture")
    with pytest.raises(BadInput, match=r"note\.png"):
        read_picture(tmp_path / "note.png")
    with pytest.raises(BadInput, match=r"absent\.png"):
        read_picture(tmp_path / "absent.png")


def test_a_layer_needs_transparency(tmp_path):
    cv2.imwrite(str(tmp_path / "flat.png"), np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(BadInput, match="transparency"):
        read_layer(tmp_path / "flat.png")


def test_colours_of_a_picture_and_a_layer_are_those_of_the_file(tmp_path):
    Image.new("RGB", (8, 8), (200, 30, 10)).save(tmp_path / "red.png")
    Image.new("RGBA", (8, 8), (200, 30, 10, 90)).save(tmp_path / "clear.png")
    assert tuple(read_picture(tmp_path / "red.png")[0, 0]) == (200, 30, 10)
    assert tuple(read_layer(tmp_path / "clear.png")[0, 0]) == (200, 30, 10, 90)


def test_a_picture_of_one_pixel_fills_the_frame(tmp_path):
    Image.new("RGB", (1, 1), (200, 30, 10)).save(tmp_path / "one.png")
    picture = prepare(read_picture(tmp_path / "one.png"), 160, 90, 1.1)
    assert np.abs(to_rgb(picture.planes).astype(int) - (200, 30, 10)).max() <= 2


def test_a_huge_png_is_refused_with_the_limit(tmp_path):
    Image.new("1", (20_000, 20_000)).save(tmp_path / "huge.png")
    with pytest.raises(BadInput, match=rf"20,000x20,000.*{MOST_PIXELS // 1_000_000} million"):
        read_picture(tmp_path / "huge.png")


def test_a_huge_progressive_jpeg_is_refused(tmp_path):
    """Its coefficients would all have to be in memory before the first row."""
    Image.new("L", (8_000, 8_000), 90).save(tmp_path / "huge.jpg", progressive=True)
    with pytest.raises(BadInput, match="baseline"):
        read_picture(tmp_path / "huge.jpg")


def test_a_huge_jpeg_is_read_in_little_memory(tmp_path):
    """20,000 x 20,000 pixels are 1.2 GB; the process that makes a source of them stays below 400 MB."""
    path = tmp_path / "huge.jpg"
    code = (
        "import sys\nfrom PIL import Image\n"
        "Image.MAX_IMAGE_PIXELS = None\nImage.new('L', (20_000, 20_000), 90).save(sys.argv[1], quality=50)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)
    code = (
        "import sys\nfrom pathlib import Path\nfrom infra.media.planes import source\n"
        "made = source(Path(sys.argv[1]), 1920, 1080, 1.1)\n"
        "assert made.planes[0].std() < 1\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    assert int(done.stdout) * 1024 < 400e6

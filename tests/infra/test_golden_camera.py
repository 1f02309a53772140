"""The studio's core/camera.js is held to the same numbers: `python -m tests.infra.test_golden_camera` writes them."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from infra.media.camera import PLAIN, move
from infra.media.pictures import cover
from infra.media.planes import PAD, enlarged
from infra.media.warp import axes

GOLDEN = Path(__file__).parents[2] / "api/studio/tests/golden/camera.json"
MOTIONS = ("hold", "push", "pull", "pan_right", "pan_left", "tilt_down", "tilt_up", *PLAIN)
SIZES = ((854, 480), (1280, 720), (1080, 1920), (720, 720))
FRAMES = (1, 25, 208, 1200)


def measured():
    """All that is compared, of Python's own functions."""
    return {
        "windows": [
            window(motion, fps, depth, frames, frame)
            for motion, fps, depth, frames in product(MOTIONS, (24, 60), (0.0, 0.35, 1.0), FRAMES)
            for frame in sorted({0, frames // 3, frames - 1})
        ],
        "sizes": [[side, zoom, enlarged(side, zoom)] for side, zoom in product((480, 854, 1920), (1, 1.05, 1.1234))],
        "covers": [
            [wide, high, *size, *focus, *part(wide, high, size, focus)]
            for (wide, high), size, focus in product(
                ((1024, 576), (1023, 577), (333, 1000), (3000, 1001)), SIZES, ((0.5, 0.5), (0.1, 0.93))
            )
        ],
    }


def window(motion, fps, depth, frames, frame):
    camera = move(motion, frames / fps, depth)
    seen = camera.at(frame, frames)
    rectangles = [list(rectangle(size, seen)) for size in SIZES]
    return [motion, fps, depth, frames, frame, seen.x, seen.y, seen.zoom, rectangles]


def rectangle(size, seen):
    """Left, top, width and height of what is seen, from where the samples of a frame of the same size lie."""
    (across, down), _ = axes(size, seen, size[::-1])
    starts = (axis.start - PAD + 0.5 - 0.5 * axis.step for axis in (across, down))
    return (*starts, across.step * size[0], down.step * size[1])


def part(wide, high, size, focus):
    """Left, top, width and height of what covers a frame; the focus counts where the picture is cropped."""
    wider = wide / high / (size[0] / size[1])
    seen = (focus[0] if wider > 1.01 else 0.5, focus[1] if wider < 0.99 else 0.5)
    columns, rows = np.arange(wide)[None, :].repeat(high, 0), np.arange(high)[:, None].repeat(wide, 1)
    kept, below = cover(columns, size[0] / size[1], seen), cover(rows, size[0] / size[1], seen)
    return int(kept[0, 0]), int(below[0, 0]), kept.shape[1], kept.shape[0]


def test_the_camera_is_the_golden_one():
    golden, now = json.loads(GOLDEN.read_text()), json.loads(json.dumps(measured()))
    assert (now["sizes"], now["covers"]) == (golden["sizes"], golden["covers"])
    assert [row[:5] for row in now["windows"]] == [row[:5] for row in golden["windows"]]
    for mine, theirs in zip(now["windows"], golden["windows"], strict=True):
        assert np.ravel(mine[8]).tolist() == pytest.approx(np.ravel(theirs[8]).tolist(), abs=1e-9)
        assert mine[5:8] == pytest.approx(theirs[5:8], abs=1e-12)


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(measured(), separators=(",", ":")) + "\n")

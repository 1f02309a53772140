"""A shot is one closed-GOP file that shows its still, its crossfade and its captions; equal specs, equal bytes."""

import hashlib
import threading
from dataclasses import replace

import av
import cv2
import numpy as np
import pytest

from infra.errors import BadInput, UnknownName
from infra.media.captions import Caption, Word
from infra.media.encode import planes_of
from infra.media.planes import to_rgb
from infra.media.shots import ShotSpec, Still, render_shot

RED, BLUE = (200, 40, 30), (30, 60, 200)


@pytest.fixture
def pictures(tmp_path):
    """Two plain stills, red and blue, by hash."""
    files = {}
    for name, colour in (("red", RED), ("blue", BLUE)):
        path = tmp_path / f"{name}.png"
        cv2.imwrite(str(path), np.full((180, 320, 3), colour[::-1], np.uint8))
        files[name] = (hashlib.sha256(path.read_bytes()).hexdigest(), path)
    return files


def spec_of(pictures, **changes):
    still = Still(pictures["red"][0], "push", 20)
    return replace(ShotSpec(width=320, height=180, fps=30, frames=20, still=still), **changes)


def files_of(pictures):
    return dict(pictures.values())


def decoded(path):
    with av.open(str(path)) as film:
        return [to_rgb(planes_of(frame)).astype(int) for frame in film.decode(video=0)]


def near(pixels, colour, within=6):
    return np.abs(pixels.reshape(-1, 3).mean(0) - colour).max() <= within


@pytest.mark.parametrize("frames", [1, 2, 3, 31])
@pytest.mark.parametrize("quality", ["preview", "standard", "best"])
def test_every_frame_is_there_and_shows_the_still(tmp_path, pictures, frames, quality):
    spec = spec_of(pictures, frames=frames, still=Still(pictures["red"][0], "pan_left", frames), quality=quality)
    render_shot(spec, files_of(pictures), tmp_path / "shot.mp4")
    seen = decoded(tmp_path / "shot.mp4")
    assert len(seen) == frames
    assert all(near(frame, RED) for frame in seen)


def test_the_crossfade_goes_from_one_still_to_the_other(tmp_path, pictures):
    before = Still(pictures["blue"][0], "pull", 30)
    spec = spec_of(pictures, fade_frames=9, before=before)
    render_shot(spec, files_of(pictures), tmp_path / "shot.mp4")
    red = [frame[..., 0].mean() for frame in decoded(tmp_path / "shot.mp4")]
    shares = [(value - BLUE[0]) / (RED[0] - BLUE[0]) for value in red]
    assert np.allclose(shares[:9], [(k + 1) / 10 for k in range(9)], atol=0.03)
    assert np.allclose(shares[9:], 1, atol=0.03)


def test_a_caption_is_seen_in_its_place_and_time(tmp_path, pictures):
    caption = Caption("Bees", (Word("Bees", 0.4, 0.5),))
    render_shot(spec_of(pictures, caption=caption), files_of(pictures), tmp_path / "shot.mp4")
    seen = decoded(tmp_path / "shot.mp4")
    assert near(seen[2][120:], RED)
    assert near(seen[13][:90], RED)
    yellow = (seen[13][..., 0] > 200) & (seen[13][..., 1] > 170) & (seen[13][..., 2] < 110)
    rows, columns = np.nonzero(yellow)
    assert yellow.sum() > 40
    assert rows.min() > 130
    assert abs(columns.mean() - 160) < 12


def test_equal_specs_give_equal_bytes_and_keys(tmp_path, pictures):
    spec = spec_of(pictures, caption=Caption("Bees see"))
    for name in "ab":
        render_shot(spec, files_of(pictures), tmp_path / f"{name}.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert spec.key == spec_of(pictures, caption=Caption("Bees see")).key


def test_every_change_changes_the_key(pictures):
    spec = spec_of(pictures, caption=Caption("Bees"))
    changes = [
        {"width": 640},
        {"fps": 25},
        {"frames": 19},
        {"still": replace(spec.still, motion="pull")},
        {"still": replace(spec.still, sha256=pictures["blue"][0])},
        {"caption": Caption("Wasps")},
        {"caption": None},
        {"quality": "best"},
        {"fade_frames": 3, "before": Still(pictures["blue"][0], "hold", 9)},
    ]
    keys = {spec.key, *(replace(spec, **change).key for change in changes)}
    assert len(keys) == len(changes) + 1


def test_a_stopped_rendering_leaves_nothing_behind(tmp_path, pictures):
    folder = tmp_path / "out"

    def stop(index):
        if index == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_shot(spec_of(pictures), files_of(pictures), folder / "shot.mp4", on_frame=stop)
    assert list(folder.iterdir()) == []
    assert not [thread for thread in threading.enumerate() if thread.name == "draw-shot"]


def test_each_frame_is_reported(tmp_path, pictures):
    seen = []
    render_shot(spec_of(pictures), files_of(pictures), tmp_path / "shot.mp4", on_frame=seen.append)
    assert seen == list(range(20))


def test_what_cannot_be_rendered_is_refused(tmp_path, pictures):
    with pytest.raises(BadInput, match="even sides"):
        spec_of(pictures, width=321)
    with pytest.raises(BadInput, match="crossfade"):
        spec_of(pictures, fade_frames=21, before=Still(pictures["blue"][0], "hold", 40))
    with pytest.raises(BadInput, match="not given"):
        render_shot(spec_of(pictures), {}, tmp_path / "shot.mp4")
    with pytest.raises(UnknownName, match="standard"):
        render_shot(spec_of(pictures, quality="standart"), files_of(pictures), tmp_path / "shot.mp4")
    with pytest.raises(UnknownName, match="push"):
        render_shot(
            spec_of(pictures, still=Still(pictures["red"][0], "shove", 20)), files_of(pictures), tmp_path / "s.mp4"
        )

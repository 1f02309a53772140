"""A shot is one closed-GOP file that shows its still, its crossfade and its captions; equal specs, equal bytes."""

import hashlib
import subprocess
import sys
import threading
from dataclasses import replace

import av
import cv2
import numpy as np
import pytest

from infra.errors import BadInput, UnknownName
from infra.media import zimg
from infra.media.captions import Caption, Word
from infra.media.encode import planes_of
from infra.media.mux import join
from infra.media.planes import to_rgb
from infra.media.shots import Excerpt, ShotSpec, Still, render_shot
from infra.settings import settings

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
    spec = spec_of(pictures, transition="crossfade", transition_frames=9, before=before)
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
    before = Still(pictures["blue"][0], "hold", 9)
    spec = spec_of(pictures, caption=Caption("Bees"))
    changes = [
        {"width": 640},
        {"fps": 25},
        {"frames": 19},
        {"still": replace(spec.still, motion="pull")},
        {"still": replace(spec.still, sha256=pictures["blue"][0])},
        {"still": replace(spec.still, focus=(0.2, 0.5))},
        {"still": replace(spec.still, motion="parallax_push", layers=((pictures["red"][0], 0.0),))},
        {"still": replace(spec.still, motion="parallax_push", layers=((pictures["red"][0], 0.1),))},
        {"still": Still(pictures["red"][0], "hold", 20)},
        {"caption": Caption("Wasps")},
        {"caption": None},
        {"quality": "best"},
        {"quality": "best", "encoder": "svtav1"},
        {"encoder": "svtav1"},
        {"transition": "crossfade", "transition_frames": 3, "before": before},
        {"transition": "wipe", "transition_frames": 3, "before": before},
        {"transition": "dip", "transition_frames": 3, "before": before},
        {"transition": "dip", "transition_frames": 4, "before": before},
        {"transition": "dip", "transition_frames": 3, "before": replace(before, motion="push")},
    ]
    keys = {spec.key, *(replace(spec, **change).key for change in changes)}
    assert len(keys) == len(changes) + 1


def test_the_library_that_samples_is_in_the_key(pictures, monkeypatch):
    spec, keys = spec_of(pictures), set()
    for name in ["cv2", *(["zimg"] if zimg.installed() else [])]:
        monkeypatch.setenv("FLYWHEEL_WARP", name)
        settings.cache_clear()
        keys.add(spec.key)
    monkeypatch.undo()
    settings.cache_clear()
    assert spec.key in keys
    assert len(keys) == 1 + zimg.installed()


def test_two_processes_write_the_same_bytes(tmp_path, pictures):
    """With everything that is drawn: depth, a wipe out of a pan, a caption."""
    code = """
import sys
from pathlib import Path
from infra.media.captions import Caption
from infra.media.shots import ShotSpec, Still, render_shot
red, blue, layer, folder, out = sys.argv[1:]
still = Still(red, "parallax_left", 12, layers=((layer, 0.0), (layer, 1.0)))
spec = ShotSpec(320, 180, 30, 12, still, "wipe", 5, Still(blue, "pan_left", 9), Caption("Bees see"))
files = {red: Path(folder) / "red.png", blue: Path(folder) / "blue.png", layer: Path(folder) / "layer.png"}
render_shot(spec, files, Path(out))
print(spec.key)
"""
    pixels = np.random.default_rng(0).integers(0, 256, (180, 320, 4), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "layer.png"), cv2.GaussianBlur(pixels, (0, 0), 3))
    layer = hashlib.sha256((tmp_path / "layer.png").read_bytes()).hexdigest()
    keys = []
    for name in "ab":
        words = [pictures["red"][0], pictures["blue"][0], layer, str(tmp_path), str(tmp_path / f"{name}.mp4")]
        done = subprocess.run([sys.executable, "-c", code, *words], check=True, capture_output=True, text=True)
        keys.append(done.stdout)
    assert keys[0] == keys[1]
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize("transition", ["crossfade", "dip", "wipe"])
@pytest.mark.parametrize("frames", [1, 2])
def test_a_shot_may_be_as_short_as_its_transition(tmp_path, pictures, transition, frames):
    before = Still(pictures["blue"][0], "pan_left", 30)
    still = Still(pictures["red"][0], "tilt_up", frames)
    spec = spec_of(pictures, frames=frames, still=still, transition=transition, transition_frames=frames, before=before)
    render_shot(spec, files_of(pictures), tmp_path / "shot.mp4")
    assert len(decoded(tmp_path / "shot.mp4")) == frames


def test_a_wipe_shows_the_new_shot_on_the_left(tmp_path, pictures):
    before = Still(pictures["blue"][0], "push", 30)
    spec = spec_of(pictures, transition="wipe", transition_frames=9, before=before)
    render_shot(spec, files_of(pictures), tmp_path / "shot.mp4")
    seen = decoded(tmp_path / "shot.mp4")
    assert near(seen[4][:, :140], RED, 12)
    assert near(seen[4][:, 180:], BLUE, 12)
    assert near(seen[9], RED)


def test_a_dip_is_black_in_the_middle(tmp_path, pictures):
    before = Still(pictures["blue"][0], "push", 30)
    spec = spec_of(pictures, transition="dip", transition_frames=9, before=before)
    render_shot(spec, files_of(pictures), tmp_path / "shot.mp4")
    seen = decoded(tmp_path / "shot.mp4")
    assert seen[1][..., 2].mean() > 2 * seen[1][..., 0].mean()
    assert seen[4].max() < 12
    assert seen[7][..., 0].mean() > 2 * seen[7][..., 2].mean()


def test_the_crop_follows_the_focus(tmp_path):
    pixels = np.full((90, 400, 3), BLUE[::-1], np.uint8)
    pixels[:, :120] = RED[::-1]
    cv2.imwrite(str(tmp_path / "wide.png"), pixels)
    still = Still("1" * 64, "hold", 2, focus=(0.1, 0.5))
    render_shot(ShotSpec(90, 90, 30, 2, still), {"1" * 64: tmp_path / "wide.png"}, tmp_path / "shot.mp4")
    assert near(decoded(tmp_path / "shot.mp4")[0], RED)


def test_a_hold_is_one_frame_over_and_over(tmp_path, pictures):
    noise = np.random.default_rng(0).integers(0, 256, (180, 320, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "noise.png"), cv2.GaussianBlur(noise, (0, 0), 2))
    files = {"2" * 64: tmp_path / "noise.png"}
    render_shot(ShotSpec(320, 180, 30, 4, Still("2" * 64, "hold", 4), quality="best"), files, tmp_path / "shot.mp4")
    seen = decoded(tmp_path / "shot.mp4")
    assert all(np.abs(frame - seen[0]).mean() < 2 for frame in seen)


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
    red, blue = pictures["red"][0], pictures["blue"][0]
    with pytest.raises(BadInput, match="even sides"):
        spec_of(pictures, width=321)
    with pytest.raises(BadInput, match="longer than the shots it joins"):
        spec_of(pictures, transition="wipe", transition_frames=21, before=Still(blue, "hold", 40))
    with pytest.raises(BadInput, match="longer than the shots it joins"):
        spec_of(pictures, transition="dip", transition_frames=9, before=Still(blue, "hold", 8))
    with pytest.raises(BadInput, match="A cut takes no frames"):
        spec_of(pictures, transition_frames=3, before=Still(blue, "hold", 8))
    with pytest.raises(BadInput, match="A cut takes no frames"):
        spec_of(pictures, transition="dip")
    with pytest.raises(UnknownName, match="crossfade"):
        spec_of(pictures, transition="crossfad", transition_frames=3, before=Still(blue, "hold", 8))
    with pytest.raises(BadInput, match="no use for layers"):
        Still(red, "push", 20, layers=((blue, 0.0),))
    with pytest.raises(BadInput, match="hold"):
        Still(red, "push", 20, footage=Excerpt())
    with pytest.raises(BadInput, match="not given"):
        render_shot(spec_of(pictures), {}, tmp_path / "shot.mp4")
    with pytest.raises(UnknownName, match="standard"):
        render_shot(spec_of(pictures, quality="standart"), files_of(pictures), tmp_path / "shot.mp4")
    with pytest.raises(UnknownName, match="x264"):
        render_shot(spec_of(pictures, encoder="x265"), files_of(pictures), tmp_path / "shot.mp4")
    with pytest.raises(UnknownName, match="push"):
        render_shot(spec_of(pictures, still=Still(red, "shove", 20)), files_of(pictures), tmp_path / "s.mp4")


def test_a_clip_is_shown_from_its_start_and_fades_like_a_still(tmp_path, pictures):
    """Red for a second, then blue: from half a second on, the change is fifteen frames in."""
    shades = [Still(pictures[name][0], "hold", 30) for name in ("red", "blue")]
    for index, still in enumerate(shades):
        render_shot(ShotSpec(320, 180, 30, 30, still), files_of(pictures), tmp_path / f"{index}.mp4")
    join([tmp_path / "0.mp4", tmp_path / "1.mp4"], 30, None, tmp_path / "clip.mp4")
    files = files_of(pictures) | {"3" * 64: tmp_path / "clip.mp4"}
    clip = Still("3" * 64, "hold", 25, footage=Excerpt(start_s=0.5))
    spec = ShotSpec(320, 180, 30, 25, clip, "crossfade", 4, Still(pictures["blue"][0], "pan_left", 9))
    render_shot(spec, files, tmp_path / "shot.mp4")
    seen = decoded(tmp_path / "shot.mp4")
    assert len(seen) == 25
    assert near(seen[0], np.array(BLUE) * 0.8 + np.array(RED) * 0.2, 10)
    assert near(seen[8], RED, 10)
    assert near(seen[22], BLUE, 10)
    assert spec.key != replace(spec, still=replace(clip, footage=Excerpt(start_s=0.6))).key
    assert spec.key != replace(spec, still=replace(clip, footage=Excerpt(0.5, ("mirror",)))).key

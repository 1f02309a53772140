"""Changes of pictures are found in the frames where they are, whatever moves beside them."""

import hashlib
from dataclasses import replace

import cv2
import numpy as np
import pytest

from infra.media import cuts
from infra.media.cuts import Expected
from infra.media.mux import join
from infra.media.shots import ShotSpec, Still, render_shot

SIZE, FPS, LENGTH = (160, 96), 25, 30


def picture(folder, seed):
    """Blurred noise with a hard-edged disc: something to see, and something that moves."""
    noise = np.random.default_rng(seed).integers(20, 236, (12, 20, 3)).astype(np.uint8)
    pixels = cv2.resize(noise, (320, 192), interpolation=cv2.INTER_CUBIC)
    cv2.circle(pixels, (80 + 40 * seed, 90), 30, (255, 255, 255), -1)
    path = folder / f"{seed}.png"
    cv2.imwrite(str(path), pixels)
    return hashlib.sha256(path.read_bytes()).hexdigest(), path


def film(folder, transition="cut", frames=0):
    """Two moving shots of 30 frames; the second comes in by *transition* over *frames*."""
    stills = dict([picture(folder, 1), picture(folder, 2)])
    first, last = stills
    old, new = Still(first, "push", LENGTH + frames), Still(last, "pan_left", LENGTH)
    specs = [
        ShotSpec(*SIZE, FPS, LENGTH, old),
        ShotSpec(*SIZE, FPS, LENGTH, new, transition, frames, old if frames else None),
    ]
    paths = [folder / f"{k}.mp4" for k in range(2)]
    for spec, path in zip(specs, paths, strict=True):
        render_shot(spec, stills, path)
    join(paths, FPS, None, folder / "film.mp4")
    return folder / "film.mp4"


def change(path, expected):
    return cuts.change(cuts.decode(path, [expected.window]).miniatures, expected)


@pytest.mark.parametrize(
    ("transition", "frames"),
    [("cut", 0), *((how, frames) for how in ("crossfade", "dip", "wipe") for frames in (1, 4, 15))],
)
@pytest.mark.parametrize("off", [0, -4, 2, 4])
def test_a_change_is_found_where_it_is_even_where_it_is_not_expected(tmp_path, transition, frames, off):
    expected = Expected(LENGTH + off, frames, 0, 2 * LENGTH - 1, through_black=transition == "dip")
    seen = change(film(tmp_path, transition, frames), expected)
    assert (seen.first, seen.settled, seen.unseen) == (LENGTH, LENGTH + frames, "")


def dipped(frames):
    """Miniatures of two pictures, each through black over half of *frames*."""
    old, new = (np.random.default_rng(seed).uniform(20, 200, (32, 96)).astype(np.float32) for seed in (1, 2))
    through = frames / 2
    levels = [max(-1.0, min(1.0, (k - LENGTH + 1) / (through + 0.5) - 1)) for k in range(2 * LENGTH)]
    return {k: (new if level > 0 else old) * np.float32(abs(level)) for k, level in enumerate(levels)}


def test_a_dip_through_black_is_one_change():
    expected = Expected(LENGTH, 10, 0, 2 * LENGTH - 1, through_black=True)
    seen = cuts.change(dipped(10), expected)
    assert (seen.first, seen.settled) == (LENGTH, LENGTH + 10)


def handed_over(how, frames):
    """Miniatures of two drifting pictures; the second comes in by *how* over *frames*."""
    noise = [np.random.default_rng(seed).integers(20, 200, (7, 20)).astype(np.float32) for seed in (1, 2)]
    old, new = (cv2.resize(part, (140, 32), interpolation=cv2.INTER_CUBIC) for part in noise)
    found = {}
    for k in range(2 * LENGTH + frames):
        drift = np.float32([[1, 0, -5 - 0.08 * k], [0, 1, 0]])
        before, after = (cv2.warpAffine(part, drift, (96, 32)) for part in (old, new))
        edge = round(96 * min(1, max(0, (k - LENGTH + 1) / (frames + 1))))
        left = before[:, edge:] if how == "wipe" else before[:, : 96 - edge]
        right = after[:, :edge] if how == "wipe" else after[:, 96 - edge :]
        found[k] = np.hstack([right, left])
    return found


@pytest.mark.parametrize("how", ["wipe", "push"])
@pytest.mark.parametrize("frames", [4, 12])
def test_an_edge_that_moves_is_one_change(how, frames):
    seen = cuts.change(handed_over(how, frames), Expected(LENGTH, frames, 0, 2 * LENGTH - 1 + frames))
    assert (seen.first, seen.settled) == (LENGTH, LENGTH + frames)


def test_what_cannot_be_seen_says_why(tmp_path):
    expected = Expected(LENGTH, 0, 0, 2 * LENGTH - 1)
    still = {k: np.full((32, 96), 90, np.float32) for k in range(2 * LENGTH)}
    assert cuts.change(still, expected).unseen == "the pictures before and after it are alike"
    brighter = {k: np.full((32, 96), 90 if k < LENGTH else 150, np.float32) for k in range(2 * LENGTH)}
    assert cuts.change(brighter, expected).first == LENGTH
    assert "brightness" in cuts.change(brighter, replace(expected, through_black=True)).unseen
    assert "short" in cuts.change(brighter, replace(expected, latest=LENGTH + 1)).unseen
    noise = np.random.default_rng(3).uniform(0, 200, (2 * LENGTH, 32, 96)).astype(np.float32)
    assert "move too much" in cuts.change(dict(enumerate(noise)), expected).unseen


def test_a_stream_that_breaks_off_ends_there(tmp_path):
    path = film(tmp_path)
    path.write_bytes(path.read_bytes()[:-3000])
    decoded = cuts.decode(path)
    assert len(decoded.times_s) < 2 * LENGTH

"""White flashes and clicks at known times, through the real renderer, encoder and muxer: each is found in the master.

Pictures by the times of the decoded frames, sounds by the decoded samples; both within a millisecond of where they
were put, and of each other.
"""

import hashlib
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest

from infra.media import attacks, audio, cuts
from infra.media.listen import sound_of
from infra.media.mux import join
from infra.media.probe import starts
from infra.media.shots import ShotSpec, Still, render_shot

RATE = 48_000
SIZE = (160, 96)
MS = 1e-3
CASES = {
    24: [31, 2, 47, 1, 60, 9, 40],
    25: [13, 1, 51, 4, 38, 2, 66],
    30: [40, 1, 35, 2, 77, 3, 45, 1, 31],
    60: [61, 1, 117, 2, 58, 7, 91],
}
"""Frames of black, white, black, white … by frame rate; each white shot is a flash."""


@pytest.fixture(scope="module")
def stills(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stills")
    found = {}
    for name, level in (("black", 0), ("white", 255)):
        path = folder / f"{name}.png"
        cv2.imwrite(str(path), np.full((SIZE[1], SIZE[0], 3), level, np.uint8))
        found[name] = (hashlib.sha256(path.read_bytes()).hexdigest(), path)
    return found


def clicks(times_s, seconds):
    """Stereo samples with 5 ms of a 3 kHz tone at each time; silence else."""
    samples = np.zeros((round(seconds * RATE), 2), np.float32)
    tone = 0.7 * np.sin(2 * np.pi * 3000 * np.arange(240) / RATE)
    for time_s in times_s:
        at = round(time_s * RATE)
        samples[at : at + 240] = tone[: len(samples) - at, None]
    return samples


def film_of(folder, stills, fps, lengths):
    """The master, and when each flash and its click should be."""
    shots = []
    for index, frames in enumerate(lengths):
        sha = stills["white" if index % 2 else "black"][0]
        shots.append(folder / f"{index}.mp4")
        render_shot(ShotSpec(*SIZE, fps, frames, Still(sha, "push", frames)), dict(stills.values()), shots[-1])
    edges = np.concatenate([[0], np.cumsum(lengths)])
    times_s = [float(edge) / fps for edge in edges[1:-1:2]]
    audio.encode_aac([clicks(times_s, edges[-1] / fps)], folder / "sound.m4a")
    join(shots, fps, folder / "sound.m4a", folder / "film.mp4")
    return folder / "film.mp4", times_s


def flashes(path):
    """Times of the frames that turn bright."""
    with av.open(str(path)) as film:
        seen = [(float(f.pts * f.time_base), f.to_ndarray()[: SIZE[1]].mean() > 120) for f in film.decode(video=0)]
    return [time_s for (_, before), (time_s, now) in pairwise(seen) if now and not before]


@pytest.mark.parametrize("fps", CASES)
def test_every_flash_and_every_click_is_where_it_was_put(tmp_path, stills, fps):
    film, times_s = film_of(tmp_path, stills, fps, CASES[fps])
    decoded = cuts.decode(film)
    assert decoded.times_s == [pytest.approx(k / fps, abs=1e-9) for k in range(sum(CASES[fps]))]
    samples, rate = sound_of(film)
    begin = starts(film)
    heard = [attacks.attack(samples.mean(axis=1), rate, time_s) for time_s in times_s]
    seen = flashes(film)
    assert len(seen) == len(times_s) == len(heard)
    assert begin.video_s == begin.sound_s == 0
    for time_s, flash_s, click_s in zip(times_s, seen, heard, strict=True):
        assert abs(flash_s - time_s) < MS
        assert click_s is not None
        assert abs(click_s - time_s) < MS
        assert abs(click_s - flash_s) < MS


@pytest.mark.parametrize("fps", CASES)
def test_a_late_click_is_found_to_be_late(tmp_path, stills, fps):
    film, times_s = film_of(tmp_path, stills, fps, CASES[fps])
    late_s = 0.020
    edges = sum(CASES[fps]) / fps
    audio.encode_aac([clicks([time_s + late_s for time_s in times_s], edges)], tmp_path / "late.m4a")
    join([tmp_path / f"{k}.mp4" for k in range(len(CASES[fps]))], fps, tmp_path / "late.m4a", film)
    samples, rate = sound_of(film)
    heard = [attacks.attack(samples.mean(axis=1), rate, time_s) for time_s in times_s]
    assert heard == [pytest.approx(time_s + late_s, abs=MS) for time_s in times_s]

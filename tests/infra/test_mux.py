"""The master has every frame once, at its time; pictures and sound meet within a millisecond."""

import hashlib
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from infra.errors import BadInput
from infra.media.mux import join
from infra.media.probe import probe
from infra.media.shots import ShotSpec, Still, render_shot

RATE = 48000
SIZE = (160, 96)


@pytest.fixture(scope="module")
def stills(tmp_path_factory):
    """A black and a white picture by name: (hash, file)."""
    folder = tmp_path_factory.mktemp("stills")
    found = {}
    for name, value in (("black", 0), ("white", 255)):
        path = folder / f"{name}.png"
        cv2.imwrite(str(path), np.full((SIZE[1], SIZE[0], 3), value, np.uint8))
        found[name] = (hashlib.sha256(path.read_bytes()).hexdigest(), path)
    return found


def shots_of(folder, stills, lengths, fps, quality="standard"):
    """Shots in turn black and white, of the given frames."""
    paths = []
    for index, frames in enumerate(lengths):
        sha, _ = stills["white" if index % 2 else "black"]
        spec = ShotSpec(*SIZE, fps, frames, Still(sha, "push", frames), quality=quality)
        paths.append(folder / f"{index}.mp4")
        render_shot(spec, dict(stills.values()), paths[-1])
    return paths


def clicks(path, times, seconds):
    """An AAC file with a short burst at each of *times*."""
    samples = np.zeros(round(seconds * RATE), np.float32)
    for time in times:
        at = round(time * RATE)
        samples[at : at + 240] = 0.7 * np.sin(2 * np.pi * 3000 * np.arange(len(samples[at : at + 240])) / RATE)
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=RATE, layout="mono", bit_rate=128000)
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def flashes_of(path):
    """Times of all frames, and of those that turn bright."""
    times, bright = [], []
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            times.append(frame.time)
            bright.append(np.frombuffer(frame.planes[0], np.uint8).mean() > 120)
    rises = [time for index, time in enumerate(times) if bright[index] and (index == 0 or not bright[index - 1])]
    return times, rises


def clicks_of(path):
    """When each burst begins, in seconds, as a player hears it."""
    with av.open(str(path)) as film:
        heard = [(frame.time, frame.to_ndarray()[0]) for frame in film.decode(audio=0)]
    start = heard[0][0]
    samples = np.concatenate([part for _, part in heard])
    loud = np.nonzero(np.abs(samples) > 0.2)[0]
    firsts = [at for index, at in enumerate(loud) if index == 0 or at - loud[index - 1] > RATE // 20]
    return [start + at / RATE for at in firsts]


@pytest.mark.parametrize(
    ("fps", "lengths"),
    [
        (24, [30, 2, 41, 3, 29, 2, 9]),
        (25, [25, 1, 49, 1, 26]),
        (30, [15, 2, 83, 2, 1, 1, 1, 2, 1, 1, 30]),
        (60, [61, 3, 117, 2, 58]),
    ],
)
def test_flashes_and_clicks_meet_and_no_frame_is_lost(tmp_path, stills, fps, lengths):
    edges = np.concatenate([[0], np.cumsum(lengths)])
    times = [edge / fps for edge in edges[1:-1:2]]
    sound = clicks(tmp_path / "sound.m4a", times, edges[-1] / fps)
    frames = join(shots_of(tmp_path, stills, lengths, fps), fps, sound, tmp_path / "film.mp4")
    seen, flashes = flashes_of(tmp_path / "film.mp4")
    assert frames == len(seen) == edges[-1]
    assert np.allclose(seen, np.arange(frames) / fps, atol=1e-4)
    assert np.allclose(flashes, times, atol=1e-3)
    spaced = [time for index, time in enumerate(times) if index == 0 or time - times[index - 1] > 0.2]
    heard = clicks_of(tmp_path / "film.mp4")
    assert all(min(abs(time - click) for click in heard) < 1e-3 for time in spaced)


def test_the_fast_tier_joins_as_well(tmp_path, stills):
    assert join(shots_of(tmp_path, stills, [7, 1, 12], 30, "preview"), 30, None, tmp_path / "film.mp4") == 20
    times, rises = flashes_of(tmp_path / "film.mp4")
    assert len(times) == 20
    assert rises == [pytest.approx(7 / 30, abs=1e-4)]


def test_the_master_is_tagged_and_its_index_comes_first(tmp_path, stills):
    sound = clicks(tmp_path / "sound.m4a", [0.1], 1.0)
    shots = shots_of(tmp_path, stills, [15, 15], 30)
    join(shots, 30, sound, tmp_path / "film.mp4", title="蜜蜂 & bees", comment="made by Flywheel", language="zh")
    facts = probe(tmp_path / "film.mp4")
    assert (facts.matrix, facts.primaries, facts.transfer, facts.limited_range) == (1, 1, 1, True)
    assert facts.tags["title"] == "蜜蜂 & bees"
    assert facts.tags["comment"] == "made by Flywheel"
    assert (facts.frames, facts.fps, facts.width, facts.height) == (30, 30, *SIZE)
    assert facts.video_codec == "h264"
    assert facts.audio_codec == "aac"
    assert facts.audio_rate == RATE
    assert facts.duration_s == pytest.approx(1.0, abs=0.03)
    data = (tmp_path / "film.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_the_same_shots_give_the_same_bytes(tmp_path, stills):
    sound = clicks(tmp_path / "sound.m4a", [0.1], 0.5)
    shots = shots_of(tmp_path, stills, [5, 10], 30)
    for name in "ab":
        join(shots, 30, sound, tmp_path / f"{name}.mp4", title="t")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_shots_of_unlike_encoding_are_refused_and_leave_nothing(tmp_path, stills):
    (tmp_path / "other").mkdir()
    shots = shots_of(tmp_path, stills, [5], 30) + shots_of(tmp_path / "other", stills, [5], 30, "best")
    with pytest.raises(BadInput, match="alike"):
        join(shots, 30, None, tmp_path / "out" / "film.mp4")
    assert list((tmp_path / "out").iterdir()) == []
    with pytest.raises(BadInput, match="at least one"):
        join([], 30, None, tmp_path / "film.mp4")

"""Any file is heard as a player would play it: every kind, rate and number of channels, from any time on."""

import tracemalloc
from fractions import Fraction

import av
import numpy as np
import pytest
from sounds import RATE, level_db, sine, song, written

from infra.errors import BadInput
from infra.media.listen import has_sound, heard, mono, sound_of, stereo, tags_of
from infra.media.loudness import loudness, true_peak


def all_of(path, start_s=0.0):
    return np.concatenate(list(stereo(path, start_s)))


def film(path, sound, *, first_s=0.0, layout="stereo"):
    """An MP4 of black pictures whose sound begins *first_s* after them."""
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        track = out.add_stream("aac", rate=RATE, layout=layout, bit_rate=320_000)
        for _ in range(30):
            out.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), format="yuv420p")))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = RATE, round(first_s * RATE), Fraction(1, RATE)
        out.mux(track.encode(frame))
        out.mux(track.encode(None))
        out.mux(video.encode(None))
    return path


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.m4a"])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_every_kind_and_rate(tmp_path, name, rate):
    sound = sine(440, -12, 2, rate=rate)
    out = all_of(written(tmp_path / name, sound, rate))
    assert out.shape[1] == 2
    assert len(out) == pytest.approx(2 * RATE, abs=2500)
    assert level_db(out[RATE // 2 : RATE]) == pytest.approx(level_db(sound), abs=0.3)
    middle = out[RATE // 2 : -RATE // 2, 0]
    rises = np.flatnonzero((middle[:-1] < 0) & (middle[1:] >= 0))
    assert np.diff(rises).mean() == pytest.approx(RATE / 440, rel=1e-3)


def test_mono_is_heard_on_both_sides_as_loud_as_it_is(tmp_path):
    tone = sine(440, -12, 1)[:, 0]
    out = all_of(written(tmp_path / "a.wav", tone))
    assert out == pytest.approx(np.repeat(tone[:, None], 2, axis=1), abs=1e-4)


def test_surround_is_mixed_down_and_not_clipped(tmp_path):
    places = [sine(200 * (k + 1), -1, 1)[:, 0] for k in range(6)]
    out = all_of(written(tmp_path / "a.wav", np.stack(places, axis=1)))
    left, right, centre, _, back_left, back_right = places
    wanted = np.stack([left + (centre + back_left) / 2**0.5, right + (centre + back_right) / 2**0.5], axis=1)
    assert out == pytest.approx(wanted, abs=2e-3)
    assert np.abs(out).max() > 1.5


@pytest.mark.parametrize("start_s", [0.0, 0.2, 1.0, 2.5])
def test_a_clip_is_heard_from_the_time_it_is_shown(tmp_path, start_s):
    sound = np.zeros((3 * RATE, 2), np.float32)
    sound[[round(0.4 * RATE), round(2.7 * RATE)]] = 0.9
    out = all_of(film(tmp_path / "a.mp4", sound), start_s)
    loud = np.flatnonzero(np.abs(out[:, 0]) > 0.4) / RATE + start_s
    assert loud[-1] == pytest.approx(2.7, abs=0.001)
    assert start_s > 0.4 or loud[0] == pytest.approx(0.4, abs=0.001)


def test_sound_that_begins_after_the_pictures_waits(tmp_path):
    click = np.zeros((RATE, 2), np.float32)
    click[RATE // 2] = 0.9
    path = film(tmp_path / "a.mp4", click, first_s=1.0)
    for start_s in (0.0, 0.7, 1.2):
        assert np.argmax(np.abs(all_of(path, start_s)[:, 0])) / RATE + start_s == pytest.approx(1.5, abs=0.001)


def test_measured_in_blocks_as_of_the_whole(tmp_path):
    path = written(tmp_path / "a.wav", song(120, 5))
    whole, rate = sound_of(path)
    assert heard(path) == pytest.approx((loudness(whole, rate), true_peak(whole)), abs=1e-3)


def test_mono_holds_no_more_than_one_channel(tmp_path):
    sound = song(120, 20)
    sound[:, 1] *= 0.5
    path = written(tmp_path / "a.wav", sound)
    tracemalloc.start()
    one, rate = mono(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rate == RATE
    assert one == pytest.approx(sound_of(path)[0].mean(axis=1), abs=1e-6)
    assert most < 1.5 * one.nbytes


def test_tags_and_tracks(tmp_path):
    path = written(tmp_path / "a.mp3", sine(440, -12, 1), TBPM="128")
    assert tags_of(path)["tbpm"] == "128"
    assert has_sound(path)
    with av.open(str(tmp_path / "mute.mp4"), "w") as out:
        video = out.add_stream("libx264", rate=10)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        out.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((96, 64), np.uint8), format="yuv420p")))
        out.mux(video.encode(None))
    assert not has_sound(tmp_path / "mute.mp4")
    (tmp_path / "text.wav").write_text("no sound")
    assert not has_sound(tmp_path / "text.wav")
    for name in ("mute.mp4", "text.wav", "absent.wav"):
        for reader in (all_of, sound_of, mono, heard, tags_of):
            with pytest.raises(BadInput, match="no sound"):
                reader(tmp_path / name)

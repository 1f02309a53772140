"""Narration, bed and footage meet at their times and levels; nothing of the narration is lost."""

import numpy as np
import pytest
from sounds import RATE, level_db, music, sine, speech, written

from infra.errors import BadInput
from infra.media.audio import write_flac
from infra.media.loudness import loudness
from infra.media.mix import BED_LU, VOICE_LUFS, Footage, Voice, mixed


@pytest.fixture
def voice(tmp_path):
    def make(samples, start_s, rate=RATE):
        path = tmp_path / f"voice{len(list(tmp_path.iterdir()))}.flac"
        write_flac(path, samples, rate)
        return Voice(path, start_s)

    return make


@pytest.fixture
def bed(tmp_path):
    def make(samples):
        write_flac(tmp_path / "bed.flac", samples, RATE)
        return tmp_path / "bed.flac"

    return make


def mix(voices, bed, seconds, footage=(), **kwargs):
    return np.concatenate(list(mixed(voices, bed, footage, seconds, **kwargs)))


@pytest.mark.parametrize("seconds", [3.0, 6.1234])
def test_length_is_exact_and_bytes_repeat(voice, bed, seconds):
    voices = [voice(speech(2), 0.4)]
    out = mix(voices, bed(music(4)), seconds)
    assert out.shape == (round(seconds * RATE), 2)
    assert np.array_equal(out, mix(voices, bed(music(4)), seconds))


def test_levels_of_voice_and_bed(voice, bed):
    alone = mix([voice(speech(6) * 0.05, 0.0)], None, 6)
    assert loudness(alone, RATE) == pytest.approx(VOICE_LUFS, abs=0.1)
    under = mix([voice(sine(3000, -20, 1)[:, 0], 10.0)], bed(music(12)), 12)
    assert loudness(under[: 8 * RATE], RATE) == pytest.approx(VOICE_LUFS + BED_LU, abs=0.3)
    only = mix([], bed(music(6)), 6)
    assert loudness(only, RATE) == pytest.approx(VOICE_LUFS, abs=0.1)


def test_bed_is_down_before_the_voice_and_comes_back(voice, bed):
    out = mix([voice(sine(3000, -20, 3)[:, 0], 4.0)], bed(music(12)), 12)

    def music_db(start_s, end_s):
        part = out[round(start_s * RATE) : round(end_s * RATE), 0]
        spectrum = np.fft.rfft(part)
        spectrum[np.fft.rfftfreq(len(part), 1 / RATE) > 1000] = 0
        return level_db(np.fft.irfft(spectrum))

    before, during, after = (music_db(*span) for span in ((2, 3), (5, 6), (9, 10)))
    assert during == pytest.approx(before - 11, abs=0.5)
    assert after == pytest.approx(before, abs=0.5)
    assert music_db(3.97, 4.07) == pytest.approx(during, abs=1.5)


def test_nothing_of_a_clip_is_lost(voice):
    clip = speech(2.0)
    clip[[2000, 50_000, -2000]] = 0.5
    for start_s, seconds in ((0.0, 5.0), (1.4, 5.0), (1.51, 3.51), (1.5, 3.49)):
        out = mix([voice(clip, start_s)], None, seconds)
        first = round(start_s * RATE)
        inside = slice(first + RATE // 200, min(len(out), first + len(clip)) - RATE // 70)
        gain = out[first + 50_000, 0] / 0.5
        assert out[inside, 0] / gain == pytest.approx(clip[inside.start - first : inside.stop - first], abs=1e-5)
        assert not out[:first].any()
        assert not out[first + len(clip) :].any()


def test_a_clip_that_would_be_cut_is_refused(voice):
    for clip, seconds in ((voice(speech(2), 1.1), 3.0), (voice(speech(2), -0.1), 3.0)):
        with pytest.raises(BadInput, match="does not fit"):
            mix([clip], None, seconds)


def test_joins_do_not_click(voice):
    tone = sine(200, -20, 1)[:, 0] + np.float32(0.2)
    out = mix([voice(tone, 0.5), voice(tone, 1.5), voice(tone, 2.6)], None, 4)
    steady = np.abs(np.diff(mix([voice(tone, 0.5)], None, 2)[RATE:][:8000], axis=0)).max()
    assert np.abs(np.diff(out, axis=0)).max() < 2 * steady


def test_clips_of_any_rate_and_length(voice):
    out = mix([voice(speech(0.1), 0.2), voice(speech(1)[::2].copy(), 1.0, 24_000)], None, 3)
    assert level_db(out[round(0.21 * RATE) : round(0.29 * RATE)]) > -40
    assert level_db(out[round(1.1 * RATE) : round(1.9 * RATE)]) > -40


def test_overloud_clips_are_brought_down(voice, tmp_path):
    import soundfile

    soundfile.write(tmp_path / "loud.wav", 4 * speech(2) / np.abs(speech(2)).max(), RATE, subtype="FLOAT")
    loud = mix([Voice(tmp_path / "loud.wav", 0.2)], None, 3)
    assert loud == pytest.approx(mix([voice(speech(2), 0.2)], None, 3), abs=1e-4)


def test_silent_narration_is_an_error(voice, bed):
    with pytest.raises(BadInput, match=r"at 1\.00 s is silent"):
        mix([voice(np.zeros(RATE, np.float32), 1)], bed(music(3)), 3)
    with pytest.raises(BadInput, match="silent"):
        mix([voice(np.zeros(0, np.float32), 1)], None, 3)


def test_a_silent_bed_stays_silent(bed):
    assert not mix([], bed(np.zeros((RATE, 2), np.float32)), 2).any()


def test_refuses_what_cannot_be(voice, bed, tmp_path):
    with pytest.raises(BadInput, match="cannot last"):
        mix([], None, 0)
    with pytest.raises(BadInput, match="2 channels"):
        mix([voice(music(1), 0)], None, 2)
    (tmp_path / "no.flac").write_bytes(b"no sound")
    with pytest.raises(BadInput):
        mix([], tmp_path / "no.flac", 2)


def test_a_longer_bed_is_faded_and_a_shorter_one_ends_softly(bed):
    long = mix([], bed(music(6)), 4)
    assert np.abs(long[-5:]).max() < 0.001
    assert level_db(long[-RATE // 2 :]) < level_db(long[RATE : 2 * RATE]) - 5
    short = mix([], bed(music(2)), 4)
    assert not short[2 * RATE + 10 :].any()
    assert np.abs(np.diff(short, axis=0)).max() < 0.02


def test_footage_is_heard_at_its_time_and_volume(tmp_path):
    found = written(tmp_path / "clip.wav", sine(500, -20, 6)[:, 0])
    out = mix([], None, 6, [Footage(found, 1.0, 2.0, 1.5, 0.5)])
    assert not out[: 2 * RATE].any()
    assert not out[round(3.5 * RATE) + 1 :].any()
    middle = out[round(2.5 * RATE) : 3 * RATE]
    assert level_db(middle) == pytest.approx(-20 - 3 - 6, abs=0.1)
    assert np.abs(np.diff(out, axis=0)).max() < 0.01
    assert middle == pytest.approx(0.5 * sine(500, -20, 6)[round(1.5 * RATE) : 2 * RATE], abs=1e-3)


def test_footage_makes_way_for_the_voice(tmp_path, voice):
    found = written(tmp_path / "clip.wav", sine(500, -20, 6))
    out = mix([voice(sine(3000, -20, 1.5)[:, 0], 2.0)], None, 6, [Footage(found, 0, 0, 6, 1)])
    part = np.fft.rfft(out[round(2.5 * RATE) : 3 * RATE, 0])
    part[np.fft.rfftfreq(RATE // 2, 1 / RATE) > 1000] = 0
    assert level_db(np.fft.irfft(part)) == pytest.approx(-23 - 11, abs=0.3)
    assert level_db(out[RATE : round(1.5 * RATE)]) == pytest.approx(-23, abs=0.1)


def test_footage_that_ends_early_leaves_silence(tmp_path):
    found = written(tmp_path / "clip.wav", sine(500, -20, 1))
    out = mix([], None, 4, [Footage(found, 0.5, 1, 3, 1)])
    assert out[round(1.2 * RATE)].any() or out[round(1.2 * RATE) + 7].any()
    assert not out[round(1.5 * RATE) + 10 :].any()

import logging
import math

import av
import numpy as np
import pytest

from infra.errors import BadInput
from infra.media.audio import Ducking, encode_aac, loudness, mix, read, resample, true_peak, write_flac
from infra.media.loudness import SILENCE_LUFS, Meter, k_weighting

RATE = 48000


def sine(hertz, level_db, seconds, *, rate=RATE, phase=0.0):
    t = np.arange(round(seconds * rate)) / rate
    tone = (10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * t + phase)).astype(np.float32)
    return np.repeat(tone[:, None], 2, axis=1)


def speech(seconds, seed=1):
    """Noise in the band and the rhythm of speech."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(round(seconds * RATE)))
    hertz = np.fft.rfftfreq(round(seconds * RATE), 1 / RATE)
    spectrum *= (hertz > 150) & (hertz < 3500)
    noise = np.fft.irfft(spectrum, round(seconds * RATE))
    syllables = np.abs(np.sin(2 * np.pi * 2.2 * np.arange(len(noise)) / RATE)) ** 2
    return (0.2 * noise * syllables).astype(np.float32)


def music(seconds):
    chord = sum(sine(f, -26, seconds) for f in (110, 220, 277, 330))
    return chord.astype(np.float32)


def decoded(path):
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        frames = list(container.decode(stream))
        return np.concatenate([f.to_ndarray() for f in frames], axis=1).T, frames[0].pts, container.duration / 1e6


def level_db(sound):
    return 10 * math.log10(float(np.mean(np.square(sound))) + 1e-12)


def test_k_weighting_is_that_of_the_standard():
    shelf, cut = k_weighting(48000)
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, 0.73248077421585], abs=1e-6
    )
    assert cut == pytest.approx([1, -2, 1, 1, -1.99004745483398, 0.99007225036621], abs=1e-6)


@pytest.mark.parametrize("rate", [44100, 48000])
@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        ([(-23, 20)], -23),
        ([(-33, 20)], -33),
        ([(-36, 10), (-23, 60), (-36, 10)], -23),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
    ],
)
def test_loudness_of_ebu_tech_3341(rate, steps, wanted):
    sound = np.concatenate([sine(1000, level, seconds, rate=rate) for level, seconds in steps])
    assert loudness(sound, rate) == pytest.approx(wanted, abs=0.1)


def test_loudness_of_mono_silence_and_pieces():
    tone = sine(997, -20, 3)
    assert loudness(tone[:, 0], RATE) == pytest.approx(loudness(tone, RATE) - 3.01, abs=0.02)
    assert loudness(np.zeros((RATE, 2), np.float32), RATE) == SILENCE_LUFS
    assert loudness(tone[: RATE // 5], RATE) == pytest.approx(-20, abs=0.5)
    meter = Meter(RATE)
    for start in range(0, len(tone), 7001):
        meter.feed(tone[start : start + 7001])
    assert meter.lufs() == pytest.approx(loudness(tone, RATE), abs=0.01)


@pytest.mark.parametrize(("hertz", "phase"), [(RATE / 4, math.pi / 4), (RATE / 6, math.pi / 3), (RATE / 8, 0.4)])
def test_true_peak_lies_between_samples(hertz, phase):
    tone = sine(hertz, -6, 1, phase=phase)
    tone *= np.sin(np.linspace(0, np.pi, len(tone), dtype=np.float32))[:, None]
    assert true_peak(tone, RATE) == pytest.approx(-6, abs=0.2)
    assert true_peak(np.zeros((10, 2), np.float32), RATE) == -math.inf


def test_flac_holds_what_was_written(tmp_path):
    tone = sine(440, -6, 0.5)
    for name in ("a.flac", "b.flac"):
        write_flac(tmp_path / name, tone, RATE)
    back, rate = read(tmp_path / "a.flac")
    assert rate == RATE
    assert np.abs(back - tone).max() < 2**-22
    assert (tmp_path / "a.flac").read_bytes() == (tmp_path / "b.flac").read_bytes()
    (tmp_path / "c.flac").write_bytes(b"no sound")
    with pytest.raises(BadInput):
        read(tmp_path / "c.flac")


def test_resample_keeps_time_and_level():
    tone = sine(440, -6, 1, rate=24000)[:, 0]
    up = resample(tone, 24000, RATE)
    assert len(up) == RATE
    assert level_db(up) == pytest.approx(level_db(tone), abs=0.05)
    assert resample(tone, RATE, RATE) is tone


@pytest.mark.parametrize("seconds", [10.0, 12.3456])
@pytest.mark.parametrize(
    ("voices", "bed"),
    [
        ([(speech(3), 0.4), (speech(2, 2) * 0.05, 5), (speech(3, 3), 7.0)], music(13)),
        ([(speech(3), 0.4), (speech(4, 3), 6.0)], None),
        ([], music(10)),
        ([(speech(9), 8)], music(4)),
    ],
)
def test_mix_meets_its_targets(voices, bed, seconds):
    out = mix(voices, bed, seconds)
    assert out.shape == (round(seconds * RATE), 2)
    assert loudness(out, RATE) == pytest.approx(-14, abs=0.1)
    assert true_peak(out, RATE) <= -1.45


def test_limiter_holds_the_ceiling_under_loud_peaks():
    clicks = speech(8)
    clicks[RATE::RATE] += 1
    out = mix([(clicks, 0)], music(8), 8, target_lufs=-12, ceiling_dbtp=-3)
    assert true_peak(out, RATE) <= -2.95
    assert loudness(out, RATE) == pytest.approx(-12, abs=0.2)


def test_bed_is_down_before_the_voice_and_comes_back():
    ducking = Ducking(depth_db=-11, attack_s=0.3, hold_s=0.2, release_s=0.7)
    voice = speech(3) * 0 + 1e-9 * speech(3)  # counts as silent: the bed must not move
    free = mix([(voice, 4.0)], music(12), 12)
    assert level_db(free[4 * RATE : 7 * RATE]) == pytest.approx(level_db(free[: 3 * RATE]), abs=0.1)
    spoken = sine(3000, -20, 3)[:, 0]
    out = mix([(spoken, 4.0)], music(12), 12, ducking=ducking)

    def music_db(start_s, end_s):
        part = out[round(start_s * RATE) : round(end_s * RATE), 0]
        spectrum = np.fft.rfft(part)
        spectrum[np.fft.rfftfreq(len(part), 1 / RATE) > 1000] = 0
        return level_db(np.fft.irfft(spectrum))

    before, during, after = (music_db(*span) for span in ((2, 3), (5, 6), (9, 10)))
    assert during == pytest.approx(before - 11, abs=0.5)
    assert after == pytest.approx(before, abs=0.5)
    assert music_db(3.97, 4.07) == pytest.approx(during, abs=1.5)


def test_joins_do_not_click():
    tone = sine(200, -20, 2)[:, 0] + np.float32(0.2)
    out = mix([(tone, 1.0), (tone, 3.0)], None, 5)
    assert np.abs(np.diff(out, axis=0)).max() < 0.05


def test_silence_is_said(caplog):
    with caplog.at_level(logging.WARNING):
        out = mix([(np.zeros(RATE, np.float32), 1)], np.zeros((RATE, 2), np.float32), 3)
    assert not out.any()
    assert out.shape == (3 * RATE, 2)
    assert "silent" in caplog.text


def test_refuses_bad_shapes():
    with pytest.raises(BadInput):
        mix([], None, 0)
    with pytest.raises(BadInput):
        mix([(music(1), 0)], None, 2)
    with pytest.raises(BadInput):
        mix([], speech(1), 2)
    with pytest.raises(BadInput):
        encode_aac(speech(1), RATE, None)


def test_aac_keeps_loudness_length_and_time(tmp_path):
    seconds, at = 12.3456, 5.0
    out = mix([(speech(3), 0.4), (speech(3, 3), 7.0)], music(13), seconds)
    encode_aac(out, RATE, tmp_path / "mix.m4a")
    back, first, duration = decoded(tmp_path / "mix.m4a")
    assert first == 0
    assert duration == pytest.approx(len(out) / RATE, abs=0.001)
    assert 0 <= len(back) - len(out) < 1024
    assert loudness(back, RATE) == pytest.approx(-14, abs=0.2)
    assert true_peak(back, RATE) <= -1

    click = np.zeros((round(seconds * RATE), 2), np.float32)
    click[round(at * RATE)] = 0.9
    encode_aac(click, RATE, tmp_path / "click.m4a")
    heard, _, _ = decoded(tmp_path / "click.m4a")
    assert np.argmax(np.abs(heard[:, 0])) / RATE == pytest.approx(at, abs=0.001)

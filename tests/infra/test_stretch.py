"""Speech at another pace: exact length, moments at their times, pitch as it was, no click."""

import numpy as np
import pytest
from sounds import level_db, speech

from infra.errors import BadInput
from infra.media.stretch import stretched

PACES = [0.92, 0.96, 1.03, 1.08]


def voiced(hertz, seconds, rate):
    """A buzz of falling partials that opens and closes, as a vowel does."""
    t = np.arange(round(seconds * rate)) / rate
    tone = sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 12))
    return (0.2 * tone * np.sin(np.pi * t / seconds) ** 0.5).astype(np.float32)


def pitch_hz(sound, rate):
    middle = sound[len(sound) // 4 : -len(sound) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 20))
    low, high = (round(hertz * (1 << 20) / rate) for hertz in (60, 400))
    return (low + np.argmax(spectrum[low:high])) * rate / (1 << 20)


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("rate", [24_000, 48_000])
@pytest.mark.parametrize("hertz", [98.0, 220.0])
def test_pitch_length_and_level_stay(pace, rate, hertz):
    before = voiced(hertz, 1.2, rate)
    after = stretched(before, rate, pace)
    assert len(after) == round(len(before) / pace)
    assert pitch_hz(after, rate) == pytest.approx(pitch_hz(before, rate), rel=0.005)
    assert level_db(after) == pytest.approx(level_db(before), abs=1)


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize("at_s", [0.05, 0.5, 1.0, 1.45])
def test_moments_land_at_their_scaled_time(pace, at_s):
    rate, click = 24_000, np.zeros(36_000, np.float32)
    click[round(at_s * rate)] = 0.9
    after = np.abs(stretched(click, rate, pace))
    assert np.argmax(after) / rate == pytest.approx(at_s / pace, abs=0.005)
    assert after.max() > 0.3


@pytest.mark.parametrize("pace", PACES)
def test_edges_do_not_click_and_lose_nothing(pace):
    rate = 24_000
    t = np.arange(rate) / rate
    tone = (0.5 * np.cos(2 * np.pi * 150 * t)).astype(np.float32)  # begins and ends at full level
    after = stretched(tone, rate, pace)
    assert abs(after[0]) < 1e-3
    assert abs(after[-1]) < 1e-3
    assert np.abs(np.diff(after)).max() < 3 * np.abs(np.diff(tone)).max()
    for part in (after[:2400], after[-2400:]):
        assert level_db(part) > level_db(tone) - 3


def test_short_clips_and_bytes():
    short = speech(0.1)
    assert len(stretched(short, 48_000, 1.05)) == round(len(short) / 1.05)
    assert np.array_equal(stretched(short, 48_000, 1.05), stretched(short, 48_000, 1.05))
    assert len(stretched(short[:3], 48_000, 0.92)) == 3


def test_refuses_other_paces_and_stereo():
    for sound, pace in ((speech(1), 1.2), (speech(1), 0.9), (speech(1)[:, None], 1.05)):
        with pytest.raises(BadInput):
            stretched(sound, 48_000, pace)

"""Loudness is that of the standard; peaks lie where a fourfold finer look finds them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import RATE, sine, speech

from infra.media.loudness import SILENCE_LUFS, Meter, Peak, k_weighting, loudness, true_peak


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
    assert true_peak(tone) == pytest.approx(-6, abs=0.2)
    assert true_peak(np.zeros((10, 2), np.float32)) == -math.inf


@given(st.lists(st.integers(0, 6000), min_size=1, max_size=8))
def test_peak_does_not_depend_on_the_pieces(sizes):
    sound = speech(0.5)
    peak, start = Peak(), 0
    for size in sizes:
        peak.feed(sound[start : start + size])
        start += size
    peak.feed(sound[start:])
    assert peak.dbtp() == pytest.approx(true_peak(sound), abs=1e-5)


def test_peak_at_the_very_end_is_seen():
    sound = np.zeros((1000, 2), np.float32)
    sound[-1, 1] = 0.5
    assert true_peak(sound) >= 20 * math.log10(0.5)

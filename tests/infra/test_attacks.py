"""The beginning of a sound is found under music, and not invented where there is none."""

import numpy as np
import pytest

from infra.media.attacks import attack

RATE = 48_000


def music(seconds=2.0):
    """Two soft chords, the second of which begins while the first sounds."""
    time = np.arange(round(seconds * RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * hertz * time) for hertz in (220, 277, 330, 440))
    return (0.01 * tones * (1 + 0.5 * (time > 0.9))).astype(np.float32)


def spoken(sound, at_s, hertz):
    """*sound* with a tone that rises within 5 ms."""
    time = np.arange(len(sound)) / RATE - at_s
    return sound + (0.3 * np.clip(time / 0.005, 0, 1) * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


@pytest.mark.parametrize("hertz", [180, 900, 3500])
@pytest.mark.parametrize("off_s", [0, 0.04, -0.1])
def test_a_voice_over_music(hertz, off_s):
    found = attack(spoken(music(), 1.0, hertz), RATE, 1.0 - off_s)
    assert found == pytest.approx(1.0, abs=0.004)


def test_music_alone_is_no_attack():
    assert attack(music(), RATE, 1.0) is None
    assert attack(np.zeros(RATE, np.float32), RATE, 0.5) is None


@pytest.mark.parametrize("at_s", [0.0, 1.95, 2.5])
def test_too_near_the_ends_nothing_is_found(at_s):
    assert attack(music(), RATE, at_s) is None
    assert attack(np.zeros(0, np.float32), RATE, at_s) is None

"""The beat of known music is found to the hair; noise, drones and silence have none."""

import numpy as np
import pytest
from sounds import RATE, song

from infra.engines import engine
from infra.media.onsets import onsets
from infra.media.tape import BLOCK
from infra.media.tempo import in_range, pulse, pulse_at


def heard(sound):
    return onsets(sound[start : start + BLOCK] for start in range(0, len(sound), BLOCK))


def off_s(found, bpm, first_s):
    """How far the found beats lie from the nearest true ones (of the faster of both)."""
    beat = min(60 / bpm, 60 / found.bpm)
    return (found.first_beat_s - first_s + beat / 2) % beat - beat / 2


@pytest.mark.parametrize("first_s", [0.0, 0.217])
@pytest.mark.parametrize("bpm", [60, 66.6, 75, 84, 90, 97.3, 104, 112.5, 120, 127.3, 139.9, 152, 163, 174, 187, 200])
def test_tempo_and_first_beat(bpm, first_s):
    found = pulse(heard(song(bpm, 24, first_s=first_s)))
    level = 1 if 90 <= bpm <= 140 else min((0.5, 1, 2), key=lambda factor: abs(found.bpm / bpm - factor))
    assert found.bpm / level == pytest.approx(bpm, rel=0.002)
    assert off_s(found, bpm, first_s) == pytest.approx(0, abs=0.015)
    assert found.confidence > 0.6
    if level == 1:
        bar = (found.first_beat_s + found.downbeat * 60 / found.bpm - first_s) * bpm / 240
        assert bar == pytest.approx(round(bar), abs=0.05)


@pytest.mark.parametrize(("mood", "bpm"), [("happy", 91.0), ("happy", 126.5), ("calm", 100.0), ("tense", 138.0)])
def test_tempo_of_composed_beds(mood, bpm):
    found = pulse(heard(engine("music", "composer").compose(mood, bpm=bpm, beats=48, seed=5)))
    assert found.bpm == pytest.approx(bpm, rel=0.002)
    assert off_s(found, bpm, 0) == pytest.approx(0, abs=0.015)
    assert (found.first_beat_s + found.downbeat * 60 / bpm) * bpm / 240 % 1 == pytest.approx(0, abs=0.05)
    assert found.confidence > 0.6


def test_a_known_tempo_is_kept():
    sound = heard(song(100, 20, first_s=0.1))
    assert pulse(sound, near_bpm=50).bpm == pytest.approx(50, rel=0.002)
    assert pulse_at(sound, 50).bpm == 50
    assert pulse_at(sound, 50).first_beat_s % 0.6 == pytest.approx(0.1, abs=0.015)


@pytest.mark.parametrize("seconds", [3, 12, 40])
def test_noise_and_drones_have_no_beat(seconds):
    t = np.arange(seconds * RATE) / RATE
    drone = 0.2 * np.sin(2 * np.pi * 110 * t) * (1 + 0.3 * np.sin(2 * np.pi * 0.13 * t))
    noise = 0.1 * np.random.default_rng(seconds).standard_normal(len(t))
    for sound in (drone, noise, np.zeros(len(t))):
        assert pulse(heard(np.repeat(sound[:, None], 2, axis=1).astype(np.float32))).confidence <= 0.5


@pytest.mark.models
def test_speech_has_no_beat():
    from infra.media.audio import resample

    text = "In spring the hive wakes. A bee finds its way by the sun, and tells the others where the flowers are."
    spoken = engine("speech", "kokoro").speak(text, language="en", voice="af_heart")
    sound = resample(spoken.samples, spoken.rate, RATE)
    assert pulse(heard(np.repeat(sound[:, None], 2, axis=1))).confidence <= 0.5


def test_blocks_do_not_matter():
    sound = song(100, 5)
    pieces = onsets(np.split(sound, [100, 5000, 5001, 100_000]))
    assert pieces.bands == pytest.approx(heard(sound).bands, rel=1e-3, abs=1e-3)
    assert pieces.seconds == 5


@pytest.mark.parametrize(("given", "wanted"), [(20, 40), (440, 220), (99, 99), (300, 150)])
def test_range(given, wanted):
    assert in_range(given) == wanted

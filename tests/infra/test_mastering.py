"""What is delivered: −14 LUFS and −1 dBTP as decoded, deterministic, in memory that does not grow."""

import logging
import subprocess
import sys

import numpy as np
import pytest
from sounds import music, speech

from infra.media import listen
from infra.media.loudness import loudness, true_peak
from infra.media.mastering import Mix, deliver, mastered
from infra.media.tape import BLOCK, RATE, Reel


@pytest.fixture
def mix(tmp_path):
    reels = []

    def make(sound):
        reels.append(Reel(tmp_path / "scratch").__enter__())
        return Mix(reels[-1], (sound[start : start + BLOCK] for start in range(0, len(sound), BLOCK)))

    yield make
    for reel in reels:
        reel.__exit__()


def stereo(mono):
    return np.repeat(mono[:, None], 2, axis=1)


def peaky(seconds):
    clicks = speech(seconds)
    clicks[RATE::RATE] += 1
    return stereo(clicks)


def hot(seconds, seed=3):
    return np.random.default_rng(seed).standard_normal((round(seconds * RATE), 2)).astype(np.float32)


@pytest.mark.parametrize(
    "sound",
    [stereo(speech(10)), music(10), stereo(speech(8)) + music(8) * 0.3, peaky(8), 3 * stereo(speech(5)), hot(6)],
    ids=["speech", "music", "both", "peaks", "overloud", "noise"],
)
def test_targets_are_met_as_decoded(mix, tmp_path, sound):
    sound = sound.astype(np.float32)
    heard = deliver(mix(sound), tmp_path / "a.m4a")
    back, rate = listen.sound_of(tmp_path / "a.m4a")
    assert loudness(back, rate) == pytest.approx(-14, abs=0.2)
    assert true_peak(back) <= -1
    assert heard == (pytest.approx(loudness(back, rate), abs=1e-3), pytest.approx(true_peak(back), abs=1e-3))
    assert 0 <= len(back) - len(sound) < 1024


def test_what_is_reckoned_is_what_comes(mix):
    sound = peaky(8)
    out = np.concatenate(list(mastered(mix(sound), target_lufs=-12, ceiling_dbtp=-3)))
    assert out.shape == sound.shape
    assert true_peak(out) <= -2.95
    assert loudness(out, RATE) == pytest.approx(-12, abs=0.1)


def test_limiter_works_at_the_edges_and_on_short_sounds(mix):
    for size in (1, 47, 48, 1000, BLOCK, BLOCK + 1):
        sound = hot(1.6)[:size]
        out = np.concatenate(list(mastered(mix(sound))))
        assert len(out) == size
        assert true_peak(out) <= -1.4


def test_the_same_mix_gives_the_same_bytes(mix, tmp_path):
    for name in ("a.m4a", "b.m4a"):
        deliver(mix(peaky(2)), tmp_path / name)
    assert (tmp_path / "a.m4a").read_bytes() == (tmp_path / "b.m4a").read_bytes()


def test_silence_is_said(mix, tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        heard = deliver(mix(np.zeros((RATE, 2), np.float32)), tmp_path / "a.m4a")
    assert heard.loudness_lufs == -70
    assert heard.true_peak_dbtp < -100
    assert "silent" in caplog.text


@pytest.mark.parametrize("level_db", [-60, -40])
@pytest.mark.parametrize("every", [2, 4, 16])
def test_what_peaks_keep_quiet_is_delivered_with_a_warning(mix, tmp_path, caplog, level_db, every):
    sound = hot(3) * np.float32(10 ** (level_db / 20))
    sound[RATE // (2 * every) :: RATE // every] += 0.9
    with caplog.at_level(logging.WARNING):
        heard = deliver(mix(sound), tmp_path / "a.m4a")
    assert heard.true_peak_dbtp <= -1
    assert -60 < heard.loudness_lufs < -14.15
    assert "could not be made louder" in caplog.text


GROWTH = r"""
import re, sys
from pathlib import Path
from infra.media import mix
from infra.media.mastering import Mix, deliver
from infra.media.tape import Reel
folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
with Reel(folder) as reel:
    voices = [mix.Voice(folder / "v.flac", k) for k in range(0, int(seconds) - 2, 4)]
    deliver(Mix(reel, mix.mixed(voices, folder / "b.flac", [], seconds)), folder / "a.m4a")
print(int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux says how much memory was ever held")
def test_memory_does_not_grow_with_length(tmp_path):
    import soundfile

    soundfile.write(tmp_path / "v.flac", speech(2), RATE)
    soundfile.write(tmp_path / "b.flac", np.tile(music(1), (240, 1)), RATE)
    short, long = (
        float(subprocess.run([sys.executable, "-c", GROWTH, tmp_path, s], check=True, capture_output=True).stdout)
        for s in ("20", "240")
    )
    assert long < 250
    assert long - short < 25  # the sound itself would take 92 MB


def test_nothing_is_left_in_the_scratch_folder(tmp_path):
    def broken():
        yield music(1)
        raise KeyError

    with pytest.raises(KeyError), Reel(tmp_path / "scratch") as reel:
        Mix(reel, broken())
    assert not list((tmp_path / "scratch").iterdir())

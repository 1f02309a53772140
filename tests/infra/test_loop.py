"""A song is brought to any length: beats stay on their grid, seams are not heard, the end is quiet."""

import numpy as np
import pytest
from sounds import RATE, level_db, song

from infra.engines import engine
from infra.media.loop import EASE, Grid, best_loop, looped
from infra.media.onsets import onsets
from infra.media.tape import Reel
from infra.media.tempo import pulse


def bed(tmp_path, sound, grid, beats):
    with Reel(tmp_path) as reel:
        reel.append(sound)
        return np.concatenate(list(looped(reel, grid, round(beats * grid.beat))))


def grid_of(bpm, first_s=0.0):
    return Grid(first_s * RATE, 240 / bpm * RATE)


@pytest.mark.parametrize(("bpm", "beats", "seconds"), [(120, 24, 20), (97.3, 60, 14), (133.7, 100, 9), (60, 7, 3)])
def test_length_is_exact_and_beats_stay_on_the_grid(tmp_path, bpm, beats, seconds):
    beat = 60 / bpm * RATE
    sound = np.zeros((round(seconds * RATE), 2), np.float32)
    clicks = np.round(np.arange(0.31 * RATE, len(sound), beat)).astype(int)
    sound[clicks] = np.where(np.arange(len(clicks)) % 4, 0.5, 1.0)[:, None]
    out = bed(tmp_path, sound, grid_of(bpm, 0.31), beats)
    assert len(out) == round(beats * 60 / bpm * RATE)
    assert not out[-1].any()
    found = np.flatnonzero(out[:, 0] > 0.01)  # the first is within the opening ease
    wanted = np.round(np.arange(beats) * beat)
    assert np.abs(found[:, None] - wanted).min(axis=1).max() <= 1
    assert len(found) >= (beats - 6 if seconds > 8 else 3)
    accents = np.flatnonzero(out[: len(out) // 2, 0] > 0.9)
    assert np.abs(accents / beat / 4 - np.round(accents / beat / 4)).max(initial=0) < 0.001


def test_a_loop_is_heard_as_one_piece(tmp_path):
    sound = engine("music", "composer").compose("happy", bpm=112, beats=40, seed=3)[: round(35 * 60 / 112 * RATE)]
    out = bed(tmp_path, sound, grid_of(112), 100)
    found = pulse(onsets([out]))
    assert found.bpm == pytest.approx(112, rel=0.001)
    assert found.first_beat_s == pytest.approx(0, abs=0.015)
    assert found.confidence == 1
    assert np.abs(np.diff(out, axis=0)).max() < 1.2 * np.abs(np.diff(sound, axis=0)).max()
    levels = [level_db(out[k : k + RATE]) for k in range(RATE, len(out) - 6 * RATE, RATE)]
    assert max(levels) - min(levels) < 9


def test_loops_are_whole_phrases(tmp_path):
    with Reel(tmp_path) as reel:
        reel.append(song(120, 25))
        loop = best_loop(reel, grid_of(120))
    assert (loop.end - loop.start) % 4 == 0
    assert loop.end <= 12


def test_no_loop_goes_through_an_ending(tmp_path):
    sound = song(120, 20)
    sound[12 * RATE :] *= 0.001
    with Reel(tmp_path) as reel:
        reel.append(sound)
        assert best_loop(reel, grid_of(120)).end <= 6
    out = bed(tmp_path, sound, grid_of(120), 80)
    assert min(level_db(out[k : k + RATE]) for k in range(0, 34 * RATE, RATE)) > level_db(sound[: 10 * RATE]) - 6


def test_silence_before_the_song_is_skipped(tmp_path):
    sound = np.concatenate([np.zeros((5 * RATE, 2), np.float32), song(120, 10)])
    out = bed(tmp_path, sound, grid_of(120, 1.0), 16)
    assert level_db(out[: RATE // 2]) > -30


def test_less_than_a_bar_begins_anew_on_every_bar(tmp_path):
    sound = song(60, 2.5)
    out = bed(tmp_path, sound, grid_of(60), 12)
    assert out[4 * RATE + EASE : 5 * RATE] == pytest.approx(out[EASE:RATE], abs=1e-6)
    assert not out[3 * RATE : 3 * RATE + 100].any()


def test_begins_and_ends_softly_within_a_sound(tmp_path):
    t = np.arange(20 * RATE) / RATE
    drone = np.repeat(0.3 * np.cos(2 * np.pi * 110 * t)[:, None], 2, axis=1).astype(np.float32)
    for beats in (20, 80):
        out = bed(tmp_path, drone, grid_of(100, 0.123), beats)
        assert np.abs(np.diff(out, axis=0)).max() < 0.015
        assert np.abs(out[[0, -1]]).max() < 1e-3
        assert level_db(out[-RATE // 2 :]) < level_db(out[2 * RATE : 3 * RATE]) - 12

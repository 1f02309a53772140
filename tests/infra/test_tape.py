"""Blocks in, the same sound out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sounds import RATE, music, speech

from infra.errors import StoreFull
from infra.media.audio import resample
from infra.media.tape import Player, Reel, eased, gathered, resampled

SOUND = np.random.default_rng(1).standard_normal((5000, 2)).astype(np.float32)
CUTS = st.lists(st.integers(0, 5000), max_size=9)


def pieces(cuts, sound=SOUND):
    return np.split(sound, sorted(cuts))


@given(CUTS, st.integers(1, 3000))
def test_gathered_and_taken_sound_is_the_same(cuts, size):
    assert np.array_equal(np.concatenate(list(gathered(pieces(cuts), size))), SOUND)
    player = Player(pieces(cuts))
    parts = []
    while len(part := player.take(size)):
        parts.append(part)
    assert np.array_equal(np.concatenate(parts), SOUND)
    assert len(player.take(5)) == 0


@given(CUTS, st.integers(0, 6000), st.integers(0, 900), st.integers(0, 900))
def test_eased_sound_keeps_its_middle_and_does_not_depend_on_the_pieces(cuts, size, rise, fall):
    out = np.concatenate(list(eased(pieces(cuts), size, rise, fall)))
    assert len(out) == min(size, 5000)
    assert out == pytest.approx(np.concatenate(list(eased([SOUND], size, rise, fall))), abs=1e-6)
    middle = slice(rise, max(rise, len(out) - fall))
    assert np.array_equal(out[middle], SOUND[: len(out)][middle])
    if min(fall, len(out)) > 1:
        assert not out[-1].any()


@pytest.mark.parametrize("rate", [22_050, 44_100, 96_000])
def test_resampling_in_blocks_is_that_of_the_whole(rate):
    sound = speech(1)[: rate // 2, None]
    out = np.concatenate(list(resampled(np.split(sound, [700, 701, 9000]), rate, RATE)))
    assert np.array_equal(out[:, 0], resample(sound[:, 0], rate, RATE))
    assert list(resampled([], rate, RATE)) == []


def test_a_reel_holds_what_was_put_on_it(tmp_path):
    with Reel(tmp_path / "new") as reel:
        for part in pieces([0, 100, 4000]):
            reel.append(part)
        assert len(reel) == 5000
        assert np.array_equal(np.concatenate(list(reel.blocks(999))), SOUND)
        assert np.array_equal(reel.read(-3, 2), np.concatenate([np.zeros((3, 2)), SOUND[:2]]))
        assert np.array_equal(reel.read(4999, 5002), np.concatenate([SOUND[4999:], np.zeros((2, 2))]))
        assert not reel.read(6000, 6010).any()


def test_a_full_disk_is_named(tmp_path):
    with Reel(tmp_path) as reel:
        reel._file.close()
        reel._file = open("/dev/full", "w+b", buffering=0)  # noqa: SIM115, PTH123
        with pytest.raises(StoreFull):
            reel.append(music(1))
    (tmp_path / "file").write_text("")
    with pytest.raises((StoreFull, NotADirectoryError)), Reel(tmp_path / "file" / "folder"):
        pass

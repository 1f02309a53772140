"""Transitions go from all of the old to all of the new, evenly, each in its own way."""

import numpy as np
import pytest

from infra.errors import UnknownName
from infra.media.planes import blank
from infra.media.transitions import SOFT, draw, mix

OLD, NEW, WIDTH = 60, 200, 200


def filler(value):
    def fill(frame):
        for plane, grey in zip(frame, (value, 128, 128), strict=True):
            plane[:] = grey

    return fill


def shown(name, share):
    frame, spare = blank(WIDTH, 40), blank(WIDTH, 40)
    draw(name, share, filler(OLD), filler(NEW), frame, spare)
    assert all((plane == 128).all() for plane in frame[1:])
    return frame[0].astype(int)


def test_a_crossfade_is_halfway_at_half():
    black, white = blank(64, 32), blank(64, 32)
    filler(20)(black)
    filler(220)(white)
    mix(black, white, 0.5)
    assert (black[0] == 120).all()


@pytest.mark.parametrize("share", [0.1, 0.25, 0.6, 0.9])
def test_a_crossfade_mixes_by_its_share(share):
    assert np.abs(shown("crossfade", share) - (OLD + (NEW - OLD) * share)).max() <= 1


def test_a_dip_darkens_the_old_and_brightens_the_new():
    levels = [shown("dip", share).mean() for share in (0.1, 0.3, 0.5, 0.7, 0.9)]
    assert levels[0] > levels[1] > levels[2] < levels[3] < levels[4]
    assert levels[2] == pytest.approx(16, abs=1)
    assert levels[0] == pytest.approx(16 + (OLD - 16) * 0.8, abs=1)
    assert levels[4] == pytest.approx(16 + (NEW - 16) * 0.8, abs=1)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_wipe_moves_a_soft_edge_from_left_to_right(share):
    line = shown("wipe", share)[0]
    assert line[0] == NEW
    assert line[-1] == OLD
    assert (np.diff(line) <= 0).all()
    soft = np.flatnonzero((line != NEW) & (line != OLD))
    assert 0.5 * SOFT * WIDTH < len(soft) <= SOFT * WIDTH + 1
    assert np.abs(line - (NEW + OLD) / 2).argmin() == pytest.approx(share * WIDTH, abs=SOFT * WIDTH / 2 + 1)


def test_a_wipe_begins_and_ends_whole():
    assert (shown("wipe", 0.0) == OLD).all()
    assert (shown("wipe", 1.0) == NEW).all()


def test_an_unknown_transition_names_the_known_ones():
    with pytest.raises(UnknownName, match="wipe"):
        shown("whipe", 0.5)

"""The bed is fully down while anyone speaks, moves evenly, and comes back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.media.ducking import Curve, Ducking

RATE = 200
SPANS = st.lists(
    st.tuples(st.floats(0, 30), st.floats(0.01, 8)).map(lambda span: (span[0], span[0] + span[1])), max_size=8
)
DUCKINGS = st.builds(
    Ducking,
    depth_db=st.floats(-40, -1),
    attack_s=st.floats(0.05, 1),
    hold_s=st.floats(0, 1),
    release_s=st.floats(0.05, 2),
)


def curve_db(spans, ducking, seconds=45, piece=977):
    curve, size = Curve(spans, ducking, RATE), seconds * RATE
    parts = [
        np.broadcast_to(curve.gain(a, min(size, a + piece)), (min(size, a + piece) - a, 1))
        for a in range(0, size, piece)
    ]
    return 20 * np.log10(np.concatenate(parts)[:, 0].astype(np.float64))


@given(SPANS, DUCKINGS)
def test_bed_is_down_while_anyone_speaks_and_never_below(spans, ducking):
    gain = curve_db(spans, ducking)
    times = np.arange(len(gain)) / RATE
    for begin, end in spans:
        assert gain[(times >= begin) & (times <= end)] == pytest.approx(ducking.depth_db, abs=0.01)
    assert gain.min(initial=0) >= ducking.depth_db - 0.01
    assert gain.max(initial=0) <= 0.001


@given(SPANS, DUCKINGS)
def test_ramps_are_monotone_and_no_steeper_than_they_may_be(spans, ducking):
    gain = curve_db(spans, ducking)
    steps = np.diff(gain)
    assert (
        np.abs(steps).max(initial=0)
        <= 1.55 * -ducking.depth_db / min(ducking.attack_s, ducking.release_s) / RATE + 0.01
    )
    moving = steps[np.abs(steps) > 1e-4]
    turns = np.flatnonzero(np.diff(np.sign(moving)))
    assert len(turns) <= 2 * len(spans)  # down once and up once for each, never to and fro
    places = np.flatnonzero(np.abs(steps) > 1e-4)
    for turn in turns:
        assert max(gain[places[turn] + 1], gain[places[turn + 1]]) >= -0.02 or max(
            gain[places[turn] + 1], gain[places[turn + 1]]
        ) == pytest.approx(ducking.depth_db, abs=0.02)


def test_blocks_do_not_show():
    spans, ducking = [(3.0, 5.0), (9.0, 11.0)], Ducking()
    whole = curve_db(spans, ducking, 20, 20 * RATE)
    assert curve_db(spans, ducking, 20, 7) == pytest.approx(whole, abs=1e-4)
    assert whole[round(2.5 * RATE)] == whole[round(6.1 * RATE)] == 0

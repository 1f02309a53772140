"""The solver against every plan there is, and against what it promises."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import BadInput
from tasks.beats import FASTEST, SLOWEST, SPARE_BEATS, TOLERANCE, Need, solve, tempi

needs = st.builds(Need, narration_ms=st.integers(200, 9000), silence_ms=st.integers(300, 2000))
rates = st.sampled_from([24, 25, 30, 60])
bpms = st.floats(40, 220).map(lambda bpm: round(bpm, 2))
two_bpms = st.lists(bpms, min_size=1, max_size=2)


def room(need: Need, beats: int, bpm: float, fps: int) -> float:
    whole = abs(60 * fps / bpm - round(60 * fps / bpm)) < 1e-9
    return beats * 60_000 / bpm - (0 if whole else 1000 / fps) - need.silence_ms


def change_ms(need: Need, beats: int, bpm: float, fps: int) -> float | None:
    """By how much the narration must change in so many beats; None where they cannot hold it or are too many."""
    there, spare = room(need, beats, bpm, fps), SPARE_BEATS * 60_000 / bpm
    if need.narration_ms / FASTEST > there + 1e-6:
        return None
    if need.narration_ms > there:
        return need.narration_ms - there
    if there - spare > need.narration_ms / SLOWEST + 1e-6:
        return None
    return max(0.0, there - spare - need.narration_ms)


def every_plan(shots, wanted_ms, allowed, fps):
    """(miss beyond the tolerance, change, miss, rank) of every possible plan."""
    for rank, bpm in enumerate(allowed):
        choices = []
        for need in shots:
            costs = [(n, change_ms(need, n, bpm, fps)) for n in range(1, 60)]
            choices.append([(n, cost) for n, cost in costs if cost is not None])
        for picks in product(*choices):
            miss = abs(sum(n for n, _ in picks) * 60_000 / bpm - wanted_ms)
            yield max(0.0, miss - TOLERANCE * wanted_ms), sum(cost for _, cost in picks), miss, rank


@settings(max_examples=60, deadline=None)
@given(st.lists(needs, min_size=1, max_size=3), st.integers(1000, 30_000), two_bpms, rates)
def test_no_other_plan_is_better(shots, wanted_ms, allowed, fps):
    plan = solve(shots, wanted_ms, allowed, fps)
    beyond, change, miss, _ = min(
        (round(a, 3), round(b, 3), round(c, 3), d) for a, b, c, d in every_plan(shots, wanted_ms, allowed, fps)
    )
    assert max(0.0, abs(plan.miss_ms) - TOLERANCE * wanted_ms) == pytest.approx(beyond, abs=0.01)
    assert plan.stretch_ms == pytest.approx(change, abs=0.01)
    assert abs(plan.miss_ms) == pytest.approx(miss, abs=0.01)


@given(st.lists(needs, min_size=1, max_size=40), st.integers(1000, 600_000), bpms, rates)
def test_every_narration_fits_into_its_beats(shots, wanted_ms, bpm, fps):
    plan = solve(shots, wanted_ms, (bpm,), fps)
    for need, beats, pace in zip(shots, plan.beats, plan.paces, strict=True):
        assert SLOWEST <= pace <= FASTEST
        assert need.narration_ms / pace <= room(need, beats, bpm, fps) + 0.01


@given(bpms, rates)
def test_free_tempi_have_beats_of_whole_frames_near_the_one_wanted(bpm, fps):
    found = tempi(bpm, fps, free=True)
    assert all(60 * fps / tempo == pytest.approx(round(60 * fps / tempo)) for tempo in found)
    assert abs(found[0] - bpm) == min(abs(tempo - bpm) for tempo in found)
    assert all(40 <= tempo <= 220 for tempo in found)


def test_a_tempo_that_was_asked_for_is_kept():
    assert tempi(97.3, 30, free=False) == (97.3,)


def test_nothing_is_stretched_where_beats_can_be_given():
    plan = solve([Need(2000, 650), Need(2500, 650), Need(2200, 1700)], 12_000, (90,), 30)
    assert plan.paces == (1.0, 1.0, 1.0)
    assert abs(plan.miss_ms) <= 60_000 / 90 / 2


def test_narration_that_is_a_little_too_long_is_hurried_and_no_more_than_needed():
    shots = [Need(6150, 650)] * 5
    plan = solve(shots, 33_000, (90,), 30)
    assert 1.0 < max(plan.paces) <= FASTEST
    assert abs(plan.miss_ms) <= TOLERANCE * 33_000


def test_a_silent_shot_is_filled_by_slower_speech_only_past_its_spare_beats():
    [slow] = solve([Need(3200, 650)], 60_000, (60,), 30).paces
    assert SLOWEST <= slow < 1
    assert solve([Need(3200, 650)], 60_000, (60,), 30).miss_ms < 0


def test_an_edited_shot_leaves_the_others_where_they_are():
    shots = [Need(2000, 650), Need(2500, 650), Need(2200, 1700)]
    plan = solve(shots, 12_000, (90,), 30)
    again = [Need(n.narration_ms, n.silence_ms, kept=b) for n, b in zip(shots, plan.beats, strict=True)]
    again[1] = Need(4900, 650, kept=plan.beats[1])
    changed = solve(again, 12_000, (90,), 30)
    assert (changed.beats[0], changed.beats[2]) == (plan.beats[0], plan.beats[2])
    assert changed.beats[1] > plan.beats[1]


def test_an_edited_caption_that_still_fits_moves_nothing():
    shots = [Need(2000, 650, kept=5), Need(2300, 1700, kept=8)]
    assert solve(shots, 30_000, (90,), 30).beats == (5, 8)


def test_beats_that_were_asked_for_are_given_without_slowing_the_voice():
    plan = solve([Need(2000, 650, asked=30), Need(2200, 1700)], 12_000, (90,), 30)
    assert plan.beats[0] == 30
    assert plan.paces[0] == 1.0


def test_too_few_beats_are_refused_with_the_number_needed():
    with pytest.raises(BadInput, match=r"cannot last 2 beats at 90 bpm.* needs \d"):
        solve([Need(5000, 650, asked=2)], 12_000, (90,), 30)


def test_ten_thousand_shots_are_planned():
    plan = solve([Need(2000 + i % 700, 650) for i in range(10_000)], 40_000_000, (90, 100), 30)
    assert len(plan.beats) == 10_000
    assert abs(plan.miss_ms) <= 60_000 / 90

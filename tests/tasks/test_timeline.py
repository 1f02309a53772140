import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.schema import Anchor, Asset, Brief, Clip, Frame, Segment, Word
from tasks.timeline import (
    BREATH_MS,
    CLOSING_MS,
    beats_for,
    canvas,
    lay_timeline,
    lead_ms,
    needed_ms,
    pace_for,
)

ASSET = Asset(sha256="0" * 64, media_type="image/jpeg", size_bytes=1)
FRAME = Frame(asset=ASSET, width=2304, height=1296)
ANCHOR = Anchor(
    topic="bees",
    style="warm",
    language="en",
    look="documentary",
    palette=("#ffffff",) * 5,
    light="day",
    tone="calm",
    voice="af_heart",
    mood="calm",
    bpm=84,
    seed=1,
)

tempi = st.floats(40, 220, allow_nan=False)
rates = st.sampled_from([24, 25, 30, 60])
lengths = st.lists(st.integers(200, 20_000), min_size=1, max_size=40)


def clip(duration_ms: int) -> Clip:
    words = (Word(text="bee", start_ms=0, end_ms=duration_ms),)
    return Clip(asset=ASSET, duration_ms=duration_ms, voice="af_heart", pace=1, words=words)


def timeline(durations, bpm, fps, seconds=30.0):
    segments = [Segment(id=f"s{i + 1}", caption="A bee.", visual="a bee", mood="calm") for i in range(len(durations))]
    brief = Brief(topic="bees", seconds=seconds, fps=fps)
    anchor = ANCHOR.model_copy(update={"bpm": bpm})
    return lay_timeline(segments, [FRAME] * len(durations), [clip(d) for d in durations], (1920, 1080), anchor, brief)


@given(lengths, tempi, rates, st.floats(5, 600))
def test_narration_is_never_cut_and_a_breath_follows(durations, bpm, fps, seconds):
    line = timeline(durations, bpm, fps, seconds)
    for i, shot in enumerate(line.shots):
        shown_ms = (line.cut(i + 1) - line.cut(i)) * 1000 / fps
        tail = CLOSING_MS if i == len(durations) - 1 else BREATH_MS
        assert lead_ms(i) + shot.clip.duration_ms + tail <= shown_ms


@given(lengths, tempi, rates)
def test_every_cut_lies_within_half_a_frame_of_its_beat(durations, bpm, fps):
    line = timeline(durations, bpm, fps)
    beat = 0
    for i, shot in enumerate(line.shots):
        beat += shot.beats
        assert abs(line.cut(i + 1) / fps - beat * 60 / bpm) <= 0.5 / fps + 1e-9
    assert line.frames == line.frame_of_beat(line.beats)


@given(lengths, tempi, rates)
def test_shots_follow_each_other_without_gap(durations, bpm, fps):
    line = timeline(durations, bpm, fps)
    cuts = [line.cut(i) for i in range(len(line.shots) + 1)]
    assert cuts[0] == 0
    assert cuts == sorted(set(cuts))
    assert all(shot.transition_frames < b - a for shot, a, b in zip(line.shots, cuts, cuts[1:], strict=False))


@given(lengths, tempi, rates, st.floats(5, 600))
def test_spare_beats_bring_the_film_to_its_length_when_they_can(durations, bpm, fps, seconds):
    least = sum(beats_for(durations, bpm, fps, 0))
    most = least + 3 * len(durations)
    wanted = round(seconds * bpm / 60)
    assert sum(beats_for(durations, bpm, fps, seconds)) == min(max(wanted, least), most)


def test_pace_stays_at_one_when_the_film_fits():
    assert pace_for([5000] * 5, 90, 30, 30) == 1.0


def test_pace_rises_when_the_narration_is_too_long_and_falls_when_too_short():
    assert 1.0 < pace_for([6150] * 5, 90, 30, 30) <= 1.08
    assert 0.92 <= pace_for([2300] * 5, 120, 30, 30) < 1.0


@given(lengths, tempi, rates, st.floats(5, 600))
def test_pace_is_within_eight_percent(durations, bpm, fps, seconds):
    assert 0.92 <= pace_for(durations, bpm, fps, seconds) <= 1.08


@pytest.mark.parametrize(
    ("aspect", "height", "size"),
    [("16:9", 1080, (1920, 1080)), ("9:16", 1080, (1080, 1920)), ("1:1", 720, (720, 720)), ("16:9", 480, (854, 480))],
)
def test_canvas_is_even_and_right(aspect, height, size):
    assert canvas(aspect, height) == size


def test_the_film_opens_and_closes_with_room():
    assert needed_ms([1000, 1000]) == [600 + 1000 + 350, 300 + 1000 + 1400]

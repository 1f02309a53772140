import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.schema import Anchor, Asset, Brief, Clip, Edits, Frame, Media, Segment, Timing, Word
from tasks.timeline import BREATH_MS, CLOSING_MS, canvas, lay_timeline, lead_ms, motion_of, plan_beats

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
DURATIONS = [2600, 3100, 2200]


def clip(duration_ms: int) -> Clip:
    words = (Word(text="bee", start_ms=0, end_ms=duration_ms),)
    return Clip(asset=ASSET, duration_ms=duration_ms, voice="af_heart", pace=1, words=words)


def segments(count):
    return [Segment(id=f"s{i + 1}", caption="A bee.", visual="a bee", mood="calm") for i in range(count)]


def timeline(durations, bpm=None, fps=30, seconds=30.0, edits=None, **asked):
    brief = Brief(topic="bees", seconds=seconds, fps=fps, bpm=bpm, **asked)
    anchor = ANCHOR.model_copy(update={"bpm": bpm or ANCHOR.bpm})
    edits = edits or Edits()
    parts, clips = segments(len(durations)), [clip(d) for d in durations]
    plan = plan_beats(parts, clips, anchor, brief, edits)
    paced = [clip(int(d / pace)) for d, pace in zip(durations, plan.paces, strict=True)]
    return lay_timeline(parts, [FRAME] * len(parts), paced, plan, (1920, 1080), anchor, brief, edits)


@given(lengths, tempi, rates, st.floats(5, 600))
def test_narration_is_never_cut_and_a_breath_follows(durations, bpm, fps, seconds):
    line = timeline(durations, bpm, fps, seconds)
    for i, shot in enumerate(line.shots):
        shown_ms = (line.cut(i + 1) - line.cut(i)) * 1000 / fps
        tail = CLOSING_MS if i == len(durations) - 1 else BREATH_MS
        assert lead_ms(i) + shot.clip.duration_ms + tail <= shown_ms + 1e-6


@given(lengths, tempi, rates)
def test_every_cut_lies_within_half_a_frame_of_its_beat(durations, bpm, fps):
    line = timeline(durations, bpm, fps)
    assert all(abs(line.residual_ms(i)) <= 500 / fps + 1e-6 for i in range(len(line.shots) + 1))


@given(lengths, rates)
def test_where_no_tempo_was_asked_for_every_cut_lies_on_its_beat(durations, fps):
    line = timeline(durations, fps=fps)
    assert all(abs(line.residual_ms(i)) < 1e-6 for i in range(len(line.shots) + 1))


@given(lengths, tempi, rates)
def test_frames_have_no_gap_and_transitions_fit(durations, bpm, fps):
    line = timeline(durations, bpm, fps)
    cuts = [line.cut(i) for i in range(len(line.shots) + 1)]
    assert cuts[0] == 0
    assert cuts == sorted(set(cuts))
    assert all(s.transition_frames < b - a for s, a, b in zip(line.shots, cuts, cuts[1:], strict=False))
    assert line.shots[0].transition == "cut"


def test_an_edited_film_keeps_its_tempo_and_the_places_of_its_shots():
    line = timeline(DURATIONS)
    timing = Timing(bpm=line.bpm, beats={shot.segment: shot.beats for shot in line.shots})
    longer = timeline([2600, 6000, 2200], edits=Edits(timing=timing))
    assert longer.bpm == line.bpm
    assert longer.shots[0].beats == line.shots[0].beats
    assert longer.shots[1].beats > line.shots[1].beats
    assert longer.shots[2].beats == line.shots[2].beats
    assert timeline([2600, 3000, 2200], edits=Edits(timing=timing)).starts == line.starts


def test_another_tempo_lets_go_of_the_old_places():
    timing = Timing(bpm=90, beats={"s1": 5, "s2": 6, "s3": 7})
    assert timeline(DURATIONS, edits=Edits(timing=timing, bpm=132), bpm=132).bpm == 132


def test_what_an_edit_says_of_a_shot_goes_before_the_brief():
    edits = Edits(motions={"s2": "hold"}, transitions={"s3": "wipe"}, beats={"s1": 12}, caption_style="bold")
    line = timeline(DURATIONS, edits=edits, transition="dip")
    assert [shot.transition for shot in line.shots] == ["cut", "dip", "wipe"]
    assert line.shots[1].motion == "hold"
    assert line.shots[0].beats == 12
    assert line.caption_style == "bold"


def test_a_cut_takes_no_frames():
    line = timeline(DURATIONS, transition="cut")
    assert {(shot.transition, shot.transition_frames) for shot in line.shots} == {("cut", 0)}


def test_a_move_stays_with_its_segment_and_a_clip_moves_by_itself():
    first, second = segments(2)
    assert motion_of(first, FRAME, 3) == motion_of(first, FRAME, 3) != motion_of(second, FRAME, 3)
    assert motion_of(first, FRAME.model_copy(update={"footage": Media(asset=ASSET)}), 3) == "hold"


@pytest.mark.parametrize("aspect", ["16:9", "9:16", "1:1"])
@pytest.mark.parametrize("height", [480, 540, 720, 1080])
def test_canvases_have_even_sides_of_the_right_shape(aspect, height):
    width, high = canvas(aspect, height)
    wide, tall = map(int, aspect.split(":"))
    assert width % 2 == high % 2 == 0
    assert min(width, high) == height
    assert width / high == pytest.approx(wide / tall, rel=0.005)

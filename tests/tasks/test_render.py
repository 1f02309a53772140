"""A shot's spec says all that is shown and nothing else: what does not show does not change its key."""

import pytest

from tasks.render import spec_of
from tasks.schema import Asset, Clip, Frame, Media, Plane, Shot, Timeline, Word


def asset(digit, media_type="image/jpeg"):
    return Asset(sha256=str(digit) * 64, media_type=media_type, size_bytes=1)


LAYERS = tuple(Plane(asset=asset(digit, "image/png"), depth=depth) for digit, depth in ((7, 0.0), (8, 1.0)))
FRAME = Frame(asset=asset(1), width=2304, height=1296, layers=LAYERS, focus=(0.2, 0.3))


def shot(name, **changes):
    words = (Word(text="bee", start_ms=0, end_ms=900),)
    clip = Clip(asset=asset(9), duration_ms=1000, voice="v", pace=1, words=words)
    given = {
        "segment": name,
        "beats": 4,
        "motion": "push",
        "transition": "cut",
        "transition_frames": 0,
        "lead_ms": 300,
        "caption": "A bee.",
        "frame": FRAME,
        "clip": clip,
    }
    return Shot(**(given | changes))


def timeline(*shots, **changes):
    given = {"width": 1920, "height": 1080, "fps": 30, "bpm": 90, "language": "en", "shots": shots}
    return Timeline(**(given | changes))


def spec(index=0, /, *shots, **changes):
    return spec_of(timeline(*(shots or (shot("s1"),)), **changes), index)


@pytest.mark.parametrize(
    ("motion", "plain"), [("parallax_left", "pan_left"), ("parallax_right", "pan_right"), ("parallax_push", "push")]
)
def test_a_parallax_without_layers_is_the_plain_move(motion, plain):
    bare = FRAME.model_copy(update={"layers": ()})
    assert spec(0, shot("s1", motion=motion, frame=bare)).still.motion == plain
    assert spec(0, shot("s1", motion=motion, frame=bare)).key == spec(0, shot("s1", motion=plain, frame=bare)).key
    deep = spec(0, shot("s1", motion=motion)).still
    assert deep.motion == motion
    assert deep.layers == (("7" * 64, 0.0), ("8" * 64, 1.0))


def test_layers_are_in_the_key_only_where_they_move():
    other = FRAME.model_copy(update={"layers": LAYERS[:1]})
    assert spec(0, shot("s1")).key == spec(0, shot("s1", frame=other)).key
    moved = [spec(0, shot("s1", motion="parallax_push", frame=frame)).key for frame in (FRAME, other)]
    assert moved[0] != moved[1]


@pytest.mark.parametrize(("size", "focus"), [((1920, 1080), (0.5, 0.5)), ((1080, 1920), (0.2, 0.5))])
def test_the_focus_counts_only_where_the_picture_is_cropped(size, focus):
    assert spec(0, width=size[0], height=size[1]).still.focus == focus


def test_a_tall_picture_in_a_wide_film_is_cropped_above_and_below():
    tall = FRAME.model_copy(update={"width": 1296, "height": 2304})
    assert spec(0, shot("s1", frame=tall)).still.focus == (0.5, 0.3)


def test_a_clip_is_shown_without_a_camera_move():
    media = Media(asset=asset(3, "video/mp4"), start_s=2.5, volume=0.4, effects=("mirror",))
    clip = FRAME.model_copy(update={"footage": media})
    still = spec(0, shot("s1", frame=clip, motion="parallax_push")).still
    assert (still.sha256, still.motion, still.layers) == ("3" * 64, "hold", ())
    assert (still.footage.start_s, still.footage.effects) == (2.5, ("mirror",))
    loud = FRAME.model_copy(update={"footage": media.model_copy(update={"volume": 1.0})})
    assert spec(0, shot("s1", frame=clip)).key == spec(0, shot("s1", frame=loud)).key


def test_a_still_moves_on_until_the_next_has_come_in():
    line = timeline(shot("s1"), shot("s2", transition="wipe", transition_frames=12))
    first, second = spec_of(line, 0), spec_of(line, 1)
    assert (first.frames, first.still.frames) == (80, 92)
    assert (second.transition, second.transition_frames) == ("wipe", 12)
    assert second.before == first.still
    assert spec_of(timeline(shot("s1"), shot("s2")), 1).before is None


def test_quality_and_encoder_are_those_of_the_timeline():
    assert (spec(0, quality="best").quality, spec(0, encoder="svtav1").encoder) == ("best", "svtav1")
    assert len({spec(0).key, spec(0, quality="best").key, spec(0, encoder="svtav1").key}) == 3


def test_one_caption_changes_one_key():
    shots = [shot(f"s{index}", transition="crossfade", transition_frames=9) for index in (2, 3, 4)]
    line = timeline(shot("s1"), *shots)
    edited = timeline(shot("s1"), shots[0], shots[1].model_copy(update={"caption": "Two bees."}), shots[2])
    assert [spec_of(line, i).key == spec_of(edited, i).key for i in range(4)] == [True, True, False, True]

"""The whole way with the sketch engines: every file is decoded and measured."""

import json
from collections import Counter

import av
import cv2
import numpy as np
import pytest

from flows.create import create
from flows.running import deliver
from infra import events
from infra.engines import engine
from infra.errors import BadInput
from infra.media import audio, encode
from infra.media.probe import frames_at
from tasks.assets import path_of
from tasks.certificate import Certificate
from tasks.media import keep_media
from tasks.schema import Asset, Brief, Edits, Film, Media, Timing

pytestmark = pytest.mark.usefixtures("prefect_server")

BRIEF = Brief(topic="How honeybees find flowers", seconds=12, height=480, fps=24)


@pytest.fixture(scope="module")
async def film(prefect_server) -> Film:
    return await create(BRIEF)


async def steps_of(brief: Brief, edits: Edits) -> tuple[Film, Counter[str]]:
    """The film, and how often each step really ran."""
    heard = []
    with events.listening(heard.append):
        made = await create(brief, edits)
    return made, Counter(e.data["step"] for e in heard if e.kind == "step.done" and not e.data["reused"])


async def test_the_master_has_every_frame_and_its_sound(film, tmp_path):
    deliver(film, tmp_path)
    with av.open(str(tmp_path / "film.mp4")) as container:
        frames = [frame.pts * frame.time_base for frame in container.decode(video=0)]
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (854, 480)
    assert len(frames) == film.timeline.frames
    assert [round(float(t) * 24) for t in frames] == list(range(len(frames)))
    with av.open(str(tmp_path / "film.mp4")) as container:
        length = sum(frame.samples for frame in container.decode(audio=0)) / 48_000
    assert length == pytest.approx(len(frames) / 24, abs=0.03)


async def test_the_film_keeps_its_promises(film):
    assert film.timeline.duration_ms / 1000 == pytest.approx(BRIEF.seconds, rel=0.1)
    assert film.loudness_lufs == pytest.approx(-14, abs=0.3)
    assert film.true_peak_dbtp <= -1
    captions = [segment.caption for segment in film.script.segments]
    assert len(set(captions)) == len(captions)
    assert Certificate.model_validate_json(path_of(film.certificate).read_bytes()).holds


async def test_every_file_is_delivered(film, tmp_path):
    files = deliver(film, tmp_path)
    assert set(files) == {
        "film.mp4",
        "captions.vtt",
        "captions.srt",
        "poster.jpg",
        "contact_sheet.jpg",
        "manifest.json",
        "certificate.json",
    }
    assert (tmp_path / "captions.vtt").read_text().startswith("WEBVTT")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert Film.model_validate(manifest["film"]).master == film.master
    assert set(manifest["engines"]) >= {"text", "image", "speech", "music"}


async def test_the_same_brief_again_runs_nothing(film):
    again, ran = await steps_of(BRIEF, Edits())
    assert not ran
    assert again == film


async def test_one_caption_makes_one_voice_and_its_shots_again(film):
    second = film.script.segments[1].id
    edits = Edits(captions={second: film.script.segments[1].caption.replace(".", " today.")})
    changed, ran = await steps_of(BRIEF, edits)
    assert ran["speak"] == 1
    assert ran["draw_frame"] == ran["refine_segment"] == ran["write_draft"] == ran["set_anchor"] == 0
    assert 1 <= ran["shoot"] <= len(film.shots)
    assert ran["join_shots"] == ran["mix_sound"] == ran["certify"] == 1
    assert changed.script.segments[1].caption.endswith("today.")


async def test_an_edited_caption_renders_its_own_shot_where_the_timing_is_kept(film):
    line = film.timeline
    timing = Timing(bpm=line.bpm, beats={shot.segment: shot.beats for shot in line.shots})
    said = film.script.segments[1].caption
    changed, ran = await steps_of(BRIEF, Edits(captions={line.shots[1].segment: said[:-1] + "!"}, timing=timing))
    assert changed.timeline.starts == line.starts
    assert ran["shoot"] == ran["speak"] == 1
    assert ran["compose_bed"] == ran["draw_frame"] == 0


async def test_where_no_tempo_was_asked_for_cuts_lie_on_their_beats(film):
    line = film.timeline
    assert all(abs(line.residual_ms(i)) < 1e-6 for i in range(len(line.shots) + 1))


async def test_the_users_own_picture_clip_and_song(film, tmp_path):
    picture, clip, song = tmp_path / "red.png", tmp_path / "blue.mp4", tmp_path / "song.flac"
    cv2.imwrite(str(picture), np.full((300, 200, 3), (0, 0, 220), np.uint8))
    with encode.writer(clip, 320, 180, 30, "preview") as writer:
        for _ in range(90):
            frame, (luma, blue, red) = encode.new_frame(320, 180)
            luma[:], blue[:], red[:] = 41, 240, 110
            writer.write(frame)
    beats = engine("music", "composer").compose("happy", bpm=120, beats=32, seed=1)
    audio.write_flac(song, beats, 48_000)
    media = {"s1": Media(asset=keep_media(picture)), "s2": Media(asset=keep_media(clip))}
    edits = Edits(media=media, music=keep_media(song))
    made, ran = await steps_of(BRIEF, edits)
    assert ran["draw_frame"] == ran["compose_bed"] == 0
    assert made.timeline.bpm == pytest.approx(120, rel=0.002)
    deliver(made, tmp_path)
    middles = [(made.timeline.cut(i) + made.timeline.cut(i + 1)) / 2 / BRIEF.fps for i in (0, 1)]
    reds, blues = (shown[40:200].mean((0, 1)) for shown in frames_at(tmp_path / "film.mp4", middles))
    assert reds[0] > 180
    assert reds[2] < 60
    assert blues[2] > 180
    assert blues[0] < 60


async def test_media_for_a_shot_that_is_not_there_is_refused_by_name():
    media = Media(asset=Asset(sha256="0" * 64, media_type="image/png", size_bytes=1))
    with pytest.raises(BadInput, match=r"no shot s99: this film has \d"):
        await create(BRIEF, Edits(media={"s99": media}))


async def test_a_caption_that_no_face_can_show_is_refused():
    with pytest.raises(BadInput, match="\U00013000"):
        await create(BRIEF, Edits(captions={"s1": "An owl \U00013000 flies."}))


async def test_moving_a_shot_speaks_and_draws_nothing(film):
    ids = [segment.id for segment in film.script.segments]
    changed, ran = await steps_of(BRIEF, Edits(order=(ids[1], ids[0], *ids[2:])))
    assert [shot.segment for shot in changed.timeline.shots][:2] == [ids[1], ids[0]]
    assert ran["draw_frame"] == ran["refine_segment"] == 0


async def test_another_voice_draws_and_writes_nothing(film):
    other = engine("speech", "sketch").voices("en")[1]
    changed, ran = await steps_of(BRIEF, Edits(voice=other))
    assert {shot.clip.voice for shot in changed.timeline.shots} == {other}
    assert ran["draw_frame"] == ran["refine_segment"] == ran["paint_poster"] == 0


async def test_redo_draws_one_other_picture(film):
    first = film.script.segments[0].id
    changed, ran = await steps_of(BRIEF, Edits(redo={first: 1}))
    assert ran["draw_frame"] == 1
    assert ran["speak"] == ran["compose_bed"] == ran["mix_sound"] == 0
    assert changed.timeline.shots[0].frame.asset != film.timeline.shots[0].frame.asset
    assert changed.timeline.shots[1].frame.asset == film.timeline.shots[1].frame.asset


@pytest.mark.parametrize("aspect", ["9:16", "1:1"])
async def test_other_shapes(film, aspect):
    changed, ran = await steps_of(BRIEF, Edits(aspect=aspect))
    assert ran["speak"] == ran["refine_segment"] == ran["draw_frame"] == 0
    assert changed.timeline.width / changed.timeline.height == pytest.approx(
        {"9:16": 9 / 16, "1:1": 1}[aspect], rel=0.01
    )


@pytest.mark.parametrize(
    "topic",
    ["🐝🌸", "كيف يجد النحل الأزهار", "AI 与咖啡 coffee", "一杯茶的旅程", "x", "a" * 500, '<b>bees</b> & "flowers"'],
)
async def test_odd_topics_make_films(topic):
    made = await create(Brief(topic=topic, seconds=10, height=480, fps=24))
    assert made.timeline.duration_ms == pytest.approx(10_000, rel=0.1)
    assert made.loudness_lufs == pytest.approx(-14, abs=0.3)

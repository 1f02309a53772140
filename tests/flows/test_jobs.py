"""The modality jobs: each alone, and one after the other until there is a video."""

import av
import cv2
import pytest
from prefect.utilities.callables import parameter_schema
from pydantic import ValidationError

from flows.jobs import JOBS, draw_storyboard, make_anchor, render_video, speak_audio, write_text
from infra import events
from infra.errors import BadInput, UnknownName
from infra.media import audio
from tasks.asks import AnchorAsk, AudioAsk, StoryboardAsk, TextAsk, VideoAsk, VideoTimeline
from tasks.assets import path_of
from tasks.schema import Anchor, Asset

pytestmark = pytest.mark.usefixtures("prefect_server")


async def phases_of(made):
    """What a job gave, and the phases that it told."""
    heard = []
    with events.listening(heard.append):
        content = await made
    told = [(e.data["phase"], e.data["content"]) for e in heard if e.kind == "job.phase"]
    assert told[-1] == ("final", content)
    return content, told


def file_of(linked):
    assert linked["url"] == f"/api/assets/{linked['sha256']}"
    return path_of(Asset(**{name: linked[name] for name in ("sha256", "media_type", "size_bytes")}))


@pytest.fixture(scope="module")
async def anchor(prefect_server) -> Anchor:
    content, told = await phases_of(make_anchor("How honeybees find flowers"))
    assert [phase for phase, _ in told] == ["final"]
    return Anchor.model_validate(content)


@pytest.fixture(scope="module")
async def script(anchor):
    return await phases_of(write_text(anchor, 12))


@pytest.fixture(scope="module")
async def storyboard(anchor, script):
    return await phases_of(draw_storyboard(anchor, script[0]["segments"], height=480))


@pytest.fixture(scope="module")
async def narration(anchor, script):
    return await phases_of(speak_audio(anchor, script[0]["segments"]))


async def test_an_anchor_speaks_the_language_of_its_topic(anchor):
    assert anchor.language == "en"
    chinese = await make_anchor("一杯茶的旅程", "温暖的纪录片")
    assert chinese["language"] == "zh"


async def test_a_script_grows_from_its_draft(script):
    content, told = script
    drafts = [content for phase, content in told if phase == "draft"]
    assert len(drafts[0]["segments"]) == 1
    assert drafts[-1]["title"]
    ids = [segment["id"] for segment in content["segments"]]
    assert [segment["id"] for segment in drafts[-1]["segments"]] == ids == [f"s{n}" for n in range(1, len(ids) + 1)]
    assert all(set(line) == {"id", "caption", "durationMs"} for line in drafts[-1]["segments"])
    finals = [len(content["segments"]) for phase, content in told if phase == "final"]
    assert finals == [*range(1, len(ids) + 1), len(ids)]
    assert all(set(s) == {"id", "caption", "visual", "mood", "durationMs"} for s in content["segments"])


async def test_a_storyboard_is_small_first(storyboard):
    content, told = storyboard
    drafts = [content for phase, content in told if phase == "draft"][-1]["frames"]
    assert [frame["id"] for frame in drafts] == [frame["id"] for frame in content["frames"]]
    for small, large in zip(drafts, content["frames"], strict=True):
        assert cv2.imread(str(file_of(small["asset"]))).shape[1] == small["width"] == 426
        assert cv2.imread(str(file_of(large["asset"]))).shape[1] == large["width"] == 1024
        assert small["layers"] == []
        assert len(large["layers"]) == 2


async def test_narration_comes_clip_by_clip(script, narration):
    content, told = narration
    clips = content["clips"]
    assert sorted(c["id"] for phase, c in told if phase == "clip") == sorted(clip["id"] for clip in clips)
    for segment, clip in zip(script[0]["segments"], clips, strict=True):
        samples, rate = audio.read(file_of(clip["asset"]))
        assert clip["durationMs"] == pytest.approx(1000 * len(samples) / rate, abs=1)
        assert clip["durationMs"] == pytest.approx(segment["durationMs"], rel=0.05)
        assert [word["text"] for word in clip["words"]]
    assert content["durationMs"] == sum(clip["durationMs"] for clip in clips)


async def test_a_video_of_the_parts(anchor, script, storyboard, narration):
    asked = {
        "anchor": anchor.model_dump(mode="json"), "title": script[0]["title"], "segments": script[0]["segments"],
        **storyboard[0], "clips": narration[0]["clips"], "height": 480, "fps": 24,
    }  # fmt: skip
    ask = VideoAsk.model_validate({"timeline": asked})
    content, told = await phases_of(render_video(ask.model_dump(mode="json", by_alias=True)["timeline"]))
    [line] = [content for phase, content in told if phase == "timeline"]
    assert [shot["id"] for shot in line["shots"]] == [segment["id"] for segment in asked["segments"]]
    shots = [content for phase, content in told if phase == "shot"]
    assert shots == [{"done": n, "of": len(line["shots"])} for n in range(1, len(line["shots"]) + 1)]
    with av.open(str(file_of(content["video"]))) as container:
        frames = sum(1 for _ in container.decode(video=0))
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (854, 480)
        assert container.streams.audio
    assert frames / 24 * 1000 == pytest.approx(content["durationMs"], abs=1)
    assert content["durationMs"] == line["durationMs"] > narration[0]["durationMs"]
    vtt = file_of(content["captions"]).read_text()
    assert all(segment["caption"].split()[0] in vtt for segment in asked["segments"])


async def test_a_caption_that_no_face_can_show_is_refused(anchor, storyboard, narration):
    first = {"id": "s1", "caption": "An owl \U00013000 flies."}
    timeline = {
        "anchor": anchor, "segments": [first], "frames": storyboard[0]["frames"], "clips": narration[0]["clips"]
    }  # fmt: skip
    with pytest.raises(BadInput, match="\U00013000"):
        await render_video(VideoTimeline.model_validate(timeline))


async def test_an_error_is_raised_without_a_group(anchor):
    with pytest.raises(BadInput, match="can be spoken"):
        await speak_audio(anchor, [{"caption": "🐝"}])


async def test_an_anchor_of_nowhere_is_refused_by_name(anchor):
    with pytest.raises(UnknownName, match="voice for en named 'nobody'"):
        await speak_audio(anchor.model_copy(update={"voice": "nobody"}), [{"caption": "A bee."}])
    with pytest.raises(UnknownName, match="look named 'nothing'"):
        await draw_storyboard(anchor.model_copy(update={"look": "nothing"}), [{"caption": "A bee."}])


async def test_questions_that_cannot_be_answered(anchor):
    refused = {
        "empty: say in a few words": lambda: AnchorAsk(topic=" \u200b "),
        "500 is the most": lambda: AnchorAsk(topic="x" * 501),
        "less than or equal to 600": lambda: TextAsk(anchor=anchor, length=601),
        "greater than or equal to 5": lambda: TextAsk(anchor=anchor, length=1),
        "give `visual` or `caption`": lambda: StoryboardAsk(anchor=anchor, frames=[{"id": "s1"}]),
        "at most 60": lambda: StoryboardAsk(anchor=anchor, frames=[{"caption": "A bee."}] * 61),
        "two have the same id": lambda: AudioAsk(
            anchor=anchor, segments=[{"id": "s2", "caption": "a"}, {"caption": "b"}]
        ),
        "at most 600 characters": lambda: AudioAsk(anchor=anchor, segments=[{"caption": "x" * 601}]),
        "Extra inputs": lambda: TextAsk.model_validate({"anchor": anchor, "length": 30, "voice": "x"}),
    }
    for said, ask in refused.items():
        with pytest.raises(ValidationError, match=said):
            ask()


def test_a_video_needs_a_picture_and_a_clip_for_each_segment(anchor):
    asset = {"sha256": "0" * 64, "media_type": "image/jpeg", "size_bytes": 1}
    frame, clip = {"id": "s1", "asset": asset, "width": 16, "height": 9}, {"id": "s1", "asset": asset, "durationMs": 9}
    segments = [{"id": "s1", "caption": "One."}, {"id": "s2", "caption": "Two."}]
    timeline = {"anchor": anchor, "segments": segments, "frames": [frame], "clips": [clip]}
    with pytest.raises(ValidationError, match="frames: there is none for segment s2"):
        VideoTimeline.model_validate(timeline)
    with pytest.raises(ValidationError, match="clips: there is none for segment s2"):
        VideoTimeline.model_validate({**timeline, "frames": [frame, {**frame, "id": "s2"}]})


def test_parts_without_a_name_are_named_by_their_place(anchor):
    ask = AudioAsk(anchor=anchor, segments=[{"caption": "One."}, {"caption": "Two."}])
    assert [part.id for part in ask.segments] == ["s1", "s2"]


def test_every_job_has_a_form():
    for name, flow in JOBS.items():
        assert flow.name == name
        assert parameter_schema(flow).model_dump_for_openapi()["properties"]

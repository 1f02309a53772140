"""The preview in a real browser, on real films: its pixels are the renderer's, its picture goes with its sound."""

from __future__ import annotations

import asyncio
import time

import httpx
import numpy as np
import pytest
from browser import needs_chromium, page
from whole import whole

from benchmarks import preview
from infra.store import FileStore
from tasks.schema import Timeline

pytestmark = needs_chromium

NEAR_DB = 45
BRIEF = {"topic": "How honeybees find flowers", "seconds": 15, "height": 480, "language": "en"}
BRIEFS = {
    "sketch": BRIEF,
    "illustrator": {**BRIEF, "engines": {"image": "illustrator"}, "caption_style": "documentary", "aspect": "9:16"},
}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with whole(tmp_path_factory.mktemp("preview") / "home", "--engine", "sketch") as running:
        yield running


@pytest.fixture(scope="module")
def projects(running):
    ids = {}
    for name, brief in BRIEFS.items():
        answer = httpx.post(f"{running.api}/api/projects", json={"brief": brief, "make": True}, timeout=30)
        ids[name] = answer.raise_for_status().json()["id"]
    return {name: finished(running.api, project) for name, project in ids.items()}


@pytest.fixture
async def tab(running):
    async with page() as tab:
        faults = []
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        yield tab
        assert faults == []


def finished(api, project, within_s=240):
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        known = httpx.get(f"{api}/api/projects/{project}", timeout=30).raise_for_status().json()
        if known["state"] not in {"queued", "running"}:
            assert known["state"] == "done"
            return known
        time.sleep(0.5)
    raise AssertionError(known)


def changed(project, motions, transition):
    """The project with other moves and transitions, in its edits and as they would be rendered."""
    laid = Timeline.model_validate(project["snapshot"]["timeline"])
    shots = [
        shot.model_copy(update={"motion": motion, **({"transition": transition} if index else {})})
        for index, (shot, motion) in enumerate(zip(laid.shots, motions, strict=True))
    ]
    timeline = laid.model_copy(update={"shots": tuple(shots)})
    edits = {
        **project["edits"],
        "motions": {shot.segment: shot.motion for shot in shots},
        "transitions": {shot.segment: transition for shot in shots[1:]},
    }
    snapshot = {**project["snapshot"], "timeline": timeline.model_dump(mode="json")}
    return {**project, "edits": edits, "snapshot": snapshot}, timeline


def kept(running, content, kind):
    answer = httpx.post(f"{running.api}/api/assets", content=content, headers={"Content-Type": kind}, timeout=30)
    return answer.raise_for_status().json()["asset"]


@pytest.mark.parametrize("look", BRIEFS)
@pytest.mark.parametrize(
    ("motions", "transition"),
    [
        (("parallax_right", "push"), "crossfade"),
        (("pan_left", "parallax_push"), "wipe"),
        (("tilt_up", "parallax_left"), "dip"),
        (("pull", "hold"), "crossfade"),
    ],
)
async def test_the_canvas_shows_what_is_rendered(running, projects, tab, look, motions, transition):
    project, timeline = changed(projects[look], motions, transition)
    scene = await preview.begin(tab, running.api, project)
    assert scene["stage"] == "made"
    assert all(shot["lettered"] for shot in scene["shots"])
    cut, (first, second) = timeline.cut(1), (shot["cues"][1]["first"] for shot in scene["shots"])
    store = FileStore(running.home / "store")
    for frame in (first, cut // 2, cut + 1, cut + 7, cut + second, timeline.frames - 1):
        canvas = await preview.canvas_frame(tab, frame)
        planes, _ = preview.psnr_db(canvas, preview.rendered_frame(timeline, frame, store.path))
        assert planes >= NEAR_DB, f"frame {frame - cut} from the cut: {planes:.1f} dB"


async def test_what_is_wrong_is_not_taken_for_near(running, projects, tab):
    project, timeline = changed(projects["sketch"], ("parallax_right", "push"), "crossfade")
    await preview.begin(tab, running.api, project)
    store = FileStore(running.home / "store")
    beside = preview.rendered_frame(timeline, timeline.cut(1) // 2 + 12, store.path)
    assert preview.psnr_db(await preview.canvas_frame(tab, timeline.cut(1) // 2), beside)[0] < NEAR_DB


async def test_the_picture_goes_by_the_sound_s_clock_and_stops_with_it(running, projects, tab):
    scene = await preview.begin(tab, running.api, projects["sketch"])
    await tab.mouse.click(50, 50)
    played = await preview.played(tab, 4)
    assert played["drawn"] > 60
    assert played["clock_error_p95_ms"] <= 2
    await tab.evaluate("globalThis.told = 0; preview.worker.addEventListener('message', () => told++)")
    await asyncio.sleep(1)
    assert await tab.evaluate("told") == 0
    await tab.evaluate("preview.seek((scene.frames - 20) * 1000 / scene.fps); void preview.play()")
    await asyncio.sleep(3)
    at_end = await tab.evaluate("[preview.playing.value, preview.ms]")
    assert at_end == [False, pytest.approx(scene["frames"] * 1000 / scene["fps"])]


async def test_a_click_is_heard_when_its_flash_is_seen(running, tab):
    kinds = ("image/png", "image/png", "audio/wav")
    assets = [kept(running, *each)["sha256"] for each in zip(preview.flash_assets(), kinds, strict=True)]
    await preview.flashing(tab, running.api, assets, beats=12)
    await tab.mouse.click(50, 50)
    errors = await preview.recorded_errors_ms(tab)
    assert len(errors) >= 4
    assert np.median(np.abs(errors)) <= 20  # a busy machine records some late; the benchmark asks for p95


async def test_scrubbing_steps_and_listeners(running, projects, tab):
    await preview.begin(tab, running.api, projects["sketch"])
    assert await preview.scrubbed(tab, 30) < 500
    seen = await tab.evaluate(
        """async () => {
          const seen = [], rest = () => new Promise(resolve => setTimeout(resolve, 150));
          const off = preview.onFrame((ms, frame) => seen.push(frame));
          await rest();
          for (const ms of [100, 2000, 4000]) preview.seek(ms);
          await rest();
          preview.step(1);
          await rest();
          preview.step(-2);
          await rest();
          off();
          preview.seek(0);
          await rest();
          return seen.slice(1);
        }"""
    )
    assert seen == [120, 121, 119]


async def test_sound_has_peaks(running, projects, tab):
    scene = await preview.begin(tab, running.api, projects["sketch"])
    voice = scene["shots"][0]["voice"]
    pairs = await tab.evaluate("key => preview.peaks(key).then(pairs => [...pairs])", voice["key"])
    assert len(pairs) == pytest.approx(voice["durationMs"] / 10 * 2, abs=4)
    assert min(pairs[::2]) < -0.1
    assert max(pairs[1::2]) > 0.1
    assert all(low <= 0 <= high for low, high in zip(pairs[::2], pairs[1::2], strict=True))


async def test_a_changed_caption_is_drawn_as_text(running, projects, tab):
    project = projects["sketch"]
    segment = project["snapshot"]["timeline"]["shots"][0]["segment"]
    frames = []
    for words in ("Short words.", "旁白 and <b>other</b> words, a little longer than before."):
        await preview.begin(tab, running.api, {**project, "edits": {**project["edits"], "captions": {segment: words}}})
        frames.append(await preview.canvas_frame(tab, 60))
    first, second = (frame.astype(int) for frame in frames)
    assert np.array_equal(first[:300], second[:300])
    assert (np.abs(first[380:] - second[380:]) > 60).sum() > 3000


async def test_a_clip_of_the_user_s_shows_its_first_frame(running, projects, tab):
    project = projects["sketch"]
    shot = project["snapshot"]["timeline"]["shots"][0]["segment"]
    address = running.api + project["film"]["files"]["master"]["url"]
    async with httpx.AsyncClient(timeout=30) as client:
        master = (await client.get(address)).raise_for_status().content
    media = {shot: {"asset": kept(running, master, "video/mp4")}}
    scene = await preview.begin(tab, running.api, {**project, "edits": {**project["edits"], "media": media}})
    assert scene["shots"][0]["picture"]["footage"]
    mine = await preview.canvas_frame(tab, 5)
    await preview.begin(tab, running.api, project)
    assert np.abs(mine.astype(int) - await preview.canvas_frame(tab, 0)).mean() < 4


async def test_a_preview_can_be_made_anew_on_its_canvas(running, projects, tab):
    await preview.begin(tab, running.api, projects["sketch"])
    await preview.canvas_frame(tab, 10)
    again = """async () => {
      const { src } = document.querySelector('script[type=module]');
      const { Preview } = await import(new URL('preview.js', src));
      preview.dispose();
      globalThis.preview = new Preview(canvas);
      preview.set(scene);
      await new Promise(resolve => setTimeout(resolve, 1500));
    }"""
    await tab.evaluate(again)
    assert (await preview.canvas_frame(tab, 10)).mean() > 10

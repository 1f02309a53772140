"""The draft: every line at once, a small picture and a length for each, then a timeline that can be played."""

import asyncio
import threading
from itertools import pairwise

import cv2
import pytest
from prefect import flow

from infra import events
from tasks import screenplay, script
from tasks.anchor import set_anchor
from tasks.assets import path_of
from tasks.drafting import LONG_SIDE, draft_film, guessed_ms, small_brush
from tasks.schema import Brief, Edits
from tasks.screenplay import drafted_segments, planned
from tasks.storyboard import brush_for
from tasks.timeline import canvas
from tasks.writing.lines import Lines, lines_of

pytestmark = pytest.mark.usefixtures("prefect_server")


@flow
async def drafting(brief: Brief, edits: Edits) -> None:
    anchor = await set_anchor(brief)
    await draft_film(anchor, anchor, brief, edits, brush_for(anchor, canvas(brief.aspect, brief.height)))


async def drafted(brief: Brief, edits: Edits | None = None) -> list[events.Event]:
    heard: list[events.Event] = []
    with events.listening(heard.append):
        await drafting(brief, edits or Edits())
    return heard


def of(heard, kind):
    return [event.data for event in heard if event.kind == kind]


async def test_lines_are_given_as_soon_as_they_are_whole():
    lines, written, go = Lines(), [], threading.Event()

    def write() -> None:
        for piece in ("Tit", "le\nOne", "\nTw"):
            lines.take(piece)
        go.wait(10)
        lines.take("o\nThree")

    writing = asyncio.ensure_future(asyncio.to_thread(write))
    async for line in lines.follow(writing):
        written.append((line, writing.done()))
        if line == "One":
            go.set()
    assert [line for line, _ in written] == ["Title", "One", "Two"]
    assert written[1] == ("One", False)


async def test_a_text_written_again_is_not_told_twice():
    lines = Lines()
    writing = asyncio.get_running_loop().create_future()
    followed = aiter(lines.follow(writing))
    lines.take("a\nb\n")
    assert [await anext(followed), await anext(followed)] == ["a", "b"]
    lines.begin()
    lines.take("a\n")
    lines.take("b\nc\n")
    writing.set_result(None)
    assert [line async for line in followed] == ["c"]


async def test_writer_and_followers_share_lines_while_one_of_them_holds_them():
    mine = lines_of("a key")
    assert lines_of("a key") is mine
    mine.take("old\n")
    await asyncio.sleep(0.01)
    del mine
    assert lines_of("a key")._text == ""


async def test_a_draft_can_be_played():
    brief = Brief(topic="How rivers carve valleys", seconds=12, height=480, fps=24, aspect="9:16")
    heard = await drafted(brief)
    kinds = [event.kind for event in heard]
    [line] = of(heard, "timeline.drafted")
    [plan] = of(heard, "script.planned")
    told = {data["segment"]: data["caption"] for data in of(heard, "segment.drafted")}
    assert list(told) == [f"s{n}" for n in range(1, plan["segments"] + 1)]
    assert [(shot["segment"], shot["caption"]) for shot in line["shots"]] == list(told.items())
    assert of(heard, "script.drafted")[0]["lines"] == tuple(told.values())
    assert kinds.index("segment.drafted") < kinds.index("frame.drafted") < kinds.index("timeline.drafted")
    frames = {data["segment"]: data for data in of(heard, "frame.drafted")}
    for shot in line["shots"]:
        picture = cv2.imread(str(path_of(shot["asset"])))
        assert picture.shape[:2] == (frames[shot["segment"]]["height"], frames[shot["segment"]]["width"])
        assert max(picture.shape[:2]) == LONG_SIDE
        assert picture.shape[0] > picture.shape[1]
    assert line["shots"][0]["start_ms"] == 0
    assert all(a["start_ms"] + a["duration_ms"] == b["start_ms"] for a, b in pairwise(line["shots"]))
    last = line["shots"][-1]
    assert last["start_ms"] + last["duration_ms"] == line["duration_ms"]
    assert line["duration_ms"] == pytest.approx(12_000, rel=0.35)


async def test_a_draft_from_the_cache_is_told_in_full():
    brief = Brief(topic="How salt is won from the sea", seconds=10, height=480)
    first, second = await drafted(brief), await drafted(brief)
    steps = of(second, "step.done")
    assert {step["step"] for step in steps} >= {"write_draft", "draft_frame"}
    assert all(step["reused"] for step in steps)
    for kind in ("segment.drafted", "frame.drafted", "timeline.drafted", "script.drafted"):
        assert sorted(map(repr, of(first, kind))) == sorted(map(repr, of(second, kind))) != []


async def test_lines_come_while_the_draft_is_written(monkeypatch):
    brief = Brief(topic="How bread rises overnight", seconds=15, height=480)
    heard_first = threading.Event()
    write = script.draft

    def slowly(anchor, plan, engine, on_text):
        def hold(text: str) -> None:
            on_text(text)
            if "\n" in text and told:
                told.pop()
                return
            if "\n" in text:
                assert heard_first.wait(10), "nothing was told of the first line while the draft was written"

        told = ["the title"]
        return write(anchor, plan, engine, hold)

    monkeypatch.setattr(screenplay.script, "draft", slowly)
    with events.listening(lambda event: event.kind == "segment.drafted" and heard_first.set()):
        await drafted(brief)


async def test_a_line_that_a_human_changed_is_shown_as_changed():
    brief = Brief(topic="How kites stay in the air", seconds=10, height=480)
    heard = await drafted(brief, Edits(captions={"s1": "A kite leans on the wind."}))
    [line] = of(heard, "timeline.drafted")
    assert line["shots"][0]["caption"] == "A kite leans on the wind."


async def test_a_line_of_a_long_film_stands_for_its_chapter():
    brief = Brief(topic="A day on a mountain railway", seconds=120, height=480)
    heard = await drafted(brief)
    anchor = await set_anchor.body(brief)
    plan = planned(anchor, 120)
    places = drafted_segments(plan)
    assert sum(places.values()) == plan.segments > len(places) > 1
    [line] = of(heard, "timeline.drafted")
    assert [shot["segment"] for shot in line["shots"]] == list(places)
    assert line["duration_ms"] == pytest.approx(120_000, rel=0.35)


async def test_a_line_without_sound_has_a_length():
    assert await guessed_ms("🐝🌸", "en", "a") == 133


def test_a_small_film_is_drafted_no_larger_than_it_is():
    brief = Brief(topic="x", seconds=5)
    anchor = script.Anchor(
        topic="x", style="x", language="en", look="documentary", palette=("#102030",) * 5, light="day", tone="x",
        voice="v", mood="calm", bpm=90, seed=1,
    )  # fmt: skip
    tiny = brush_for(anchor, (200, 112))
    assert (small_brush(tiny).width, small_brush(tiny).height) == (tiny.width, tiny.height)
    large = small_brush(brush_for(anchor, canvas(brief.aspect, 1080)))
    assert (large.width, large.height) == (426, 240)

"""A finished film is edited as its user does it: words, pictures, beats, order, versions, by mouse, keys and touch."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from acting import User
from driving import of, until
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from driving import Studio
    from playwright.async_api import Locator

pytestmark = pytest.mark.timeout(300)
SECONDS = 20
"""Of a film that has three shots."""
WORDS = "A dance tells the others the way."
MANY = 200
MANY_SHOTS = """(m.snap.value = {...m.snap.value, timeline: {...m.snap.value.timeline, shots: Array.from({length: MANY}, (_, n) =>
  ({...m.snap.value.timeline.shots[n % 3], segment: `s${n + 1}`}))}, segments: Array.from({length: MANY}, (_, n) =>
  ({...m.snap.value.segments[n % 3], id: `s${n + 1}`}))}, true)""".replace("MANY", str(MANY))  # noqa: E501 - JavaScript


@asynccontextmanager
async def editing(studio: Studio, width: int = 1400, allowed: tuple[str, ...] = ()) -> AsyncIterator[tuple[User, str]]:
    """A user with a finished film of three shots before them."""
    project = await studio.finished_project(seconds=SECONDS)
    async with studio.page(width=width, allowed=allowed) as page:
        user = User(page, "en")
        await user.open(project)
        await user.tab("timeline")
        await clips(user).first.wait_for()
        yield user, project
    await studio.ended(project)


def clips(user: User) -> Locator:
    """The shots on the timeline."""
    return user.page.locator(".tl-clip")


async def box(of_: Locator) -> dict[str, float]:
    found = await of_.bounding_box()
    assert found
    return {**found}


async def beats(user: User) -> list[int]:
    """How long each shot is, as the preview plays it."""
    return list(await user.store("m.scene.value.shots.map((shot) => shot.beats)"))


async def order(user: User) -> list[str]:
    return list(await user.store("m.shots.value.map((shot) => shot.id)"))


async def elsewhere(user: User, key: str) -> None:
    """Press a key while nothing is typed."""
    await user.page.evaluate("document.activeElement.blur()")
    await user.page.keyboard.press(key)


async def drag(user: User, start: tuple[float, float], by: float) -> None:
    """Press the mouse, move it across in steps, let it go."""
    mouse = user.page.mouse
    await mouse.move(*start)
    await mouse.down()
    await mouse.move(start[0] + by / 2, start[1], steps=5)
    await mouse.move(start[0] + by, start[1], steps=5)
    await mouse.up()


async def clips_of(studio: Studio, project: str) -> dict[str, str]:
    """The narration of each shot of the film that is shown."""
    segments = (await studio.project(project))["snapshot"]["segments"]
    return {segment["id"]: segment["clip"]["asset"]["sha256"] for segment in segments}


async def test_other_words_make_one_voice_again_and_no_other(studio):
    async with editing(studio) as (user, project):
        before = await clips_of(studio, project)
        await user.caption(2, WORDS)
        bar = user.region("remake")
        await bar.get_by_text(user.say("remake.one")).wait_for()
        await bar.get_by_text(user.say("remake.voice")).wait_for()
        assert await bar.get_by_text(user.say("remake.picture"), exact=False).count() == 0
        await user.page.keyboard.press("Control+Enter")
        await user.stored("!m.busy.value && m.project.value.version === 2")
        after = await clips_of(studio, project)
        assert {name for name in after if after[name] != before[name]} == {"s2"}
        assert await bar.count() == 0


async def test_only_the_shots_that_change_are_shown_as_being_made(studio):
    async with editing(studio) as (user, _):
        await user.caption(3, WORDS)
        await user.stored("m.estimate.value?.rendered.length")
        concerned = set(await user.store("m.estimate.value.rendered"))
        await user.button("remake.make").click()
        await user.stored("m.busy.value")
        marked = await of(user.page, "ui/remake.js", "[...m.beingMade.value]")
        assert marked
        assert set(marked) <= concerned < set(await order(user))


async def test_changes_are_discarded_and_undone(studio):
    async with editing(studio) as (user, _):
        await user.caption(1, WORDS)
        await user.button("remake.discard").click()
        await user.stored("!m.pending.value.length")
        await elsewhere(user, "z")
        assert await user.store("m.shots.value[0].caption") == WORDS


TYPED = """(field, [text, kind, name]) => {
  field.value = text;
  field.dispatchEvent(new globalThis[kind](name, { bubbles: true, isComposing: name === 'input' }));
}"""


async def test_half_composed_words_are_not_taken(studio):
    async with editing(studio) as (user, _):
        field = user.page.get_by_label(user.say("inspector.caption"), exact=True)
        await field.fill("蜜蜂")
        await field.evaluate(TYPED, ["蜜蜂tiao", "InputEvent", "input"])
        assert await user.store("m.shots.value[0].caption") == "蜜蜂"
        await field.evaluate(TYPED, ["蜜蜂跳", "CompositionEvent", "compositionend"])
        assert await user.store("m.shots.value[0].caption") == "蜜蜂跳"


async def test_the_draft_and_the_final_words_are_told_apart(studio):
    async with editing(studio) as (user, _):
        await user.page.get_by_text(user.say("inspector.draft")).click()
        shown = user.page.locator(".inspector .diff")
        draft, final = await user.store("[m.shots.value[0].draft, m.shots.value[0].caption]")
        parts = await shown.evaluate(
            "(all) => [...all.childNodes]"
            ".map((node) => [node.nodeName, [...node.childNodes].at(-1)?.data ?? node.data])"
        )
        assert "".join(text for kind, text in parts if kind != "INS") == draft
        assert "".join(text for kind, text in parts if kind != "DEL") == final


async def test_an_edge_is_dragged_by_whole_beats_and_never_into_the_narration(studio):
    async with editing(studio) as (user, _):
        first, *others = await beats(user)
        least = await user.store("m.scene.value.shots[0].leastBeats")
        now = await box(clips(user).first)
        edge, a_beat = (now["x"] + now["width"] - 2, now["y"] + 20), (now["width"] + 3) / first
        await drag(user, edge, 2.4 * a_beat)
        assert await beats(user) == [first + 2, *others]
        now = await box(clips(user).first)
        await drag(user, (now["x"] + now["width"] - 2, now["y"] + 20), -now["width"])
        assert await beats(user) == [least, *others]
        await elsewhere(user, "Control+z")
        assert (await beats(user))[0] in {first, first + 2}


async def test_escape_gives_a_drag_up(studio):
    async with editing(studio) as (user, _):
        before, now, mouse = await beats(user), await box(clips(user).first), user.page.mouse
        await mouse.move(now["x"] + now["width"] - 2, now["y"] + 20)
        await mouse.down()
        await mouse.move(now["x"] + now["width"] + 150, now["y"] + 20, steps=5)
        await user.page.keyboard.press("Escape")
        await mouse.up()
        assert await beats(user) == before


async def test_a_shot_is_dragged_to_another_place(studio):
    async with editing(studio) as (user, _):
        first, last = await box(clips(user).first), await box(clips(user).last)
        await drag(user, (first["x"] + 20, first["y"] + 20), last["x"] + last["width"] - first["x"] - first["width"])
        assert await order(user) == ["s2", "s3", "s1"]
        assert await user.store("m.selected.value") == "s1"


async def test_a_click_chooses_and_seeks(studio):
    async with editing(studio) as (user, _):
        now = await box(clips(user).nth(1))
        await user.page.mouse.click(now["x"] + now["width"] / 2, now["y"] + 20)
        assert await user.store("m.selected.value") == "s2"
        at = await of(user.page, "ui/stage.js", "m.preview.value.ms")
        start, frames = await user.store("[m.scene.value.shots[1].first, m.scene.value.shots[1].frames]")
        fps = await user.store("m.scene.value.fps")
        assert at == pytest.approx((start + frames / 2) * 1000 / fps, abs=120)
        line = await box(user.page.locator(".tl-head"))
        assert line["x"] == pytest.approx(now["x"] + now["width"] / 2, abs=4)


async def test_the_timeline_is_worked_by_keys(studio):
    async with editing(studio) as (user, _):
        press, before = user.page.keyboard.press, await beats(user)
        await clips(user).first.focus()
        await press("ArrowRight")
        assert await clips(user).nth(1).evaluate("(clip) => clip === document.activeElement && clip.tabIndex === 0")
        assert await user.page.locator('.tl-clip[tabindex="0"]').count() == 1
        await press("Shift+ArrowRight")
        assert await beats(user) == [before[0], before[1] + 1, before[2]]
        await press("Alt+ArrowRight")
        assert await order(user) == ["s1", "s3", "s2"]
        assert "Shot 3 of 3" in await user.page.evaluate("document.activeElement.getAttribute('aria-label')")
        await press("Delete")
        assert await order(user) == ["s1", "s3"]
        assert await user.page.evaluate("document.activeElement.className.includes('tl-clip')")
        await user.page.locator(".toast").get_by_text(user.say("tl.undo")).click()
        assert await order(user) == ["s1", "s3", "s2"]
        await clips(user).first.focus()
        await press("Enter")
        assert await user.page.evaluate("document.activeElement.id") == "caption"


async def test_keys_are_left_alone_while_something_is_typed(studio):
    async with editing(studio) as (user, _):
        field = user.page.get_by_label(user.say("inspector.caption"), exact=True)
        await field.press("End")
        await field.press_sequentially(" jelly zebra, ok.")
        assert (await field.input_value()).endswith(" jelly zebra, ok.")
        assert await user.store("[m.doc.value.edits.redo ?? {}, m.doc.value.edits.order ?? null]") == [{}, None]
        await elsewhere(user, "r")
        assert await user.store("m.doc.value.edits.redo") == {"s1": 1}
        tool = user.button("tl.grid")
        await tool.press("Space")
        assert await tool.get_attribute("aria-pressed") == "true"
        assert await of(user.page, "ui/stage.js", "m.preview.value.playing.value") is False
        await tool.press("b")
        assert await tool.get_attribute("aria-pressed") == "false"
        await elsewhere(user, "ArrowDown")
        assert await user.store("m.selected.value") == "s2"
        await elsewhere(user, "e")
        assert await user.page.evaluate("document.activeElement.id") == "caption"


async def test_zooming_keeps_the_playhead_where_it_is(studio):
    async with editing(studio) as (user, _):
        await of(user.page, "ui/stage.js", "m.preview.value.seek(9000)")
        before = await box(user.page.locator(".tl-head"))
        for _ in range(3):
            await user.button("tl.in").click()
        wider, after = await box(user.page.locator(".tl-wide")), await box(user.page.locator(".tl-head"))
        assert wider["width"] > 2000
        assert after["x"] == pytest.approx(before["x"], abs=2)
        await user.button("tl.fit").click()
        assert (await box(user.page.locator(".tl-wide")))["width"] < 1400


async def test_two_hundred_shots_are_few_elements(studio):
    async with editing(studio) as (user, _):
        await user.store(MANY_SHOTS)
        await user.stored(f"m.shots.value.length === {MANY}")
        for _ in range(9):
            await user.button("tl.in").click()
        assert await clips(user).count() < 30
        await clips(user).first.focus()
        await user.page.keyboard.press("End")
        label = "document.activeElement.getAttribute('aria-label')"
        await until(user.page, f"{label}?.startsWith('Shot {MANY} of {MANY}')")
        assert await clips(user).count() < 30


async def test_a_picture_of_ones_own_is_taken_and_given_back(studio, tmp_path: Path):
    async with editing(studio) as (user, project):
        Image.new("RGB", (640, 360), "#3355aa").save(tmp_path / "beach.png")
        await user.page.locator(".own input[type=file]").set_input_files(tmp_path / "beach.png")
        await user.stored("m.doc.value.edits.media?.s1?.asset.media_type === 'image/png'")
        await user.saved()
        assert "s1" in (await studio.project(project))["edits"]["media"]
        await user.button("drop.remove").click()
        assert not await user.store("m.doc.value.edits.media?.s1")


async def test_a_file_that_no_film_can_take_is_refused_with_its_remedy(studio, tmp_path: Path):
    async with editing(studio, allowed=("415",)) as (user, _):
        (tmp_path / "notes.png").write_text("no picture")
        await user.page.locator(".own input[type=file]").set_input_files(tmp_path / "notes.png")
        await user.page.locator(".own [role=alert]").get_by_text("notes.png").wait_for()
        assert not await user.store("m.doc.value.edits.media?.s1")


async def test_an_earlier_version_comes_back_whole_and_by_the_shot(studio):
    async with editing(studio) as (user, _):
        before: Any = await user.store("m.shots.value[0].caption")
        await user.caption(1, WORDS)
        await user.button("remake.make").click()
        await user.stored("m.project.value.version === 2 && m.versions.value.length === 2")
        await user.page.get_by_text(user.say("versions.ofShot")).click()
        await user.button("versions.takeNth", n=1).click()
        await user.stored(f"m.shots.value[0].caption !== {WORDS!r}")
        await user.page.get_by_role("tab", name=user.say("inspector.film")).click()
        await user.button("versions.restoreNth", n=1).click()
        await user.stored("m.project.value.version === 1")
        await user.stored(f"m.shots.value[0].caption === {before!r}")


@pytest.mark.parametrize(("whose", "words"), [("conflict.keep", WORDS), ("conflict.take", "Another one wrote this.")])
async def test_both_sides_of_a_conflict_are_shown_and_one_is_kept(studio, whose, words):
    async with editing(studio, allowed=("412",)) as (user, project):
        theirs = {"edits": {"captions": {"s1": "Another one wrote this."}}}
        await studio.ask("PATCH", f"/api/projects/{project}", json=theirs, headers={"If-Match": "*"})
        await user.caption(1, WORDS)
        sides = user.page.get_by_role("alertdialog")
        await sides.get_by_text(WORDS).wait_for()
        await sides.get_by_text("Another one wrote this.").wait_for()
        await user.button(whose).click()
        await user.saved()
        assert (await studio.project(project))["edits"]["captions"]["s1"] == words
        assert await sides.count() == 0


async def test_fingers_hold_a_shot_to_move_it(studio):
    async with editing(studio, width=390) as (user, _):
        first, last = await box(clips(user).first), await box(clips(user).last)
        wire = await user.page.context.new_cdp_session(user.page)

        async def touch(kind: str, *at: float) -> None:
            points = [{"x": at[0], "y": at[1]}] if at else []
            await wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        y, start, end = first["y"] + 20, first["x"] + 20, last["x"] + last["width"] - 5
        await touch("touchStart", start, y)
        await asyncio.sleep(0.6)
        for part in range(1, 9):
            await touch("touchMove", start + (end - start) * part / 8, y)
        await touch("touchEnd")
        assert await order(user) == ["s2", "s3", "s1"]

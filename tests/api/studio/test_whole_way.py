"""The whole way of a user: from a brief to a film on a public page, by pointer and by keys, with words that bite."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from acting import WATCH, User
from driving import ENGINES, GENEROUS, Language, Studio, of, shown, until, watched
from playwright.async_api import expect

from benchmarks.whole import read
from infra.settings import Settings
from tests.browser import CHROMIUM
from tests.whole import whole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Locator, Page

pytestmark = pytest.mark.timeout(300)

SECONDS = 15
"""Of a film with two shots."""
PATIENCE_S = 120
TOPICS = {"en": "How lighthouses guide ships", "zh": "灯塔怎样为船只引路"}
WORDS = {"en": "A lamp turns all night long.", "zh": "一盏灯彻夜转动不停。"}
HOSTILE = "<img src=x onerror=alert(1)>"
DIGESTS = """(async (preview, frames) => {
  const digest = async ({ data, whole }) =>
    [whole, ...new Uint8Array(await crypto.subtle.digest('SHA-256', data))].join();
  const all = [];
  for (const frame of frames) all.push(await digest(await preview.pixels(frame)));
  return all;
})(m.preview.value, %s)"""


async def begun(user: User, **brief: str) -> str:
    """Write a brief and click Create; skeletons, words and a picture come while the film is made."""
    await user.write_brief(TOPICS[user.lang], SECONDS, **brief)
    await user.page.evaluate(WATCH)
    project = await user.create()
    seen = await until(user.page, "globalThis.seen.picture && globalThis.seen", PATIENCE_S)
    assert seen["skeletons"] - seen["click"] < 1000
    assert seen["skeletons"] <= seen["words"] <= seen["picture"]
    return project


async def plays_before_it_is_made(user: User) -> None:
    """The film can be played as soon as its first shot has a picture."""
    await user.stored("m.shots.value[0]?.picture && m.scene.value && m.busy.value", PATIENCE_S)
    await user.button("stage.play").click()
    await moves(user)
    await user.button("stage.pause").click()
    await user.button("stage.play").wait_for()


async def moves(user: User) -> None:
    """The playhead goes on, as its user sees it."""
    scrub = user.page.get_by_role("slider", name=user.say("stage.scrub"), exact=True)
    before, end = float(await scrub.input_value()), asyncio.get_running_loop().time() + 20
    while float(await scrub.input_value()) <= before + 200:
        assert asyncio.get_running_loop().time() < end, f"the playhead stays at {before} ms"
        await asyncio.sleep(0.1)


async def made(user: User, version: int) -> None:
    """Wait until this version is finished, and nothing is left to make."""
    await user.region("run").get_by_text(user.say("run.done")).wait_for(timeout=PATIENCE_S * 1000)
    await user.stored(f"m.project.value.version === {version} && m.scene.value?.stage === 'made'")


async def remade(user: User, version: int) -> None:
    """Make the film of what was changed."""
    await user.saved()
    await user.region("remake").get_by_role("button", name=user.say("remake.make"), exact=True).click()
    await made(user, version)


async def fresh_steps(studio: Studio, project: str) -> list[tuple[str, str]]:
    """Step and label of what the latest run has made anew."""
    run = (await studio.project(project))["snapshot"]["runs"][-1]["id"]
    log = (await studio.api.get(f"/api/projects/{project}/events")).text
    done = [one.data for one in read(log.splitlines()) if one.kind == "step.done" and one.data["run"] == run]
    return [(step["step"], step["label"]) for step in done if not step["reused"]]


async def ids(user: User) -> list[str | None]:
    """The shots on the board, in order."""
    return [await card.get_attribute("data-id") for card in await user.cards.all()]


async def reordered(user: User, expected: list[str | None]) -> None:
    """Wait until the board has this order, and the server, too."""
    await user.stored(f"JSON.stringify(m.shots.value.map(({{ id }}) => id)) === JSON.stringify({expected})")
    await user.saved()
    assert await ids(user) == expected


async def published(user: User) -> str:
    """Publish by the dialog; the public page's address."""
    await user.button("publish.open").click()
    dialog = user.page.get_by_role("dialog")
    await dialog.get_by_role("button", name=user.say("publish.open"), exact=True).click()
    link = dialog.get_by_role("link", name=user.say("publish.visit"), exact=True)
    return str(await link.get_attribute("href"))


@asynccontextmanager
async def visited(page: Page, link: Locator, key: str = "") -> AsyncIterator[Page]:
    """The page that a link opens beside this one, by a click or a key."""
    async with page.context.expect_page() as coming:
        await (link.press(key) if key else link.click())
    public = await coming.value
    faults = watched(public)
    await until(public, "document.querySelector('video')?.readyState > 0", 30)
    yield public
    assert faults == []
    await public.close()


async def runs_on(public: Page) -> None:
    """The public page's film is being played."""
    await until(public, "document.querySelector('video').currentTime > 0.5", 30)


async def the_whole_way(studio: Studio, user: User, **brief: str) -> None:
    """From a brief to a public page, a change between them."""
    project = await begun(user, **brief)
    await plays_before_it_is_made(user)
    await made(user, 1)
    await user.caption(2, WORDS[user.lang])
    await remade(user, 2)
    steps = await fresh_steps(studio, project)
    assert [label for step, label in steps if step == "speak"] == ["s2"], steps
    assert not {"draw_frame", "paint_poster", "write_draft", "refine_segment", "set_anchor"} & {
        step for step, _ in steps
    }

    await user.tab("board")
    before = await ids(user)
    await user.cards.first.locator(".thumb").press("Alt+ArrowRight")
    await reordered(user, before[::-1])
    await user.button("undo").click()
    await reordered(user, before)
    assert not await user.region("remake").count()

    assert (await published(user)).startswith(studio.whole.api)
    link = user.page.get_by_role("dialog").get_by_role("link", name=user.say("publish.visit"), exact=True)
    async with visited(user.page, link) as public:
        assert WORDS[user.lang] in await public.get_by_role("list").inner_text()
        await public.locator("video").click()
        await runs_on(public)


@pytest.mark.parametrize(("lang", "width"), [("en", 1400), ("zh", 390)])
async def test_a_film_is_made_changed_and_published(studio: Studio, lang: Language, width: int) -> None:
    async with studio.page(lang, width=width) as page:
        await the_whole_way(studio, User(page, lang))


async def tabbed_to(user: User, target: Locator) -> None:
    """Go on by Tab until a thing has the focus."""
    for _ in range(80):
        if await target.evaluate("(it) => it === document.activeElement"):
            return
        await user.page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to {target}")


async def test_a_film_is_made_changed_and_published_by_keys_alone(studio: Studio) -> None:
    async with studio.page() as page:
        user, keys = User(page, "en"), page.keyboard
        await page.goto("/studio")
        await until(page, "document.activeElement?.id === 'topic'")
        await keys.type("How tides come and go")
        await tabbed_to(user, user.choice("brief.seconds"))
        await keys.press("ArrowUp")
        await tabbed_to(user, page.locator("summary", has_text=user.say("brief.more")))
        await keys.press("Enter")
        await tabbed_to(user, user.choice("brief.height"))
        for _ in range(3):
            await keys.press("ArrowUp")
        await tabbed_to(user, user.button("brief.create"))
        await keys.press("Enter")
        await user.stored("m.scene.value", PATIENCE_S)
        await expect(user.button("stage.play")).to_be_enabled()
        await keys.press("Space")
        await moves(user)
        await keys.press("k")
        await made(user, 1)

        await keys.press("ArrowDown")
        await keys.press("e")
        assert await page.get_by_label(user.say("inspector.caption"), exact=True).evaluate(
            "(it) => it === document.activeElement"
        )
        await keys.press("Control+a")
        await keys.type(WORDS["en"])
        await user.saved()
        await keys.press("Control+Enter")
        await made(user, 2)

        before, last = await ids(user), user.cards.last.locator(".thumb")
        await tabbed_to(user, last)
        await keys.press("Alt+ArrowLeft")
        await reordered(user, before[::-1])
        await keys.press("z")
        await reordered(user, before)

        await keys.press("p")
        dialog = page.get_by_role("dialog")
        publish = dialog.get_by_role("button", name=user.say("publish.open"), exact=True)
        await until(page, "document.querySelector('dialog .primary:enabled') !== null")
        await tabbed_to(user, publish)
        await keys.press("Enter")
        link = dialog.get_by_role("link", name=user.say("publish.visit"), exact=True)
        await link.wait_for()
        await tabbed_to(user, link)
        async with visited(page, link, "Enter") as public:
            await tabbed_to(User(public, "en"), public.locator("video"))
            await public.keyboard.press("Space")
            await runs_on(public)


async def test_words_that_are_markup_stay_words(studio: Studio) -> None:
    project = await studio.finished_project()
    async with studio.page() as page:
        asked: list[str] = []
        page.context.on("dialog", lambda dialog: asked.append(dialog.message))
        user = User(page, "en")
        await user.open(project)
        await user.caption(1, HOSTILE)
        await user.saved()
        await page.reload()
        await user.stored("m.scene.value && m.pending.value.length")
        for shown_in in (user.cards.first.locator(".words"), user.region("tl").get_by_text(HOSTILE, exact=True)):
            assert await shown_in.inner_text() == HOSTILE
        assert HOSTILE in str(await user.cards.first.locator(".thumb").get_attribute("aria-label"))
        assert await page.get_by_label(user.say("inspector.caption"), exact=True).input_value() == HOSTILE
        await remade(user, 2)
        await published(user)
        assert not await page.locator("img[src=x]").count()
        link = page.get_by_role("dialog").get_by_role("link", name=user.say("publish.visit"), exact=True)
        async with visited(page, link) as public:
            assert HOSTILE in await public.get_by_role("list").inner_text()
            assert not await public.locator("img[src=x]").count()
        assert asked == []


async def test_a_finished_film_looks_the_same_after_a_reload(studio: Studio) -> None:
    project = await studio.finished_project()
    async with studio.page() as page:
        user = User(page, "en")
        looks = []
        for _ in range(2):
            await user.open(project)
            await user.stored("m.scene.value?.stage === 'made'")
            await user.button("stage.after").click()
            scene: dict[str, Any] = await user.store("m.scene.value")
            looks.append((scene, await digests(page, scene["frames"])))
            await page.reload()
        assert looks[0] == looks[1]
        assert len(set(looks[0][1])) > 1


async def digests(page: Page, frames: int) -> list[str]:
    """What some frames of the preview look like."""
    return list(await of(page, "ui/stage.js", DIGESTS % [frames * part // 5 for part in range(5)]))


@pytest.mark.models
@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)")
async def test_a_film_of_the_real_engines_is_made_and_published(tmp_path: Path) -> None:
    real = {name.upper(): str(Settings.model_fields[name].default) for name in ENGINES}
    with whole(tmp_path, **GENEROUS, **real) as up:
        async with shown(up) as studio, studio.page() as page:
            await the_whole_way(studio, User(page, "en"))

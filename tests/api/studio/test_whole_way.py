"""The whole way, as a user goes it: from a brief over a film that takes shape, its edits, to a page for everybody."""

from __future__ import annotations

from typing import Any

import pytest
from acting import WATCH, User
from driving import Language, Studio, until
from playwright.async_api import Page

from benchmarks.whole import read

TOPICS: dict[Language, str] = {"en": "How lighthouses guide ships", "zh": "灯塔怎样为船只指路"}
WORDS: dict[Language, str] = {"en": "A light turns in the night.", "zh": "一束光在夜里转动。"}
HOSTILE = """<img src=x onerror="document.title='had'"><script>document.title='had'</script>${7*7}{{7*7}}"""
SOON_MS = 250
"""Skeletons come with the next frame; the rest is for a machine that does much else. The figure is bench-studio's."""


async def steps(studio: Studio, project: str, after: int) -> list[tuple[str, bool]]:
    """Each step that was done since an event, and whether it was reused."""
    answer = await studio.api.get(f"/api/projects/{project}/events", params={"after": after})
    done = [event.data for event in read(answer.text.splitlines()) if event.kind == "step.done"]
    return [(step["step"], step["reused"]) for step in done]


async def order(user: User) -> list[str]:
    return list(await user.store("m.shots.value.map(({ id }) => id)"))


async def plays(user: User) -> None:
    """Play the preview, and stop it again."""
    await user.button("stage.play").click()
    await until(user.page, "document.querySelector('.transport .num').textContent > '0:00.3'")
    await user.button("stage.pause").click()


async def published(user: User) -> str:
    """Publish from the dialog; the address of the page."""
    await user.button("publish.open").click()
    dialog = user.page.get_by_role("dialog")
    await dialog.get_by_role("button", name=user.say("publish.open"), exact=True).click()
    link = dialog.get_by_label(user.say("publish.link"), exact=True)
    await link.wait_for()
    return await link.input_value()


async def watched_there(page: Page, address: str) -> None:
    """The public page's film plays."""
    await page.goto(address)
    await page.evaluate(
        "(() => { const film = document.querySelector('video'); film.muted = true; return film.play(); })()"
    )
    await until(page, "document.querySelector('video').currentTime > 0.3")


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_from_a_brief_to_a_page_for_everybody(studio: Studio, lang: Language) -> None:
    async with studio.page(lang) as page:
        user = User(page, lang)
        await user.write_brief(TOPICS[lang], 15)
        await page.evaluate(WATCH)
        project = await user.create()
        await user.made()
        seen: dict[str, Any] = await page.evaluate("seen")
        assert seen["skeletons"] - seen["click"] <= SOON_MS
        assert seen["skeletons"] < seen["words"] <= seen["picture"]
        assert seen["draft"], "drafted pictures are shown before the final ones"
        texts = seen["texts"].values()
        assert all(len(said) > 1 for said in texts), "words grow in every card"
        assert await page.evaluate("document.querySelectorAll('.board img.draft').length") == 0
        await plays(user)

        before = await order(user)
        assert len(before) > 1
        await user.caption(2, WORDS[lang])
        await user.saved()
        last = (await studio.project(project))["last_event_id"]
        await user.make()
        made = await steps(studio, project, last)
        assert made.count(("speak", False)) == made.count(("shoot", False)) == 1, made
        assert ("draw_frame", False) not in made
        assert made.count(("shoot", True)) == len(before) - 1

        await user.button("board.later", n=1).click()
        moved = await order(user)
        assert moved == [before[1], before[0], *before[2:]]
        await user.button("undo").click()
        assert await order(user) == before
        await user.button("redo").click()
        await user.saved()
        await user.make()
        assert [shot["segment"] for shot in (await studio.project(project))["film"]["shots"]] == moved

        address = await published(user)
        await watched_there(page, address)
        assert WORDS[lang] in (await studio.api.get(address)).text


async def test_a_caption_is_text_wherever_it_is_shown(studio: Studio) -> None:
    project = await studio.finished_project()
    async with studio.page() as page:
        user = User(page, "en")
        await user.open(project)
        await user.caption(1, HOSTILE)
        await user.page.get_by_label(user.say("title"), exact=True).fill(HOSTILE[:190])
        await user.page.keyboard.press("Enter")
        await user.saved()
        assert await user.cards.first.locator(".words").text_content() == HOSTILE
        await user.make()
        address = await published(user)
        await page.reload()
        await user.cards.first.wait_for()
        assert await user.cards.first.locator(".words").text_content() == HOSTILE
        for shown in (page.url, f"{studio.whole.api}/studio/library", f"{studio.whole.api}/studio/ops", address):
            await page.goto(shown)
            await until(
                page,
                "document.querySelector('main')?.textContent.includes('onerror')"
                if shown != f"{studio.whole.api}/studio/ops"
                else "document.querySelector('main h2')",
            )
            assert await page.title() != "had"
            assert await page.locator("img[src='x'], main script").count() == 0


async def test_keys_alone_go_the_whole_way(studio: Studio) -> None:
    async with studio.page() as page:
        user, keys = User(page, "en"), page.keyboard
        await page.goto("/studio")
        await user.button("brief.create").wait_for()
        await keys.type(TOPICS["en"])
        await user.tab_to(user.choice("brief.seconds"))
        await keys.type("15")
        await user.tab_to(page.get_by_text(user.say("brief.more")))
        await keys.press("Enter")
        await user.tab_to(user.choice("brief.height"))
        await keys.type("480")
        await user.tab_to(user.button("brief.create"))
        await keys.press("Enter")
        await user.made()
        before = await order(user)

        await keys.press("Space")
        await until(page, "document.querySelector('.transport .num').textContent > '0:00.3'")
        await keys.press("k")
        await user.tab_to(user.cards.nth(0).locator(".thumb"))
        await keys.press("Enter")
        await keys.press("e")
        await keys.press("Control+a")
        await keys.type(WORDS["en"])
        await user.saved()
        await keys.press("Control+Enter")
        await user.stored("m.busy.value")
        await user.made()
        assert (await studio.project(await user.store("m.project.value.id")))["version"] == 2

        await user.tab_to(user.cards.nth(0).locator(".thumb"))
        await keys.press("Alt+ArrowRight")
        assert await order(user) == [before[1], before[0], *before[2:]]
        await keys.press("z")
        assert await order(user) == before
        await user.saved()
        await keys.press("p")
        dialog = page.get_by_role("dialog")
        await user.tab_to(dialog.get_by_role("button", name=user.say("publish.open"), exact=True))
        await keys.press("Enter")
        await dialog.get_by_label(user.say("publish.link"), exact=True).wait_for()
        await keys.press("Escape")
        assert await dialog.count() == 0

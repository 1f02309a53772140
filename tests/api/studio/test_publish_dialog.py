"""Publishing in the studio: by keys alone, with what a version lacks, and back to where one was."""

from __future__ import annotations

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from published import BRIEF, project_with, with_version

from flows.create import create
from infra.database import close_database
from tasks.schema import Asset, Brief, Edits, Media
from tests.browser import needs_chromium, page

pytestmark = needs_chromium
BUTTON = "button[aria-keyshortcuts=p]"
BEACH = Media(asset=Asset(sha256="6" * 64, media_type="image/jpeg", size_bytes=1))


@pytest.fixture(scope="module")
async def film(prefect_server):
    return await create(Brief.model_validate(BRIEF))


@pytest.fixture
async def project(live, film):
    """A project whose second and shown version has a picture of the user's own."""
    async with httpx.AsyncClient(base_url=live) as client:
        made = await project_with(client, film, "Bees")
    await with_version(made, 2, film, edits=Edits(media={film.timeline.shots[0].segment: BEACH}))
    await close_database()
    return made


async def published(live, project):
    async with httpx.AsyncClient(base_url=live) as client:
        return (await client.get(f"/api/projects/{project}/publications")).json()["publications"]


async def opened(browser, live, project):
    await browser.goto(f"{live}/studio/p/{project}")
    await browser.locator(f"{BUTTON}[aria-disabled=false]").wait_for()


async def test_a_film_is_published_and_withdrawn_by_keys_alone(live, project):
    async with page() as browser:
        said = []
        browser.on("pageerror", lambda error: said.append(str(error)))
        await opened(browser, live, project)
        await browser.focus(BUTTON)
        await browser.keyboard.press("p")
        await browser.locator("dialog.publish li").first.wait_for()
        assert await browser.locator("dialog.publish li .ok").count() == 3
        assert "shot 1" in await browser.locator("dialog.publish li").last.inner_text()
        await browser.locator("dialog.publish .primary").press("Enter")
        assert await published(live, project) == []  # the rights are not confirmed
        await browser.locator("input[name=rights]").press("Space")
        await browser.locator("dialog.publish .primary").press("Enter")
        await browser.locator("dialog.publish section").wait_for()
        (there,) = await published(live, project)
        assert await browser.locator("dialog.publish section input").first.input_value() == there["url"]
        assert (await Axe().run(browser)).response["violations"] == []
        await browser.locator("dialog.publish summary").press("Enter")
        await browser.locator("dialog.publish details button").press("Enter")
        await browser.locator("dialog.publish section").wait_for(state="detached")
        assert (await published(live, project))[0]["withdrawn"]
        await browser.keyboard.press("Escape")
        await browser.locator("dialog.publish").wait_for(state="detached")
        assert await browser.evaluate(f"document.activeElement === document.querySelector('{BUTTON}')")
        assert said == []


async def test_another_version_is_chosen_and_what_is_amiss_is_told(live, project, film):
    await with_version(project, 3, film, certificate=None)
    await close_database()
    async with page(390, 844) as browser:
        await opened(browser, live, project)
        await browser.click(BUTTON)
        await browser.locator("dialog.publish li .bad").wait_for()
        assert await browser.locator("dialog.publish .primary").is_disabled()
        await browser.select_option("dialog.publish select", "1")
        await browser.locator("dialog.publish li .bad").wait_for(state="detached")
        await browser.locator("dialog.publish .primary:enabled").click()
        await browser.locator("dialog.publish section").wait_for()
        assert (await published(live, project))[0]["version"] == 1
        for selector in ("h1", "section input", "section img", "section a"):
            assert await browser.locator(f"dialog.publish {selector}").first.is_visible(), selector
        overflow = "(it => it.scrollWidth - it.clientWidth)(document.querySelector('dialog.publish'))"
        assert await browser.evaluate(overflow) == 0
        await browser.click("dialog.publish h1 + button")
        await browser.locator("dialog.publish").wait_for(state="detached")
        assert await browser.evaluate(f"document.activeElement === document.querySelector('{BUTTON}')")


async def test_without_a_finished_film_the_button_says_why_not(live):
    async with httpx.AsyncClient(base_url=live) as client:
        project = (await client.post("/api/projects", json={"brief": BRIEF})).json()["id"]
    async with page() as browser:
        await browser.goto(f"{live}/studio/p/{project}")
        button = browser.locator(f"{BUTTON}[aria-disabled=true]")
        await button.wait_for()
        assert await button.get_attribute("title") == "There is no finished film yet"
        await button.press("Enter")
        assert await browser.locator("dialog").count() == 0

"""From an idea to a film in a real browser: new films, the bar, the stage, the storyboard, runs and what fails."""

from __future__ import annotations

import asyncio
import json

import pytest
from accessibility import violations
from driving import Studio, until
from playwright.async_api import Page, expect

from tests.browser import needs_chromium

pytestmark = [needs_chromium, pytest.mark.asyncio(loop_scope="session")]

IDS = "[...document.querySelectorAll('.shot[data-id]')].map((shot) => shot.dataset.id)"
SHIFTS = """globalThis.shifted = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifted += entry.value;
}).observe({ type: 'layout-shift', buffered: true })"""
NO_WIDER = "document.documentElement.scrollWidth <= innerWidth && innerWidth === WIDTH"
FINISHED = "!!document.querySelector('.run .ok')"


async def brief(page: Page, topic: str, seconds: str = "5") -> None:
    """The form of new films, filled in for a film that is made soon."""
    await page.goto("/studio")
    await page.get_by_label("What is it about?").fill(topic)
    await page.get_by_label("Length").select_option(seconds)
    await page.get_by_text("More settings").click()
    await page.get_by_label("Resolution").select_option("480")


async def opened(page: Page, project: str) -> list[str]:
    """The editor with a project; its shots."""
    await page.goto(f"/studio/p/{project}")
    await until(page, f"{IDS}.length > 0 && !!document.querySelector('.badge')")
    return list(await page.evaluate(IDS))


async def edits(studio: Studio, project: str, name: str, seconds: float = 10) -> object:
    """An edit of a project once the server has it."""
    for _ in range(int(seconds / 0.1)):
        if (found := (await studio.project(project))["edits"].get(name)) is not None:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"no {name} after {seconds} s")


async def test_a_film_is_made_by_ctrl_enter_and_its_empty_shots_are_there_at_once(studio: Studio):
    async with studio.page() as page:
        await brief(page, "How tides follow the moon", "15")
        await expect(page.locator(".estimate")).to_contain_text("2 shots")
        began = await page.evaluate(
            """new Promise((resolve) => {
              let at = 0;
              addEventListener('keydown', (event) => { at = event.timeStamp; }, { capture: true, once: true });
              const look = () => {
                if (document.querySelector('.shot')) resolve(performance.now() - at);
                else requestAnimationFrame(look);
              };
              document.getElementById('topic').focus();
              requestAnimationFrame(look);
              setTimeout(() => document.getElementById('topic').dispatchEvent(
                new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true })));
            })"""
        )
        assert began < 1000
        assert await page.evaluate(f"{IDS}.length") == 2
        await until(page, "/\\/p\\/p_/.test(location.pathname)")
        await until(page, "!!document.querySelector('.shot img.draft, .shot img')")
        await until(page, FINISHED, 90)
        assert await page.locator(".tag.final").count() == 2
        assert await page.title() != "Flywheel Studio"


async def test_half_composed_words_make_no_film(studio: Studio):
    async with studio.page() as page:
        await brief(page, "蜜蜂")
        composed = "new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true, isComposing: true })"
        await page.evaluate(f"document.getElementById('topic').dispatchEvent({composed})")
        await asyncio.sleep(0.3)
        assert page.url.endswith("/studio")


async def test_an_example_fills_the_form(studio: Studio):
    async with studio.page() as page:
        await page.goto("/studio")
        await page.get_by_role("button", name="Product").click()
        assert await page.get_by_label("What is it about?").input_value() == "A desk lamp that follows the sun"
        assert await page.get_by_label("Template").input_value() == "product"
        assert await page.get_by_label("Format").input_value() == "9:16"


async def test_a_film_that_is_refused_is_explained_where_it_was_asked_for(studio: Studio):
    told = {
        "type": "/problems/quota-spent",
        "title": "Too Many",
        "detail": "You have had your films.",
        "remedy": "Wait.",
    }
    async with studio.page(allowed=("429",)) as page:
        await page.route(
            "**/api/projects",
            lambda route: (
                route.fulfill(
                    status=429,
                    headers={"Retry-After": "2"},
                    content_type="application/problem+json",
                    body=json.dumps(told),
                )
                if route.request.method == "POST"
                else route.continue_()
            ),
        )
        await brief(page, "Bees")
        await page.get_by_role("button", name="Create film").click()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("You have had your films.")
        await expect(alert).to_contain_text("Wait.")
        await expect(alert.get_by_role("button")).to_be_disabled()
        await expect(alert.get_by_role("button", name="Try again")).to_be_enabled(timeout=5000)
        assert page.url.endswith("/studio")
        assert await page.get_by_label("What is it about?").input_value() == "Bees"


async def test_shots_are_moved_by_keys_buttons_and_the_mouse_and_moved_back(studio: Studio):
    project = await studio.finished_project(seconds=15)
    async with studio.page() as page:
        one, two, *rest = await opened(page, project)
        await page.locator(f"[data-id={one}] .thumb").focus()
        await page.keyboard.press("Alt+ArrowRight")
        assert await page.evaluate(IDS) == [two, one, *rest]
        await until(page, f"document.activeElement.closest('[data-id={one}]') !== null")
        await page.get_by_role("button", name="Move shot 2 earlier").click()
        assert await page.evaluate(IDS) == [one, two, *rest]
        await until(page, f"document.activeElement.matches('[data-id={one}] .thumb')")
        start = await page.locator(f"[data-id={one}] .thumb").bounding_box()
        end = await page.locator(f"[data-id={two}] .thumb").bounding_box()
        assert start is not None
        assert end is not None
        await page.mouse.move(start["x"] + 20, start["y"] + 20)
        await page.mouse.down()
        await page.mouse.move(end["x"] + end["width"] - 20, end["y"] + 30, steps=6)
        await page.mouse.up()
        assert await page.evaluate(IDS) == [two, one, *rest]
        assert await edits(studio, project, "order") == [two, one, *rest]
        await page.get_by_role("button", name="Undo").first.click()
        assert await page.evaluate(IDS) == [one, two, *rest]


async def test_a_shot_is_dragged_by_a_finger_on_its_grip(studio: Studio):
    project = await studio.finished_project(seconds=15)
    async with studio.page(width=390, height=844) as page:
        one, two, *rest = await opened(page, project)
        touch = await page.context.new_cdp_session(page)
        await page.locator(f"[data-id={two}] .grip").scroll_into_view_if_needed()
        here = await page.locator(f"[data-id={one}] .grip").bounding_box()
        there = await page.locator(f"[data-id={two}] .thumb").bounding_box()
        assert here is not None
        assert there is not None
        x, y = here["x"] + 20, here["y"] + 20
        to = (there["x"] + there["width"] / 2, there["y"] + there["height"] / 2)
        await touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(1, 7):
            at = {"x": x + (to[0] - x) * step / 6, "y": y + (to[1] - y) * step / 6}
            await touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
        await touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        assert await page.evaluate(IDS) == [two, one, *rest]


async def test_a_deleted_shot_comes_back_and_another_is_added(studio: Studio):
    project = await studio.finished_project(seconds=15)
    async with studio.page() as page:
        before = await opened(page, project)
        await page.get_by_role("button", name="Delete shot 1").click()
        assert await page.evaluate(IDS) == before[1:]
        await page.locator(".toast").get_by_role("button", name="Undo").click()
        assert await page.evaluate(IDS) == before
        await page.locator(".add button").click()
        assert await page.evaluate(f"{IDS}.at(-1)") == "s201"
        assert await page.locator('[data-id="s201"]').get_attribute("aria-current") == "true"
        await until(page, "document.activeElement.id === 'caption'")


async def test_the_stage_plays_steps_and_shows_the_finished_film(studio: Studio):
    project = await studio.finished_project()
    async with studio.page() as page:
        await opened(page, project)
        stage = page.get_by_role("region", name="Preview")
        await expect(stage.locator(".badge")).to_have_text("As made")
        scrub = stage.get_by_role("slider", name="Position")
        assert (await scrub.get_attribute("aria-valuetext") or "").startswith("0:00 of 0:0")
        await stage.get_by_role("button", name="A frame on").click()
        await until(page, "document.querySelector('.transport .num').textContent === '0:00.0'")
        await stage.get_by_role("button", name="Play").click()
        await expect(stage.get_by_role("button", name="Pause")).to_be_visible()
        await until(page, "parseFloat(document.querySelector('.transport .num').textContent.slice(2)) > 0.5")
        await stage.get_by_role("button", name="Safe areas").click()
        await expect(stage.locator(".safe")).to_be_visible()
        await stage.get_by_role("button", name="Watch the finished film").click()
        await until(page, "document.querySelector('video')?.readyState >= 1")
        assert await stage.locator("track").get_attribute("kind") == "captions"
        assert "download=" in (await stage.get_by_role("link", name="Download").get_attribute("href") or "")
        await stage.get_by_role("button", name="Back to the preview").click()
        await expect(stage.locator("video")).to_have_count(0)


async def test_a_run_waits_for_approval_and_goes_on(studio: Studio):
    asked = {"topic": "A gate in the hills", "seconds": 5, "height": 480, "approve": "script"}
    project = (await studio.ask("POST", "/api/projects", json={"brief": asked, "make": True}))["id"]
    async with studio.page() as page:
        await opened_board(page, project)
        await page.get_by_role("button", name="Approve").click(timeout=60_000)
        await until(page, FINISHED, 90)


async def opened_board(page: Page, project: str) -> None:
    await page.goto(f"/studio/p/{project}")
    await until(page, f"{IDS}.length > 0")


async def test_a_failed_run_says_what_to_do_and_is_tried_again(studio: Studio):
    broken = await studio.api.post(
        "/api/assets", content=b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"no" * 50, headers={"Content-Type": "image/jpeg"}
    )
    own = {"media": {"s1": {"asset": broken.json()["asset"]}}}
    asked = {"topic": "A lake without a picture", "seconds": 5, "height": 480, **own}
    project = (await studio.ask("POST", "/api/projects", json={"brief": asked, "make": True}))["id"]
    assert (await studio.ended(project))["state"] == "failed"
    async with studio.page(allowed=("ERR_", "decode", "Failed to load")) as page:
        await opened_board(page, project)
        error = (await studio.project(project))["snapshot"]["runs"][-1]["error"]
        alert = page.get_by_role("region", name="Progress").get_by_role("alert")
        await expect(alert).to_contain_text(error["what"])
        await expect(alert).to_contain_text(error["remedy"])
        await alert.get_by_role("button", name="Try again").click()
        await until(page, "!document.querySelector('.run .note.bad')")


async def test_a_run_is_cancelled(studio: Studio):
    asked = {"topic": "A long road that is not walked to its end", "seconds": 60, "height": 480}
    project = (await studio.ask("POST", "/api/projects", json={"brief": asked, "make": True}))["id"]
    async with studio.page() as page:
        await opened_board(page, project)
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.get_by_role("region", name="Progress")).to_contain_text("Stopped.", timeout=30_000)
        await expect(page.get_by_role("button", name="Try again")).to_be_visible()


async def test_title_language_theme_and_help(studio: Studio):
    project = await studio.finished_project()
    async with studio.page() as page:
        await opened(page, project)
        title = page.get_by_label("Title")
        await title.fill("Another name")
        await title.press("Enter")
        for _ in range(50):
            if (await studio.project(project))["title"] == "Another name":
                break
            await asyncio.sleep(0.1)
        assert (await studio.project(project))["title"] == "Another name"
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_contain_text("Ctrl+Enter")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.get_by_role("button", name="Dark or light").click()
        assert await page.evaluate("document.documentElement.dataset.theme") == "light"
        await page.get_by_role("button", name="中文").click()
        await expect(page.get_by_role("button", name="深色或浅色")).to_be_visible()
        await page.reload()
        assert await page.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]") == [
            "zh-CN", "light",
        ]  # fmt: skip


async def test_on_a_phone_one_part_is_shown_at_a_time(studio: Studio):
    project = await studio.finished_project()
    async with studio.page(width=390, height=844) as page:
        await opened(page, project)
        assert await page.get_by_role("tabpanel").count() == 1
        await page.get_by_role("tab", name="Brief").click()
        await expect(page.get_by_role("tabpanel", name="Brief")).to_be_visible()
        await page.get_by_role("tab", name="Brief").press("ArrowLeft")
        await expect(page.get_by_role("tabpanel", name="Timeline")).to_be_visible()
        await until(page, "document.activeElement.id === 'to-timeline'")
        await page.evaluate("scrollTo(0, 400)")
        top = await page.evaluate("document.querySelector('.stage').getBoundingClientRect().top")
        assert top >= 0


@pytest.mark.parametrize(("lang", "theme", "width"), [("en", "dark", 1400), ("zh", "light", 1400), ("zh", "dark", 360)])
async def test_nothing_is_moved_too_wide_or_out_of_reach(studio: Studio, lang, theme, width):
    project = await studio.finished_project()
    async with studio.page(lang=lang, theme=theme, width=width) as page:
        await page.add_init_script(SHIFTS)
        for path in ("/studio", f"/studio/p/{project}"):
            await page.goto(path)
            await until(page, "!!document.querySelector('.create, .badge')")
            await asyncio.sleep(1)
            assert await page.evaluate("shifted") < 0.02, path
            assert await page.evaluate(NO_WIDER.replace("WIDTH", str(width))), path
            assert await violations(page) == []


async def test_an_address_that_names_nothing_leads_back(studio: Studio):
    async with studio.page(allowed=("404",)) as page:
        await page.goto("/studio/nowhere")
        await page.get_by_role("main").get_by_role("link", name="New film").click()
        await expect(page.get_by_label("What is it about?")).to_be_visible()
        await page.goto("/studio/p/p_00000000000000000000000000")
        await expect(page.get_by_role("alert")).to_contain_text("p_0000")

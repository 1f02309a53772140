"""The pages beside the editor, in a real browser over a real whole: library, campaign, operations."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest
from accessibility import violations
from playwright.async_api import Page, expect

from tests.browser import needs_chromium, page
from tests.whole import whole

pytestmark = needs_chromium

TINY = {"seconds": 5, "height": 480}
UNREADABLE = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"not a picture" * 50
KEYS = re.compile(r"\b(?:pages|state|lib|camp|ops|trial|pool|engine|flow|step)\.[\w.-]+")
WITHIN_MS = 20_000


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A whole with two films, one that failed for a picture that cannot be read, and a draft."""
    home = tmp_path_factory.mktemp("pages")
    with (
        whole(home, "--engine", "sketch", RUNS_PER_USER="2", PRICE_PER_ENGINE_SECOND="0.01") as up,
        httpx.Client(base_url=up.api, timeout=60) as client,
    ):
        picture = client.post("/api/assets", content=UNREADABLE, headers={"Content-Type": "image/jpeg"}).json()
        own = {"media": {"s1": {"asset": picture["asset"]}}}
        made = [made_of(client, "Honeybees"), made_of(client, "清晨的港口"), made_of(client, "A lake", **own)]
        assert [state_of(client, project) for project in made] == ["done", "done", "failed"]
        client.post("/api/projects", json={"brief": {"topic": "A draft", **TINY}}).raise_for_status()
        yield client


def made_of(client: httpx.Client, title: str, **brief) -> str:
    """A project whose first run has ended; one called as its topic would take its film's title."""
    asked = {"brief": {"topic": f"{title}: 草图", **TINY, **brief}, "title": title, "make": True}
    new = client.post("/api/projects", json=asked)
    project, end = new.json()["id"], time.monotonic() + 120
    while state_of(client, project) in {"queued", "running"}:
        assert time.monotonic() < end
        time.sleep(0.3)
    return project


def state_of(client: httpx.Client, project: str) -> str:
    (line,) = client.get(f"/api/projects?id={project}").json()["projects"]
    return line["state"]


@asynccontextmanager
async def opened(api: httpx.Client, path: str, *, language="en", theme="dark", width=1400) -> AsyncIterator[Page]:
    """The studio at *path*; nothing may go wrong in its scripts."""
    async with page(width, 900) as tab:
        errors: list[str] = []
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
        address = str(api.base_url).rstrip("/")
        cookies = {"fw_lang": language, "fw_theme": theme}
        await tab.context.add_cookies([{"name": n, "value": v, "url": address} for n, v in cookies.items()])
        await tab.goto(address + path)
        yield tab
        assert errors == []


def titles(tab: Page):
    return tab.locator(".card h2")


async def test_the_library_finds_and_opens_films(api):
    async with opened(api, "/studio/library") as tab:
        await expect(titles(tab)).to_have_text(["A draft", "A lake", "清晨的港口", "Honeybees"])
        await expect(tab.locator(".card").nth(1)).to_contain_text("not a picture")
        await expect(tab.locator(".card img")).to_have_count(3)
        await tab.get_by_role("searchbox").fill("港口")
        await expect(titles(tab)).to_have_text(["清晨的港口"])
        await tab.get_by_role("searchbox").fill("no such film")
        await expect(tab.get_by_text("No title has “no such film”")).to_be_visible()
        await tab.get_by_role("searchbox").fill("honey")
        await tab.get_by_role("link", name="Honeybees").press("Enter")
        await expect(tab).to_have_url(re.compile(r"/studio/p/p_\w+$"))


async def test_words_that_are_being_composed_are_not_searched_for(api):
    asked: list[str] = []
    async with opened(api, "/studio/library") as tab:
        await expect(titles(tab)).to_have_count(4)
        tab.on("request", lambda request: asked.append(request.url) if "q=" in request.url else None)
        box = tab.get_by_role("searchbox")
        await box.evaluate(
            "e => { e.value = 'gangkou'; e.dispatchEvent(new InputEvent('input', {isComposing: true})) }"
        )
        await asyncio.sleep(0.6)
        assert asked == []
        await box.evaluate("e => { e.value = '港口'; e.dispatchEvent(new CompositionEvent('compositionend')) }")
        await expect(titles(tab)).to_have_text(["清晨的港口"])


async def test_a_film_is_doubled_and_deleted_and_brought_back(api):
    async with opened(api, "/studio/library") as tab:
        await tab.get_by_role("button", name="Duplicate Honeybees").click()
        await expect(titles(tab)).to_have_text(["Honeybees", "A draft", "A lake", "清晨的港口", "Honeybees"])
        for undone in (True, False):
            await tab.get_by_role("link", name="Honeybees").first.focus()
            await tab.keyboard.press("Delete")
            await expect(titles(tab)).to_have_count(4)
            if undone:
                await tab.get_by_role("button", name="Undo").click()
                await expect(titles(tab)).to_have_count(5)
        assert [one["title"] for one in api.get("/api/projects").json()["projects"]].count("Honeybees") == 1


async def test_a_library_without_films_invites(api):
    async with page() as tab:
        await tab.route(
            re.compile(r"/api/projects\?"), lambda route: route.fulfill(json={"projects": [], "next": None})
        )
        await tab.goto(f"{str(api.base_url).rstrip('/')}/studio/library")
        await expect(tab.get_by_role("main").get_by_role("link", name="Campaign")).to_be_visible()


async def test_pages_of_the_library_are_added_one_after_the_other(api):
    made = [api.post("/api/projects", json={"brief": {"topic": f"Later {n}"}}).json()["id"] for n in range(22)]
    async with opened(api, "/studio/library") as tab:
        await expect(titles(tab)).to_have_count(24)
        await tab.get_by_role("button", name="Show more").click()
        await expect(titles(tab)).to_have_count(26)
        await expect(tab.get_by_role("button", name="Show more")).to_have_count(0)
    for project in made:
        api.delete(f"/api/projects/{project}").raise_for_status()


async def test_a_campaign_makes_each_film_once_within_the_quota_and_goes_on_after_a_reload(api):
    most, seen = 0, set()
    async with opened(api, "/studio/campaign") as tab:
        posts = []
        tab.on("response", lambda answer: posts.append(answer) if is_new_project(answer) else None)
        await tab.get_by_label("Seconds").fill("5")
        await tab.get_by_label("Topics").fill("Tides\n\nWhy cats purr\ntides\n月亮\tlater\nOld bridges")
        await expect(tab.get_by_text("Left out, because empty: line 2")).to_be_visible()
        await expect(tab.get_by_text("said before (line = line): 4 = 1")).to_be_visible()
        await expect(tab.get_by_text("only the first is used: line 5")).to_be_visible()
        await expect(tab.get_by_text(re.compile(r"4 films: .* of engine time, .*, cost 0?\.?\d"))).to_be_visible()
        await expect(tab.get_by_text("Your quota: 2 at a time")).to_be_visible()
        assert posts == []
        await tab.get_by_role("button", name="Make 4 films").click()
        await expect(tab.locator(".films a")).to_have_count(1, timeout=WITHIN_MS)
        await tab.reload()
        end = time.monotonic() + 150
        while not await tab.get_by_text("4 of 4 done").is_visible():
            lines = api.get("/api/operations").json()["counts"]
            most = max(most, sum(lines.values()))
            assert time.monotonic() < end, await tab.inner_text("main")
            await asyncio.sleep(0.2)
        seen = {await answer.request.header_value("idempotency-key") for answer in posts if answer.ok}
        await tab.get_by_role("button", name="New campaign").click()
        await expect(tab.get_by_label("Topics")).to_have_value("")
    topics = [one["title"] for one in api.get("/api/projects?limit=4").json()["projects"]]
    assert (len(seen), most, len(topics)) == (4, 2, 4)
    assert len(api.get("/api/projects").json()["projects"]) == 8


def is_new_project(answer) -> bool:
    return answer.request.method == "POST" and answer.url.endswith("/api/projects")


async def test_a_campaign_is_cancelled_and_taken_up_again(api):
    async with opened(api, "/studio/campaign") as tab:
        await tab.get_by_label("Seconds").fill("5")
        await tab.get_by_label("Topics").fill("Salt\nPepper\nGinger")
        await tab.get_by_role("button", name="Make 3 films").click()
        await expect(tab.locator(".films a").first).to_be_visible(timeout=WITHIN_MS)
        await tab.get_by_role("button", name="Cancel all").click()
        await expect(tab.locator(".films .cancelled").first).to_be_visible(timeout=WITHIN_MS)
        await expect(tab.get_by_role("button", name="New campaign")).to_be_enabled()
        await expect(tab.locator(".films .idle")).not_to_have_count(0)
        await tab.get_by_role("button", name=re.compile(r"^Retry \d failed$")).click()
        await expect(tab.get_by_text("3 of 3 done")).to_be_visible(timeout=120_000)


async def test_what_a_quota_refuses_is_said_with_its_end_and_gone_on_with(api):
    async with opened(api, "/studio/campaign") as tab:
        refused = {
            "type": "/problems/quota-spent",
            "title": "",
            "status": 429,
            "detail": "No more now.",
            "remedy": "Wait.",
        }
        answers = iter([True])

        async def answer(route):
            if route.request.method == "POST" and next(answers, False):
                await route.fulfill(status=429, json=refused, headers={"Retry-After": "3"})
            else:
                await route.continue_()

        await tab.route("**/api/projects", answer)
        await tab.get_by_label("Topics").fill("Honeybees again")
        await tab.get_by_label("Seconds").fill("5")
        await tab.get_by_role("button", name="Make 1 films").click()
        begun = time.monotonic()
        await expect(tab.get_by_text("No more now.")).to_be_visible()
        await expect(tab.locator(".films a")).to_have_count(1, timeout=WITHIN_MS)
        assert time.monotonic() - begun > 2
        await expect(tab.get_by_text("No more now.")).to_have_count(0)
        await expect(tab.get_by_text("1 of 1 done")).to_be_visible(timeout=60_000)


async def test_operations_shows_failures_with_their_remedy_and_retries_them(api):
    async with opened(api, "/studio/ops") as tab:
        line = tab.locator(".runs li").filter(has_text="A lake")
        await expect(line).to_contain_text("Save it as JPEG or PNG")
        await expect(tab.get_by_role("table", name="Queues").get_by_role("row")).to_have_count(6)
        await expect(tab.get_by_role("table", name="Films by the hour").get_by_role("row")).to_have_count(25)
        await expect(tab.get_by_role("table", name="Mean time of a step")).to_contain_text("Render a shot")
        await expect(tab.get_by_text("image-sketch/1")).to_be_visible()
        before = api.get("/api/runs?state=failed").json()["runs"]
        await tab.get_by_role("button", name="Retry A lake").click()
        end = time.monotonic() + 60
        while len(api.get("/api/runs?state=failed").json()["runs"]) == len(before):
            assert time.monotonic() < end
            await asyncio.sleep(0.3)
        await expect(line).to_have_count(1)


async def test_operations_asks_for_nothing_while_it_is_hidden_or_left(api):
    async with opened(api, "/studio/ops") as tab:
        asked = []
        tab.on("request", lambda request: asked.append(request.url) if "/api/operations" in request.url else None)
        await expect(tab.get_by_text("image-sketch/1")).to_be_visible()
        hide = "Object.defineProperty(document, 'hidden', {value: HIDDEN, configurable: true})"
        await tab.evaluate(f"{hide.replace('HIDDEN', 'true')}; document.dispatchEvent(new Event('visibilitychange'))")
        await asyncio.sleep(0.5)
        quiet = len(asked)
        await asyncio.sleep(3)
        assert len(asked) == quiet
        await tab.evaluate(f"{hide.replace('HIDDEN', 'false')}; document.dispatchEvent(new Event('visibilitychange'))")
        await asyncio.sleep(0.5)
        assert len(asked) > quiet
        await tab.evaluate(
            "history.pushState(null, '', '/studio/library'); dispatchEvent(new PopStateEvent('popstate'))"
        )
        await expect(titles(tab).first).to_be_visible()
        left = len(asked)
        await asyncio.sleep(3)
        assert len(asked) == left


@pytest.mark.parametrize("path", ["library", "campaign", "ops"])
@pytest.mark.parametrize(
    ("language", "theme", "width"), [("zh-CN", "light", 390), ("en", "dark", 360), ("en", "light", 1400)]
)
async def test_pages_fit_their_screen_and_say_everything_in_its_language(api, path, language, theme, width):
    async with opened(api, f"/studio/{path}", language=language, theme=theme, width=width) as tab:
        await asyncio.sleep(1.5)
        assert await tab.evaluate("document.documentElement.scrollWidth") <= width
        assert KEYS.findall(await tab.inner_text("main")) == []
        assert await violations(tab) == []

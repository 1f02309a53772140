"""The public page in a real browser: it plays, fits, is for everybody, and is framed only where it may be."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from published import BRIEF, project_with

from flows.create import create
from infra.database import close_database
from tasks.schema import Brief
from tests.browser import needs_chromium, page

pytestmark = needs_chromium
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
async def film(prefect_server):
    return await create(Brief.model_validate(BRIEF))


@pytest.fixture(scope="module")
async def tall(prefect_server):
    return await create(Brief.model_validate({**BRIEF, "topic": "蜜蜂怎样找到花", "aspect": "9:16"}))


@pytest.fixture
async def shared(live, film, tall):
    """The addresses of a wide film's page, with a title that is as bad as can be, and of a tall one's."""
    async with httpx.AsyncClient(base_url=live) as client:
        made = []
        for one, title in ((film, "<b>" + "Unbreakable" * 16), (tall, "蜜蜂怎样找到花")):
            project = await project_with(client, one, title)
            answer = await client.post(f"/api/projects/{project}/publications", json={"download": True})
            made.append(answer.json()["url"])
    await close_database()
    return made


@asynccontextmanager
async def watched(**options):
    """A page with those options, and what its console and its requests complain of."""
    async with page() as first:
        context = await first.context.browser.new_context(**options)
        opened, said = await context.new_page(), []
        opened.on("console", lambda message: said.append(message.text))
        opened.on("requestfailed", lambda request: said.append(f"{request.url} {request.failure}"))
        yield opened, said
        await context.close()


async def test_it_plays_with_captions_at_hand(shared, film):
    async with watched() as (opened, said):
        await opened.goto(shared[0])
        played = await opened.evaluate(
            """async () => {
                const video = document.querySelector('video'), track = video.textTracks[0];
                track.mode = 'hidden';
                video.muted = true;
                await video.play();
                await new Promise((met) => { video.ontimeupdate = () => video.currentTime > 0.5 && met(); });
                const element = document.querySelector('track');
                if (element.readyState !== 2) await new Promise((met) => { element.onload = met; });
                return [video.duration, track.cues.length, getComputedStyle(document.body).backgroundColor];
            }"""
        )
        assert played[0] == pytest.approx(film.timeline.duration_ms / 1000, abs=0.1)
        assert played[1] > 0
        assert played[2] != "rgba(0, 0, 0, 0)"  # the style was let in
        assert [line for line in said if "ERR_ABORTED" not in line] == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_it_fits_and_anybody_can_use_it(shared, scheme):
    for width, height in ((360, 740), (390, 844), (1400, 1000), (3840, 2160)):
        async with watched(viewport={"width": width, "height": height}, color_scheme=scheme) as (opened, _):
            for address in shared:
                await opened.goto(address)
                assert await opened.evaluate(OVERFLOW) == 0, (address, width)
                box = await opened.locator("video").bounding_box()
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width
                assert box["height"] <= height
                found = (await Axe().run(opened)).response["violations"]
                assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


async def test_it_needs_no_script(shared):
    async with watched(java_script_enabled=False) as (opened, _):
        await opened.goto(shared[1])
        for selector in ("video[controls]", "h1", ".badge", "svg[role=img]", "input[readonly]", "ol li"):
            assert await opened.locator(selector).first.is_visible(), selector


@asynccontextmanager
async def elsewhere(html):
    """The address of a page with that *html* on another server."""

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + html.encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_only_the_player_is_shown_in_pages_elsewhere(shared):
    frames = "".join(f"<iframe src='{shared[0]}{name}' width=640 height=360></iframe>" for name in ("", "/embed"))
    async with watched() as (opened, _), elsewhere(frames) as address:
        await opened.goto(address)
        player = opened.frame_locator("iframe").nth(1)
        box = await player.locator("video").bounding_box()
        assert (box["width"], box["height"]) == (640, 360)
        assert await player.locator(".badge").is_visible()
        assert await opened.frame_locator("iframe").nth(0).locator("video").count() == 0


async def test_what_was_withdrawn_says_so_in_the_reader_s_language(shared, live):
    slug = shared[0].rpartition("/")[2]
    async with httpx.AsyncClient(base_url=live) as client:
        for line in (await client.get("/api/projects")).json()["projects"]:
            await client.delete(f"/api/projects/{line['id']}/publications/{slug}")
    async with watched(locale="zh-CN") as (opened, _):
        assert (await opened.goto(shared[0])).status == 410
        assert await opened.locator("h1").inner_text() == "片子已撤回"
        assert (await Axe().run(opened)).response["violations"] == []

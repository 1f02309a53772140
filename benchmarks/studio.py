"""bench-studio: the studio in a browser, against its goals.

python -m benchmarks.studio [parts=size,paint,click,events,preview,axe,lighthouse] [loads=5] [films=6] [seconds=30]

`flywheel up` with the real engines, warm, one worker, and Debian's Chromium without a screen beside it.

size        every script as it is served, compressed
paint       the largest contentful paint of a browser that knows nothing yet; a phone is 390 px wide, has a quarter of
            the processor and a slow 4G network (150 ms, 1.6 Mbit/s)
click       Create is clicked; when skeletons, the first drafted words and the first drafted picture stand in the page,
            by its own clock. The draft model's own time is taken afterwards as bench-latency takes it
events      a film is followed by the studio's own stream while the API is killed; what it was told against the log
preview     benchmarks.preview
axe         violations on every page, dark and light, 1400 and 390 px wide
lighthouse  its figure for accessibility, where npm can bring it
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping
from itertools import product
from typing import Any

from playwright.async_api import Page

from benchmarks import clicks, cuts
from benchmarks import preview as player
from benchmarks.process import options
from benchmarks.report import Figure, at_least, at_most, plain, publish
from benchmarks.whole import whole
from infra.store import FileStore
from tasks.schema import Timeline
from tests.api.studio.accessibility import violations
from tests.api.studio.acting import User
from tests.api.studio.driving import ENGINES, Studio, shown
from tests.api.studio.javascript import SCRIPTS, gzipped
from tests.api.studio.states import STATES
from tests.browser import CHROMIUM, QUIET, UNATTENDED

DESKTOP, PHONE = SIZES = (1400, 900), (390, 844)
SLOW_4G = {
    "offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8,
}  # fmt: skip
SLOWER = 4
SETTLED_S = 1.5
PAINTED = """new Promise((told) => new PerformanceObserver((list) => told(list.getEntries().at(-1).startTime))
  .observe({type: "largest-contentful-paint", buffered: true}))"""

SKETCH = {"engines": dict.fromkeys(ENGINES, "sketch")}
"""A film that is there soon; only what its user waits for is made with the real engines."""
LOOKS = {"sketch": SKETCH, "illustrator": {"engines": {**SKETCH["engines"], "image": "illustrator"}}}
PLAYED_S = 12.0
EXPECTED = ("Failed to load resource", "net::ERR_INTERNET_DISCONNECTED")
LIGHTHOUSE = "lighthouse@12.8.2"

Given = Mapping[str, str]


def main() -> None:
    given = options({"parts": ",".join(PARTS), "loads": "5", "films": "6", "seconds": "30"})
    publish("studio", asyncio.run(measured(given)))


async def measured(given: Given) -> list[Figure]:
    figures: list[Figure] = []
    with whole("--workers", "1") as running:
        async with shown(running, *UNATTENDED) as studio:
            for part in given["parts"].split(","):
                figures += await PARTS[part](studio, given)
    return figures


async def size(_: Studio, __: Given) -> list[Figure]:
    return [at_most("all JavaScript, gzipped", sum(gzipped(name) for name in SCRIPTS) / 1000, "kB", 45)]


async def paint(studio: Studio, given: Given) -> list[Figure]:
    film, loads = await studio.new_project("How honeybees find flowers", **SKETCH), int(given["loads"])
    figures = []
    for name, path in {"new film": "/studio", "finished film": f"/studio/p/{film}"}.items():
        for where, phone, goal_s in (("desktop", False, 0.8), ("phone", True, 2.0)):
            what = f"largest contentful paint, {name}, {where}"
            times = [await painted(studio, path, phone=phone) for _ in range(loads + 1)][1:]
            figures.append(at_most(f"{what}: median", statistics.median(times), "s", goal_s))
            figures.append(plain(f"{what}: max", max(times), "s"))
    return figures


async def painted(studio: Studio, path: str, *, phone: bool) -> float:
    """Seconds from the navigation to the largest contentful paint, in a new browser context."""
    width, height = PHONE if phone else DESKTOP
    async with studio.page(width=width, height=height) as page:
        if phone:
            await slowed(page)
        await page.goto(path)
        await asyncio.sleep(SETTLED_S)
        return float(await page.evaluate(PAINTED)) / 1000


async def slowed(page: Page) -> None:
    """A phone's processor and network."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await devtools.send("Network.enable")
    await devtools.send("Network.emulateNetworkConditions", SLOW_4G)


async def click(studio: Studio, given: Given) -> list[Figure]:
    return await clicks.figures(studio, int(given["films"]), float(given["seconds"]))


async def events(studio: Studio, _: Given) -> list[Figure]:
    return await cuts.figures(studio, **SKETCH)


async def lighthouse(studio: Studio, _: Given) -> list[Figure]:
    """Lighthouse's own figure for accessibility of the first page and of a finished film."""
    film = await studio.new_project("How honeybees find flowers", **SKETCH)
    scores = {
        path: await asyncio.to_thread(scored, studio.whole.api + path) for path in ("/studio", f"/studio/p/{film}")
    }
    found = [score for score in scores.values() if score is not None]
    return [at_least("Lighthouse accessibility, worst page", min(found), "of 100", 100)] if len(found) == 2 else []


def scored(url: str) -> float | None:
    """What Lighthouse gives a page; None, and it is said why, where npm cannot bring it."""
    npx = shutil.which("npx")
    if npx is None:
        print("lighthouse is left out: there is no npx on this machine", file=sys.stderr)
        return None
    flags = f"--chrome-flags=--headless=new {' '.join(QUIET)}"
    command = [npx, "--yes", LIGHTHOUSE, url, "--only-categories=accessibility", "--output=json", "--quiet", flags]
    told = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
        env={**os.environ, "CHROME_PATH": str(CHROMIUM)},
    )
    if told.returncode:
        print(f"lighthouse is left out: {told.stderr.strip()[-500:]}", file=sys.stderr)
        return None
    return float(json.loads(told.stdout)["categories"]["accessibility"]["score"]) * 100


async def preview(studio: Studio, _: Given) -> list[Figure]:
    """The preview of a film of two looks against the renderer; its clocks; the flash and the click of a recording."""
    figures, worst = [], []
    for look, brief in LOOKS.items():
        film = await studio.new_project("How honeybees find flowers", 15, language="en", **brief)
        async with studio.page() as page:
            nearest = await near_db(studio, page, await studio.project(film))
            worst.append(min(planes for planes, _ in nearest))
            figures.append(
                plain(f"canvas against renderer in sRGB, {look}: worst frame", min(r for _, r in nearest), "dB")
            )
            if look == "sketch":
                figures += await moved(page)
    async with studio.page() as page:
        figures.append(await recorded(studio, page))
    return [at_least("canvas against renderer, planes of the film: worst frame", min(worst), "dB", 45), *figures]


async def near_db(studio: Studio, page: Page, project: dict[str, Any]) -> list[tuple[float, float]]:
    """How near some frames of every shot are to the renderer's: within a shot, its caption and its transition."""
    scene = await player.begin(page, studio.whole.api, project)
    timeline = Timeline.model_validate(project["snapshot"]["timeline"])
    store = FileStore(studio.whole.home / "store")
    frames = {first + k for shot in scene["shots"] for first in (shot["first"],) for k in (0, 6, shot["frames"] // 2)}
    return [
        player.psnr_db(await player.canvas_frame(page, frame), player.rendered_frame(timeline, frame, store.path))
        for frame in sorted(frames)
    ]


async def moved(page: Page) -> list[Figure]:
    """Playing and scrubbing of the scene that is shown."""
    await page.mouse.click(50, 50)
    played = await player.played(page, PLAYED_S)
    return [
        plain("preview: frames drawn", played["drawn"], "frames"),
        at_most("preview: frames dropped", played["dropped_share"] * 100, "%", 1),
        at_most("sound against picture by the clocks, p95", played["clock_error_p95_ms"], "ms", 2),
        at_most("scrubbing, seek to picture, p95", await player.scrubbed(page), "ms", 33),
    ]


async def recorded(studio: Studio, page: Page) -> Figure:
    """What a recording of canvas and sound says of a flash and its click."""
    hashes = []
    for content, kind in zip(player.flash_assets(), ("image/png", "image/png", "audio/wav"), strict=True):
        kept = await studio.ask("POST", "/api/assets", content=content, headers={"Content-Type": kind})
        hashes.append(kept["asset"]["sha256"])
    await player.flashing(page, studio.whole.api, (hashes[0], hashes[1], hashes[2]))
    await page.mouse.click(20, 20)
    errors = sorted(abs(error) for error in await player.recorded_errors_ms(page))
    return at_most("sound against picture, recorded, p95", errors[int(0.95 * (len(errors) - 1))], "ms", 20)


async def axe(_: Studio, __: Given) -> list[Figure]:
    """Every state of the studio in two looks, on a desktop and on a phone; with sketch engines, for they are many."""
    found = []
    with whole("--engine", "sketch") as running:
        async with shown(running, *UNATTENDED) as studio:
            for bring, (lang, theme), size in product(STATES.values(), (("en", "dark"), ("zh", "light")), SIZES):
                async with studio.page(lang, theme, *size, allowed=EXPECTED, still=True) as page:
                    await bring(studio, User(page, lang))
                    found += await violations(page)
    return [plain("states looked at by axe", 4 * len(STATES), "pages"), at_most("axe violations", len(found), "", 0)]


PARTS = {
    "size": size, "paint": paint, "events": events, "preview": preview, "axe": axe, "lighthouse": lighthouse,
    "click": click,
}  # fmt: skip

if __name__ == "__main__":
    main()

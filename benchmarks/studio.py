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
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping

from playwright.async_api import Page

from benchmarks import clicks, cuts
from benchmarks.process import options
from benchmarks.report import Figure, at_least, at_most, plain, publish
from benchmarks.whole import whole
from tests.api.studio.driving import ENGINES, Studio, shown
from tests.api.studio.javascript import SCRIPTS, gzipped
from tests.browser import CHROMIUM, QUIET, UNATTENDED

DESKTOP, PHONE = (1400, 900), (390, 844)
SLOW_4G = {
    "offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8,
}  # fmt: skip
SLOWER = 4
SETTLED_S = 1.5
PAINTED = """new Promise((told) => new PerformanceObserver((list) => told(list.getEntries().at(-1).startTime))
  .observe({type: "largest-contentful-paint", buffered: true}))"""

SKETCH = {"engines": dict.fromkeys(ENGINES, "sketch")}
"""A film that is there soon; only what its user waits for is made with the real engines."""
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

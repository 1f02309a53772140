"""What the studio's own stream tells a page while the API is killed under it, against the log."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from itertools import pairwise
from typing import Any

from playwright.async_api import Page

from benchmarks.report import Figure, at_most, plain
from benchmarks.whole import read
from tests.api.studio.driving import Studio, of, until

TOPIC = "How lighthouses were kept"
SECONDS = 60
"""A film that is long enough to be followed through several deaths."""
DEATHS, PAUSE_S = 3, 2.0
FOLLOW = """(globalThis.heard = [], m.follow(%s, {
  after: 0, onEvent: (kind, data, seq) => heard.push([kind, seq]), onState: (state) => { globalThis.state = state; },
  renew: async () => %s,
}), true)"""


async def followed(studio: Studio, **brief: Any) -> tuple[list[tuple[str, int]], list[tuple[str, int]], int]:
    """What a page was told of a film's events, what the log has of these kinds, and how often the API was killed."""
    asked = {"topic": TOPIC, "seconds": SECONDS, "height": 480, **brief}
    made = await studio.ask("POST", "/api/projects", json={"brief": asked, "make": True})
    address = json.dumps(made["events"].replace(f"after={made['last_event_id']}", "after=0"))
    async with studio.page(allowed=("Failed to load resource",)) as page:
        await page.goto("/studio")
        await of(page, "stream.js", FOLLOW % (address, address))
        deaths = await killed(studio, page)
        await until(page, "state === 'ended'", 180)
        told = [(str(kind), int(seq)) for kind, seq in await page.evaluate("heard")]
        kinds = set(await of(page, "core/reduce.js", "[...m.KINDS]"))
    return told, [event for event in await logged(studio, made["id"]) if event[0] in kinds], deaths


async def killed(studio: Studio, page: Page) -> int:
    """Kill the API while the film is made; how often it was."""
    deaths = 0
    while deaths < DEATHS and await page.evaluate("globalThis.state !== 'ended'"):
        await asyncio.sleep(PAUSE_S)
        await studio.kill_api()
        deaths += 1
        await until(page, "state === 'reconnecting'")
        await until(page, "state !== 'reconnecting'", 60)
    return deaths


async def logged(studio: Studio, project: str) -> list[tuple[str, int]]:
    """Kind and number of every event of a project, from the first on."""
    answer = await studio.api.get(f"/api/projects/{project}/events")
    return [(event.kind, event.seq) for event in read(answer.text.splitlines()) if event.kind != "end"]


async def figures(studio: Studio, **brief: Any) -> list[Figure]:
    told, log, deaths = await followed(studio, **brief)
    doubled = sum(count - 1 for count in Counter(told).values())
    disordered = sum(a[1] >= b[1] for a, b in pairwise(told))
    return [
        plain("deaths of the API under an open page", deaths, "deaths"),
        plain("events of the film that a page is told of", len(log), "events"),
        at_most("events lost", len(set(log) - set(told)), "events", 0),
        at_most("events doubled or out of order", max(doubled, disordered), "events", 0),
    ]

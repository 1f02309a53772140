"""From a click on Create to what its user sees, by the page's own clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from benchmarks.latency import WARM, Own, alone, rest, spread, topics
from benchmarks.report import Figure, plain
from tests.api.studio.acting import WATCH, User
from tests.api.studio.driving import Studio, until

HEIGHT = "1080"
PATIENCE_S = 180


@dataclass(frozen=True)
class Click:
    """When each thing stood in the page, in ms after the click; and the anchor of the film that was asked for."""

    skeletons_ms: float
    words_ms: float
    picture_ms: float
    anchor: dict[str, Any]


async def figures(studio: Studio, films: int, seconds: float) -> list[Figure]:
    """Click Create for so many films of different topics, in turns English and Chinese; each is cancelled once its
    first drafted picture is seen. What the draft model takes alone is measured afterwards, and taken off.
    """
    async with studio.page() as page:
        user = User(page, "en")
        for language, topic in WARM.items():
            await clicked(studio, user, language, topic, seconds)
        clicks = [await clicked(studio, user, language, topic, seconds) for language, topic in topics(films)]
    return compared(clicks, await asyncio.to_thread(alone, [click.anchor for click in clicks], seconds))


async def clicked(studio: Studio, user: User, language: str, topic: str, seconds: float) -> Click:
    await user.write_brief(topic, int(seconds), language=language, height=HEIGHT)
    await asyncio.to_thread(rest, studio.whole)
    await user.page.evaluate(WATCH)
    project = await user.create()
    seen = await until(user.page, "globalThis.seen.picture && globalThis.seen", PATIENCE_S)
    shown = (await studio.project(project))["snapshot"]
    await studio.ask("POST", f"/api/runs/{shown['runs'][-1]['id']}/cancel")
    await studio.ended(project, PATIENCE_S)
    return Click(*(seen[name] - seen["click"] for name in ("skeletons", "words", "picture")), shown["anchor"])


def compared(clicks: list[Click], own: list[Own]) -> list[Figure]:
    """The clicks against the model's own times: a line, and so its picture, cannot be there before it is written."""
    words, pictures = [click.words_ms for click in clicks], [click.picture_ms for click in clicks]
    line = [alone.first_line_ms for alone in own]
    beyond, after = ([a - b for a, b in zip(seen, line, strict=True)] for seen in (words, pictures))
    return [
        plain("films begun by a click", len(clicks), "films"),
        *spread("click to skeletons", [click.skeletons_ms for click in clicks], 100),
        *spread("click to the first drafted words, less the model's own time to its first line", beyond, 500),
        *spread("click to the first drafted picture, less the model's own time to its first line", after, 1000),
        *spread("click to the first drafted words", words),
        *spread("click to the first drafted picture", pictures),
        *spread("draft model alone, to its first line", line),
    ]

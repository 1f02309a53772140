"""The studio as a user meets it: the whole with sketch engines, one browser, pages that let no fault pass."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
import psutil
from playwright.async_api import Browser, Page

from tests.api.studio.javascript import PAIR, text
from tests.browser import chromium
from tests.whole import Whole

Language = Literal["en", "zh"]
Theme = Literal["dark", "light"]
LANGUAGES = {"en": "en", "zh": "zh-CN"}
GENEROUS = {"REQUESTS_PER_MINUTE": "100000", "RUNS_PER_USER": "1000", "FILMS_PER_DAY": "100000"}
"""Quotas that no test of the studio meets by accident."""
PHONE = 640
"""Up to this width a page is a phone's: touched, not clicked."""
VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.effectiveDirective} forbids ${event.blockedURI}, ${event.sourceFile}`))"""
LOOK_S, PATIENCE_MS = 0.05, 15_000
ENGINES = ("draft", "text", "image", "speech", "music", "embed")


@dataclass
class Studio:
    """A running studio: its address, a client of its API, and the browser that shows it."""

    whole: Whole
    browser: Browser
    api: httpx.AsyncClient
    made: dict[tuple[str, float], int] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    patience_s: float = 90
    """How long a film may take."""

    @property
    def url(self) -> str:
        """The address of the studio's first page; `page.goto("/studio/…")` works, too."""
        return f"{self.whole.api}/studio"

    @asynccontextmanager
    async def page(
        self,
        lang: Language = "en",
        theme: Theme = "dark",
        width: int = 1400,
        height: int = 900,
        allowed: tuple[str, ...] = (),
        still: bool = False,
    ) -> AsyncIterator[Page]:
        """A page of a browser that knows nothing yet, *still* where its user wants no motion. At the end it must have
        had no error on its console, no violation of its policy and no uncaught exception, but for those that contain
        one of *allowed*.
        """
        phone = width <= PHONE
        context = await self.browser.new_context(
            base_url=self.whole.api, viewport={"width": width, "height": height}, locale=LANGUAGES[lang],
            color_scheme=theme, is_mobile=phone, has_touch=phone,
            reduced_motion="reduce" if still else "no-preference",
        )  # fmt: skip
        chosen = {"fw_lang": LANGUAGES[lang], "fw_theme": theme}
        await context.add_cookies(
            [{"name": name, "value": value, "url": self.whole.api} for name, value in chosen.items()]
        )
        await context.add_init_script(VIOLATIONS)
        tab = await context.new_page()
        tab.set_default_timeout(PATIENCE_MS)
        faults = watched(tab)
        try:
            yield tab
            grave = [fault for fault in faults if not any(words in fault for words in allowed)]
            assert not grave, "\n".join(grave)
        finally:
            await context.close()

    async def ask(self, method: str, path: str, **given: Any) -> Any:
        """What the API answers, as JSON."""
        answer = await self.api.request(method, path, **given)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def project(self, project: str) -> dict[str, Any]:
        """The project as the API has it now."""
        return dict(await self.ask("GET", f"/api/projects/{project}"))

    async def ended(self, project: str, seconds: float | None = None) -> dict[str, Any]:
        """The project once no run is under way."""
        end = time.monotonic() + (seconds or self.patience_s)
        while (now := await self.project(project))["state"] in {"queued", "running"}:
            assert time.monotonic() < end, f"{project} has not ended:\n{self.whole.said()}"
            await asyncio.sleep(LOOK_S)
        return now

    async def new_project(self, topic: str, seconds: float = 5, **brief: Any) -> str:
        """A finished film of its own, made now; *brief* adds to the brief."""
        asked = {"topic": topic, "seconds": seconds, "height": 480, **brief}
        made = await self.ask("POST", "/api/projects", json={"brief": asked, "make": True})
        ended = await self.ended(made["id"])
        assert ended["state"] == "done", ended["snapshot"]["runs"]
        return str(made["id"])

    async def finished_project(self, topic: str = "How honeybees find flowers", seconds: float = 5) -> str:
        """A finished film for one test to change. Equal films are rendered once: the others reuse every step."""
        copies = self.made.get((topic, seconds), 0)
        self.made[topic, seconds] = copies + 1
        return await self.new_project(topic, seconds, **_told_apart(copies))

    async def kept_project(self, topic: str) -> str:
        """A finished film that no test changes: one for all that only look at it."""
        if topic not in self.kept:
            self.kept[topic] = await self.finished_project(topic)
        return self.kept[topic]

    async def rest(self) -> None:
        """Cancel what is under way, so that nothing makes the next test wait."""
        for state in ("queued", "running", "waiting"):
            for run in (await self.ask("GET", "/api/runs", params={"state": state}))["runs"]:
                await self.api.post(f"/api/runs/{run['id']}/cancel")

    async def kill_api(self) -> None:
        """The API dies as if the power went; `flywheel up` starts it again."""
        for child in psutil.Process(self.whole.process.pid).children():
            if "tethered api.serve" in " ".join(child.cmdline()):
                os.kill(child.pid, signal.SIGKILL)


@asynccontextmanager
async def shown(running: Whole, *options: str) -> AsyncIterator[Studio]:
    """The studio of a running whole, open to a browser; *options* are Chromium's."""
    async with chromium(*options) as browser, httpx.AsyncClient(base_url=running.api, timeout=60) as api:
        yield Studio(running, browser, api)


def watched(tab: Page) -> list[str]:
    """What goes wrong in *tab* from now on: errors on its console, violations of its policy, uncaught exceptions."""
    faults: list[str] = []
    tab.on(
        "console", lambda said: faults.append(f"{said.text} ({said.location['url']})") if said.type == "error" else None
    )
    tab.on("pageerror", lambda error: faults.append(f"uncaught: {error.stack or error.message}"))
    return faults


async def until(page: Page, expression: str, seconds: float = 20) -> Any:
    """The value of *expression* in the page once it is true there; the page's policy forbids Playwright's own way."""
    end = time.monotonic() + seconds
    while not (value := await page.evaluate(expression)):
        assert time.monotonic() < end, f"after {seconds:g} s still {value!r}: {expression}"
        await asyncio.sleep(LOOK_S)
    return value


async def of(page: Page, module: str, expression: str) -> Any:
    """The value of *expression* about `m`, a module of the studio as the page runs it: `of(page, "store.js",
    "m.snap.value")`.
    """
    base = "document.querySelector('script[src$=\"/app.js\"]').src.replace('app.js', '')"
    return await page.evaluate(f"import({base} + '{module}').then((m) => {expression})")


def words(lang: Language) -> dict[str, str]:
    """What the studio says in a language, by key."""
    return {key: single or double for _, key, single, double in PAIR.findall(text(f"i18n/{LANGUAGES[lang]}.js"))}


def _told_apart(number: int) -> dict[str, Any]:
    """What makes a brief another request for the same film, in a way for each *number* below 64: some of the engines
    are named, which are used anyhow. An equal request would be answered by the first project's run, without events.
    """
    return {"engines": {name: "sketch" for place, name in enumerate(ENGINES) if number >> place & 1}}

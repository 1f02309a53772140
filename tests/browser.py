"""A real browser for tests and pictures: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic",
)  # fmt: skip
UNATTENDED = ("--autoplay-policy=no-user-gesture-required",)
"""What lets a script play sound without a click."""

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)")


@asynccontextmanager
async def chromium(*options: str) -> AsyncIterator[Browser]:
    """A browser without windows, closed at the end; *options* are Chromium's own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *options])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def page(width: int = 1400, height: int = 1000) -> AsyncIterator[Page]:
    """A page in a window of *width* by *height* pixels."""
    async with chromium() as browser:
        yield await browser.new_page(viewport={"width": width, "height": height})

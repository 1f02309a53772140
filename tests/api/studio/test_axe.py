"""Nothing that axe finds wrong, in every state of the studio."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import services
from accessibility import violations
from acting import User
from states import STATES

ROOT = Path(__file__).parents[3]

LOOKS = [("en", "dark", 1400), ("zh", "light", 390)]
"""As it is mostly met, and as far from that as it gets; `make bench-studio` looks at all."""
EXPECTED = ("Failed to load resource", "net::ERR_INTERNET_DISCONNECTED")
"""A page that is offline, or refused for a conflict, says so on the console, too."""


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
@pytest.mark.parametrize("name", STATES)
async def test_axe_finds_nothing(studio, name, look):
    lang, theme, width = look
    async with studio.page(lang, theme, width, 844, allowed=EXPECTED, still=True) as page:
        await STATES[name](studio, User(page, lang))
        if where := os.environ.get("FLYWHEEL_PICTURES"):
            await page.screenshot(path=f"{where}/{name}-{lang}-{width}.png")
        assert await violations(page) == []
    await studio.rest()


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an API that wants keys."""
    port, home = services.free_port(), tmp_path_factory.mktemp("keyed")
    own = {"FLYWHEEL_HOME": str(home), "FLYWHEEL_PORT": str(port), "FLYWHEEL_AUTH": "keys", "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen([sys.executable, "-m", "api.serve"], cwd=ROOT, env={**os.environ, **own})
    try:
        services._answers(f"http://127.0.0.1:{port}/openapi.json")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
async def test_axe_finds_nothing_where_a_key_is_asked_for(studio, keyed, look):
    lang, theme, width = look
    async with studio.page(lang, theme, width, 844, allowed=EXPECTED, still=True) as page:
        await page.goto(f"{keyed}/studio/library")
        await page.get_by_role("dialog").wait_for()
        await page.get_by_label(User(page, lang).say("signin.key")).fill("fw_wrong")
        await page.keyboard.press("Enter")
        await page.get_by_role("alert").first.wait_for()
        assert await violations(page) == []

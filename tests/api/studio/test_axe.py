"""Nothing that axe finds wrong, in every state of the studio."""

import os

import pytest
from accessibility import violations
from acting import User
from states import STATES

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

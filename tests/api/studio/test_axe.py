"""Nothing that axe finds wrong, in every state of the studio."""

import os

import pytest
from accessibility import violations
from acting import User
from states import STATES

ALL = [(lang, theme, width) for lang, theme in (("en", "dark"), ("zh", "light")) for width in (1400, 390)]
EXPECTED = ("Failed to load resource", "net::ERR_INTERNET_DISCONNECTED")
"""A page that is offline, or refused for a conflict, says so on the console, too."""


@pytest.mark.parametrize("name", STATES)
async def test_axe_finds_nothing(studio, name):
    """Each state in two of its looks: the studio as it is mostly met, and the farthest from it."""
    for lang, theme, width in ALL:
        async with studio.page(lang, theme, width, 844, allowed=EXPECTED, still=True) as page:
            await STATES[name](studio, User(page, lang))
            if where := os.environ.get("FLYWHEEL_PICTURES"):
                await page.screenshot(path=f"{where}/{name}-{lang}-{width}.png")
            assert await violations(page) == [], (lang, theme, width)

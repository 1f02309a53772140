"""The studio in pictures: `make pictures` takes docs/pictures/studio-*.jpg anew.

python -m benchmarks.pictures [states=empty,streaming,finished,error,publish,strip] [seconds=30]

One sheet for each state: Chinese and English, dark and light, 1400 px wide above 390. The strip is one film of so many
seconds with the real engines: a picture of its page every three seconds for a minute.
"""

from __future__ import annotations

import asyncio
import io
import time

from PIL import Image, ImageDraw, ImageFont

from benchmarks.process import ROOT, options
from benchmarks.whole import whole
from tests.api.studio.driving import Language, Studio, Theme, shown
from tests.api.studio.states import STATES, TOPICS, User
from tests.browser import UNATTENDED

FOLDER = ROOT / "docs/pictures"
QUALITY, GAP, GROUND, INK = 70, 12, (30, 32, 38), (236, 238, 242)
DESKTOP, PHONE = (1400, 900), (390, 844)
LOOKS: tuple[tuple[Language, Theme], ...] = (("zh", "dark"), ("en", "light"), ("zh", "light"), ("en", "dark"))
SETTLED_S, PATIENCE_S = 1.5, 600
EVERY_S, LASTS_S, ACROSS = 3.0, 60.0, 5
TOPIC = "海边的灯塔怎样为船只指路"


def main() -> None:
    given = options({"states": "empty,streaming,finished,error,publish,strip", "seconds": "30"})
    asyncio.run(taken(given["states"].split(","), float(given["seconds"])))


async def taken(names: list[str], seconds: float) -> None:
    with whole("--workers", "1") as running:
        async with shown(running, *UNATTENDED) as studio:
            studio.patience_s = PATIENCE_S
            for topic in TOPICS.values():
                studio.kept[topic] = await studio.new_project(topic, 15)
            for name in names:
                pictures = await strip(studio, seconds) if name == "strip" else await sheet(studio, name)
                pictures.save(FOLDER / f"studio-{name}.jpg", quality=QUALITY, optimize=True, progressive=True)


async def sheet(studio: Studio, name: str) -> Image.Image:
    """A state in every language, theme and size."""
    wide = [await seen(studio, name, look, DESKTOP, 0.5) for look in LOOKS]
    tall = [await seen(studio, name, look, PHONE, 0.65) for look in LOOKS]
    return stacked([beside(wide[:2]), beside(wide[2:]), beside(tall)])


async def seen(
    studio: Studio, name: str, look: tuple[Language, Theme], size: tuple[int, int], scale: float
) -> Image.Image:
    lang, theme = look
    async with studio.page(lang, theme, *size, allowed=("Failed to load resource",), still=True) as page:
        await STATES[name](studio, User(page, lang))
        await asyncio.sleep(SETTLED_S)
        taken = shot(await page.screenshot(), scale)
    await studio.rest()
    return taken


async def strip(studio: Studio, seconds: float) -> Image.Image:
    """A film from the brief on, in pictures."""
    async with studio.page("zh", "dark", *DESKTOP) as page:
        user = User(page, "zh")
        await user.write_brief(TOPIC, int(seconds))
        pictures = [captioned(shot(await page.screenshot(), 0.3), 0)]
        await user.create()
        begun = time.monotonic()
        while (after := time.monotonic() - begun) < LASTS_S:
            await asyncio.sleep(max(0.0, len(pictures) * EVERY_S - after))
            pictures.append(captioned(shot(await page.screenshot(), 0.3), time.monotonic() - begun))
    rows = [pictures[at : at + ACROSS] for at in range(0, len(pictures), ACROSS)]
    return stacked([beside(row) for row in rows])


def shot(taken: bytes, scale: float) -> Image.Image:
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    return picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)


def captioned(picture: Image.Image, after_s: float) -> Image.Image:
    """With the seconds since the click beneath it."""
    whole = Image.new("RGB", (picture.width, picture.height + 24), GROUND)
    whole.paste(picture)
    place = (picture.width / 2, picture.height + 13)
    ImageDraw.Draw(whole).text(place, f"{after_s:.0f} s", INK, ImageFont.load_default(15), anchor="mm")
    return whole


def beside(pictures: list[Image.Image]) -> Image.Image:
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    row = Image.new("RGB", (width, max(picture.height for picture in pictures)), GROUND)
    left = 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width + GAP
    return row


def stacked(rows: list[Image.Image]) -> Image.Image:
    """Rows under each other, each in the middle, with a margin around."""
    width = max(row.width for row in rows) + 2 * GAP
    page = Image.new("RGB", (width, sum(row.height + GAP for row in rows) + GAP), GROUND)
    top = GAP
    for row in rows:
        page.paste(row, ((width - row.width) // 2, top))
        top += row.height + GAP
    return page


if __name__ == "__main__":
    main()

"""What a user of the studio does and sees, by role and name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.async_api import Locator, Page

from tests.api.studio.driving import Language, of, until, words

CARDS = ".board li[data-id]"
WATCH = """(() => {
  const seen = globalThis.seen = {}, cards = () => [...document.querySelectorAll('CARDS')];
  const mark = (name, met) => { if (met) seen[name] ??= performance.now(); };
  addEventListener('click', ({ timeStamp }) => { seen.click ??= timeStamp; }, { capture: true });
  let blank = null;
  const look = () => {
    const now = cards(), spoken = now.map((card) => card.querySelector('.words').textContent);
    if (seen.click && now.length) {
      blank ??= spoken[0];
      mark('skeletons', true);
      mark('words', spoken.some((text) => text !== blank && text.length > 5));
      const pictures = now.flatMap((card) => [...card.querySelectorAll('img')]);
      mark('picture', pictures.some((image) => image.complete && image.naturalWidth));
    }
    if (!seen.picture) requestAnimationFrame(look);
  };
  look();
})()""".replace("CARDS", CARDS)
"""Keeps when Create was clicked, and when the first skeleton, words and picture stood in the page: `seen`, in ms."""


@dataclass(frozen=True)
class User:
    """A page, and the language that its user reads."""

    page: Page
    lang: Language

    def say(self, key: str, **holes: Any) -> str:
        """What the studio calls *key*."""
        return words(self.lang)[key].format(**holes)

    def button(self, key: str, **holes: Any) -> Locator:
        return self.page.get_by_role("button", name=self.say(key, **holes), exact=True)

    def choice(self, key: str) -> Locator:
        """A list to choose from."""
        return self.page.get_by_role("combobox", name=self.say(key), exact=True)

    def region(self, key: str) -> Locator:
        return self.page.get_by_role("region", name=self.say(key), exact=True)

    @property
    def cards(self) -> Locator:
        """The shots on the board."""
        return self.page.locator(CARDS)

    async def open(self, project: str) -> None:
        """Show a project, until its board is there."""
        await self.page.goto(f"/studio/p/{project}")
        await self.cards.first.wait_for()

    async def write_brief(self, topic: str, seconds: int = 5, **more: str) -> None:
        """Fill in the form of new films; *more* chooses from its lists, by the value's own name."""
        await self.page.goto("/studio")
        await self.page.get_by_label(self.say("brief.topic")).fill(topic)
        await self.page.get_by_text(self.say("brief.more")).click()
        for name, value in {"seconds": str(seconds), "height": "480", **more}.items():
            await self.choice(f"brief.{name}").select_option(value)

    async def create(self) -> str:
        """Click Create; the project that is begun."""
        await self.button("brief.create").click()
        await until(self.page, "/\\/p\\/p_/.test(location.pathname)")
        return self.page.url.rsplit("/", 1)[-1]

    async def tab(self, name: str) -> None:
        """Turn to a part of the editor, where there is room for one only."""
        turn = self.page.get_by_role("tab", name=self.say(f"tab.{name}"), exact=True)
        if await turn.count():
            await turn.click()

    async def caption(self, shot: int, text: str) -> None:
        """Choose a shot, from 1, and write other words for it."""
        await self.tab("board")
        await self.cards.nth(shot - 1).locator(".thumb").click()
        await self.tab("edit")
        await self.page.get_by_label(self.say("inspector.caption"), exact=True).fill(text)

    async def saved(self) -> None:
        """Wait until the server has what was changed."""
        await self.stored("m.saving.value === 'saved'")

    async def store(self, expression: str) -> Any:
        """The value of *expression* about `m`, the store."""
        return await of(self.page, "store.js", expression)

    async def stored(self, expression: str, seconds: float = 30) -> Any:
        """The same once it is true."""
        base = "document.querySelector('script[src$=\"/app.js\"]').src.replace('app.js', '')"
        return await until(self.page, f"import({base} + 'store.js').then((m) => {expression})", seconds)

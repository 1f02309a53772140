"""What a user of the studio does and sees, by role and name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.async_api import Locator, Page

from tests.api.studio.driving import Language, of, until, words

CARDS = ".board li[data-id]"
WATCH = """(() => {
  const seen = globalThis.seen = { texts: {} }, cards = () => [...document.querySelectorAll('CARDS')];
  const mark = (name, met) => { if (met) seen[name] ??= performance.now(); };
  for (const kind of ['click', 'keydown'])
    addEventListener(kind, ({ timeStamp, key = 'Enter' }) => { if (key === 'Enter') seen.click ??= timeStamp; }, true);
  const images = (card) => [...card.querySelectorAll('img')];
  const look = () => {
    if (seen.click && location.pathname.startsWith('/studio/p/')) {
      for (const card of cards()) {
        const words = card.querySelector('.words').textContent, texts = (seen.texts[card.dataset.id] ??= []);
        if (words !== texts.at(-1)) texts.push(words);
        mark('skeletons', true);
        mark('words', texts.length > 1);
        mark('picture', images(card).some((image) => image.complete && image.naturalWidth));
        mark('draft', images(card).some((image) => image.classList.contains('draft')));
      }
    }
    requestAnimationFrame(look);
  };
  look();
})()""".replace("CARDS", CARDS)
"""Keeps when a film was asked for, when the first skeleton, drafted words and picture stood on the board (ms), and
what each card has said in turn."""


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

    async def make(self) -> None:
        """Make the film of what was changed, and wait for it."""
        await self.button("remake.make").click()
        await self.stored("m.busy.value")
        await self.made()

    async def made(self, seconds: float = 90) -> None:
        """Wait for the film that is under way."""
        await self.stored("!m.busy.value && m.scene.value?.stage === 'made' && !m.pending.value.length", seconds)

    async def tab_to(self, target: Locator, most: int = 80) -> None:
        """Press Tab until *target* has the focus."""
        for _ in range(most):
            if await target.evaluate("(element) => element === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"{most} times Tab do not reach {target}")

    async def caption(self, shot: int, text: str) -> None:
        """Choose a shot, from 1, and write other words for it."""
        await self.tab("board")
        await self.cards.nth(shot - 1).locator(".thumb").click()
        await self.tab("edit")
        await self.page.get_by_label(self.say("inspector.caption"), exact=True).fill(text)

    async def saved(self) -> None:
        """Wait until the server has what was changed."""
        await self.stored("m.saving.value === 'saved' && JSON.stringify(m.doc.value) === JSON.stringify(m.saved.value)")

    async def store(self, expression: str) -> Any:
        """The value of *expression* about `m`, the store."""
        return await of(self.page, "store.js", expression)

    async def stored(self, expression: str, seconds: float = 30) -> Any:
        """The same once it is true."""
        base = "document.querySelector('script[src$=\"/app.js\"]').src.replace('app.js', '')"
        return await until(self.page, f"import({base} + 'store.js').then((m) => {expression})", seconds)

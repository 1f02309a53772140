"""Lines of a text that is being written in another thread, for whoever follows it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Lines:
    """What is written so far; each line is given as soon as it is whole, to any number of followers."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = self._loop.create_future()
        self._text = ""

    def begin(self) -> None:
        """The text is now written from its start, perhaps again; called in the loop's own thread."""
        self._text = ""
        self._tell()

    def take(self, piece: str) -> None:
        """Take the next piece, in the writer's thread."""
        self._text += piece
        if "\n" in piece:
            self._loop.call_soon_threadsafe(self._tell)

    async def follow(self, writing: asyncio.Future[Any]) -> AsyncIterator[str]:
        """The lines, from the first on, until *writing* is done; the last has no end and so is not among them."""
        told = 0
        while True:
            news, done = self._news, writing.done()
            for line in self._text.split("\n")[told:-1]:
                told += 1
                yield line
            if done:
                return
            await asyncio.wait({news, writing}, return_when=asyncio.FIRST_COMPLETED)

    def _tell(self) -> None:
        self._news.set_result(None)
        self._news = self._loop.create_future()


_texts: WeakValueDictionary[str, Lines] = WeakValueDictionary()


def lines_of(key: str) -> Lines:
    """The lines of the work named *key*: the same for its writer and for all who follow while it is written."""
    lines = _texts.get(key)
    if lines is None:
        lines = _texts[key] = Lines()
    return lines

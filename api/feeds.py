"""What this process knows of the streams that somebody watches: their latest events, encoded once for all clients.

A feed is opened with its first client and dropped with its last. One task reads what is new, for all feeds in turn;
what a feed no longer holds, a client that is far behind reads from the log in pages.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from api.encoding import Encoding, encode
from infra import eventlog, wakes
from infra.errors import Unreachable
from infra.eventlog import BEGINS, ENDS, Logged, Standing

log = logging.getLogger(__name__)
T = TypeVar("T")

HELD_BYTES = 256 * 1024
"""Of its latest events a feed holds so many bytes, and always the last one."""
HELD_EVENTS = 2000
CHUNK_BYTES = 64 * 1024
"""About the most that is sent at once."""
PAGE = 100
AGAIN_S = 0.5
READERS = 4
"""Reads of the database at the same time, of all clients together."""

Chunk = tuple[bytes, int]
"""What is sent, and the number of the last event in it."""


class Feed:
    """The latest events of one stream in one encoding, and the clients that wait for more."""

    def __init__(self, stream: str, encoding: Encoding) -> None:
        self.stream, self.encoding = stream, encoding
        self.last, self.active, self.clients = 0, 0, 0
        self.waiting: set[asyncio.Future[bool]] = set()
        self.opened: asyncio.Task[None] | None = None
        self._held: deque[bytes] = deque()
        self._held_bytes = 0
        self._shared: dict[int, Chunk] = {}

    @property
    def is_open(self) -> bool:
        """Whether it holds what the log held when it was opened."""
        return self.opened is not None and self.opened.done() and not self.opened.exception()

    def start(self, standing: Standing, rows: Sequence[Logged]) -> None:
        """Begin where *standing* says; *rows* are the latest events, perhaps with some that came since."""
        self.last, self.active = (rows[0].seq - 1 if rows else standing.last), standing.active
        for row in rows:
            self._hold(row, counts=row.seq > standing.last)

    def publish(self, rows: Sequence[Logged]) -> None:
        """Add *rows*, which follow what it has, and wake all who wait."""
        for row in rows:
            self._hold(row, counts=True)
        self._shared.clear()
        self.wake()

    def wake(self) -> None:
        """Wake all who wait."""
        waiting, self.waiting = self.waiting, set()
        for client in waiting:
            if not client.done():
                client.set_result(True)

    def chunk(self, after: int) -> Chunk | None:
        """What follows event *after*, as far as one chunk goes; None where only the log has it."""
        if chunk := self._shared.get(after):
            return chunk
        start = after - (self.last - len(self._held))
        if start < 0:
            return None
        chunk = _joined([self._held[place] for place in range(start, len(self._held))], after)
        self._shared = {after: chunk}
        return chunk

    def _hold(self, row: Logged, *, counts: bool) -> None:
        if row.seq != self.last + 1:
            raise ValueError(f"event {row.seq} does not follow event {self.last} of {self.stream}")
        self.last = row.seq
        self.active += counts * ((row.kind == BEGINS) - (row.kind in ENDS))
        self._held.append(encode(row, self.encoding))
        self._held_bytes += len(self._held[-1])
        while len(self._held) > 1 and (self._held_bytes > HELD_BYTES or len(self._held) > HELD_EVENTS):
            self._held_bytes -= len(self._held.popleft())


class Feeds:
    """All feeds of this process."""

    def __init__(self) -> None:
        self._feeds: dict[tuple[str, Encoding], Feed] = {}
        self._changed: set[str] = set()
        self._all_changed = False
        self._news = asyncio.Event()
        self._pages: dict[tuple[str, Encoding, int], asyncio.Task[list[Logged]]] = {}
        self._turns = asyncio.Semaphore(READERS)

    @contextlib.asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow the log until the block ends."""
        tasks = [asyncio.create_task(wakes.watch(self.changed)), asyncio.create_task(self._follow())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def changed(self, streams: set[str] | None) -> None:
        """Have these streams read again, all of them where it is None."""
        if streams is None:
            self._all_changed = True
        else:
            self._changed |= streams
        self._news.set()

    @contextlib.asynccontextmanager
    async def watching(self, stream: str, encoding: Encoding) -> AsyncIterator[Feed]:
        """The feed of *stream*, open until its last client leaves.

        Raises:
            Unreachable: the database does not answer.
        """
        key = (stream, encoding)
        feed = self._feeds.setdefault(key, Feed(stream, encoding))
        feed.clients += 1
        try:
            if feed.opened is None:
                feed.opened = _started(self._open(feed))
            await asyncio.shield(feed.opened)
            yield feed
        finally:
            feed.clients -= 1
            if not feed.clients:
                del self._feeds[key]

    def all(self) -> list[Feed]:
        """Every feed that somebody watches."""
        return list(self._feeds.values())

    async def page(self, feed: Feed, after: int) -> Chunk:
        """What follows event *after*, from the log; clients at the same place share one read.

        Raises:
            Unreachable: the database does not answer.
        """
        key = (feed.stream, feed.encoding, after)
        if key not in self._pages:
            self._pages[key] = _started(self.in_turn(lambda: eventlog.read_some(feed.stream, after, CHUNK_BYTES)))
            self._pages[key].add_done_callback(lambda _: self._pages.pop(key))
        rows = await asyncio.shield(self._pages[key])
        return _joined([encode(row, feed.encoding) for row in rows], after)

    async def in_turn(self, read: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of *read*, when the database is not read by too many.

        Raises:
            Unreachable: the database does not answer.
        """
        async with self._turns:
            return await read()

    async def _open(self, feed: Feed) -> None:
        standing = await self.in_turn(lambda: eventlog.standing(feed.stream))
        rows = await self.in_turn(lambda: eventlog.read(feed.stream, max(0, standing.last - PAGE), 2 * PAGE))
        feed.start(standing, rows)
        self.changed({feed.stream})  # what came while it was opened

    async def _follow(self) -> None:
        """Read what is new, for ever; while the database does not answer, it is tried again."""
        while True:
            await self._news.wait()
            self._news.clear()
            streams, self._changed = self._changed, set()
            everything, self._all_changed = self._all_changed, False
            try:
                await self._refresh(streams, everything=everything)
                continue
            except (Unreachable, SQLAlchemyError) as error:
                log.warning("New events cannot be read now: %s", error)
            except Exception:  # all clients depend on this task: it goes on
                log.exception("new events cannot be read now")
            await asyncio.sleep(AGAIN_S)
            self.changed(None if everything else streams)

    async def _refresh(self, streams: set[str], *, everything: bool) -> None:
        feeds = [feed for feed in self.all() if feed.is_open]
        if everything:
            lasts = await eventlog.lasts(sorted({feed.stream for feed in feeds}))
            streams = streams | {feed.stream for feed in feeds if lasts.get(feed.stream, 0) > feed.last}
        for feed in feeds:
            if feed.stream in streams:
                await self._catch_up(feed)

    async def _catch_up(self, feed: Feed) -> None:
        while feed.clients:
            rows = await eventlog.read(feed.stream, feed.last, PAGE)
            if rows:
                feed.publish(rows)
            if len(rows) < PAGE:
                return
            await asyncio.sleep(0)


def _started(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task that several may wait for; where nobody does any more, its failure is nobody's concern."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    return task


def _joined(events: Sequence[bytes], after: int) -> Chunk:
    """The events that follow number *after*, as far as one chunk goes, but at least one."""
    size = count = 0
    for event in events:
        if count and size + len(event) > CHUNK_BYTES:
            break
        size += len(event)
        count += 1
    return b"".join(events[:count]), after + count

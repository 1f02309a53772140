"""The event streams as an ASGI app of its own, lean enough for thousands of clients in one process.

    GET /api/projects/{project}/events      every event by its name
    GET /edge/jobs/{job}/events             the phases of a job

A client is a cursor into its stream and one future on which it waits: a slow one delays nobody and loses nothing.
docs/events.md says what is sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy.exc import SQLAlchemyError

from api import encoding
from api.encoding import Encoding
from api.feeds import AGAIN_S, Chunk, Feed, Feeds
from api.problems import Malformed, NotAllowed
from api.snapshot import snapshot
from api.stopping import told_of_signals
from infra import eventlog
from infra.errors import FlywheelError, Unreachable

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Allowed = Callable[[Scope, str], Awaitable[None]]
"""Raises a FlywheelError where the caller may not read that stream, or there is none."""
Refuse = Callable[[Scope, FlywheelError], App]
"""The answer to a request that ends in an error; a Starlette response is one."""

PING_S = 15
PINGED_AT_ONCE = 200
SOON_S = 0.01
PATHS: tuple[tuple[re.Pattern[str], Encoding], ...] = (
    (re.compile(r"/api/projects/([A-Za-z0-9_-]{1,64})/events"), "project"),
    (re.compile(r"/edge/jobs/([A-Za-z0-9_-]{1,64})/events"), "job"),
)
METHODS = "GET, HEAD, OPTIONS"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]


def matches(path: str) -> tuple[str, Encoding] | None:
    """The stream that *path* names and how it is sent; None where it is no stream's path."""
    for pattern, how in PATHS:
        if found := pattern.fullmatch(path):
            return found[1], how
    return None


@dataclass(frozen=True)
class Wish:
    """What a client asks for: what comes after event *after*, or (None) all; *again*: it was here before."""

    after: int | None
    again: bool
    snapshot: bool
    follow: bool


class Streams:
    """The app. It serves while the block of `running` lasts; `clients` is how many are connected."""

    def __init__(self, allowed: Allowed, refuse: Refuse) -> None:
        self.clients = 0
        self._allowed, self._refuse = allowed, refuse
        self._feeds = Feeds()
        self._closed = False

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve until the block ends, or SIGTERM or SIGINT asks the process to stop: then all streams end at once."""
        self._closed = False
        with told_of_signals(self.close):
            async with self._feeds.following():
                pings = asyncio.create_task(self._ping())
                try:
                    yield
                finally:
                    pings.cancel()
                    self.close()

    def close(self) -> None:
        """End all streams; the clients come back to whoever serves next, and lose nothing."""
        self._closed = True
        for feed in self._feeds.all():
            feed.wake()

    async def ended(self, stream: str, within_s: float) -> bool:
        """Whether no run of *stream* is under way any more; that is waited for, *within_s* seconds at most.

        Raises:
            Unreachable: the database does not answer.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s), self._feeds.watching(stream, "job") as feed:
                one = _Client(feed, feed.last, follow=False)
                while feed.active > 0 and not self._closed:
                    await one.more()
                return feed.active <= 0
        return False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose path `matches`."""
        found = matches(scope["path"])
        if scope["type"] != "http" or not found:
            raise ValueError(f"{scope['path']} is no event stream")
        try:
            if scope["method"] == "OPTIONS":
                return await _answer(send, 204, [(b"allow", METHODS.encode())])
            if scope["method"] not in {"GET", "HEAD"}:
                raise NotAllowed("An event stream is read only.", f"Use one of {METHODS}.", {"Allow": METHODS})
            await self._allowed(scope, found[0])
            wish = _wish(scope, found[1])
            if scope["method"] == "HEAD":
                return await _answer(send, 200, HEADERS)
            await self._serve(*found, wish, receive, send)
        except FlywheelError as error:
            await self._refuse(scope, error)(scope, receive, send)

    async def _serve(self, stream: str, how: Encoding, wish: Wish, receive: Receive, send: Send) -> None:
        async with self._feeds.watching(stream, how) as feed:
            place = await self._place(feed, wish)
            if place is None:
                return await _answer(send, 204, [])
            client, first = _Client(feed, place[1], wish.follow), place[0]
            gone = asyncio.create_task(client.leaves(receive))
            self.clients += 1
            try:
                await self._send_all(client, first, send)
            finally:
                self.clients -= 1
                gone.cancel()
        return None

    async def _place(self, feed: Feed, wish: Wish) -> Chunk | None:
        """What a client is sent first, and the number after which it goes on; None: it was told that no more comes.

        A number that the stream has not reached is from another log, as when a backup was restored: such a client
        begins anew, with the state where the stream has one.
        """
        after, anew = wish.after or 0, False
        if feed.active <= 0 or after > feed.last:
            now = await self._feeds.in_turn(lambda: eventlog.standing(feed.stream))
            anew = after > now.last
            if wish.again and after == now.last and now.active <= 0 and not wish.follow:
                return None
        if (wish.snapshot and wish.after is None) or (anew and feed.encoding == "project"):
            state = await self._feeds.in_turn(lambda: snapshot(feed.stream))
            sent = encoding.whole(state.last_event_id, state.model_dump_json())
            return encoding.begin(0) + sent, state.last_event_id
        return encoding.begin(0 if anew else after), 0 if anew else after

    async def _send_all(self, client: _Client, first: bytes, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        feed, last = client.feed, b""
        while not (self._closed or client.gone):
            if client.after < feed.last:
                body, client.after = feed.chunk(client.after) or await self._page(client)
                if body:
                    await send({"type": "http.response.body", "body": body, "more_body": True})
            elif not client.follow and feed.active <= 0 and client.after == feed.last:
                if await self._is_over(feed):
                    last = encoding.end(client.after)
                    break
            elif not await client.more():
                await send({"type": "http.response.body", "body": encoding.PING, "more_body": True})
        await send({"type": "http.response.body", "body": last, "more_body": False})

    async def _page(self, client: _Client) -> Chunk:
        """What comes next, from the log; nothing, a while later, when the database does not answer."""
        try:
            chunk = await self._feeds.page(client.feed, client.after)
        except (Unreachable, SQLAlchemyError):
            chunk = b"", client.after
        if chunk[1] == client.after:
            await asyncio.sleep(AGAIN_S)
        return chunk

    async def _is_over(self, feed: Feed) -> bool:
        """Whether *feed* has all and no run is under way, as the database knows it; where not, that is learned soon."""
        try:
            now = await self._feeds.in_turn(lambda: eventlog.standing(feed.stream))
        except (Unreachable, SQLAlchemyError):
            await asyncio.sleep(AGAIN_S)
            return False
        if now.last > feed.last:
            self._feeds.changed({feed.stream})
            await asyncio.sleep(SOON_S)
            return False
        feed.active = now.active if now.last == feed.last else feed.active
        return feed.active <= 0

    async def _ping(self) -> None:
        """Have every client that waits say that it is there, some at a time so that news need not wait behind them."""
        while True:
            await asyncio.sleep(PING_S)
            waiting = [client for feed in self._feeds.all() for client in feed.waiting]
            for start in range(0, len(waiting), PINGED_AT_ONCE):
                for client in waiting[start : start + PINGED_AT_ONCE]:
                    if not client.done():
                        client.set_result(False)
                await asyncio.sleep(0)


class _Client:
    """One connection: the number of the last event that it was sent, and the future on which it waits."""

    __slots__ = ("after", "feed", "follow", "gone", "wake")

    def __init__(self, feed: Feed, after: int, follow: bool) -> None:
        self.feed, self.after, self.follow = feed, after, follow
        self.gone = False
        self.wake: asyncio.Future[bool] | None = None

    async def more(self) -> bool:
        """Wait until there is more, or it is time to end; False: only a ping is due."""
        self.wake = asyncio.get_running_loop().create_future()
        self.feed.waiting.add(self.wake)
        try:
            return await self.wake
        finally:
            self.feed.waiting.discard(self.wake)

    async def leaves(self, receive: Receive) -> None:
        """Notice when the client closes its connection."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone = True
        if self.wake and not self.wake.done():
            self.wake.set_result(True)


def _wish(scope: Scope, how: Encoding) -> Wish:
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    header = next((value.decode("latin-1").strip() for name, value in scope["headers"] if name == b"last-event-id"), "")
    after = _number(header, "Last-Event-ID") if header else None
    if after is None and "after" in query:
        after = _number(query["after"][-1], "after")
    whole, follow = _flag(query, "snapshot"), _flag(query, "follow")
    if whole and how == "job":
        raise Malformed("A job has no snapshot.", "Read its stream from the beginning: leave `snapshot` out.")
    return Wish(after, bool(header), whole, follow)


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Malformed(f"{name} is {text[:40]!r}.", "Give the id of the last event that was received: 0, 1, 2, …")
    return int(text)


def _flag(query: dict[str, list[str]], name: str) -> bool:
    text = query.get(name, ["false"])[-1]
    if text not in {"true", "false", "1", "0"}:
        raise Malformed(f"{name} is {text[:40]!r}.", "Give true or false.")
    return text in {"true", "1"}


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

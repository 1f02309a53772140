"""Clients of the event streams as bare protocols, many in one process: `python -m benchmarks.subscribers WORK …`.

Each counts what it gets by the events' ids: an id that does not follow the one before was lost or came twice.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import time
from collections.abc import Iterable
from typing import Any, cast

import uvloop

from benchmarks.process import run

EVENT = re.compile(rb"id: (\d+)\nevent: (\S+)\ndata: ([^\n]*)\n\n")
HOST, AT_ONCE, AGAIN_S, PATIENCE_S = "127.0.0.1", 100, 0.1, 600


class Subscriber(asyncio.Protocol):
    """One client, over all its connections; with *cut* it breaks each off after so many events."""

    def __init__(self, stream: str, cut: int) -> None:
        self.stream, self.cut = stream, cut
        self.last = self.lost = self.doubled = self.cuts = 0
        self.delays_ms: list[float] = []
        self._here, self._buffer = 0, b""
        self._transport: asyncio.Transport | None = None
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._buffer, self._here = cast("asyncio.Transport", transport), b"", 0
        self.closed.clear()
        again = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
        self._transport.write(f"GET /api/projects/{self.stream}/events HTTP/1.1\r\nHost: x\r\n{again}\r\n".encode())

    def data_received(self, data: bytes) -> None:
        now_ns = time.monotonic_ns()
        self._buffer += data
        end = 0
        for found in EVENT.finditer(self._buffer):
            end = found.end()
            self._count(int(found[1]), found[3], now_ns)
            if self.cut and self._here == self.cut and self._transport:
                self.cuts += 1
                self._transport.abort()
                return
        self._buffer = self._buffer[end:]

    def connection_lost(self, _error: Exception | None) -> None:
        self.closed.set()

    def leave(self) -> None:
        if self._transport:
            self._transport.abort()

    def _count(self, number: int, data: bytes, now_ns: int) -> None:
        self._here += 1
        if number <= self.last:
            self.doubled += 1
            return
        self.lost += number - self.last - 1
        self.last = number
        if sent_ns := json.loads(data).get("sent_ns"):
            self.delays_ms.append((now_ns - sent_ns) / 1e6)


def hold(port: str, streams: str, clients: str, seconds: str) -> dict[str, Any]:
    """So many clients, each connected once, for so many seconds."""
    return _looped(_hold(int(port), streams.split(","), int(clients), float(seconds)))


def follow(port: str, streams: str, clients: str, last: str, cut: str) -> dict[str, Any]:
    """So many clients until each has event *last*, over as many connections as it takes."""
    return _looped(_follow(int(port), streams.split(","), int(clients), int(last), int(cut)))


def _looped(work: Any) -> dict[str, Any]:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return uvloop.run(work)


async def _hold(port: int, streams: list[str], clients: int, seconds: float) -> dict[str, Any]:
    subscribers = _subscribers(streams, clients, 0)
    for start in range(0, clients, AT_ONCE):
        await asyncio.gather(*(_connect(subscriber, port) for subscriber in subscribers[start : start + AT_ONCE]))
    await asyncio.sleep(seconds)
    return _sum(subscribers)


async def _follow(port: int, streams: list[str], clients: int, last: int, cut: int) -> dict[str, Any]:
    subscribers = _subscribers(streams, clients, cut)
    async with asyncio.TaskGroup() as group:
        for subscriber in subscribers:
            group.create_task(_until(subscriber, port, last))
    return _sum(subscribers)


async def _until(subscriber: Subscriber, port: int, last: int) -> None:
    """Follow to event *last*; what has not come in time is lost."""
    end = time.monotonic() + PATIENCE_S
    while subscriber.last < last and time.monotonic() < end:
        try:
            await _connect(subscriber, port)
        except OSError:  # the server was killed
            await asyncio.sleep(AGAIN_S)
            continue
        while subscriber.last < last and not subscriber.closed.is_set() and time.monotonic() < end:
            try:
                await asyncio.wait_for(subscriber.closed.wait(), AGAIN_S * 5)
            except TimeoutError:
                continue
    subscriber.lost += max(0, last - subscriber.last)
    subscriber.leave()


async def _connect(subscriber: Subscriber, port: int) -> None:
    await asyncio.get_running_loop().create_connection(lambda: subscriber, HOST, port)


def _subscribers(streams: list[str], clients: int, cut: int) -> list[Subscriber]:
    return [Subscriber(streams[number % len(streams)], cut) for number in range(clients)]


def _sum(subscribers: Iterable[Subscriber]) -> dict[str, Any]:
    every = list(subscribers)
    delays = sorted(delay for one in every for delay in one.delays_ms)
    return {
        "received": len(delays),
        "lost": sum(one.lost for one in every),
        "doubled": sum(one.doubled for one in every),
        "cuts": sum(one.cuts for one in every),
        "delays_ms": {str(share): delays[int(len(delays) * share)] for share in (0.5, 0.99)} if delays else {},
    }


if __name__ == "__main__":
    run(lambda: None, {"hold": hold, "follow": follow})

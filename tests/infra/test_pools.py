"""Pools: work that nobody waits for any more ends, or is not begun."""

import asyncio
import threading

import pytest

from infra import pools


def busy(begun: threading.Event, ended: threading.Event) -> None:
    begun.set()
    try:
        while True:
            pools.checkpoint()
    finally:
        ended.set()


async def test_work_ends_when_its_caller_is_cancelled():
    begun, ended = threading.Event(), threading.Event()
    caller = asyncio.create_task(pools.run("music", busy, begun, ended))
    await asyncio.to_thread(begun.wait, 10)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await asyncio.to_thread(ended.wait, 10)
    assert await pools.run("music", lambda: 7) == 7


async def test_work_that_waits_in_the_queue_is_not_begun():
    begun, ended, never = threading.Event(), threading.Event(), threading.Event()
    first = asyncio.create_task(pools.run("music", busy, begun, ended))
    await asyncio.to_thread(begun.wait, 10)
    second = asyncio.create_task(pools.run("music", never.set))
    await asyncio.sleep(0.05)
    for caller in (second, first):
        caller.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    assert await pools.run("music", lambda: 7) == 7
    assert not never.is_set()


async def test_queues_tell_what_is_done_and_what_waits():
    begun, ended = threading.Event(), threading.Event()
    first = asyncio.create_task(pools.run("music", busy, begun, ended))
    await asyncio.to_thread(begun.wait, 10)
    others = [asyncio.create_task(pools.run("music", lambda: 7)) for _ in range(3)]
    await asyncio.sleep(0.05)
    assert (pools.queues()["music"], pools.queues()["image"]) == ((1, 3), (0, 0))
    others[0].cancel()
    await asyncio.sleep(0.05)
    assert pools.queues()["music"] == (1, 2)
    first.cancel()
    await asyncio.gather(first, *others, return_exceptions=True)
    await asyncio.to_thread(ended.wait, 10)
    assert pools.queues()["music"] == (0, 0)

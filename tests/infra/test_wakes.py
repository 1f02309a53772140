"""New events are noticed whoever writes them, and after the database was locked or away."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from logs import fresh_postgres, phase, writer
from sqlalchemy import delete, insert, make_url

from infra import wakes
from infra.database import close_database, writing
from infra.eventlog import append
from infra.settings import settings
from infra.tables import events, leases, streams

Told = asyncio.Queue[set[str] | None]


@contextlib.asynccontextmanager
async def watching() -> AsyncIterator[Told]:
    told: Told = asyncio.Queue()
    task = asyncio.create_task(wakes.watch(told.put_nowait))
    try:
        assert await asyncio.wait_for(told.get(), 20) is None  # it watches now
        yield told
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def streams_told(told: Told, within_s: float = 10) -> set[str]:
    """What is told next that names streams."""
    async with asyncio.timeout(within_s):
        while (named := await told.get()) is None:
            pass
    return named


async def everything_told(told: Told, within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while await told.get() is not None:
            pass


async def test_tells_which_stream_has_new_events(database: str) -> None:
    async with watching() as told:
        await append("p_1", [phase(1)])
        assert await streams_told(told) == {"p_1"}
        await append("p_2", [phase(1), phase(2)])
        assert await streams_told(told) == {"p_2"}


async def test_hears_other_processes(database: str) -> None:
    async with watching() as told:
        process = writer("p_9", 1, "other")
        assert await streams_told(told, 30) == {"p_9"}
        assert await asyncio.to_thread(process.wait, 30) == 0


async def test_says_nothing_of_what_is_no_event(database: str) -> None:
    async with watching() as told:
        async with writing() as db:
            await db.execute(insert(leases).values(name="x", holder="y", until=1.0))
        await append("p_1", [phase(1)])
        assert await streams_told(told) == {"p_1"}


async def test_is_quick(home: Path) -> None:
    async with watching() as told:
        begun = time.perf_counter()
        for number in range(10):
            await append("p_1", [phase(number)])
            await streams_told(told)
        assert time.perf_counter() - begun < 3  # far more than a look every 10 ms takes, on a busy machine
    await close_database()


async def test_waits_while_sqlite_is_locked(home: Path) -> None:
    async with watching() as told:
        await close_database()
        with contextlib.closing(sqlite3.connect(settings().home / "flywheel.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            writing_soon = asyncio.create_task(append("p_1", [phase(1)]))
            await asyncio.sleep(0.5)
            assert told.empty()
            other.execute("ROLLBACK")
        await writing_soon
        assert await streams_told(told) == {"p_1"}
    await close_database()


async def test_begins_again_when_sqlite_cannot_be_read_for_a_while(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: sqlite3.Connection) -> int:
        raise sqlite3.OperationalError("disk I/O error")

    async with watching() as told:
        with monkeypatch.context() as patched:
            patched.setattr(wakes, "_version", broken)
            await asyncio.sleep(0.2)
            await append("p_1", [phase(1)])
        await everything_told(told)
        await append("p_2", [phase(1)])
        assert await streams_told(told) == {"p_2"}
    await close_database()


async def test_says_that_anything_may_have_changed_when_the_latest_events_were_removed(home: Path) -> None:
    await append("p_1", [phase(1), phase(2), phase(3)])
    async with watching() as told:
        async with writing() as db:
            await db.execute(delete(events))
            await db.execute(delete(streams))
        await everything_told(told)
        await append("p_2", [phase(1)])
        assert await streams_told(told) == {"p_2"}
    await close_database()


async def test_listens_again_after_postgres_dropped_it(
    postgres: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncpg

    url = await fresh_postgres(postgres)
    monkeypatch.setenv("FLYWHEEL_DATABASE", url)
    settings.cache_clear()
    async with watching() as told:
        other = await asyncpg.connect(make_url(postgres).set(drivername="postgresql").render_as_string(False))
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
        assert await other.fetch(ended, make_url(url).database)
        await other.close()
        await asyncio.sleep(wakes.RECHECK_S + wakes.AGAIN_S + 0.5)
        while not told.empty():
            told.get_nowait()
        await everything_told(told)
        await append("p_1", [phase(1)])
        assert await streams_told(told) == {"p_1"}
    await close_database()

"""The database: SQLite or Postgres through SQLAlchemy, one engine for each event loop.

    async with writing() as db: await db.execute(insert(tables.projects).values(…))
    async with reading() as db: rows = (await db.execute(select(tables.projects))).all()

In SQLite a writing transaction takes the write lock at its beginning, so that what it reads is still true when it
writes; others wait up to 15 s. In Postgres take row locks (`with_for_update`) where that matters.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any

from filelock import FileLock
from sqlalchemy import Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from infra.errors import Unreachable
from infra.settings import settings
from infra.tables import metadata

BUSY_S = 15
FROZEN_S = 10
"""Postgres takes the locks from a process that stands still in the middle of a transaction for so long."""

AWAY = ("08", "53", "57", "40P01")
"""SQLSTATEs of Postgres after which the same may succeed: no connection or resources, starting, stopping, deadlock."""

_engines: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, AsyncEngine]] = weakref.WeakKeyDictionary()
_opening: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = weakref.WeakKeyDictionary()


async def database() -> AsyncEngine:
    """The engine of this event loop, its tables made at the first call.

    Raises:
        Unreachable: nothing answers there, or it cannot be opened.
    """
    loop, url = asyncio.get_running_loop(), settings().database_url
    engines = _engines.setdefault(loop, {})
    async with _opening.setdefault(loop, asyncio.Lock()):
        if url not in engines:
            engines[url] = await _opened(url)
    return engines[url]


def is_sqlite() -> bool:
    """Whether the database is SQLite."""
    return settings().database_url.startswith("sqlite")


def upsert(table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that may say what becomes of a row that is there already: `on_conflict_do_update`, `…_nothing`."""
    return sqlite.insert(table) if is_sqlite() else postgresql.insert(table)


@asynccontextmanager
async def reading() -> AsyncIterator[AsyncConnection]:
    """A transaction that only reads.

    Raises:
        Unreachable: the database does not answer, or stays locked.
    """
    engine = await database()
    with _reachable():
        async with engine.connect() as connection:
            yield connection


@asynccontextmanager
async def writing() -> AsyncIterator[AsyncConnection]:
    """A transaction that writes; it is committed when the block ends well.

    Raises:
        Unreachable: the database does not answer, or stays locked.
    """
    engine = await database()
    with _reachable():
        async with engine.connect() as plain:
            connection = await plain.execution_options(flywheel_writes=True)
            async with connection.begin():
                yield connection


async def close_database() -> None:
    """Close this loop's connections."""
    for engine in _engines.pop(asyncio.get_running_loop(), {}).values():
        await engine.dispose()


@contextmanager
def _reachable() -> Iterator[None]:
    """Turn what a driver says when it cannot reach or lock its database into Unreachable."""
    try:
        yield
    except (OperationalError, PoolTimeoutError, OSError) as error:
        raise _unreachable(error) from error
    except Exception as error:
        if not _is_away(error):
            raise
        raise _unreachable(error) from error


def _is_away(error: Exception) -> bool:
    """Whether an error of Postgres is one of its connection or its state, and not of what was asked."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    state = getattr(getattr(error, "orig", error), "sqlstate", None) or ""
    return state.startswith(AWAY)


def _unreachable(error: BaseException) -> Unreachable:
    cause = str(getattr(error, "orig", error)).strip().split("\n")[0]
    return Unreachable(
        f"The database does not answer: {cause}.", "Check FLYWHEEL_DATABASE and that the database runs; then try again."
    )


async def _opened(url: str) -> AsyncEngine:
    lite = url.startswith("sqlite")
    if lite:
        settings().home.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(url, connect_args={"timeout": BUSY_S}, pool_size=4, max_overflow=12)
        event.listen(engine.sync_engine, "connect", _sqlite_connected)
        event.listen(engine.sync_engine, "begin", _sqlite_begins)
    else:
        given = {"server_settings": {"idle_in_transaction_session_timeout": str(FROZEN_S * 1000)}}
        engine = create_async_engine(url, connect_args=given, pool_size=4, max_overflow=12, pool_pre_ping=True)
    with _reachable():
        async with _alone() if lite else nullcontext():
            await _make_tables(engine, lite=lite)
    return engine


@asynccontextmanager
async def _alone() -> AsyncIterator[None]:
    """One process at a time: SQLite refuses at once, and does not wait, who meets another that turns it to WAL."""
    lock = FileLock(settings().home / "database.lock", thread_local=False)
    await asyncio.to_thread(lock.acquire)
    try:
        yield
    finally:
        lock.release()


async def _make_tables(engine: AsyncEngine, *, lite: bool) -> None:
    """Make the tables that are not there; processes that start together do it one after the other."""
    async with engine.connect() as plain:
        connection = await plain.execution_options(flywheel_writes=True)
        async with connection.begin():
            if not lite:
                await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7021954)")
            await connection.run_sync(metadata.create_all)


def _sqlite_connected(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy begins and commits, not the driver
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={BUSY_S * 1000}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begins(connection: Any) -> None:
    writes = connection.get_execution_options().get("flywheel_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

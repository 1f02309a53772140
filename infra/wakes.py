"""Which streams have new events, whichever process wrote them: what a process learns without reading the log.

SQLite is asked every 10 ms whether anybody committed (`PRAGMA data_version`, some microseconds), and only then which
streams have events with a higher id. Postgres notifies; every 2 s all is looked at again, in case a notice was lost.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from infra.database import database, is_sqlite
from infra.errors import Unreachable
from infra.eventlog import CHANNEL
from infra.settings import settings

log = logging.getLogger(__name__)

POLL_S = 0.01
RECHECK_S = 2.0
AGAIN_S = 0.5
"""How long after a failure the database is tried again."""

Change = Callable[[set[str] | None], None]
"""Told the streams that have new events; None: any may have."""


async def watch(on_change: Change) -> None:
    """Call *on_change* when streams have new events, for ever; it begins with None, as soon as it watches.

    A database that is locked or away is tried again until it answers; the first call after that is None.
    """
    once = _watch_sqlite if is_sqlite() else _watch_postgres
    while True:
        try:
            await once(on_change)
        except (Unreachable, sqlite3.Error, SQLAlchemyError, OSError) as error:
            log.warning("The watch over new events was interrupted and begins again: %s", error)
        except Exception:  # all clients depend on this task: it goes on
            log.exception("the watch over new events was interrupted and begins again")
        await asyncio.sleep(AGAIN_S)


async def _watch_sqlite(on_change: Change) -> None:
    await database()  # the tables are there
    with closing(_opened()) as raw:
        version, seen = _version(raw), _newest(raw)
        on_change(None)
        while True:
            await asyncio.sleep(POLL_S)
            try:
                if (now := _version(raw)) == version:
                    continue
                seen = _tell(raw, seen, on_change)
                version = now
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                    raise


def _opened() -> sqlite3.Connection:
    """A connection that only reads, and never waits for a lock."""
    path = Path(make_url(settings().database_url).database or "").absolute()
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=0)


def _tell(raw: sqlite3.Connection, seen: int, on_change: Change) -> int:
    """Tell of the events above id *seen*; the highest id there is."""
    rows = raw.execute("SELECT id, stream FROM events WHERE id > ? ORDER BY id", (seen,)).fetchall()
    if rows:
        on_change({stream for _, stream in rows})
        return int(rows[-1][0])
    newest = _newest(raw)
    if newest < seen:  # the latest events were removed: their ids are given again
        on_change(None)
    return newest


def _version(raw: sqlite3.Connection) -> int:
    return int(raw.execute("PRAGMA data_version").fetchone()[0])


def _newest(raw: sqlite3.Connection) -> int:
    return int(raw.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0])


async def _watch_postgres(on_change: Change) -> None:
    import asyncpg  # type: ignore[import-untyped]

    engine = await database()
    async with engine.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        try:
            await raw.add_listener(CHANNEL, lambda _connection, _process, _channel, stream: on_change({stream}))
            while True:
                on_change(None)
                await asyncio.sleep(RECHECK_S)
                await asyncio.wait_for(raw.execute("SELECT 1"), 2 * RECHECK_S)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise Unreachable(f"The connection that listens was lost: {error}.") from error
        finally:
            await connection.invalidate()  # a connection that listens is not given back to the pool

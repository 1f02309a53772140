"""The durable log: what happened in each project and each job, once and in order, for ever.

A stream's events are numbered 1, 2, 3, …; a number once given never means anything else. The same happening (*uid*)
is logged once, so a worker that does a run over after a crash repeats nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from infra.database import is_sqlite, reading, writing
from infra.tables import events, streams

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

BEGINS = "run.queued"
ENDS = frozenset({"run.done", "run.failed", "run.cancelled"})
"""The last event of every run is one of these, and each run has one."""
CHANNEL = "flywheel_events"
"""Where Postgres notifies of new events; the payload is the stream."""


@dataclass(frozen=True)
class Entry:
    """What is to be logged. *uid* says what happened (at most 200 characters); *run* is ours, or empty."""

    kind: str
    data: dict[str, Any]
    uid: str
    run: str = ""
    at: float = field(default_factory=time.time)


@dataclass(frozen=True)
class Logged:
    """An event of a stream; *data* is JSON text."""

    stream: str
    seq: int
    kind: str
    data: str
    run: str
    at: float


@dataclass(frozen=True)
class Standing:
    """How far a stream is: its last event's number, and how many of its runs have not ended."""

    last: int = 0
    active: int = 0


async def append(stream: str, entries: Sequence[Entry]) -> int:
    """Log *entries* that are not yet in *stream*; how many were new.

    Raises:
        Unreachable: the database does not answer; nothing was logged.
    """
    async with writing() as db:
        return await append_within(db, stream, entries)


async def append_within(db: AsyncConnection, stream: str, entries: Sequence[Entry]) -> int:
    """The same as part of a transaction: what is logged and what is written beside it happen together or not at all."""
    first = await _locked(db, stream)
    known = set(
        await db.scalars(
            select(events.c.uid).where(events.c.stream == stream, events.c.uid.in_([entry.uid for entry in entries]))
        )
    )
    fresh = [entry for entry in {entry.uid: entry for entry in reversed(entries)}.values() if entry.uid not in known]
    if not fresh:
        return 0
    fresh.reverse()
    await db.execute(insert(events), [_row(stream, first + n, entry) for n, entry in enumerate(fresh, 1)])
    begun = sum(entry.kind == BEGINS for entry in fresh) - sum(entry.kind in ENDS for entry in fresh)
    moved = {"last": first + len(fresh), "active": streams.c.active + begun}
    await db.execute(update(streams).where(streams.c.id == stream).values(**moved))
    if not is_sqlite():
        await db.execute(select(func.pg_notify(CHANNEL, stream)))
    return len(fresh)


async def read(stream: str, after: int = 0, limit: int = 1000) -> list[Logged]:
    """The events of *stream* that come after number *after*, in order."""
    chosen = (
        select(events.c.stream, events.c.seq, events.c.kind, events.c.data, events.c.run, events.c.at)
        .where(events.c.stream == stream, events.c.seq > after)
        .order_by(events.c.seq)
        .limit(limit)
    )
    async with reading() as db:
        return [Logged(*row) for row in await db.execute(chosen)]


async def standing(stream: str) -> Standing:
    """How far *stream* is; a stream that has no event is at 0."""
    async with reading() as db:
        row = (await db.execute(select(streams.c.last, streams.c.active).where(streams.c.id == stream))).first()
    return Standing(*row) if row else Standing()


async def _locked(db: AsyncConnection, stream: str) -> int:
    """The stream's last number, its row locked until the transaction ends."""
    dialect = sqlite if is_sqlite() else postgresql
    made = dialect.insert(streams).values(id=stream, last=0, active=0)
    kept = made.on_conflict_do_update(index_elements=[streams.c.id], set_={"last": streams.c.last})
    return int((await db.execute(kept.returning(streams.c.last))).scalar_one())


def _row(stream: str, seq: int, entry: Entry) -> dict[str, Any]:
    data = json.dumps(entry.data, ensure_ascii=False, separators=(",", ":"))
    at, uid = entry.at, entry.uid[:200]
    return {"stream": stream, "seq": seq, "uid": uid, "at": at, "kind": entry.kind, "run": entry.run, "data": data}

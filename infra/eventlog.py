"""The durable log: what happened in each project and each job, once and in order, for ever.

A stream's events are numbered 1, 2, 3, …; a number once given never means anything else. The same happening (*uid*)
is logged once, so a worker that does a run over after a crash repeats nothing.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, insert, select, update

from infra.database import is_sqlite, reading, upsert, writing
from infra.tables import events, streams

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

BEGINS = "run.queued"
ENDS = frozenset({"run.done", "run.failed", "run.cancelled"})
"""The last event of every run is one of these, and each run has one."""
CHANNEL = "flywheel_events"
"""Where Postgres notifies of new events; the payload is the stream."""
UID_LENGTH = 200


@dataclass(frozen=True)
class Entry:
    """What is to be logged. *uid* says what happened; *run* is ours, or empty."""

    kind: str
    data: dict[str, Any]
    uid: str
    run: str = ""
    at: float = field(default_factory=time.time)

    @property
    def key(self) -> str:
        """The uid as the log keeps it: a long one ends in a digest of all of it."""
        if len(self.uid) <= UID_LENGTH:
            return self.uid
        digest = hashlib.sha256(self.uid.encode("utf-8", "backslashreplace")).hexdigest()[:32]
        return f"{self.uid[: UID_LENGTH - 33]}:{digest}"


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
            select(events.c.uid).where(events.c.stream == stream, events.c.uid.in_([entry.key for entry in entries]))
        )
    )
    once = {entry.key: entry for entry in reversed(entries) if entry.key not in known}
    fresh = [entry for entry in entries if once.get(entry.key) is entry]
    if not fresh:
        return 0
    await db.execute(insert(events), [_row(stream, first + n, entry) for n, entry in enumerate(fresh, 1)])
    begun = sum(entry.kind == BEGINS for entry in fresh) - sum(entry.kind in ENDS for entry in fresh)
    moved = {"last": first + len(fresh), "active": streams.c.active + begun}
    await db.execute(update(streams).where(streams.c.id == stream).values(**moved))
    if not is_sqlite():
        await db.execute(select(func.pg_notify(CHANNEL, stream)))
    return len(fresh)


async def read(stream: str, after: int = 0, limit: int = 1000, without: Collection[str] = ()) -> list[Logged]:
    """The events of *stream* that come after number *after*, in order; those of the kinds *without* are left out."""
    chosen = _after(stream, after).limit(limit)
    if without:
        chosen = chosen.where(events.c.kind.not_in(without))
    async with reading() as db:
        return [Logged(*row) for row in await db.execute(chosen)]


async def read_some(stream: str, after: int, size: int) -> list[Logged]:
    """The events after number *after*, in order, until their data come to *size* characters; at least one."""
    rows: list[Logged] = []
    async with reading() as db, db.stream(_after(stream, after)) as found:
        async for row in found:
            rows.append(Logged(*row))
            size -= len(rows[-1].data)
            if size <= 0:
                break
    return rows


async def standing(stream: str) -> Standing:
    """How far *stream* is; a stream that has no event is at 0."""
    async with reading() as db:
        row = (await db.execute(select(streams.c.last, streams.c.active).where(streams.c.id == stream))).first()
    return Standing(*row) if row else Standing()


async def lasts(among: Sequence[str]) -> dict[str, int]:
    """The last event's number of each stream of *among* that has any."""
    found: dict[str, int] = {}
    async with reading() as db:
        for start in range(0, len(among), 500):
            some = streams.c.id.in_(among[start : start + 500])
            rows = await db.execute(select(streams.c.id, streams.c.last).where(some))
            found.update((row.id, row.last) for row in rows)
    return found


def _after(stream: str, after: int) -> Select[tuple[Any, ...]]:
    wanted = (events.c.stream, events.c.seq, events.c.kind, events.c.data, events.c.run, events.c.at)
    return select(*wanted).where(events.c.stream == stream, events.c.seq > after).order_by(events.c.seq)


async def _locked(db: AsyncConnection, stream: str) -> int:
    """The stream's last number, its row locked until the transaction ends."""
    made = upsert(streams).values(id=stream, last=0, active=0)
    kept = made.on_conflict_do_update(index_elements=[streams.c.id], set_={"last": streams.c.last})
    return int((await db.execute(kept.returning(streams.c.last))).scalar_one())


def _row(stream: str, seq: int, entry: Entry) -> dict[str, Any]:
    at, data = entry.at, _as_json(entry.data)
    return {
        "stream": stream,
        "seq": seq,
        "uid": entry.key,
        "at": at,
        "kind": entry.kind,
        "run": entry.run,
        "data": data,
    }


def _as_json(data: dict[str, Any]) -> str:
    """One line of JSON; half a surrogate pair, which is no character, stays as its escape."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text

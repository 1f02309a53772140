"""The journal: listens to what happens in the runs of this process and writes it into the durable log.

Events come from any thread and are only queued there; one task turns them into entries and writes them, in order, a
few milliseconds at a time. Where the database does not answer, it tries again: nothing is left out. What fails
otherwise is tried a few times and then left out, and the log says so: the writer never ends before the journal does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import update

from flows import record
from flows.happenings import Telling
from infra import events, tables
from infra.database import upsert, writing
from infra.errors import Unreachable
from infra.eventlog import Entry, append_within

if TYPE_CHECKING:
    from flows.record import Run
    from infra.events import Event

log = logging.getLogger(__name__)
GATHER_S, AGAIN_S, TIMINGS_EVERY_S = 0.005, 0.25, 2.0
TRIES = 8
"""How often entries are written whose writing fails though the database answers."""
STATES = {"run.waiting": "waiting", "run.resumed": "running"}


class Journal:
    """Writes what happens in the runs that were opened; events of other runs are dropped."""

    def __init__(self) -> None:
        self._tellings: dict[str, Telling] = {}
        self._heard: deque[tuple[Telling, Event | None]] = deque()
        self._closing: dict[Telling, asyncio.Event] = {}
        self._wake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._timings: dict[tuple[str, str], list[float]] = {}
        self._timed = self._loop.time()
        self.writer = asyncio.create_task(self._write())

    def hear(self, event: Event) -> None:
        """Take in an event; from any thread, and at once."""
        if event.kind == "text.streamed" and event.data["stage"] != "refine":
            return  # the draft is told line by line
        if telling := self._tellings.get(event.run):
            self._heard.append((telling, event))
            self._loop.call_soon_threadsafe(self._wake.set)

    async def open(self, run: Run) -> None:
        """Write down from now on what happens in *run*; what an interrupted execution told is not told again."""
        told, cost = await record.last_told(run, "progress"), await record.last_told(run, "cost")
        waiting = await record.last_told(run, "run.waiting")
        self._tellings[run.flow_run] = Telling(
            run, fraction=told.get("fraction", 0.0), spent=cost.get("by_pool"), waiting=waiting
        )

    async def close(self, run: Run) -> None:
        """Stop listening to *run*, once all that was heard of it, and what it cost, is written."""
        telling = self._tellings.pop(run.flow_run)
        written = self._closing[telling] = asyncio.Event()
        self._heard.append((telling, None))
        self._wake.set()
        waiting = asyncio.ensure_future(written.wait())
        await asyncio.wait({waiting, self.writer}, return_when=asyncio.FIRST_COMPLETED)
        if self.writer.done():
            waiting.cancel()
            self.writer.result()

    def drop(self, run: Run) -> None:
        """Stop listening to *run*; what was heard and is not yet written is forgotten."""
        if telling := self._tellings.pop(run.flow_run, None):
            telling.dropped = True

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_S)
            self._wake.clear()
            try:
                await self._write_heard()
            except Exception:  # all runs of this process depend on this task: it goes on
                log.exception("the journal goes on after an error")

    async def _write_heard(self) -> None:
        batches: dict[str, list[Entry]] = defaultdict(list)
        written = []
        while self._heard:
            telling, event = self._heard.popleft()
            if telling.dropped:
                continue
            batches[telling.run.stream] += self._entries(telling, event)
            if event is None:
                written.append(self._closing.pop(telling))
        for stream, entries in batches.items():
            await _surely(stream, entries)
        try:
            if written or self._loop.time() - self._timed > TIMINGS_EVERY_S:
                await self._keep_timings()
        finally:
            for closed in written:
                closed.set()

    def _entries(self, telling: Telling, event: Event | None) -> list[Entry]:
        """What is to be logged of *event*, or at the end; an event that cannot be told is left out."""
        try:
            if event and event.kind == "step.done" and not event.data["reused"]:
                self._time(event)
            return list(telling.entries(event) if event else telling.closing())
        except Exception:  # one event of one run is no reason to tell nothing of the others
            log.exception("an event of run %s is not in the log: %r", telling.run.id, event)
            return []

    def _time(self, event: Event) -> None:
        known = self._timings.setdefault((event.data["step"], event.data["engine"]), [0, 0.0])
        known[0] += 1
        known[1] += event.data["seconds"]

    async def _keep_timings(self) -> None:
        """Add what was timed; what cannot be added now is added later."""
        self._timed, timings = self._loop.time(), tables.timings
        with contextlib.suppress(Unreachable):
            async with writing() as db:
                for (step, engine), (count, seconds) in sorted(self._timings.items()):
                    more = upsert(timings).values(step=step, engine=engine, count=count, seconds=seconds)
                    added = {"count": timings.c.count + count, "seconds": timings.c.seconds + seconds}
                    await db.execute(more.on_conflict_do_update(index_elements=["step", "engine"], set_=added))
            self._timings.clear()


@asynccontextmanager
async def keeping() -> AsyncIterator[Journal]:
    """A journal that listens and writes while the block lasts."""
    journal = Journal()
    with events.listening(journal.hear):
        try:
            yield journal
        finally:
            journal.writer.cancel()
            await asyncio.gather(journal.writer, return_exceptions=True)


async def _surely(stream: str, entries: list[Entry]) -> None:
    """Log *entries*, however often the database does not answer."""
    failures = 0
    while entries and failures < TRIES:
        try:
            async with writing() as db:
                await append_within(db, stream, entries)
                for entry in entries:
                    if state := STATES.get(entry.kind):
                        await db.execute(update(tables.runs).where(tables.runs.c.id == entry.run).values(state=state))
        except Unreachable as error:
            log.warning("the log of %s waits: %s", stream, error)
        except Exception:  # all runs of this process depend on this task: it goes on
            failures += 1
            log.exception("the log of %s cannot be written", stream)
        else:
            return
        await asyncio.sleep(AGAIN_S)
    if entries:
        log.error("left out of the log of %s: %s", stream, ", ".join(entry.uid for entry in entries))

"""Prefect's own states in our log: `flow.state`, `task.state`; and the end of runs that ended in Prefect alone.

One process of all does it, under a lease. Prefect's event stream wakes it; but that stream drops bursts and begins
with a gap, so what each run came to is also read from Prefect when it starts and some seconds after each run's end.
What is logged twice is logged once: the state's id is the event's.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import StateType
from prefect.events.clients import PrefectEventSubscriber
from prefect.events.filters import EventFilter, EventNameFilter
from prefect.exceptions import PrefectException
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_KEY, PREFECT_API_URL
from sqlalchemy import or_, select
from websockets.exceptions import WebSocketException

from api import ending
from api.told import Told, of_event, of_flow_run, of_task_run
from infra import leases
from infra.database import reading
from infra.errors import FlywheelError, Unreachable
from infra.eventlog import Entry, append
from infra.settings import settings
from infra.tables import UNDER_WAY, runs

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from prefect.events import Event
    from sqlalchemy import ColumnElement

    from infra.leases import Lease

LEASE, TTL_S, AGAIN_S = "relay", 8.0, 2.0
GATHER_S = 0.05
FORGET_S = 15.0
"""For so long a state is kept whose run is not known yet: its row is written a moment after Prefect was told."""
MOST_KEPT = 10_000
SETTLED_S = 8.0
"""After a run's end Prefect has written down the states of its tasks."""
RECENT_S = 600.0
CRASH_S = 30.0
"""A run that crashed is the workers' to see to; only where they do not, it ends here."""
PAGE = 200
ENDED = {StateType.FAILED: 0.0, StateType.CANCELLED: 0.0, StateType.CRASHED: CRASH_S}
"""States in which a run may have ended unknown to us, and how long its worker or another's is waited for."""
OUTAGES = (Unreachable, PrefectException, httpx.HTTPError, OSError, WebSocketException)
AGAIN = "Run it again: what was finished is kept."

log = logging.getLogger("flywheel.relay")


class WorkerLost(FlywheelError):
    """A run ended in Prefect and no worker told how."""

    retryable = True


class Unanswered(FlywheelError):
    """A run waited for somebody, and nobody came in time."""

    retryable = True


@dataclass(frozen=True)
class Whose:
    """The run of ours behind a flow run, and its stream."""

    run: str
    stream: str


async def keep_relaying() -> None:
    """Relay until cancelled, whenever no other process does; what does not answer is tried again."""
    said = ""
    while True:
        try:
            if lease := await leases.try_hold(LEASE, TTL_S):
                try:
                    await _relayed(lease)
                finally:
                    await asyncio.shield(leases.release(lease))
        except OUTAGES as error:
            if repr(error) != said:
                log.warning("Prefect's states are not relayed for the moment: %r", error)
            said = repr(error)
        except Exception:  # relaying begins anew: nobody else would
            log.exception("relaying Prefect's states failed")
        await asyncio.sleep(AGAIN_S)


async def _relayed(lease: Lease) -> None:
    """Relay for as long as *lease* is held."""
    url = PREFECT_API_URL.value() or f"http://127.0.0.1:{settings().prefect_port}/api"
    key, auth = PREFECT_API_KEY.value(), PREFECT_API_AUTH_STRING.value()
    async with PrefectClient(url, auth_string=auth, api_key=key) as client:
        relay = Relay(client, url)
        works = (lease.lost.wait(), relay.listen(), relay.write(), relay.see_to_ends())
        tasks = [asyncio.ensure_future(work) for work in works]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


class Relay:
    """Takes in states, finds whose they are, and logs them."""

    def __init__(self, client: PrefectClient, url: str) -> None:
        self.client, self.url = client, url
        self._told: deque[tuple[float, Told]] = deque(maxlen=MOST_KEPT)  # until when it is kept
        self._wake = asyncio.Event()
        self._known: dict[str, Whose] = {}
        self._settling: dict[str, float] = {}  # flow run: when to read what its tasks came to
        self._suspects: dict[str, float] = {}  # flow run: when to see whether it has ended for us too

    async def listen(self) -> None:
        """Take in what Prefect tells, after what it told before we listened."""
        names = EventNameFilter(prefix=["prefect.flow-run.", "prefect.task-run."])
        async with PrefectEventSubscriber(self.url, EventFilter(event=names), reconnect_on_clean_close=True) as told:
            await self.catch_up(await _recent())
            async for event in told:
                if "prefect.state-type" in event.resource:
                    self._take(of_event(event))
                    self._watch(event)

    async def write(self) -> None:
        """Log what was told, some milliseconds' worth at a time; try again what is not known to be ours yet."""
        while True:
            await _within(self._wake.wait(), 1.0 if self._told else None)
            await asyncio.sleep(GATHER_S)
            self._wake.clear()
            try:
                await self._write_told()
            except Unreachable as error:
                log.warning("Prefect's states wait: %s", error)
                await asyncio.sleep(1)

    async def see_to_ends(self) -> None:
        """Read once more what runs that ended came to, and end those that ended in Prefect alone."""
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            if due := [name for name, at in self._settling.items() if at <= now]:
                await self.catch_up(due)
            for name in due:
                self._settling.pop(name, None)
            for name in [name for name, at in self._suspects.items() if at <= now]:
                await self._see_to(name)

    async def catch_up(self, flow_runs: Collection[str]) -> None:
        """Take in the states that these runs and their tasks are in now."""
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=[UUID(name) for name in flow_runs]))
        for flow_run in await self.client.read_flow_runs(flow_run_filter=wanted) if flow_runs else []:
            self._take(of_flow_run(flow_run))
            if flow_run.state:
                self._suspect(str(flow_run.id), flow_run.state.type)
        offset = 0
        while flow_runs:
            page = await self.client.read_task_runs(flow_run_filter=wanted, limit=PAGE, offset=offset)
            for task_run in page:
                self._take(of_task_run(task_run))
            offset += PAGE
            if len(page) < PAGE:
                return

    def _take(self, told: Told | None) -> None:
        if told:
            self._told.append((time.monotonic() + FORGET_S, told))
            self._wake.set()

    def _watch(self, event: Event) -> None:
        if event.event.startswith("prefect.flow-run."):
            flow_run = event.resource.id.rpartition(".")[2]
            kind = StateType(event.resource["prefect.state-type"])
            self._suspect(flow_run, kind)
            if kind in {StateType.COMPLETED, *ENDED}:
                self._settling[flow_run] = time.monotonic() + SETTLED_S

    def _suspect(self, flow_run: str, kind: StateType) -> None:
        self._suspects.pop(flow_run, None)
        if kind in ENDED:
            self._suspects[flow_run] = time.monotonic() + ENDED[kind]

    async def _write_told(self) -> None:
        taken, self._told = self._told, deque(maxlen=MOST_KEPT)  # what comes meanwhile has a place of its own
        left = list(taken)
        try:
            await self._log(told for _, told in taken)
            now = time.monotonic()
            left = [(until, told) for until, told in taken if told.flow_run not in self._known and now < until]
        finally:
            self._told = deque([*left, *self._told], maxlen=MOST_KEPT)

    async def _log(self, all_told: Iterable[Told]) -> None:
        """Log those that are of our runs."""
        kept, streams = list(all_told), defaultdict(list)
        await self._learn({told.flow_run for told in kept} - self._known.keys())
        for told in kept:
            if whose := self._known.get(told.flow_run):
                uid = f"{told.flow_run}:{told.state}"
                streams[whose.stream].append(Entry(told.kind, told.data, uid, whose.run, told.at))
        for stream, entries in streams.items():
            await append(stream, entries)

    async def _learn(self, flow_runs: Collection[str]) -> None:
        if flow_runs:
            if len(self._known) > MOST_KEPT:
                self._known.clear()
            async with reading() as db:
                chosen = select(runs.c.flow_run, runs.c.id, runs.c.stream).where(runs.c.flow_run.in_(flow_runs))
                self._known |= {row.flow_run: Whose(row.id, row.stream) for row in await db.execute(chosen)}

    async def _see_to(self, flow_run: str) -> None:
        """End the run behind *flow_run* as Prefect did, unless it has ended, or somebody sees to it."""
        self._suspects.pop(flow_run)
        async with reading() as db:
            mine = (runs.c.flow_run == flow_run) & runs.c.state.in_(UNDER_WAY)
            row = (await db.execute(select(runs.c.id, runs.c.state).where(mine))).first()
        if row is None:
            return
        if await leases.alive([f"run:{flow_run}"]):  # its worker is about to tell
            self._suspects[flow_run] = time.monotonic() + AGAIN_S
            return
        state = (await self.client.read_flow_run(UUID(flow_run))).state
        if state is None or state.type not in ENDED:
            return
        if state.is_cancelled():
            await ending.cancelled(row.id)
        elif row.state == "waiting":
            await ending.failed(row.id, Unanswered("The run waited for approval, and nobody answered in time.", AGAIN))
        else:
            await ending.failed(row.id, WorkerLost(state.message or "The run failed in Prefect.", AGAIN))


async def _recent() -> list[str]:
    """Prefect's ids of the runs that have not ended, or ended a short while ago."""
    lately: ColumnElement[bool] = or_(runs.c.state.in_(UNDER_WAY), runs.c.ended > time.time() - RECENT_S)
    async with reading() as db:
        chosen = select(runs.c.flow_run).where(runs.c.flow_run.is_not(None), lately)
        return list(await db.scalars(chosen.order_by(runs.c.id.desc()).limit(PAGE)))


async def _within(waited: Awaitable[object], seconds: float | None) -> None:
    try:
        await asyncio.wait_for(waited, seconds)
    except TimeoutError:
        return

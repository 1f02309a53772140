"""The warm worker: executes the runs of our deployments in its own process, where the engines are loaded.

It is woken by Prefect's events and looks every five seconds besides. A run is claimed by its lease in our database and
by the state Pending in Prefect, so that each is executed once, however many workers there are.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
from prefect.context import AsyncClientContext
from prefect.events.clients import get_events_subscriber
from prefect.events.filters import EventFilter, EventNameFilter
from prefect.exceptions import PrefectException
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from websockets.exceptions import WebSocketException

from flows import journal, offers
from flows.deployments import register
from flows.execution import Execution
from flows.rescue import rescue
from infra import pools, workers
from infra.database import close_database
from infra.errors import Unreachable
from infra.ids import fresh

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.orchestration import PrefectClient
    from prefect.events import Event

    from flows.execution import Reason
    from flows.journal import Journal

log = logging.getLogger(__name__)

POLL_S, SOON_S, RESCUE_S = 5.0, 0.5, 3.0
QUEUED_EVERY = 10
"""In each so many rounds of rescue the runs are looked at, too, that no worker has begun; there may be very many."""
WAKING = ("Scheduled", "AwaitingRetry")
STOPPING = ("Cancelling", "Cancelled")
OUTAGES = (Unreachable, PrefectException, httpx.HTTPError, OSError, WebSocketException)
"""What comes of a server or a database that does not answer; it is tried again."""


class Runner:
    """One worker; *limit* runs at a time, and *drain_s* for those that run when it is to stop.

    *name* is its id; no other worker that lives may have it.
    """

    def __init__(self, *, limit: int, drain_s: float = 20.0, name: str | None = None) -> None:
        self.id = name or fresh("w")
        self.limit, self.drain_s = limit, drain_s
        self._executions: dict[UUID, Execution] = {}
        self._tasks: set[asyncio.Task[bool]] = set()
        self._deployments: dict[UUID, Flow[..., Any]] = {}
        self._wake, self._stopping = asyncio.Event(), asyncio.Event()

    def stop(self) -> None:
        """Claim nothing more; finish or hand back what runs; then `run` returns. To be called on its event loop."""
        self._stopping.set()
        self._wake.set()

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Work until `stop`; *ready* is called when the engines are warm and runs are claimed."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(close_database)
            stack.enter_context(temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}))
            client = (await stack.enter_async_context(AsyncClientContext.get_or_create())).client
            self._deployments = await register(client)
            writing = await stack.enter_async_context(journal.keeping())
            await offers.warm()
            offered = await asyncio.to_thread(offers.offers)
            stack.push_async_callback(workers.leave, self.id)
            await workers.beat(self.id, 0, offered)
            await stack.enter_async_context(_beside(self._listen))
            await stack.enter_async_context(_beside(lambda: self._rescue(client)))
            await stack.enter_async_context(_beside(lambda: self._beat(offered)))
            ready()
            await self._claim(client, writing)
            await self._drain()

    async def _claim(self, client: PrefectClient, writing: Journal) -> None:
        """Begin what is scheduled, as it comes, until we are to stop."""
        while not self._stopping.is_set():
            self._wake.clear()
            room = self.limit - len(self._executions)
            if room > 0:
                try:
                    await self._begin(client, writing, room)
                except OUTAGES as error:
                    log.warning("the runs to be done cannot be seen: %r", error)
            await _within(self._wake.wait(), POLL_S)

    async def _begin(self, client: PrefectClient, writing: Journal, room: int) -> None:
        soon = datetime.now(UTC) + timedelta(seconds=SOON_S)
        scheduled = await client.get_scheduled_flow_runs_for_deployments(
            deployment_ids=list(self._deployments), scheduled_before=soon, limit=room + len(self._executions)
        )
        for flow_run in [run for run in scheduled if run.id not in self._executions][:room]:
            if flow_run.deployment_id is None:
                continue
            flow = self._deployments[flow_run.deployment_id]
            execution = self._executions[flow_run.id] = Execution(client, writing, self.id, flow_run, flow)
            task = execution.start()
            self._tasks.add(task)
            task.add_done_callback(partial(self._ended, flow_run.id))

    def _ended(self, name: UUID, task: asyncio.Task[bool]) -> None:
        """A run has ended here, or was not ours; then it is looked for once more a little later."""
        self._tasks.discard(task)
        del self._executions[name]
        if not task.cancelled() and (error := task.exception()):
            log.error("run %s is left to be rescued", name, exc_info=error)
        if task.cancelled() or task.exception() or not task.result():
            asyncio.get_running_loop().call_later(SOON_S, self._wake.set)
        else:
            self._wake.set()

    def _stop_one(self, name: UUID, reason: Reason) -> None:
        if execution := self._executions.get(name):
            execution.stop(reason)

    async def _listen(self) -> None:
        """Be woken by what is scheduled, and stop what is cancelled."""
        names = [f"prefect.flow-run.{state}" for state in (*WAKING, *STOPPING)]
        wanted = EventFilter(event=EventNameFilter(name=names))
        async with get_events_subscriber(filter=wanted, reconnect_on_clean_close=True) as subscriber:
            self._wake.set()  # for what came before we listened
            async for event in subscriber:
                self._told(event)

    def _told(self, event: Event) -> None:
        if event.event.endswith(STOPPING):
            self._stop_one(UUID(event.resource.id.rpartition(".")[2]), "cancelled")
        else:
            self._wake.set()

    async def _rescue(self, client: PrefectClient) -> None:
        for turn in count():
            for cancelling in await rescue(client, list(self._deployments), queued=turn % QUEUED_EVERY == 0):
                self._stop_one(cancelling.id, "cancelled")
            await asyncio.sleep(RESCUE_S)

    async def _beat(self, offered: dict[str, Any]) -> None:
        while True:
            await workers.beat(self.id, len(self._executions), {**offered, "pools": pools.queues()})
            await asyncio.sleep(workers.BEAT_S)

    async def _drain(self) -> None:
        """Let finish what can in time; hand the rest back, to go on elsewhere."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=self.drain_s)
        for execution in tuple(self._executions.values()):
            execution.stop("handed back")
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def _beside(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Do *work* beside the block, again and again, whatever does not answer."""
    task = asyncio.create_task(_again(work))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _again(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except OUTAGES as error:
            log.warning("it is tried again: %r", error)
        except Exception:  # the worker depends on this task: it goes on
            log.exception("it is tried again after an error")
        await asyncio.sleep(1)


async def _within(waited: Awaitable[object], seconds: float) -> None:
    try:
        await asyncio.wait_for(waited, seconds)
    except TimeoutError:
        return

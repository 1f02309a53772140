"""One run of a deployment, executed in this process from its claim to its last event."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, cast

from prefect.exceptions import Abort, Pause
from prefect.flow_engine import AsyncFlowRunEngine
from prefect.states import Cancelled, Pending, Scheduled
from prefect.utilities.engine import propose_state
from pydantic import ValidationError

from flows import record, running
from flows.deployments import name_of
from infra import allowance, events, leases, logs, telemetry
from infra.errors import Unreachable, told
from tasks import flight
from tasks.policy import is_outage
from tasks.schema import Brief, Film

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun, State

    from flows.journal import Journal
    from flows.record import Run
    from infra.leases import Lease

log = logging.getLogger(__name__)
TTL_S, AGAIN_S = 8.0, 0.25
DRAFT_S = 6.0
"""For so long Prefect's own work waits for the draft: on a small machine it would delay what somebody waits for."""
MOST_STARTS = 10
"""A run that so often took its worker with it, or met an outage, is not begun again."""
REST = timedelta(seconds=5)
Reason = Literal["cancelled", "handed back", "outage", "lost"]

AFTER: dict[Reason, Callable[[], State[Any]]] = {
    "cancelled": Cancelled,
    "handed back": lambda: Scheduled(message="Its worker stops; another goes on with it."),
    "outage": lambda: Scheduled(scheduled_time=datetime.now(UTC) + REST, message="Prefect did not answer; it goes on."),
}
"""What Prefect is told of a run that was stopped."""
GOES_ON = frozenset({"handed back", "outage"})
"""The reasons with which a run goes on later, unless it is cancelled meanwhile."""


class Attempt(AsyncFlowRunEngine[Any, Any]):
    """Prefect's engine; but what becomes of a run that is stopped is said by who stops it."""

    async def handle_crash(self, exc: BaseException) -> None:
        """Leave the state alone."""

    async def made(self) -> Any:
        """Run the flow to its end: what it returns, or the error it ends with."""
        async with self.start():
            while self.is_running():
                async with self.run_context():
                    await cast("Any", self).call_flow_fn()
        return await cast("Any", self).result()


@dataclass(frozen=True)
class Ending:
    """The last event of a run, and its film if there is one."""

    kind: str
    data: dict[str, Any]
    film: Film | None = None

    async def told(self, run: Run, seconds: float, lease: Lease) -> bool:
        """Write it down, once the database answers; False when the run had ended before, or *lease* was lost."""
        while True:
            try:
                return await record.ended(run, self.kind, self.data, film=self.film, seconds=seconds, lease=lease)
            except Unreachable as error:
                log.warning("the end of run %s waits: %s", run.id, error)
            await asyncio.sleep(AGAIN_S)


CANCELLED = Ending("run.cancelled", {"by": "user"})


class Execution:
    """The claim and the execution of one flow run by *worker*."""

    def __init__(
        self, client: PrefectClient, journal: Journal, worker: str, flow_run: FlowRun, flow: Flow[..., Any]
    ) -> None:
        self.client, self.journal, self.worker = client, journal, worker
        self.flow_run, self.flow = flow_run, flow
        self.reason: Reason | None = None
        self._phase: Literal["claiming", "running", "ending"] = "claiming"
        self._drafted = asyncio.Event()
        self._task: asyncio.Task[bool] | None = None

    def start(self) -> asyncio.Task[bool]:
        """Begin; the task's result says whether the run was claimed."""
        self._task = asyncio.create_task(self._claimed())
        return self._task

    def stop(self, reason: Reason) -> None:
        """End the execution now; a run that is already ending ends by itself.

        The first reason counts; but a run that is to go on later and then is cancelled is cancelled.
        """
        if self.reason in GOES_ON and reason == "cancelled":
            self.reason = reason
        if self._task is None or self.reason or self._phase == "ending":
            return
        self.reason = reason
        if self._phase == "running":
            self._task.cancel()

    async def _claimed(self) -> bool:
        """Execute the run, unless another worker has it or it is not to be run."""
        lease = await leases.try_hold(lease_name(self.flow_run), TTL_S)
        if lease is None:
            return False
        watching = asyncio.create_task(self._watch(lease))
        try:
            if (await propose_state(self.client, Pending(), flow_run_id=self.flow_run.id)).is_pending():
                await self._carried(lease)
        except Abort:
            log.info("run %s is not to be run any more", self.flow_run.id)
        finally:
            watching.cancel()
            await asyncio.shield(leases.release(lease))
        return True

    async def _watch(self, lease: Lease) -> None:
        """A worker that was frozen may find that another has gone on with its run."""
        await lease.lost.wait()
        self.stop("lost")

    async def _carried(self, lease: Lease) -> None:
        events.run.set(str(self.flow_run.id))
        run = await record.opened(self.flow_run, name_of(self.flow), self.worker)
        if run is None:
            await self.client.set_flow_run_state(self.flow_run.id, Cancelled(), force=True)
            return
        named = logs.named(run=run.id, project=run.stream)
        with named, telemetry.continued(run.trace, f"run {run.flow}", run=run.id, attempt=run.attempt):
            await self._executed(run, lease)

    async def _executed(self, run: Run, lease: Lease) -> None:
        spending = await record.allowance(run)
        allowance.current.set(spending)
        await self.journal.open(run)
        ending = None if self.reason else await self._ended(run)
        self._phase = "ending"
        await self._concluded(run, ending, spending.spent_s, lease)

    async def _ended(self, run: Run) -> Ending | None:
        """How the run ends; None when it only waits, or was stopped."""
        self._phase = "running"
        try:
            return await self._ending(run)
        except asyncio.CancelledError:
            if self.reason is None:
                raise
            return None

    async def _ending(self, run: Run) -> Ending | None:
        """How the flow ends; None when it only waits."""
        attempt = Attempt(flow=self.flow, flow_run=self.flow_run, parameters=self.flow_run.parameters)
        try:
            async with flight.ahead(self._beginning):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._drafted.wait(), DRAFT_S)
                return done(run, await attempt.made())
        except Pause:
            return None
        except Abort:
            if not await self._is_cancelled():
                raise
            self.reason = "cancelled"
            return None
        except Exception as error:
            if is_outage(error) and self.flow_run.run_count < MOST_STARTS:
                log.warning("run %s waits for Prefect: %r", self.flow_run.id, error)
                self.reason = "outage"
                return None
            log.exception("run %s failed", self.flow_run.id)
            return failed(error)

    async def _beginning(self) -> None:
        """The steps that every film starts with; Prefect prepares the flow once there is something to be seen."""
        try:
            if name_of(self.flow) == "film":
                brief = Brief.model_validate(self.flow_run.parameters.get("brief"))
                await running.begin(brief, draft_only=True)
        except ValidationError:
            return  # the flow will say so
        finally:
            self._drafted.set()

    async def _is_cancelled(self) -> bool:
        state = (await self.client.read_flow_run(self.flow_run.id)).state
        return state is not None and (state.is_cancelling() or state.is_cancelled())

    async def _concluded(self, run: Run, ending: Ending | None, seconds: float, lease: Lease) -> None:
        """Write down how it ended; tell Prefect what the flow could not."""
        if self.reason == "lost":
            self.journal.drop(run)
            return
        await self.journal.close(run)
        if self.reason in GOES_ON and await self._is_cancelled():
            self.reason = "cancelled"
        if self.reason == "cancelled":
            ending = CANCELLED
        if ending is None and self.reason is None:
            await record.waits(run)
        if ending and not await ending.told(run, seconds, lease):
            return
        if ending and ending.film:
            await record.credit(run)
        if self.reason:
            await self.client.set_flow_run_state(self.flow_run.id, AFTER[self.reason](), force=True)


def lease_name(flow_run: FlowRun) -> str:
    """The lease of whoever decides about a flow run."""
    return f"run:{flow_run.id}"


def done(run: Run, value: Any) -> Ending:
    """The end of a run whose flow returned *value*."""
    if isinstance(value, Film):
        return Ending("run.done", {"version": run.version, "title": value.title}, value)
    return Ending("run.done", {})


def failed(error: BaseException) -> Ending:
    """The end of a flow that raised *error*: what failed, and the remedy."""
    return Ending("run.failed", told(error))

"""What becomes of runs whose worker is gone: they go on under the same id, or end as they were meant to."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from uuid import UUID

from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed, Scheduled

from flows import record
from flows.execution import MOST_STARTS, TTL_S, Ending, lease_name
from infra import leases

if TYPE_CHECKING:
    from collections.abc import Collection

    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun, State

    from infra.leases import Lease

log = logging.getLogger(__name__)

UNDER_WAY = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
ENDED = [StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED]


async def rescue(client: PrefectClient, deployments: Collection[UUID], *, queued: bool = True) -> list[FlowRun]:
    """See to the runs that nobody executes though they should be; returns those that are being cancelled.

    A run is under way, or has ended for Prefect and not for us; and nobody holds its lease. Without *queued*, runs
    that have ended for Prefect before any worker began them are left for another time.
    """
    suspects = await _under_way(client, deployments) + await _ended(client, queued=queued)
    living = await leases.alive([lease_name(flow_run) for flow_run in suspects])
    for flow_run in suspects:
        if lease_name(flow_run) not in living:
            await _seen_to(client, flow_run)
    return [run for run in suspects if run.state and run.state.is_cancelling()]


async def _under_way(client: PrefectClient, deployments: Collection[UUID]) -> list[FlowRun]:
    chosen = FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=list(deployments)), state=_in(UNDER_WAY))
    return await client.read_flow_runs(flow_run_filter=chosen)


async def _ended(client: PrefectClient, *, queued: bool) -> list[FlowRun]:
    """Those that have ended for Prefect and not for us."""
    unfinished = [UUID(name) for name in await record.unfinished(queued=queued)]
    if not unfinished:
        return []
    chosen = FlowRunFilter(id=FlowRunFilterId(any_=unfinished), state=_in(ENDED))
    return await client.read_flow_runs(flow_run_filter=chosen)


def _in(types: list[StateType]) -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=types))


async def _seen_to(client: PrefectClient, suspect: FlowRun) -> None:
    """Decide about a run under its lease, by what is true now."""
    lease = await leases.try_hold(lease_name(suspect), TTL_S)
    if lease is None:
        return
    try:
        flow_run = await client.read_flow_run(suspect.id)
        if flow_run.state and flow_run.state.type in [*UNDER_WAY, *ENDED]:
            await _decided(client, flow_run, flow_run.state, lease)
    except ObjectNotFound:
        log.info("run %s was deleted in Prefect", suspect.id)
    finally:
        await leases.release(lease)


async def _decided(client: PrefectClient, flow_run: FlowRun, state: State, lease: Lease) -> None:
    run = await record.known(flow_run)
    if state.is_final() and run is None:
        return
    ending = _ending(flow_run, state)
    if ending is None and not await _still(client, flow_run, state):
        return  # it was cancelled meanwhile: the next round sees to it
    if run and ending:
        await ending.told(run, (await record.allowance(run)).spent_s, lease)
    after = _after(state, ending)
    if after:
        log.warning("run %s had no worker: %s", flow_run.id, after.name)
        await client.set_flow_run_state(flow_run.id, after, force=True)


async def _still(client: PrefectClient, flow_run: FlowRun, state: State) -> bool:
    now = (await client.read_flow_run(flow_run.id)).state
    return now is not None and now.type == state.type


def _ending(flow_run: FlowRun, state: State) -> Ending | None:
    """How the run ends; None when it is to go on."""
    if state.is_cancelling() or state.is_cancelled():
        return Ending("run.cancelled", {"by": "user"})
    if state.is_failed() or state.is_crashed():
        return _lost(state.message or "The run failed.", "Run it again: what was finished is kept.")
    if flow_run.run_count >= MOST_STARTS:
        what = f"The run was begun {flow_run.run_count} times, and each time its worker was gone before the end."
        return _lost(what, "See the logs of the workers and the memory of their machines; then run it again.")
    return None


def _after(state: State, ending: Ending | None) -> State | None:
    """The state that Prefect is to be in; None where it already is."""
    if ending is None:
        return Scheduled(message="Its worker is gone; another goes on with it.")
    if state.is_cancelling():
        return Cancelled()
    return None if state.is_final() else Crashed(message=ending.data["what"])


def _lost(what: str, remedy: str) -> Ending:
    return Ending("run.failed", {"error": "WorkerLost", "what": what, "remedy": remedy, "retryable": True})

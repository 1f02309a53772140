"""The API's Prefect client: the only place of the API that speaks to Prefect.

Runs are named by our ids. One client for each event loop; every call ends within its time, whatever Prefect does.
"""

from __future__ import annotations

import asyncio
import time
import weakref
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.responses import SetStateStatus
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_KEY, PREFECT_API_URL
from prefect.states import Cancelling
from sqlalchemy import select

from api import ending
from infra.database import reading
from infra.errors import BadInput, Conflict, MissingPart, Unreachable
from infra.settings import settings
from infra.tables import runs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tasks.schema import Edits

WITHIN_S = 2.0
"""How long a request waits for Prefect."""
REST_S = 2.0
"""For so long after Prefect did not answer, requests leave it to the outbox at once."""
FLOWS = {"film": "create"}
"""The flow of each deployment whose flow is not named as it is."""
QUEUED = ("Scheduled", "Late", "Pending", "Running")
"""The names of the states that `queues` counts."""
REFUSED = {400, 409, 422}
"""How Prefect answers parameters that are not as the flow wants them."""


@dataclass
class _Connection:
    """A client, the ids of the deployments that it has asked for, and until when Prefect is not waited for again."""

    client: PrefectClient
    deployments: dict[str, UUID] = field(default_factory=dict)
    rests_until: float = 0.0


_connections: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Connection]] = weakref.WeakKeyDictionary()
_connecting: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = weakref.WeakKeyDictionary()


async def trigger(run: str, flow: str, parameters: dict[str, Any], *, within_s: float = WITHIN_S) -> str:
    """Prefect's id of the flow run that executes *run*; asked again, it is the same one.

    Raises:
        BadInput: the flow does not take these parameters.
        MissingPart: Prefect has no such deployment.
        Unreachable: Prefect does not answer in time.
    """
    if within_s <= WITHIN_S:
        await _see_that_it_answered()
    async with _answering(within_s) as connection:
        try:
            return await _created(connection, run, flow, parameters)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != 404:
                raise
            connection.deployments.pop(flow, None)  # it was deployed anew since
            return await _created(connection, run, flow, parameters)


async def cancel(run: str) -> None:
    """Stop *run*: at once when it has not begun, otherwise as soon as its worker is told.

    Raises:
        Unreachable: Prefect does not answer in time.
    """
    flow_run = await _flow_run(run)
    if flow_run is None or await cancel_flow_run(flow_run):
        await ending.cancelled(run)


async def cancel_flow_run(flow_run: str) -> bool:
    """Ask for the cancelling of a flow run; True when nobody executes it, so that it has ended by that.

    Raises:
        Unreachable: Prefect does not answer in time.
    """
    async with _answering(WITHIN_S) as connection:
        try:
            await connection.client.set_flow_run_state(UUID(flow_run), Cancelling())
            state = (await connection.client.read_flow_run(UUID(flow_run))).state
        except ObjectNotFound:
            return True
    return state is not None and state.is_cancelled()


async def resume(run: str, *, approve: bool, edits: Edits | None = None) -> None:
    """Tell *run*, which waits at a gate, whether it may go on, and with which edits.

    Raises:
        Conflict: it does not wait.
        BadInput: it does not take these edits.
        Unreachable: Prefect does not answer in time.
    """
    said: dict[str, Any] = {"approve": approve}
    if edits is not None:
        said["edits"] = edits.model_dump(mode="json")
    flow_run = await _flow_run(run)
    if flow_run is None:
        raise _does_not_wait(run)
    async with _answering(WITHIN_S) as connection:
        try:
            result = await connection.client.resume_flow_run(UUID(flow_run), run_input=said)
        except ObjectNotFound as error:
            raise _does_not_wait(run) from error
    reason = getattr(result.details, "reason", None) or "Prefect did not say why."
    if result.status == SetStateStatus.REJECT:
        raise BadInput(f"Run {run} does not go on: {reason}", "Correct the edits and approve it again.")
    if result.status != SetStateStatus.ACCEPT:
        raise _does_not_wait(run)


async def healthy() -> bool:
    """Whether Prefect answers."""
    try:
        async with _answering(WITHIN_S) as connection:
            return await connection.client.api_healthcheck() is None
    except Unreachable:
        return False


async def queues() -> dict[str, int]:
    """How many flow runs are in each state before their end: Scheduled, Late (nobody takes them), Pending, Running.

    Raises:
        Unreachable: Prefect does not answer in time.
    """
    async with _answering(WITHIN_S) as connection:
        return dict(zip(QUEUED, await asyncio.gather(*(_count(connection, name) for name in QUEUED)), strict=True))


async def close() -> None:
    """Close this loop's connections."""
    for connection in _connections.pop(asyncio.get_running_loop(), {}).values():
        await connection.client.__aexit__(None, None, None)


async def _created(connection: _Connection, run: str, flow: str, parameters: dict[str, Any]) -> str:
    if flow not in connection.deployments:
        name = f"{FLOWS.get(flow, flow)}/{flow}"
        connection.deployments[flow] = (await connection.client.read_deployment_by_name(name)).id
    flow_run = await connection.client.create_flow_run_from_deployment(
        connection.deployments[flow], parameters=parameters, idempotency_key=run
    )
    return str(flow_run.id)


async def _flow_run(run: str) -> str | None:
    async with reading() as db:
        found: str | None = await db.scalar(select(runs.c.flow_run).where(runs.c.id == run))
    return found


async def _count(connection: _Connection, state: str) -> int:
    wanted = {"flow_runs": {"state": {"name": {"any_": [state]}}}}
    return int((await connection.client.request("POST", "/flow_runs/count", json=wanted)).json())


@asynccontextmanager
async def _answering(within_s: float) -> AsyncIterator[_Connection]:
    """The connection; what Prefect answers, or does not within *within_s*, as errors of ours."""
    url = _url()
    connection = await _connected(url)
    try:
        async with asyncio.timeout(within_s):
            yield connection
        connection.rests_until = 0.0
    except httpx.HTTPStatusError as error:
        if error.response.status_code in REFUSED:
            raise BadInput(f"The flow refused its parameters: {_detail(error.response)}", "Correct them.") from error
        raise _unreachable(url, f"it answers {error.response.status_code}") from error
    except ObjectNotFound as error:
        raise MissingPart(
            "Prefect has no deployment for this.", "Start a worker (flywheel worker): it registers its deployments."
        ) from error
    except (httpx.HTTPError, TimeoutError) as error:
        connection.rests_until = time.monotonic() + REST_S
        raise _unreachable(url, str(error) or f"nothing within {within_s:g} s") from error


async def _see_that_it_answered() -> None:
    """Raise Unreachable while Prefect is not waited for."""
    url = _url()
    if time.monotonic() < (await _connected(url)).rests_until:
        raise _unreachable(url, f"it did not within the last {REST_S:g} s")


async def _connected(url: str) -> _Connection:
    loop = asyncio.get_running_loop()
    connections = _connections.setdefault(loop, {})
    async with _connecting.setdefault(loop, asyncio.Lock()):
        if url not in connections:
            client = PrefectClient(url, auth_string=PREFECT_API_AUTH_STRING.value(), api_key=PREFECT_API_KEY.value())
            connections[url] = _Connection(await client.__aenter__())
    return connections[url]


def _url() -> str:
    return PREFECT_API_URL.value() or f"http://127.0.0.1:{settings().prefect_port}/api"


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])[:500]
    except (ValueError, KeyError, TypeError):
        return response.text[:500]


def _unreachable(url: str, why: str) -> Unreachable:
    return Unreachable(
        f"Prefect does not answer at {url}: {why}.", "See that it runs: flywheel up, or PREFECT_API_URL."
    )


def _does_not_wait(run: str) -> Conflict:
    return Conflict(f"Run {run} does not wait for anybody.", "Only a run that waits can be approved.")

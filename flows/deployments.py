"""The deployments: what Prefect's UI, its schedules and the API start by name, and a warm worker executes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect.client.schemas.actions import DeploymentUpdate
from prefect.exceptions import ObjectNotFound
from prefect.utilities.callables import parameter_schema

from flows.create import create
from flows.jobs import JOBS

if TYPE_CHECKING:
    from uuid import UUID

    from prefect import Flow
    from prefect.client.orchestration import PrefectClient

DEPLOYMENTS: dict[str, Flow[..., Any]] = {"film": create, **JOBS}
"""The name of each deployment → its flow; prefect.yaml has the same."""
TAGS = ["flywheel"]


async def register(client: PrefectClient) -> dict[UUID, Flow[..., Any]]:
    """Make each deployment, or bring up to date what of it has changed; the flow of each by the deployment's id.

    What others gave a deployment in Prefect, as schedules, stays: one that is made anew would lose it.
    Prefect refuses parameters that are not as the flow wants them, and shows them as a form.
    """
    return {await _registered(client, name, flow): flow for name, flow in DEPLOYMENTS.items()}


def name_of(flow: Flow[..., Any]) -> str:
    """The name of the deployment of *flow*."""
    return next(name for name, known in DEPLOYMENTS.items() if known is flow)


async def _registered(client: PrefectClient, name: str, flow: Flow[..., Any]) -> UUID:
    wanted = _wanted(flow)
    try:
        found = await client.read_deployment_by_name(f"{flow.name}/{name}")
    except ObjectNotFound:
        return await client.create_deployment(flow_id=await client.create_flow(flow), name=name, **wanted)
    changed = {field: value for field, value in wanted.items() if getattr(found, field) != value}
    if changed:
        await client.update_deployment(found.id, DeploymentUpdate(**changed))
    return found.id


def _wanted(flow: Flow[..., Any]) -> dict[str, Any]:
    return {
        "description": flow.description,
        "tags": TAGS,
        "entrypoint": f"{flow.fn.__module__.replace('.', '/')}.py:{flow.fn.__name__}",
        "path": str(Path(__file__).parents[1]),
        "parameter_openapi_schema": parameter_schema(flow).model_dump_for_openapi(),
        "enforce_parameter_schema": True,
    }

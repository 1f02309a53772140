"""The deployments: what Prefect's UI, its schedules and the API start by name, and a warm worker executes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    """Make each deployment, or bring it up to date; the flow of each by the deployment's id.

    Prefect refuses parameters that are not as the flow wants them, and shows them as a form.
    """
    return {await _registered(client, name, flow): flow for name, flow in DEPLOYMENTS.items()}


def name_of(flow: Flow[..., Any]) -> str:
    """The name of the deployment of *flow*."""
    return next(name for name, known in DEPLOYMENTS.items() if known is flow)


async def _registered(client: PrefectClient, name: str, flow: Flow[..., Any]) -> UUID:
    return await client.create_deployment(
        flow_id=await client.create_flow(flow),
        name=name,
        description=flow.description,
        tags=TAGS,
        entrypoint=f"{flow.fn.__module__.replace('.', '/')}.py:{flow.fn.__name__}",
        path=str(Path(__file__).parents[1]),
        parameter_openapi_schema=parameter_schema(flow).model_dump_for_openapi(),
        enforce_parameter_schema=True,
    )

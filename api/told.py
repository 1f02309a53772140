"""What Prefect tells of the states of flow runs and their tasks, as events of our log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prefect.client.schemas.objects import StateType

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun, State, TaskRun
    from prefect.events import Event

SKIPPED = frozenset({StateType.SCHEDULED, StateType.PENDING})
"""States before anything happens; they are not logged."""


@dataclass(frozen=True)
class Told:
    """A state of flow run *flow_run*, or of one of its tasks; *state* is the id that Prefect gave it."""

    flow_run: str
    kind: str
    data: dict[str, Any]
    state: str
    at: float


def of_event(event: Event) -> Told | None:
    """What *event* tells; None where it is not to be logged."""
    resource, name = event.resource, event.resource.id.rpartition(".")[2]
    if StateType(resource["prefect.state-type"]) in SKIPPED:
        return None
    data = {"state": resource.get("prefect.state-name") or ""}
    of = resource.get("prefect.resource.name") or ""
    at, state = event.occurred.timestamp(), str(event.id)
    if event.event.startswith("prefect.flow-run."):
        return Told(name, "flow.state", {**data, "name": of, "flow_run": name}, state, at)
    flow_run = next((one.id.rpartition(".")[2] for one in event.related if one.role == "flow-run"), "")
    return Told(flow_run, "task.state", {**data, "task": of, "task_run": name}, state, at) if flow_run else None


def of_flow_run(flow_run: FlowRun) -> Told | None:
    """What a flow run that was read tells; None where it is not to be logged."""
    return _read(str(flow_run.id), "flow.state", flow_run.state, {"name": flow_run.name, "flow_run": str(flow_run.id)})


def of_task_run(task_run: TaskRun) -> Told | None:
    """What a task run that was read tells; None where it is not to be logged."""
    what = {"task": task_run.name, "task_run": str(task_run.id)}
    return _read(str(task_run.flow_run_id or ""), "task.state", task_run.state, what)


def _read(flow_run: str, kind: str, state: State | None, what: dict[str, Any]) -> Told | None:
    if state is None or state.type in SKIPPED or not flow_run:
        return None
    at = state.timestamp.timestamp() if state.timestamp else time.time()
    return Told(flow_run, kind, {"state": state.name or state.type.value.title(), **what}, str(state.id), at)

"""What is counted, for Prometheus: over all processes of a machine where `flywheel up` gave them a folder for it.

Every label takes few values: flows, states, pools, steps, routes as they are declared (never paths), status classes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from infra.settings import settings

if TYPE_CHECKING:
    from prometheus_client import Metric

    from infra.events import Event

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which the processes of a machine count together; read when prometheus_client is imported."""
PREFIX = "flywheel_"
SHORT_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LONG_S = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)

registry = CollectorRegistry()

RUNS = Counter("flywheel_runs", "Runs that ended, by how.", ["flow", "state"], registry=registry)
RUN_WAIT = Histogram(
    "flywheel_run_wait_seconds", "From a run's being asked for to its beginning.", ["flow"],
    buckets=LONG_S, registry=registry,
)  # fmt: skip
RUN = Histogram(
    "flywheel_run_seconds", "From a run's being asked for to its end, waiting for people included.", ["flow"],
    buckets=LONG_S, registry=registry,
)  # fmt: skip
QUEUE_WAIT = Histogram(
    "flywheel_queue_wait_seconds", "How long work waited for its engine.", ["pool"], buckets=LONG_S, registry=registry
)
ENGINE = Counter("flywheel_engine_seconds", "Seconds that engines worked.", ["pool"], registry=registry)
STEPS = Counter("flywheel_steps", "Steps that ended well, made or reused.", ["step", "reused"], registry=registry)
COST = Counter("flywheel_cost_money", "What the engines' seconds cost, by FLYWHEEL_PRICE_…", registry=registry)
CLIENTS = Gauge(
    "flywheel_sse_clients", "Clients that follow an event stream.", multiprocess_mode="livesum", registry=registry
)
REQUESTS = Histogram(
    "flywheel_requests_seconds", "Requests, from their first byte to the last of their answer.",
    ["method", "route", "status"], buckets=SHORT_S, registry=registry,
)  # fmt: skip
REFUSED = Counter("flywheel_quota_refused", "Requests over a quota.", ["modality"], registry=registry)


def listen(event: Event) -> None:
    """Count what happens in the runs of this process; a listener of `infra.events`."""
    data = event.data
    if not event.run:  # the engines' warming up
        return
    match event.kind:
        case "engine.used":
            QUEUE_WAIT.labels(data["pool"]).observe(data["waited_s"])
            ENGINE.labels(data["pool"]).inc(data["seconds"])
            COST.inc(data["seconds"] * settings().price_per_engine_second)
        case "step.done":
            STEPS.labels(data["step"], str(data["reused"]).lower()).inc()


def run_began(flow: str, waited_s: float) -> None:
    """A run begins for the first time, so long after it was asked for."""
    RUN_WAIT.labels(flow).observe(waited_s)


def run_ended(flow: str, state: str, seconds: float) -> None:
    """A run has ended as *state*, so long after it was asked for."""
    RUNS.labels(flow, state).inc()
    RUN.labels(flow).observe(seconds)


def quota_refused(modality: str) -> None:
    """A request was over one of the caller's quotas."""
    REFUSED.labels(modality).inc()


def requested(method: str, route: str, status: int, seconds: float) -> None:
    """A request was answered."""
    REQUESTS.labels(method, route, str(status)).observe(seconds)


def share(folder: Path) -> dict[str, str]:
    """Empty *folder* for the processes of a machine to count in; the environment that tells them so."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()
    return {FOLDER: str(folder)}


def forget(folder: Path, process: int) -> None:
    """Drop what only a living process has, such as its clients; what it counted stays."""
    mark_process_dead(process, str(folder))  # type: ignore[no-untyped-call]


def exposition() -> bytes:
    """Everything that was counted, in Prometheus' text format."""
    return generate_latest(_together() if os.environ.get(FOLDER) else registry)


def names() -> set[str]:
    """The names that a query can use."""
    kinds = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
    return {metric.name + ending for metric in registry.collect() for ending in kinds[metric.type]}


def _together() -> CollectorRegistry:
    both = CollectorRegistry()
    both.register(_Ours())
    return both


class _Ours(Collector):
    """What all processes counted; Prefect's own counters are Prefect's to show."""

    def collect(self) -> Iterator[Metric]:
        for metric in MultiProcessCollector(None).collect():  # type: ignore[no-untyped-call]
            if metric.name.startswith(PREFIX):
                yield metric

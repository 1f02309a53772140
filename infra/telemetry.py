"""Traces: from a request to the engines that served it, one trace over all processes (OpenTelemetry).

    HTTP request ─ POST /api/projects           api
    └─ run film                                 worker: goes on with the traceparent that stands in the run's row
       └─ step refine_segment
          └─ engine text

Spans are made only where OTEL_EXPORTER_OTLP_ENDPOINT says where to send them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from infra import events, logs, metrics

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span, Tracer

    from infra.events import Event

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_silent = trace.NoOpTracerProvider().get_tracer("flywheel")
_w3c = TraceContextTextMapPropagator()


@dataclass
class _Process:
    """The tracer of this process: our own, so that libraries add no spans of theirs."""

    tracer: Tracer = _silent


@dataclass(frozen=True)
class _Step:
    """A step under way: its span, and what was current before it."""

    name: tuple[str, str]
    span: Span
    before: Context


@dataclass
class _Run:
    """The steps of a run that have begun and not ended."""

    steps: set[Span] = field(default_factory=set)


_process = _Process()
_run: ContextVar[_Run | None] = ContextVar("traced_run", default=None)
_steps: ContextVar[tuple[_Step, ...]] = ContextVar("traced_steps", default=())


@contextmanager
def observed(service: str) -> Iterator[None]:
    """A process that is watched: JSON logs, metrics and, where they are wanted, traces, while the block lasts."""
    logs.write_lines(service)
    with events.listening(metrics.listen), tracing(f"flywheel-{service}"):
        yield


@contextmanager
def tracing(service: str, processor: SpanProcessor | None = None) -> Iterator[None]:
    """Make spans while the block lasts, for *processor* or for the collector at OTEL_EXPORTER_OTLP_ENDPOINT."""
    chosen = processor or _to_collector()
    if chosen is None:
        yield
        return
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(chosen)
    _process.tracer = provider.get_tracer("flywheel")
    try:
        with events.listening(_listen):
            yield
    finally:
        _process.tracer = _silent
        provider.shutdown()


@contextmanager
def request(method: str, headers: Mapping[str, str]) -> Iterator[Span]:
    """The span of an HTTP request; it goes on with the caller's trace where its headers name one."""
    began = _w3c.extract(headers)
    with _process.tracer.start_as_current_span(method, began, SpanKind.SERVER) as span:
        yield span


@contextmanager
def continued(traceparent: str | None, name: str, **attributes: str | float) -> Iterator[Span]:
    """The span of work that was asked for elsewhere, in the trace of whoever asked (W3C *traceparent*, or None)."""
    asked = _w3c.extract({"traceparent": traceparent}) if traceparent else None
    run = _Run()
    with _process.tracer.start_as_current_span(name, asked, SpanKind.CONSUMER, attributes) as span:
        token = _run.set(run)
        try:
            yield span
        finally:
            _run.reset(token)
            for step in run.steps:  # they were broken off
                step.set_status(Status(StatusCode.ERROR))
                step.end()


def traceparent() -> str | None:
    """The W3C traceparent of what is done now, where it is traced."""
    carrier: dict[str, str] = {}
    _w3c.inject(carrier)
    return carrier.get("traceparent")


def _to_collector() -> SpanProcessor | None:
    if not os.environ.get(ENDPOINT):
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(OTLPSpanExporter())


def _listen(event: Event) -> None:
    """Turn what happens in a run into spans; called where it happens, so that the context is the run's own."""
    run = _run.get()
    if run is None:
        return
    match event.kind:
        case "step.started":
            _begin(run, event)
        case "step.done":
            _end(run, event)
        case "engine.used":
            _engine(event)


def _begin(run: _Run, event: Event) -> None:
    step, label = event.data["step"], event.data["label"]
    before = contexts.get_current()
    span = _process.tracer.start_span(f"step {step}", before, attributes={"step": step, "label": label})
    run.steps.add(span)
    _steps.set((*_steps.get(), _Step((step, label), span, before)))
    contexts.attach(trace.set_span_in_context(span, before))


def _end(run: _Run, event: Event) -> None:
    """End the innermost step of that name; those within it that never ended are the run's to end."""
    name, under_way = (event.data["step"], event.data["label"]), _steps.get()
    at = next((index for index in reversed(range(len(under_way))) if under_way[index].name == name), None)
    if at is None:
        return
    step = under_way[at]
    step.span.set_attribute("reused", event.data["reused"])
    step.span.end()
    run.steps.discard(step.span)
    _steps.set(under_way[:at])
    contexts.attach(step.before)


def _engine(event: Event) -> None:
    pool, seconds = event.data["pool"], event.data["seconds"]
    attributes = {"pool": pool, "waited_s": event.data["waited_s"]}
    begun = int((event.at - seconds) * 1e9)
    _process.tracer.start_span(f"engine {pool}", attributes=attributes, start_time=begun).end(int(event.at * 1e9))

"""One trace from the request to the engines; logs that say what they belong to."""

import asyncio
import json
import logging
import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from infra import events, logs, pools, telemetry


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    with telemetry.tracing("test", SimpleSpanProcessor(exporter)):
        yield lambda: {span.name: span for span in exporter.get_finished_spans()}


async def step(name, *, label="", work=None, fails=False):
    events.emit("step.started", step=name, label=label)
    if work:
        await work()
    if fails:
        raise ValueError(name)
    events.emit("step.done", step=name, label=label, reused=False, seconds=0.0, value=None)


async def engine():
    await pools.run("text", lambda: None)


def parent(span):
    return span.parent.span_id if span.parent else None


async def test_a_request_its_run_its_steps_and_engines_share_one_trace(spans):
    with telemetry.request("POST", {}) as request:
        kept = telemetry.traceparent()
        request.update_name("POST /api/projects")
    with telemetry.continued(kept, "run film", run="r_1"):
        await step("set_anchor", work=engine)
        await asyncio.gather(
            asyncio.create_task(step("draw_frame", label="s1", work=lambda: pools.run("image", lambda: None))),
            asyncio.create_task(step("speak", label="s1", work=lambda: pools.run("speech", lambda: None))),
        )
    made = spans()
    assert {span.context.trace_id for span in made.values()} == {request.get_span_context().trace_id}
    run = made["run film"]
    assert parent(run) == made["POST /api/projects"].context.span_id
    for name, pool in (("set_anchor", "text"), ("draw_frame", "image"), ("speak", "speech")):
        assert parent(made[f"step {name}"]) == run.context.span_id
        assert parent(made[f"engine {pool}"]) == made[f"step {name}"].context.span_id
        assert made[f"engine {pool}"].start_time >= made[f"step {name}"].start_time - 1_000_000
    assert made["step speak"].attributes == {"step": "speak", "label": "s1", "reused": False}


async def test_steps_within_steps_and_after_them_hang_where_they_belong(spans):
    with telemetry.continued(None, "run"):
        await step("outer", work=lambda: step("inner", work=engine))
        await step("later")
    made = spans()
    assert parent(made["step inner"]) == made["step outer"].context.span_id
    assert parent(made["engine text"]) == made["step inner"].context.span_id
    assert parent(made["step later"]) == parent(made["step outer"]) == made["run"].context.span_id
    assert trace.get_current_span() is trace.INVALID_SPAN


async def test_a_step_that_is_broken_off_ends_with_its_run(spans):
    with pytest.raises(ValueError, match="broken"), telemetry.continued(None, "run"):
        await step("outer", work=lambda: step("broken", fails=True))
    made = spans()
    assert made["step broken"].status.status_code == made["step outer"].status.status_code == StatusCode.ERROR
    assert made["run"].status.status_code == StatusCode.ERROR
    assert made["run"].events[0].name == "exception"


async def test_a_caller_that_traces_is_followed(spans):
    with telemetry.request("GET", {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}):
        assert telemetry.traceparent().startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
    with telemetry.request("GET", {"traceparent": "nonsense"}) as span:
        assert span.get_span_context().is_valid


async def test_what_happens_outside_runs_makes_no_spans(spans):
    await step("set_anchor", work=engine)
    assert spans() == {}


async def test_without_a_collector_nothing_is_traced(monkeypatch):
    monkeypatch.delenv(telemetry.ENDPOINT, raising=False)
    with telemetry.tracing("test"), telemetry.continued(None, "run") as span:
        assert not span.is_recording()
        assert telemetry.traceparent() is None


def line(record, service="test"):
    return json.loads(logs.Line(service).format(record))


def record(message="something", *args, error=None):
    return logging.LogRecord(
        "flywheel.test", logging.WARNING, "file", 1, message, args, error and (type(error), error, None)
    )


async def test_a_line_says_what_it_belongs_to(spans):
    assert line(record()).keys() == {"at", "level", "logger", "service", "message"}
    with logs.named(project="p_1", request="q_1"), telemetry.continued(None, "run") as span, logs.named(run="r_1"):
        told = line(record("%s of %d\nlines", "one", 2))
    assert told["message"] == "one of 2\nlines"
    assert (told["project"], told["request"], told["run"]) == ("p_1", "q_1", "r_1")
    assert told["trace"] == f"{span.get_span_context().trace_id:032x}"
    assert "project" not in line(record())


async def test_work_in_a_pool_is_named_too():
    with logs.named(run="r_7"):
        told = await pools.run("render", lambda: line(record()))
    assert told["run"] == "r_7"


def test_an_error_keeps_its_trace_on_one_line():
    text = logs.Line("test").format(record(error=ValueError("no\nluck")))
    assert "\n" not in text
    assert "ValueError" in json.loads(text)["error"]


def test_a_process_logs_json_from_its_level_on_whatever_prefect_does_to_the_root():
    program = (
        "import logging; from infra.telemetry import observed\n"
        "with observed('worker'):\n"
        "    from prefect.logging.configuration import setup_logging\n"
        "    setup_logging()\n"
        "    logging.getLogger('flywheel.x').info('quiet'); logging.getLogger('flows.y').warning('loud')\n"
    )
    environment = {"FLYWHEEL_LOG": "warning", "PATH": "", "PYTHONPATH": ":".join(sys.path), "HOME": "/tmp"}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert [json.loads(text)["message"] for text in ran.stderr.splitlines()] == ["loud"]
    assert json.loads(ran.stderr)["service"] == "worker"

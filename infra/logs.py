"""Logs as lines of JSON, each with the request, the run and the trace it belongs to.

{"at": "2026-01-31T09:30:00.123Z", "level": "warning", "logger": "flywheel.outbox", "service": "api",
 "message": "…", "project": "p_…", "run": "r_…", "request": "q_…", "trace": "4bf9…"}
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType

from opentelemetry import trace

from infra import events
from infra.settings import settings

_names: ContextVar[Mapping[str, str]] = ContextVar("names", default=MappingProxyType({}))
OWN = ("flywheel", "flows", "tasks", "infra", "api", "uvicorn")
"""Loggers whose lines are ours whatever a library does to the root logger; Prefect takes that for itself."""
NOISY = ("httpx", "httpcore", "websockets", "asyncio", "aiosqlite", "urllib3", "filelock")
"""Libraries that tell of every call; heard from warning on."""


@contextmanager
def named(**names: str) -> Iterator[None]:
    """What is logged while the block lasts belongs to these: `project`, `run`, `request`."""
    token = _names.set({**_names.get(), **names})
    try:
        yield
    finally:
        _names.reset(token)


def write_lines(service: str) -> None:
    """Log as JSON on standard error from now on, from the level FLYWHEEL_LOG on; for a process of its own."""
    handler = logging.StreamHandler()
    handler.setFormatter(Line(service))
    level = settings().log.upper()
    for name in ("", *OWN):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.setLevel(level)
        logger.propagate = False
    for name in NOISY:
        logging.getLogger(name).setLevel(max(logging.getLogger().level, logging.WARNING))


class Line(logging.Formatter):
    """A record as one line of JSON; what is unknown is left out."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {
            "at": at, "level": record.levelname.lower(), "logger": record.name, "service": self.service,
            "message": record.getMessage(), **_belongs_to(),
        }  # fmt: skip
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def _belongs_to() -> dict[str, str]:
    found = {"run": events.run.get(), **_names.get()}
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        found["trace"] = trace.format_trace_id(span.trace_id)
    return {name: value for name, value in found.items() if value}

"""What happens, as it happens: `emit` hands an event to everyone in this process who listens."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger(__name__)


run: contextvars.ContextVar[str] = contextvars.ContextVar("run", default="")
"""The flow run that the current task belongs to; pools carry it into their threads."""


@dataclass(frozen=True)
class Event:
    """One happening: *kind* (`script.drafted`, `frame.drawn`, …), its data, its run, and when (epoch seconds)."""

    kind: str
    data: dict[str, Any]
    run: str
    at: float = field(default_factory=time.time)


Listener = Callable[[Event], None]
_listeners: list[Listener] = []
_guard = threading.Lock()


def emit(kind: str, **data: Any) -> None:
    """Tell all listeners; safe from any thread. A listener that fails is logged and never stops the work."""
    event = Event(kind, data, run.get())
    with _guard:
        listeners = tuple(_listeners)
    for listener in listeners:
        try:
            listener(event)
        except Exception:
            log.exception("a listener failed on %s", kind)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Call *listener* for every event until the block ends."""
    with _guard:
        _listeners.append(listener)
    try:
        yield
    finally:
        with _guard:
            _listeners.remove(listener)

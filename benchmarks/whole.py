"""The whole as `flywheel up` starts it, on a home and ports of its own; its event streams as a client reads them."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.whole import Whole
from tests.whole import whole as running

__all__ = ["Seen", "Whole", "read", "whole"]

GENEROUS = {"REQUESTS_PER_MINUTE": "100000", "RUNS_PER_USER": "1000", "FILMS_PER_DAY": "100000"}
"""Quotas that a benchmark does not meet."""


@contextmanager
def whole(*words: str) -> Iterator[Whole]:
    """`flywheel up WORDS` in a temporary home, ready; stopped at the end, cleanly."""
    with (
        tempfile.TemporaryDirectory(prefix="flywheel-bench-") as folder,
        running(Path(folder), *words, **GENEROUS) as up,
    ):
        yield up


@dataclass(frozen=True)
class Seen:
    """An event as a client has read it; *at* is the clock when it had (`time.perf_counter`)."""

    seq: int
    kind: str
    data: dict[str, Any]
    at: float


def read(lines: Iterable[str]) -> Iterator[Seen]:
    """The events of a server-sent stream, from its lines, as they come."""
    seq, kind, data = 0, "message", ""
    for line in lines:
        name, _, value = line.partition(": ")
        match name:
            case "id":
                seq = int(value)
            case "event":
                kind = value
            case "data":
                data += value
            case "" if data:
                yield Seen(seq, kind, json.loads(data), time.perf_counter())
        if not line:
            kind, data = "message", ""

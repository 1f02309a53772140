"""The whole as `flywheel up` starts it, on a home and ports of its own; its event streams as a client reads them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.process import ROOT

START_S, STOP_S = 300, 90
GENEROUS = {"REQUESTS_PER_MINUTE": "100000", "RUNS_PER_USER": "1000", "FILMS_PER_DAY": "100000"}
"""Quotas that a benchmark does not meet."""


@dataclass(frozen=True)
class Whole:
    """Where the API answers, its home, and the process of `flywheel up`."""

    api: str
    home: Path
    process: subprocess.Popen[bytes]

    def said(self) -> str:
        """What `flywheel up` has told until now."""
        return (self.home / "up.out").read_text()


@contextmanager
def whole(*words: str) -> Iterator[Whole]:
    """`flywheel up WORDS` in a temporary home, ready; stopped at the end, cleanly.

    Raises:
        SystemExit: it does not get ready; it has said why.
    """
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as folder:
        home, port = Path(folder), free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        own = {"HOME": str(home), "PORT": str(port), "PREFECT_PORT": str(free_port()), **GENEROUS}
        environment = kept | {f"FLYWHEEL_{name}": value for name, value in own.items()}
        with (home / "up.out").open("wb") as out:
            command = [sys.executable, "-m", "flows", "up", *words]
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        running = Whole(f"http://127.0.0.1:{port}", home, process)
        try:
            _await_ready(running)
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_ready(running: Whole) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and running.process.poll() is None:
        try:
            if httpx.get(f"{running.api}/readyz", timeout=5).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise SystemExit(running.said())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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

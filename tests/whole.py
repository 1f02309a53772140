"""The whole on one machine, as `flywheel up` starts it, with a home and ports of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.services import free_port

ROOT = Path(__file__).parents[1]
START_S, STOP_S = 300, 90


@dataclass(frozen=True)
class Whole:
    """A running whole: where the API and Prefect answer, its home, and the process of `flywheel up`."""

    api: str
    prefect: str
    home: Path
    process: subprocess.Popen[bytes]

    def said(self) -> str:
        """What `flywheel up` has told until now."""
        return (self.home / "up.log").read_text()


@contextmanager
def whole(home: Path, *options: str, **settings: str) -> Iterator[Whole]:
    """`flywheel up OPTIONS` in *home*, ready; it is stopped at the end, and must stop cleanly."""
    api, prefect = free_port(), free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    own = {"HOME": str(home), "PORT": str(api), "PREFECT_PORT": str(prefect), **settings}
    environment |= {"PYTHONPATH": str(ROOT), **{f"FLYWHEEL_{name}": value for name, value in own.items()}}
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.log").open("wb") as log:
        command = [sys.executable, "-m", "flows", "up", *options]
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
    running = Whole(f"http://127.0.0.1:{api}", f"http://127.0.0.1:{prefect}", home, process)
    try:
        _ready(running)
        yield running
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_S) == 0, running.said()
    finally:
        process.kill()
        process.wait()


def _ready(running: Whole) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and running.process.poll() is None:
        try:
            if httpx.get(f"{running.api}/readyz", timeout=5).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError(running.said())

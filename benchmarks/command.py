"""Run the real `flywheel` command as a process and keep what it said, when, and what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ran:
    """Events with seconds since the command was started; wall and CPU seconds of the process and its children."""

    events: list[dict[str, Any]]
    seconds: float
    cpu_seconds: float

    def first(self, kind: str, **where: Any) -> float:
        """Seconds to the first event of a kind."""
        return next(
            e["after"] for e in self.events if e["kind"] == kind and all(e.get(k) == v for k, v in where.items())
        )

    def steps(self, name: str) -> list[dict[str, Any]]:
        return [e for e in self.events if e["kind"] == "step.done" and e["step"] == name]

    @property
    def done(self) -> dict[str, Any]:
        return next(e for e in self.events if e["kind"] == "done")


def flywheel(*words: str, home: Path) -> Ran:
    """Run `flywheel WORDS --json` with its own home folder."""
    environment = {**os.environ, "FLYWHEEL_HOME": str(home)}
    begun = time.time()
    process = subprocess.Popen(
        [sys.executable, "-m", "flows", *words, "--json"], stdout=subprocess.PIPE, env=environment, text=True
    )
    assert process.stdout is not None
    events = [json.loads(line) for line in process.stdout]
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.time() - begun
    if status:
        raise SystemExit(f"flywheel {' '.join(words)} failed: {events[-1] if events else status}")
    for event in events:
        event["after"] = event.get("at", begun + seconds) - begun
    return Ran(events, seconds, usage.ru_utime + usage.ru_stime)

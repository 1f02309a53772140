"""The ways to render the film, each a module of this package; and what a run of one costs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.film import SHOT_S

ROOT = Path(__file__).parents[2]
ALL = 12
"""Shots of the long film."""
BARE, OURS = "bare x264", "ours"
SAME, USUAL = "moviepy, our preset", "moviepy, its preset"
TURBO = "MoneyPrinterTurbo"


@dataclass(frozen=True)
class Way:
    """Render the film *film* (`short` or `long`) by a module of this package, run by the Python *python*."""

    name: str
    module: str
    python: Path = Path(sys.executable)
    extra: tuple[str, ...] = ()
    film: str = "short"

    @property
    def label(self) -> str:
        return self.name.replace(",", "").replace(" ", "-").lower()


@dataclass(frozen=True)
class Cost:
    """What a process took with all its children; *peak_mb* is that of the largest single one."""

    cpu_s: float
    wall_s: float
    peak_mb: float


def ways(turbo: Path, shots: int) -> list[Way]:
    """All of them; *turbo* is the Python that has MoneyPrinterTurbo. Ours renders the long film, too."""
    found = [
        Way(BARE, "bare"),
        Way(OURS, "ours"),
        Way(SAME, "ordinary", extra=("superfast",)),
        Way(USUAL, "ordinary", extra=("medium",)),
        Way(TURBO, "turbo", turbo),
    ]
    return found if shots == ALL else [*found, Way(f"{OURS}, {ALL * SHOT_S:g} s", "ours", film="long")]


def run(python: Path, module: str, *words: str, log: Path, home: Path) -> Cost:
    """Run a module of this package as a process of its own; *log* gets what it says, *home* is MoneyPrinterTurbo's.

    Raises:
        SystemExit: it failed; the message holds the end of what it said.
    """
    command = [str(python), "-m", f"benchmarks.peers.{module}", *words]
    environment = {**os.environ, "MPT_HOME": str(home)}
    begun = time.perf_counter()
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT, cwd=ROOT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        end = log.read_text(errors="replace")[-2000:].strip()
        raise SystemExit(f"{end}\n\nbenchmarks.peers.{module} failed; the lines above are the end of what it said.")
    return Cost(usage.ru_utime + usage.ru_stime, time.perf_counter() - begun, usage.ru_maxrss / 1024)

"""A benchmark's own processes: `python -m MODULE WORK …`, what each cost, and what it had to say.

The parent stays small and imports no media library: what a process is said to peak at is never less than its parent.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Cost:
    """What a process took, user and system time together, and the object that it printed."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    said: Any


def measured(module: str, *words: object, cores: int | None = None, warp: str = "cv2") -> Cost:
    """Run *module* on so many cores (all that there are: None) with the sampler *warp*.

    Raises:
        SystemExit: it failed; it has said why.
    """
    command = [sys.executable, "-m", module, *map(str, words)]
    environment = {**os.environ, "FLYWHEEL_WARP": warp}
    begun = time.perf_counter()
    with _pinned(cores):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment)
    assert process.stdout is not None
    with process.stdout as out:
        said = out.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"{module} {words[0]} failed; the lines above say why.")
    wall_s = time.perf_counter() - begun
    return Cost(usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss / 1024, json.loads(said or b"null"))


@contextmanager
def _pinned(cores: int | None) -> Iterator[None]:
    """Whoever is started inside has the first *cores* of this process's own."""
    given = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(given)[:cores])
    try:
        yield
    finally:
        os.sched_setaffinity(0, given)


def options(defaults: Mapping[str, str]) -> dict[str, str]:
    """The words NAME=VALUE of the command line over *defaults*."""
    given = dict(word.partition("=")[::2] for word in sys.argv[1:])
    if unknown := given.keys() - defaults.keys():
        raise SystemExit(f"There is no option {', '.join(sorted(unknown))}. Known: {', '.join(defaults)}.")
    return {**defaults, **given}


def run(main: Callable[[], None], works: Mapping[str, Callable[..., Any]]) -> None:
    """The work that the command line names, with the words after it, or *main*; what a work returns is printed."""
    if len(sys.argv) > 1 and sys.argv[1] in works:
        print(json.dumps(works[sys.argv[1]](*sys.argv[2:])))
    else:
        main()

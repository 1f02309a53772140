"""bench-quota: how many requests of one key four processes are granted, and what a decision takes.

python -m benchmarks.quota [processes=4] [requests=100] [rounds=3] [limit=30]

Each round is a key of its own, on SQLite, on Postgres and on Redis: so many processes begin at the same moment, each
with so many requests at once, and exactly the limit must be granted. Then one process decides one after the other.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from benchmarks.process import ROOT, options, run
from benchmarks.report import Figure, plain, publish
from tests import services

if TYPE_CHECKING:
    from collections.abc import Iterator

ME = "benchmarks.quota"
SINGLE = 200


def ask(key: str, requests: str, limit: str, begins: str) -> dict[str, float]:
    """Ask so often, all at once from the moment *begins* on: how many were granted, and microseconds for each."""
    return asyncio.run(_ask(key, int(requests), int(limit), float(begins)))


async def _ask(key: str, requests: int, limit: int, begins: float) -> dict[str, float]:
    from infra import limits
    from infra.database import close_database

    await limits.hit((key, "warm"), 1)
    await asyncio.sleep(max(0.0, begins - time.time()))
    begun = time.perf_counter()
    standings = await asyncio.gather(*(limits.hit((key, "film"), limit) for _ in range(requests)))
    took_s = time.perf_counter() - begun
    await limits.close_limits()
    await close_database()
    return {"granted": sum(standing.granted for standing in standings), "us": took_s / requests * 1e6}


def alone(key: str, limit: str) -> dict[str, float]:
    """Ask again and again, one after the other: the median and the 99th percentile in microseconds."""
    return asyncio.run(_alone(key, int(limit)))


async def _alone(key: str, limit: int) -> dict[str, float]:
    from infra import limits
    from infra.database import close_database

    took = []
    for _ in range(SINGLE):
        begun = time.perf_counter()
        await limits.hit((key, "alone"), limit)
        took.append((time.perf_counter() - begun) * 1e6)
    await limits.close_limits()
    await close_database()
    return {"p50": statistics.median(took), "p99": sorted(took)[int(len(took) * 0.99)]}


ELSEWHERE = {"FLYWHEEL_DATABASE", "FLYWHEEL_REDIS"}
"""Settings of the caller's that would have something else counted."""


@contextmanager
def database(name: str) -> Iterator[dict[str, str]]:
    """The settings under which it is counted there."""
    with ExitStack() as stack:
        home = {"FLYWHEEL_HOME": str(stack.enter_context(services.folder()))}
        if name == "Postgres":
            home["FLYWHEEL_DATABASE"] = stack.enter_context(services.postgres())
        if name == "Redis":
            home["FLYWHEEL_REDIS"] = stack.enter_context(services.redis())
        yield home


def together(given: dict[str, str], key: str, environment: dict[str, str]) -> list[dict[str, float]]:
    """What each process had to say of one round."""
    begins = time.time() + 2 + int(given["processes"]) / 2  # by then all have started
    command = [sys.executable, "-m", ME, "ask", key, given["requests"], given["limit"], str(begins)]
    processes = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(int(given["processes"]))
    ]
    said = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise SystemExit("A process failed; the lines above say why.")
    return [json.loads(text) for text in said]


def measure(name: str, given: dict[str, str]) -> list[Figure]:
    limit, figures = int(given["limit"]), []
    with database(name) as settings:
        environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE} | settings
        rounds = [together(given, f"round-{number}", environment) for number in range(int(given["rounds"]))]
        command = [sys.executable, "-m", ME, "alone", "alone", given["limit"]]
        single = json.loads(subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True).stdout)
    granted = [round(sum(process["granted"] for process in said)) for said in rounds]
    asked = int(given["processes"]) * int(given["requests"])
    for what, count in (("fewest", min(granted)), ("most", max(granted))):
        label = f"{name}: granted of {asked}, {what} of {len(rounds)} rounds"
        figures.append(Figure(label, count, "requests", f"= {limit}", count == limit))
    busy = statistics.median(process["us"] for said in rounds for process in said) / int(given["processes"])
    return [
        *figures,
        plain(f"{name}: a decision, {given['processes']} processes at once", busy, "µs"),
        plain(f"{name}: a decision alone, median", single["p50"], "µs"),
        plain(f"{name}: a decision alone, 99th percentile", single["p99"], "µs"),
    ]


def main() -> None:
    given = options({"processes": "4", "requests": "100", "rounds": "3", "limit": "30"})
    publish("quota", [figure for name in ("SQLite", "Postgres", "Redis") for figure in measure(name, given)])


if __name__ == "__main__":
    run(main, {"ask": ask, "alone": alone})

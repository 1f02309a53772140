"""Figures of a benchmark: a table for people, a JSON file for the record."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One measured figure; *goal* is a sentence such as `<= 75`, *holds* whether it is met (None: no goal)."""

    figure: str
    value: float
    unit: str
    goal: str = ""
    holds: bool | None = None


def at_most(figure: str, value: float, unit: str, limit: float) -> Figure:
    return Figure(figure, round(float(value), 3), unit, f"<= {limit:g}", bool(value <= limit))


def at_least(figure: str, value: float, unit: str, limit: float) -> Figure:
    return Figure(figure, round(float(value), 3), unit, f">= {limit:g}", bool(value >= limit))


def within(figure: str, value: float, unit: str, low: float, high: float) -> Figure:
    return Figure(figure, round(float(value), 3), unit, f"{low:g} to {high:g}", bool(low <= value <= high))


def plain(figure: str, value: float, unit: str) -> Figure:
    return Figure(figure, round(float(value), 3), unit)


def publish(name: str, figures: list[Figure]) -> None:
    """Print the table and write `benchmarks/results/NAME.json`."""
    table = Table("figure", "value", "unit", "goal", "holds", title=f"bench-{name}")
    for figure in figures:
        mark = {True: "yes", False: "NO", None: ""}[figure.holds]
        table.add_row(figure.figure, f"{figure.value:g}", figure.unit, figure.goal, mark)
    Console(width=130).print(table)
    RESULTS.mkdir(exist_ok=True)
    record = {
        "figures": [asdict(f) for f in figures],
        "machine": machine(),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"

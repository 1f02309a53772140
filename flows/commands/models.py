"""`flywheel models`: what weights there are, bring them, check them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from infra import catalogue
from infra.settings import settings

app = typer.Typer(no_args_is_help=True)

Names = Annotated[list[str] | None, typer.Argument(help="Models; none: those the settings need.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="Every model of the catalogue.")]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output, for programs.")]


@app.command("list")
def list_models(as_json: Json = False) -> None:
    """Show every model: what it is for, how large, under which licence, and whether it is here."""
    needed = {model.name for model in catalogue.needed()}
    rows = [_row(model, needed) for model in catalogue.catalogue().values()]
    if as_json:
        _write({"folder": str(settings().models), "models": rows})
        return
    table = Table(box=None, pad_edge=False)
    for column in ("model", "for", "size", "licence", "state", "what"):
        table.add_column(column, justify="right" if column == "size" else "left", no_wrap=column != "what")
    for row in rows:
        mark = " *" if row["needed"] else ""
        size = f"{row['bytes'] / 1e6:,.0f} MB"
        table.add_row(row["name"] + mark, row["modality"], size, row["licence"], row["state"], row["title"])
    console = Console()
    console.print(table)
    console.print(f"* needed by the settings. Folder: {settings().models}", soft_wrap=True, markup=False)


@app.command("pull")
def pull_models(names: Names = None, every: All = False, as_json: Json = False) -> None:
    """Bring models onto this machine; what is here already costs nothing, what was begun goes on."""
    wanted = _chosen(names, every)
    with _bars(as_json) as tell:
        folders = catalogue.pull(wanted, tell)
    if as_json:
        _write({"pulled": {name: str(folder) for name, folder in zip(wanted, folders, strict=True)}})


@app.command("verify")
def verify_models(names: Names = None, every: All = False, as_json: Json = False) -> None:
    """Hash the files of models that are here, all anew; the exit code is that of the first fault."""
    faults = catalogue.verify(_chosen(names, every))
    if as_json:
        _write(
            {"faults": {name: fault and {"what": fault.what, "remedy": fault.remedy} for name, fault in faults.items()}}
        )
    else:
        console = Console()
        for name, fault in faults.items():
            console.print(f"✗ {fault}" if fault else f"✓ {name}", soft_wrap=True, markup=False, highlight=False)
    raise typer.Exit(next((fault.exit_code for fault in faults.values() if fault), 0))


def _chosen(names: list[str] | None, every: bool) -> list[str]:
    """The named models once each; without names those the settings need, or every one."""
    if names:
        return list(dict.fromkeys(names))
    models = catalogue.catalogue().values() if every else catalogue.needed()
    return [model.name for model in models]


def _row(model: catalogue.Model, needed: set[str]) -> dict[str, Any]:
    return {
        "name": model.name,
        "modality": model.modality,
        "bytes": model.size,
        "licence": model.licence,
        "state": catalogue.standing(model),
        "needed": model.name in needed,
        "title": model.title,
        "revision": model.revision,
    }


class Bars:
    """One bar for each model that is not here yet; nothing is drawn for those that are."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.tasks: dict[str, TaskID] = {}

    def __call__(self, step: catalogue.Progress) -> None:
        if step.model not in self.tasks:
            if step.step == "ready":
                return
            self.tasks[step.model] = self.bars.add_task(step.model, total=step.total, step=step.step)
        self.bars.update(self.tasks[step.model], completed=step.done, step=step.step)


class Lines:
    """One line of JSON for each change of step, for programs that watch."""

    def __init__(self) -> None:
        self.last: dict[str, str] = {}

    def __call__(self, step: catalogue.Progress) -> None:
        share = f"{step.step} {10 * step.done // step.total}"
        if self.last.get(step.model) != share:
            self.last[step.model] = share
            _write({"kind": "progress", "model": step.model, "step": step.step, "done": step.done, "total": step.total})


@contextmanager
def _bars(as_json: bool) -> Iterator[Bars | Lines]:
    if as_json:
        yield Lines()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TextColumn("{task.fields[step]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        yield Bars(bars)


def _write(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()

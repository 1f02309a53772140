"""`flywheel show`: what a film is made of."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from flows.running import read_manifest
from tasks.schema import Film
from tasks.showing import shot_table


def show(
    film: Annotated[Path, typer.Argument(help="A film's folder, its manifest or its MP4.")],
    as_json: Annotated[bool, typer.Option("--json", help="The whole manifest, as JSON.")] = False,
) -> None:
    """Show a film's title, length, sound, shots and engines."""
    manifest = read_manifest(film)
    if as_json:
        sys.stdout.write(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
        return
    made = Film.model_validate(manifest["film"])
    console = Console()
    line = made.timeline
    console.print(f"[bold]{made.title}[/]  {line.duration_ms / 1000:.2f} s, {line.width}×{line.height}, {line.fps} fps")
    console.print(
        f"{made.anchor.look}, {made.anchor.mood}, {line.bpm:g} bpm, voice {line.shots[0].clip.voice}; "
        f"{made.loudness_lufs:.1f} LUFS, {made.true_peak_dbtp:.1f} dBTP"
    )
    table = Table(show_lines=False)
    rows = shot_table(made)
    for column in rows[0]:
        table.add_column(column)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    console.print(table)
    console.print("engines: " + ", ".join(f"{name} {identity}" for name, identity in dict(manifest["engines"]).items()))  # type: ignore[call-overload]

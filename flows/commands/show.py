"""`flywheel show`: what a film is made of."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.running import read_manifest
from tasks.schema import Film
from tasks.showing import shot_table


def show(
    film: Annotated[Path, typer.Argument(help="A film's folder, its manifest or its MP4.")],
    as_json: Annotated[bool, typer.Option("--json", help="The whole manifest, as one JSON object.")] = False,
) -> None:
    """Show a film's title, length, sound, shots and engines."""
    manifest = read_manifest(film)
    if as_json:
        sys.stdout.write(json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False) + "\n")
        return
    console = Console(markup=False, highlight=False)
    console.print(Text(manifest.film.title, style="bold"))
    console.print(facts(manifest.film))
    console.print(shots(manifest.film))
    for name, identity in manifest.engines.items():
        console.print(f"{name:9} {identity}", soft_wrap=True)


def facts(film: Film) -> str:
    """Length, size, look, mood, tempo, voice and loudness, in two lines."""
    line, mood = film.timeline, film.edits.mood or film.anchor.mood
    return (
        f"{line.duration_ms / 1000:.2f} s, {line.width}×{line.height}, {line.fps} fps, {len(line.shots)} shots\n"
        f"{film.anchor.look}, {mood}, {line.bpm:g} bpm, voice {line.shots[0].clip.voice}; "
        f"{film.loudness_lufs:.1f} LUFS, {film.true_peak_dbtp:.1f} dBTP"
    )


def shots(film: Film) -> Table:
    """One row for each shot."""
    rows = shot_table(film)
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(Text(str(value)) for value in row.values()))
    return table

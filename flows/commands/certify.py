"""`flywheel certify`: recompute a film's certificate from its MP4 and its manifest, and tell what was done to it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.running import manifest_path, read_manifest
from infra.errors import BadInput, Tampered
from infra.hashing import file_digest
from infra.settings import settings
from infra.store import fresh_file
from tasks.certificate import Certificate, Check, shortened
from tasks.tampering import Difference, differences, remeasured
from tasks.witness import certificate_of

REMEDY = "Restore the film's files as they were made, or make the film again."
SHOWN = 4
"""Faults named in the last sentence; all of them stand above it."""


def certify(
    film: Annotated[Path, typer.Argument(help="A film's folder, its manifest or its MP4.")],
    no_transcriber: Annotated[bool, typer.Option("--no-transcriber", help="Leave out what needs an ear.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Prove a film's timing anew from its MP4 and manifest alone. Exits with 65 if it was tampered with."""
    mp4, manifest = files_of(film)
    beside = mp4.with_name("certificate.json")
    told = read_certificate(beside)
    found = witnessed(mp4, manifest, told, "none" if no_transcriber else settings().transcribe)
    faults = differences(told, found) if told else ()
    notes = remeasured(told, found) if told and not faults else ()
    broken = [check.told for check in found.checks if check.decides and not check.holds]
    made = told is None and found.holds
    if made:
        write(beside, found)
    if as_json:
        tell_programs(found, faults, notes, beside if made else None)
    else:
        tell(found, faults, notes, beside if made else None)
    if broken or faults:
        refuse(mp4, [*broken, *map(str, faults)], as_json=as_json)


def files_of(film: Path) -> tuple[Path, Path]:
    """The MP4 and the manifest of a film, given its folder, its manifest or its MP4."""
    manifest = manifest_path(film)
    return (film if film.suffix == ".mp4" else manifest.with_name("film.mp4")), manifest


def read_certificate(path: Path) -> Certificate | None:
    """The certificate at *path*; None where there is none.

    Raises:
        Tampered: the file is no certificate.
    """
    if not path.exists():
        return None
    try:
        return Certificate.model_validate_json(path.read_bytes())
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise Tampered(f"{path} is not a certificate ({where}: {fault['msg']}).", REMEDY) from error


def witnessed(mp4: Path, manifest: Path, told: Certificate | None, transcriber: str) -> Certificate:
    """The certificate of the film as it is now.

    Raises:
        Tampered: a file cannot even be read, and is not the one that was made.
    """
    changed = told is not None and manifest.exists() and told.exact.file.manifest_sha256 != file_digest(manifest)
    try:
        made = read_manifest(manifest)
        changed = changed or (mp4.exists() and file_digest(mp4) != made.film.master.sha256)
        return certificate_of(mp4, manifest, transcriber)
    except BadInput as error:
        if changed:
            raise Tampered(f"The film was changed since it was made: {error.what}", REMEDY) from error
        raise


def write(path: Path, found: Certificate) -> None:
    """Put the certificate beside the film, whole or not at all."""
    with fresh_file(path.parent) as fresh:
        fresh.write_text(found.text(), "utf-8")
        fresh.chmod(0o644)
        fresh.replace(path)


def refuse(mp4: Path, faults: list[str], *, as_json: bool) -> None:
    """End with the exit code of tampering; programs have been told why.

    Raises:
        Tampered: always, to a person.
    """
    if as_json:
        raise typer.Exit(Tampered.exit_code)
    rest = len(faults) - SHOWN
    told = "; ".join(faults[:SHOWN]) + (f"; and {rest} more" if rest > 0 else "")
    raise Tampered(f"{mp4} is not the film that was made. {told}.", REMEDY)


def tell_programs(
    found: Certificate, faults: tuple[Difference, ...], notes: tuple[Difference, ...], written: Path | None
) -> None:
    """Everything as one JSON object."""
    said = {
        "holds": found.holds and not faults,
        "certificate": found.model_dump(mode="json"),
        "differences": [fault.model_dump() for fault in faults],
        "remeasured": [note.model_dump() for note in notes],
        "written": written and str(written),
    }
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")


def tell(
    found: Certificate, faults: tuple[Difference, ...], notes: tuple[Difference, ...], written: Path | None
) -> None:
    """Everything as tables: the checks, then what differs from the certificate beside the film."""
    console = Console(highlight=False)
    console.print(Text(found.exact.file.title, style="bold"))
    console.print(checks(found))
    if found.measured.hearing.reason:
        console.print(f"Not compared with the voice: {found.measured.hearing.reason}.", markup=False)
    for title, rows in (("Not as certified", faults), ("Measured otherwise this time", notes)):
        if rows:
            console.print(difference_table(title, rows))
    if written:
        console.print(f"There was no certificate; this one is now {written}", soft_wrap=True, markup=False)
    if found.holds and not faults:
        console.print("✓ The film is what it says it is.", style="bold green")


def checks(found: Certificate) -> Table:
    """One row for each check: those that decide, then those that inform."""
    table = Table("", "check", "found", "limit", box=None, pad_edge=False)
    for decides in (True, False):
        table.add_section()
        table.add_row("", Text("what decides" if decides else "what was seen and heard", style="dim"), "", "")
        for check in found.checks:
            if check.decides == decides:
                table.add_row(mark(check), Text(check.name), shown(check), Text(shortened(check.limit)))
    return table


def difference_table(title: str, rows: tuple[Difference, ...]) -> Table:
    """One row for each difference."""
    table = Table("what", "expected", "found", title=title, title_justify="left")
    for row in rows:
        table.add_row(Text(row.what), Text(row.expected), Text(row.found))
    return table


def mark(check: Check) -> Text:
    """✓ or ✗ for what decides, a quieter ! for what informs, – for what was not measured."""
    if check.holds is None:
        return Text("–", style="dim")
    if check.holds:
        return Text("✓", style="green")
    return Text("✗", style="bold red") if check.decides else Text("!", style="yellow")


def shown(check: Check) -> Text:
    """The value with its unit."""
    value = f"{check.value:g}" if isinstance(check.value, float) else str(check.value)
    return (
        Text("not measured", style="dim") if check.value is None else Text(f"{shortened(value)} {check.unit}".rstrip())
    )

"""`flywheel export`: a finished film as a stream, as WebM, as a teaser, as a timeline for editors."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console

from flows.running import read_manifest, writable_folder
from infra.errors import BadInput, Interrupted, UnknownName
from infra.store import fresh_file
from tasks.exports import captions_of, clear_spans, folder_of, master_of, sheet_entries
from tasks.schema import Manifest, Quality

SHEET_WIDTH = 2400


@dataclass(frozen=True)
class Job:
    """A film to export: where it is, what it holds, where exports go, and how fine a WebM should be."""

    master: Path
    manifest: Manifest
    captions: str
    folder: Path
    name: str
    quality: str


@dataclass(frozen=True)
class Written:
    """One export: a file or a folder, and what must be said about it."""

    path: Path
    note: str

    @property
    def size_bytes(self) -> int:
        """Bytes of the file, or of all files in the folder."""
        files = self.path.rglob("*") if self.path.is_dir() else [self.path]
        return sum(file.stat().st_size for file in files if file.is_file())


def export(
    film: Annotated[Path, typer.Argument(help="A film's folder, its manifest or its MP4.")],
    hls: Annotated[bool, typer.Option("--hls", help="A stream in MPEG-TS segments.")] = False,
    hls_fmp4: Annotated[bool, typer.Option("--hls-fmp4", help="A stream in fragmented MP4 (CMAF) segments.")] = False,
    webm: Annotated[bool, typer.Option("--webm", help="AV1 and Opus, with captions.")] = False,
    gif: Annotated[bool, typer.Option("--gif", help="A teaser of 6 seconds, up to 5 MB.")] = False,
    webp: Annotated[bool, typer.Option("--webp", help="The same, up to 2 MB.")] = False,
    otio: Annotated[
        bool, typer.Option("--otio", help="A timeline for editors (OpenTimelineIO) and its media.")
    ] = False,
    sheet: Annotated[bool, typer.Option("--sheet", help="A large contact sheet.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="All of these.")] = False,
    quality: Annotated[
        str | None,
        typer.Option(help="Of the WebM: preview, standard or best. [default: the film's]"),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the exports. [default: FILM/exports]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, on standard output.")] = False,
) -> None:
    """Write FILM in other forms; its pictures are copied wherever they can be."""
    asked = {"hls": hls, "hls-fmp4": hls_fmp4, "webm": webm, "gif": gif, "webp": webp, "otio": otio, "sheet": sheet}
    wanted = [name for name, chosen in asked.items() if chosen or everything]
    if not wanted:
        raise BadInput("Nothing was asked for.", f"Choose among --{', --'.join(asked)}, or --all.")
    job = job_of(film, out, quality)
    told = []
    console = Console(markup=False, highlight=False)
    for name, written in made(job, wanted):
        if not as_json:
            console.print(line(written), soft_wrap=True)
        told.append({"export": name, "path": str(written.path), "size_bytes": written.size_bytes, "note": written.note})
    if as_json:
        sys.stdout.write(json.dumps({"kind": "exported", "exports": told}, ensure_ascii=False) + "\n")


def job_of(film: Path, out: Path | None, quality: str | None) -> Job:
    """All that exports of *film* need, checked.

    Raises:
        BadInput: there is no film, it is not whole, there is no such *quality*, or *out* is a file.
        StoreFull: nothing can be written in *out*.
    """
    if quality is not None and quality not in get_args(Quality):
        raise UnknownName("quality tier", quality, get_args(Quality))
    manifest = read_manifest(film)
    folder = folder_of(film)
    return Job(
        master=master_of(film, manifest),
        manifest=manifest,
        captions=captions_of(film, manifest),
        folder=writable_folder(out or folder / "exports"),
        name=folder.resolve().name,
        quality=quality or manifest.film.timeline.quality,
    )


def made(job: Job, wanted: list[str]) -> Iterator[tuple[str, Written]]:
    """Write each of the *wanted* exports, and tell of it when it is there.

    Raises:
        Interrupted: the user pressed Ctrl-C.
    """
    try:
        for name in wanted:
            yield name, MAKERS[name](job)
    except KeyboardInterrupt:
        raise Interrupted("Stopped.", "The exports that were told are whole; the one under way left nothing.") from None


def line(written: Written) -> str:
    """What is said of an export: its size, its place and its note."""
    size = f"{written.size_bytes / 1e6:8.2f} MB"
    return f"{size}  {written.path}" + (f"  ({written.note})" if written.note else "")


def _hls(job: Job) -> Written:
    from infra.media.hls import export_hls

    folder, language = job.folder / "hls", job.manifest.film.timeline.language
    export_hls(job.master, folder, "ts", captions=job.captions, language=language)
    return Written(folder, "packets copied; play master.m3u8")


def _hls_fmp4(job: Job) -> Written:
    from infra.media.hls import export_hls

    folder, language = job.folder / "hls-fmp4", job.manifest.film.timeline.language
    export_hls(job.master, folder, "fmp4", captions=job.captions, language=language)
    return Written(folder, "packets copied; play master.m3u8")


def _webm(job: Job) -> Written:
    from infra.media.webm import export_webm

    film, path = job.manifest.film, job.folder / "film.webm"
    encoder = export_webm(
        job.master, path, quality=job.quality, captions=job.captions, language=film.timeline.language, title=film.title
    )
    return Written(path, "AV1 packets copied" if encoder == "copied" else f"{encoder}, {job.quality}; libopus")


def _gif(job: Job) -> Written:
    return _teaser(job, "gif")


def _webp(job: Job) -> Written:
    return _teaser(job, "webp")


def _teaser(job: Job, form: str) -> Written:
    from infra.media.teaser import export_teaser, moments

    excerpts = moments(job.master, clear_spans(job.manifest.film.timeline))
    path = job.folder / f"teaser.{form}"
    take = export_teaser(job.master, excerpts, path, "gif" if form == "gif" else "webp")
    finish = f"{take.finish} colours" if form == "gif" else f"quality {take.finish}"
    seconds = sum(excerpt.end_s - excerpt.start_s for excerpt in excerpts)
    return Written(path, f"{seconds:.1f} s, {take.width} wide, {float(take.fps):g} fps, {finish}")


def _otio(job: Job) -> Written:
    from tasks.interchange import export_otio

    written = export_otio(job.manifest, job.master, job.folder / f"{job.name}.otio")
    return Written(written.timeline, "; ".join((f"media in {written.media}", *written.notes)))


def _sheet(job: Job) -> Written:
    from infra.media.sheet import contact_sheet

    line, path = job.manifest.film.timeline, job.folder / "contact_sheet.jpg"
    picture = contact_sheet(job.master, sheet_entries(line), language=line.language, width=SHEET_WIDTH)
    with fresh_file(path.parent, ".jpg") as fresh:
        fresh.write_bytes(picture)
        fresh.chmod(0o644)
        fresh.replace(path)
    return Written(path, f"{SHEET_WIDTH} wide")


MAKERS: dict[str, Callable[[Job], Written]] = {
    "hls": _hls, "hls-fmp4": _hls_fmp4, "webm": _webm, "gif": _gif, "webp": _webp, "otio": _otio, "sheet": _sheet,
}  # fmt: skip

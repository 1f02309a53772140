"""Run the create flow from a terminal: find or start Prefect, begin the first steps meanwhile, deliver the files."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from infra import events, pools
from infra.errors import BadInput, Unreachable
from infra.store import fresh_file, room_errors

if TYPE_CHECKING:
    from tasks.schema import Asset, Brief, Edits, Film

USUAL = "http://127.0.0.1:4200/api"
START_TIMEOUT_S = 120

FILES = {
    "film.mp4": "master",
    "captions.vtt": "captions_vtt",
    "captions.srt": "captions_srt",
    "poster.jpg": "poster",
    "contact_sheet.jpg": "contact_sheet",
    "manifest.json": "manifest",
}


@dataclass(frozen=True)
class Server:
    """The Prefect API in use, and whether it was running before."""

    url: str
    found: bool


def running_server() -> Server | None:
    """The server that `PREFECT_API_URL` names, or one at Prefect's usual address; None when there is none.

    Raises:
        Unreachable: `PREFECT_API_URL` is set and nothing answers there.
    """
    named = os.environ.get("PREFECT_API_URL")
    if named and not _healthy(named):
        raise Unreachable(
            f"No Prefect server answers at {named}.",
            "Start it (prefect server start), or unset PREFECT_API_URL: then flywheel starts its own.",
        )
    url = named or USUAL
    return Server(url, found=True) if named or _healthy(url) else None


def _healthy(url: str) -> bool:
    with suppress(httpx.HTTPError, httpx.InvalidURL):
        return httpx.get(f"{url.rstrip('/')}/health", timeout=2).is_success
    return False


@contextmanager
def server() -> Iterator[Server]:
    """A Prefect server for as long as the block lasts; one that is already running is used and left alone."""
    from prefect.server.api.server import SubprocessASGIServer

    if found := running_server():
        yield found
        return
    own = SubprocessASGIServer()
    own.start(timeout=START_TIMEOUT_S)
    try:
        yield Server(own.api_url, found=False)
    finally:
        own.stop()


async def make(brief: Brief, edits: Edits) -> Film:
    """Run the flow; while Prefect starts, the anchor, the poster and the first words are already on their way."""
    from prefect import tags
    from prefect.settings import PREFECT_API_URL, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings

    from flows.create import create

    beginning = asyncio.ensure_future(_begin(brief))
    stack = server()
    serving = await asyncio.to_thread(stack.__enter__)
    try:
        events.emit("prefect.ready", url=serving.url, found=serving.found)
        prefect = {PREFECT_API_URL: serving.url, PREFECT_LOGGING_TO_API_ENABLED: serving.found}
        with temporary_settings(prefect), tags("film", brief.aspect, f"{brief.seconds:g} s"):
            return await create(brief, edits)
    except asyncio.CancelledError:
        pools.stop()
        raise
    finally:
        beginning.cancel()
        await asyncio.gather(beginning, return_exceptions=True)
        await asyncio.to_thread(stack.__exit__, None, None, None)


async def _begin(brief: Brief) -> None:
    """The steps that every film starts with, ahead of the flow, which joins them."""
    from tasks.anchor import set_anchor
    from tasks.screenplay import planned, write_draft
    from tasks.storyboard import brush_for, paint_poster
    from tasks.timeline import canvas

    anchor = await set_anchor.ahead(brief)
    if anchor is not None:
        brush = brush_for(anchor, canvas(brief.aspect, brief.height))
        events.emit("script.planned", segments=planned(anchor, brief.seconds).segments)
        await asyncio.gather(
            paint_poster.ahead(anchor, brush), write_draft.ahead(anchor, planned(anchor, brief.seconds))
        )


def writable_folder(folder: Path) -> Path:
    """*folder*, made if need be.

    Raises:
        BadInput: it is a file.
        StoreFull: nothing can be written there.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file, not a folder.", "Choose another --out.")
    with fresh_file(folder) as probe, room_errors(folder):
        probe.write_bytes(b"\0")
    return folder


def deliver(film: Film, folder: Path) -> dict[str, Path]:
    """Copy the film's files into *folder*, each whole or not at all."""
    return {name: _copy(getattr(film, field), folder / name) for name, field in FILES.items()}


def _copy(asset: Asset, target: Path) -> Path:
    from tasks.assets import path_of

    with fresh_file(target.parent) as copy:
        shutil.copyfile(path_of(asset), copy)
        copy.chmod(0o644)
        copy.replace(target)
    return target


def read_manifest(film: Path) -> dict[str, object]:
    """The manifest of a finished film, given its folder, its manifest or its MP4.

    Raises:
        BadInput: there is no readable manifest.
    """
    path = film if film.suffix == ".json" else (film if film.is_dir() else film.parent) / "manifest.json"
    try:
        found = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise BadInput(
            f"There is no film at {film}: {path} does not exist.", "Name the folder a film was made in."
        ) from error
    except (ValueError, OSError) as error:
        raise BadInput(f"{path} cannot be read: {error}.", "Make the film again, or restore the file.") from error
    if not isinstance(found, dict) or "brief" not in found:
        raise BadInput(f"{path} is not a film's manifest.", "Name the folder a film was made in.")
    return found

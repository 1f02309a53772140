"""Run the create flow from a terminal: find or start Prefect, begin the first steps meanwhile, deliver the files."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from pydantic import ValidationError

from infra import events, pools
from infra.engines import chosen, engine
from infra.errors import BadInput, Unreachable
from infra.settings import settings
from infra.store import fresh_file, room_errors, sweep
from tasks import flight
from tasks.choice import with_chosen_engines
from tasks.schema import Manifest

if TYPE_CHECKING:
    from tasks.schema import Asset, Brief, Edits, Film

START_TIMEOUT_S = 120

FILES = {
    "film.mp4": "master",
    "captions.vtt": "captions_vtt",
    "captions.srt": "captions_srt",
    "poster.jpg": "poster",
    "contact_sheet.jpg": "contact_sheet",
    "manifest.json": "manifest",
    "certificate.json": "certificate",
}


@dataclass(frozen=True)
class Server:
    """The Prefect API in use, and whether it was running before."""

    url: str
    found: bool


def running_server() -> Server | None:
    """The server that `PREFECT_API_URL` names, or one where `flywheel up` starts it; None when there is none.

    Raises:
        Unreachable: `PREFECT_API_URL` is set and nothing answers there.
    """
    named = os.environ.get("PREFECT_API_URL")
    if named and not healthy(named):
        raise Unreachable(
            f"No Prefect server answers at {named}.",
            "Start it (prefect server start), or unset PREFECT_API_URL: then flywheel starts its own.",
        )
    url = named or f"http://127.0.0.1:{settings().prefect_port}/api"
    return Server(url, found=True) if named or healthy(url) else None


def healthy(url: str, within_s: float = 2) -> bool:
    """Whether Prefect answers at *url*."""
    with suppress(httpx.HTTPError, httpx.InvalidURL):
        return httpx.get(f"{url.rstrip('/')}/health", timeout=within_s).is_success
    return False


@contextmanager
def server() -> Iterator[Server]:
    """A Prefect server for as long as the block lasts; one that is already running is used and left alone.

    Raises:
        Unreachable: the server that was named does not answer, or one of our own does not start.
    """
    from prefect.server.api.server import SubprocessASGIServer

    if found := running_server():
        yield found
        return
    own = SubprocessASGIServer()
    try:
        with _quiet_children():
            own.start(timeout=START_TIMEOUT_S)
    except RuntimeError as error:
        own.stop()
        raise Unreachable(f"Prefect did not start: {error}", "Run: flywheel doctor") from error
    try:
        yield Server(own.api_url, found=False)
    finally:
        own.stop()


@contextmanager
def _quiet_children() -> Iterator[None]:
    """Children that Prefect starts within are quiet: what its database pool logs when it is stopped is no news."""
    name = "PREFECT_LOGGING_ROOT_LEVEL"
    given = os.environ.get(name)
    os.environ.setdefault(name, "CRITICAL")
    try:
        yield
    finally:
        if given is None:
            del os.environ[name]


async def make(brief: Brief, edits: Edits) -> Film:
    """Run the flow; while Prefect starts, the anchor, the poster and the first words are already on their way.

    Raises:
        BadInput: the film is to wait for a human; here nobody could approve it.
    """
    if brief.approve:
        from tasks.gates import demand_reviewer

        demand_reviewer(brief.approve)
    main = asyncio.current_task()
    if main:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, main.cancel)
    try:
        with ExitStack() as stack:
            async with flight.ahead(lambda: begin(brief)):
                return await _in_prefect(stack, brief, edits)
    except BaseException:
        pools.stop()
        raise
    finally:
        await _close()


async def _close() -> None:
    from infra.database import close_database

    await close_database()


async def _in_prefect(stack: ExitStack, brief: Brief, edits: Edits) -> Film:
    """The flow's film, once there is a server."""
    serving = await asyncio.to_thread(stack.enter_context, server())
    from prefect import tags
    from prefect.settings import PREFECT_API_URL, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings

    from flows.create import create

    events.emit("prefect.ready", url=serving.url, found=serving.found)
    prefect = {PREFECT_API_URL: serving.url, PREFECT_LOGGING_TO_API_ENABLED: serving.found}
    with temporary_settings(prefect), tags("film", brief.aspect, f"{brief.seconds:g} s"):
        return await create(brief, edits)


@with_chosen_engines
async def begin(brief: Brief, *, draft_only: bool = False) -> None:
    """The steps every film starts with, ahead of the flow, which joins them; none where the cache knows them.

    With *draft_only* it ends with the draft, told as the flow would: the flow will be there soon, to go on from it.
    """
    from tasks.anchor import set_anchor
    from tasks.drafting import draft_film_ahead
    from tasks.screenplay import planned, write_draft, write_outline, writer
    from tasks.storyboard import brush_for, paint_poster
    from tasks.timeline import canvas

    if set_anchor.known(brief):
        return
    loading = asyncio.ensure_future(pools.run("text", engine, "text", chosen("draft")))
    anchor = await set_anchor.ahead(brief)
    if anchor is None:
        return
    brush, plan = brush_for(anchor, canvas(brief.aspect, brief.height)), planned(anchor, brief.seconds)
    events.emit("script.planned", segments=plan.segments)
    await loading
    # The draft comes first and has the machine to itself: somebody waits for it.
    if draft_only and not brief.music:  # a song must be heard before anything can be laid on its beat
        await draft_film_ahead(anchor, brief, brush)
        return
    await write_draft.ahead(writer(anchor), plan)
    if not draft_only:
        await asyncio.gather(write_outline.ahead(writer(anchor), plan), paint_poster.ahead(brief.topic, brush))


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
    sweep(folder)
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


def manifest_path(film: Path) -> Path:
    """Where the manifest of a film is, given its folder, its manifest or its MP4."""
    if film.suffix == ".json":
        return film
    return (film.parent if film.suffix == ".mp4" or film.is_file() else film) / "manifest.json"


def read_manifest(film: Path) -> Manifest:
    """The manifest of a finished film, given its folder, its manifest or its MP4.

    Raises:
        BadInput: there is no readable manifest.
    """
    path = manifest_path(film)
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        missing = f"There is no film at {film}: {path} does not exist."
        raise BadInput(missing, "Name the folder a film was made in.") from error
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise BadInput(f"{path} is not a film's manifest ({where}: {fault['msg']}).", "Make the film again.") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.", "Restore the file.") from error

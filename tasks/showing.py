"""What Prefect shows of a film: progress while it is made; contact sheet, shots and film when it is done."""

from __future__ import annotations

import asyncio
import base64
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import ParamSpec

import httpx
from prefect.artifacts import (
    acreate_image_artifact,
    acreate_link_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run

from infra import events
from tasks.assets import path_of
from tasks.progress import Progress
from tasks.schema import Film

log = logging.getLogger(__name__)
P = ParamSpec("P")
EVERY_S = 1.0


def shown(body: Callable[P, Awaitable[Film]]) -> Callable[P, Awaitable[Film]]:
    """Wrap a film's flow: progress and artifacts in Prefect, and the first error instead of a group of errors."""

    @functools.wraps(body)
    async def show(*args: P.args, **kwargs: P.kwargs) -> Film:
        async with _progress():
            try:
                film = await body(*args, **kwargs)
            except BaseExceptionGroup as group:
                raise first_error(group) from None
        with decoration():
            await present(film)
        return film

    return show


@contextmanager
def decoration() -> Iterator[None]:
    """What Prefect shows is never worth a film: a fault of its API is logged."""
    try:
        yield
    except (PrefectException, httpx.HTTPError):
        log.warning("Prefect did not take an artifact", exc_info=True)


def first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that made the others stop."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def present(film: Film) -> None:
    """Leave the film in Prefect: its contact sheet as a picture, its shots as a table, a link to the master."""
    sheet = base64.b64encode(path_of(film.contact_sheet).read_bytes()).decode()
    await acreate_image_artifact(f"data:image/jpeg;base64,{sheet}", key="contact-sheet", description=film.title)
    await acreate_table_artifact(shot_table(film), key="shots", description=f"{film.title}: shots on the beat grid")
    await acreate_link_artifact(path_of(film.master).as_uri(), link_text=film.title, key="film")


def shot_table(film: Film) -> list[dict[str, str | int | float]]:
    """One row for each shot: when, how many beats, what is said and seen."""
    line = film.timeline
    return [
        {
            "shot": shot.segment,
            "from s": round(line.cut(i) / line.fps, 2),
            "beats": shot.beats,
            "narration s": round(shot.clip.duration_ms / 1000, 2),
            "motion": shot.motion,
            "caption": shot.caption,
            "shows": ", ".join(shot.frame.shows),
        }
        for i, shot in enumerate(line.shots)
    ]


@asynccontextmanager
async def _progress() -> AsyncIterator[None]:
    progress = Progress()
    artifact = None
    with decoration():
        artifact = await acreate_progress_artifact(progress=0.0, key="progress", description="The film so far")

    async def update() -> None:
        told = 0.0
        while True:
            await asyncio.sleep(EVERY_S)
            if artifact and progress.fraction != told:
                told = progress.fraction
                with decoration():
                    await aupdate_progress_artifact(artifact, progress=round(told * 100, 1))

    here = str(flow_run.get_id())
    events.run.set(here)

    def feed(event: events.Event) -> None:
        if event.run in {here, ""}:
            progress.feed(event)

    with events.listening(feed):
        updating = asyncio.create_task(update())
        try:
            yield
        finally:
            updating.cancel()
            await asyncio.gather(updating, return_exceptions=True)
    if artifact:
        with decoration():
            await aupdate_progress_artifact(artifact, progress=100.0)

"""From a project as it is to a run that makes its film: a version, past the edge."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from api import records
from api.catalogue import check_voice
from api.changes import same_story, timed, untimed
from api.edge import Admission, Ask, admit
from infra.database import reading, writing
from infra.tables import projects, versions
from tasks.schema import Brief, Edits

if TYPE_CHECKING:
    from sqlalchemy import Row

    from api.edge import Who

NO_RUN = ""
"""What stands as the run of a version whose request is still on its way through the edge."""


async def make_film(who: Who, project: Row[Any]) -> Admission:
    """Ask for the film of the project's brief and edits, as its next version; a film that there is, is shown again.

    Raises:
        UnknownName: no worker has the voice.
        QuotaSpent, BudgetSpent, Unreachable: the edge refused; no version was made.
    """
    brief, edits = await asked(project)
    await check_voice(brief, edits)
    number = await _reserve(project.id, brief, edits)
    ask = Ask(who, "film", _parameters(brief, edits), stream=project.id, version=number)
    try:
        made = await admit(ask)
    except BaseException:
        await _give_up(project.id, number)
        raise
    if made.cache != "miss":
        await _answered(project.id, number, made)
        await _give_up(project.id, number)
    return made


async def make_again(who: Who, run: Row[Any]) -> Admission:
    """Ask once more for what a run that ended without a result was to make.

    Raises:
        NotThere: its project was deleted.
        QuotaSpent, BudgetSpent, Unreachable: the edge refused; the version stays as it was.
    """
    stream = None if run.stream == run.id else (await records.owned(who, run.stream)).id
    made = await admit(Ask(who, run.flow, json.loads(run.parameters), stream=stream, version=run.version))
    if stream is not None and run.version is not None and made.cache != "miss":
        await _answered(stream, run.version, made)
    return made


async def asked(project: Row[Any]) -> tuple[Brief, Edits]:
    """The project's brief and edits; edits of the film that it shows keep that film's timing."""
    brief, edits = Brief.model_validate_json(project.brief), Edits.model_validate_json(project.edits)
    if (shown := await records.shown(project)) is None:
        return brief, edits
    if not same_story(shown.brief, brief):
        return brief, untimed(edits)
    if shown.brief == brief and untimed(shown.edits.unlocked) == untimed(edits.unlocked):
        return brief, shown.edits
    return brief, timed(shown.film, edits)


def _parameters(brief: Brief, edits: Edits) -> dict[str, Any]:
    given = brief.model_dump(mode="json", exclude_unset=True)  # experiments vary what the caller left open
    return {"brief": given, "edits": edits.unlocked.model_dump(mode="json")}


async def _reserve(project: str, brief: Brief, edits: Edits) -> int:
    """The next version's number, its row written: a worker may be done before the request is."""
    async with writing() as db:
        await db.execute(select(projects.c.id).where(projects.c.id == project).with_for_update())
        number = (await db.scalar(select(func.max(versions.c.number)).where(versions.c.project == project)) or 0) + 1
        texts = {"brief": brief.model_dump_json(exclude_unset=True), "edits": edits.model_dump_json(exclude_unset=True)}
        row = {"project": project, "number": number, "run": NO_RUN, "created": time.time(), **texts}
        await db.execute(insert(versions).values(**row))
    return number


async def _give_up(project: str, number: int) -> None:
    """Take back a version that no run makes."""
    async with writing() as db:
        await db.execute(delete(versions).where(*_is(project, number), versions.c.run == NO_RUN))


async def _answered(project: str, number: int, made: Admission) -> None:
    """Another run answers: the project's own version of it is shown, or that of another project becomes one here."""
    async with reading() as db:
        chosen = select(versions.c.project, versions.c.number, versions.c.film).where(versions.c.run == made.run)
        found = (await db.execute(chosen.order_by((versions.c.project == project).desc()).limit(1))).first()
    shown = found.number if found and found.project == project else number
    async with writing() as db:
        if found and found.project != project:
            await db.execute(update(versions).where(*_is(project, number)).values(run=made.run, film=found.film))
        if found and found.film:
            await db.execute(
                update(projects).where(projects.c.id == project).values(version=shown, updated=time.time())
            )


def _is(project: str, number: int) -> tuple[Any, Any]:
    return versions.c.project == project, versions.c.number == number

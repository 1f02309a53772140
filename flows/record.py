"""Our record of a run: its row, its project, and the first and the last of its events."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from sqlalchemy import Row, case, insert, or_, select, update

from infra import metrics, tables, trials
from infra.allowance import Allowance
from infra.database import reading, writing
from infra.eventlog import BEGINS, Entry, append_within
from infra.hashing import digest
from infra.ids import fresh
from infra.leases import holds
from infra.ledger import MICROS, settle_within
from tasks.schema import Brief, Edits, Film

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun
    from sqlalchemy.ext.asyncio import AsyncConnection

    from infra.leases import Lease

TENANT, USER = "local", "prefect"
"""Whose the runs are that were started in Prefect itself."""


@dataclass(frozen=True)
class Run:
    """A run of ours and Prefect's id of it."""

    id: str
    flow_run: str
    flow: str
    stream: str
    version: int | None
    attempt: int
    trace: str | None = None

    def uid(self, happening: str) -> str:
        """What names a happening in the life of this run."""
        return f"{self.id}:{happening}:{self.attempt}"


async def opened(flow_run: FlowRun, flow: str, worker: str) -> Run | None:
    """The record of a run that *worker* begins or goes on with; None: it was cancelled before it was known to be told.

    A run that was started in Prefect itself gets a project; one that had ended and is run again, another attempt.
    """
    async with writing() as db:
        row = await _found(db, flow_run) or await _adopted(db, flow_run, flow)
        if row.state == "cancelled" and row.flow_run is None:
            return None
        attempt = row.attempt + 1 if row.state in tables.ENDED else row.attempt
        run = Run(row.id, str(flow_run.id), row.flow, row.stream, row.version, attempt, row.trace)
        entries = [Entry("run.started", {"attempt": attempt, "worker": worker}, run.uid("started"), run.id)]
        if row.state in tables.ENDED:
            entries.insert(0, _queued(run))
        state = {"flow_run": run.flow_run, "state": "running", "attempt": attempt, "ended": None}
        await db.execute(update(tables.runs).where(tables.runs.c.id == run.id).values(**state))
        await append_within(db, run.stream, entries)
    if row.state == "queued":
        metrics.run_began(run.flow, time.time() - row.created)
    return run


async def known(flow_run: FlowRun) -> Run | None:
    """The record of a run that has not ended; None if there is none."""
    async with reading() as db:
        row = await _found(db, flow_run)
    if row is None or row.state in tables.ENDED:
        return None
    return Run(row.id, str(flow_run.id), row.flow, row.stream, row.version, row.attempt)


async def unfinished(*, queued: bool = True) -> set[str]:
    """Prefect's ids of the runs that have not ended; without *queued*, of those that have begun."""
    left_out = tables.ENDED if queued else (*tables.ENDED, "queued")
    async with reading() as db:
        chosen = select(tables.runs.c.flow_run).where(tables.runs.c.state.not_in(left_out))
        return {name for name in await db.scalars(chosen) if name}


async def ended(
    run: Run, kind: str, data: dict[str, Any], *, film: Film | None = None, seconds: float, lease: Lease
) -> bool:
    """Write down how *run* ended: the film, the state, the engine *seconds* and the last event, all or nothing.

    False when it had ended before, or *lease* was lost: then another worker tells how it ends.
    """
    state = kind.removeprefix("run.")
    mine = (tables.runs.c.id == run.id) & (tables.runs.c.attempt == run.attempt)
    async with writing() as db:
        if not await holds(db, lease):
            return False
        unended = update(tables.runs).where(mine, tables.runs.c.state.not_in(tables.ENDED))
        asked = unended.values(state=state, ended=time.time()).returning(tables.runs.c.created)
        created = await db.scalar(asked)
        if created is None:
            return False
        if film and run.version:
            await _show(db, run, film)
        await settle_within(db, run.id, seconds, attempt=run.attempt)
        await append_within(db, run.stream, [Entry(kind, data, run.uid("end"), run.id)])
    metrics.run_ended(run.flow, state, time.time() - created)
    return True


async def credit(run: Run) -> None:
    """Count in the running experiments that the user of *run* got a film."""
    async with reading() as db:
        chosen = select(tables.runs.c.user, tables.runs.c.tenant).where(tables.runs.c.id == run.id)
        user, tenant = (await db.execute(chosen)).one()
    await trials.note(user, trials.FINISHED, tenant)


async def waits(run: Run) -> None:
    """Write down that *run* waits for somebody."""
    async with writing() as db:
        await db.execute(update(tables.runs).where(tables.runs.c.id == run.id).values(state="waiting"))


async def allowance(run: Run) -> Allowance:
    """What *run* may spend: what was reserved for it, less what earlier attempts spent; anything where nothing was.

    What this attempt spent before it was interrupted counts as spent.
    """
    async with reading() as db:
        row = (await db.execute(select(tables.ledger).where(tables.ledger.c.run == run.id))).first()
    spent = (await last_told(run, "cost")).get("engine_seconds", 0.0)
    if row is None or not (row.reserved_seconds or row.reserved_micros):
        return Allowance(spent_s=spent)
    seconds = max(row.reserved_seconds - (row.spent_seconds or 0), 0.0)
    money = max(row.reserved_micros - (row.spent_micros or 0), 0) / MICROS
    return Allowance(seconds=seconds, money=money, spent_s=spent)


async def last_told(run: Run, kind: str) -> dict[str, Any]:
    """The data of the latest event of a *kind* in this attempt of *run*; empty if there is none."""
    logged = tables.events
    started = select(logged.c.seq).where(logged.c.stream == run.stream, logged.c.uid == run.uid("started"))
    chosen = (
        select(logged.c.data)
        .where(logged.c.stream == run.stream, logged.c.run == run.id, logged.c.kind == kind)
        .where(logged.c.seq > started.scalar_subquery())
        .order_by(logged.c.seq.desc())
        .limit(1)
    )
    async with reading() as db:
        data = (await db.execute(chosen)).scalar_one_or_none()
    return json.loads(data) if data else {}


async def _found(db: AsyncConnection, flow_run: FlowRun) -> Row[Any] | None:
    """The row that asked for the flow run, by the idempotency key, or that has had it before."""
    runs = tables.runs
    mine = or_(runs.c.id == (flow_run.idempotency_key or ""), runs.c.flow_run == str(flow_run.id))
    return (await db.execute(select(runs).where(mine).with_for_update())).first()


async def _adopted(db: AsyncConnection, flow_run: FlowRun, flow: str) -> Row[Any]:
    """A row for a run that Prefect's UI or a schedule started; for a film, also a project and its first version."""
    now, parameters = time.time(), flow_run.parameters
    run, version = fresh("r"), 1 if flow == "film" else None
    stream = await _project(db, run, parameters) if version else run
    row = {
        "id": run, "flow_run": str(flow_run.id), "flow": flow, "stream": stream, "tenant": TENANT, "user": USER,
        "version": version, "payload": digest([flow, parameters]), "parameters": json.dumps(parameters),
        "state": "queued", "attempt": 1, "created": now,
    }  # fmt: skip
    await db.execute(insert(tables.runs).values(**row))
    await append_within(db, stream, [_queued(Run(run, str(flow_run.id), flow, stream, version, 1))])
    return (await db.execute(select(tables.runs).where(tables.runs.c.id == run))).one()


async def _project(db: AsyncConnection, run: str, parameters: dict[str, Any]) -> str:
    now, project = time.time(), fresh("p")
    brief, edits = _values(parameters)
    asked = {"brief": brief, "edits": edits, "created": now}
    title = json.loads(brief).get("topic", "")
    mine = {"tenant": TENANT, "user": USER, "title": title, "updated": now}
    await db.execute(insert(tables.projects).values(id=project, **mine, **asked))
    await db.execute(insert(tables.versions).values(project=project, number=1, run=run, **asked))
    return project


def _values(parameters: dict[str, Any]) -> tuple[str, str]:
    """The brief and the edits as JSON, with their defaults; as they were given where the flow will refuse them."""
    brief, edits = parameters.get("brief") or {}, parameters.get("edits") or {}
    try:
        return Brief.model_validate(brief).model_dump_json(), Edits.model_validate(edits).model_dump_json()
    except ValidationError:
        return json.dumps(brief), json.dumps(edits)


def _queued(run: Run) -> Entry:
    version = {"version": run.version} if run.version else {}
    return Entry(BEGINS, {"run": run.id, "flow": run.flow, **version}, run.uid("queued"), run.id)


async def _show(db: AsyncConnection, run: Run, film: Film) -> None:
    """Keep the film with its version; a project shows its latest version that is done.

    A project that nobody has named, and so is called as its topic, takes the title of the film.
    """
    versions, projects = tables.versions, tables.projects
    mine = (versions.c.project == run.stream) & (versions.c.number == run.version)
    await db.execute(update(versions).where(mine).values(film=film.model_dump_json()))
    newer = (projects.c.version.is_(None)) | (projects.c.version <= run.version)
    title = case((projects.c.title == film.brief.topic[:200], film.title), else_=projects.c.title)
    shown = {"version": run.version, "title": title, "updated": time.time()}
    await db.execute(update(projects).where(projects.c.id == run.stream, newer).values(**shown))

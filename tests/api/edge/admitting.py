"""Asks for tests of the edge, and a process that admits the same ask many times: `admitting.py COUNT`."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from api.edge import Admission, Ask, Modality, Who, admit
from infra import keys
from infra.database import close_database, reading, writing
from infra.tables import projects, runs

ROOT = Path(__file__).parents[3]
BRIEF = {"topic": "How honeybees find flowers", "seconds": 5, "height": 480}


def who(user: str = "ann", tenant: str = "acme") -> Who:
    return Who(tenant, user, keys.EVERYTHING)


def ask(modality: Modality = "text", *, by: Who | None = None, **given: Any) -> Ask:
    """A job about *given*, which is all that makes it differ from another."""
    return Ask(by or who(), modality, {"prompt": "bees", **given})


def film(project: str, *, by: Who | None = None, **brief: Any) -> Ask:
    parameters = {"brief": {**BRIEF, **brief}, "edits": {}}
    return Ask(by or who(), "film", parameters, stream=project, version=1)


async def project(name: str, by: Who | None = None) -> str:
    owner = by or who()
    row = {"id": name, "tenant": owner.tenant, "user": owner.user, "title": name, "revision": 1, "brief": "{}",
           "edits": "{}", "created": time.time(), "updated": time.time()}  # fmt: skip
    async with writing() as db:
        await db.execute(insert(projects).values(**row))
    return name


async def all_runs() -> list[Any]:
    async with reading() as db:
        return list((await db.execute(select(runs).order_by(runs.c.id))).all())


def others(processes: int, each: int) -> list[dict[str, Any]]:
    """What so many processes were answered, that each asked for the same so often, all at once."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    command = [sys.executable, __file__, str(each)]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(processes)
    ]
    said = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0] * processes
    return [answer for text in said for answer in json.loads(text)]


async def _answer(number: int) -> dict[str, Any]:
    try:
        made: Admission = await admit(ask(by=who(f"user{number % 5}")))
    except Exception as error:  # noqa: BLE001  # told to the test
        return {"error": repr(error)}
    return {"run": made.run, "cache": made.cache}


async def _main() -> None:
    answers = await asyncio.gather(*(_answer(number) for number in range(int(sys.argv[1]))))
    await close_database()
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    asyncio.run(_main())

"""Our record of runs: which are begun, and which are not any more."""

from uuid import uuid4

import pytest
from prefect.client.schemas.objects import FlowRun
from sqlalchemy import insert, select

from flows import record
from infra import tables
from infra.database import close_database, reading, writing


@pytest.fixture(autouse=True)
async def _closed(home):
    yield
    await close_database()


async def row_of(flow_run: FlowRun, state: str, *, told: bool) -> None:
    row = {
        "id": "r_1", "flow_run": str(flow_run.id) if told else None, "flow": "film", "stream": "p_1", "tenant": "t",
        "user": "u", "payload": "", "parameters": "{}", "state": state, "attempt": 1, "created": 1.0,
    }  # fmt: skip
    async with writing() as db:
        await db.execute(insert(tables.runs).values(**row))


@pytest.mark.parametrize(
    ("state", "told", "attempt"),
    [
        ("queued", False, 1),
        ("queued", True, 1),
        ("failed", True, 2),
        ("cancelled", True, 2),
        ("cancelled", False, None),
    ],
)
async def test_a_run_that_was_cancelled_before_it_was_known_to_be_told_is_not_begun(state, told, attempt):
    flow_run = FlowRun(id=uuid4(), flow_id=uuid4(), idempotency_key="r_1")
    await row_of(flow_run, state, told=told)
    run = await record.opened(flow_run, "film", "w_1")
    assert (run and run.attempt) == attempt
    async with reading() as db:
        assert await db.scalar(select(tables.runs.c.state)) == ("running" if attempt else "cancelled")
